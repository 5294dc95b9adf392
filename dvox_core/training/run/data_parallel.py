"""One run in several processes: rank 0 drives it as any run, the others do what it does.

Rank 0 alone owns the run's folder, its lock, log, snapshots and validation, and tells the others
every step: schedules by time, roll-backs and changed learning rates are its decisions.
"""

import io
import json
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dvox_core.data.capture import Capture
from dvox_core.data.loading import load_capture
from dvox_core.distribution.ranks import LostRankError, RankGroup, host_name, world_size
from dvox_core.errors import UserError
from dvox_core.model.kinds import AnyConfig
from dvox_core.model.scene import Scene
from dvox_core.rendering.create import find_device
from dvox_core.training.config import TrainingConfig
from dvox_core.training.run.launch import new_views
from dvox_core.training.run.run_capture import CaptureFingerprint
from dvox_core.training.run.run_config import RunConfig
from dvox_core.training.trainers.base_trainer import BaseTrainer
from dvox_core.training.trainers.create import create_trainer
from dvox_core.training.trainers.gradient_exchange import require_shares
from dvox_core.training.trainers.trainer import Previewer, StepMetrics, Trainer

TrainerMaker = Callable[[Capture, AnyConfig, TrainingConfig, torch.device], Trainer]

END, STEP, LOAD, SCALE = range(4)
"""What rank 0 tells: nothing more; a step at a share of the training; a state follows; a factor."""


def joined_ranks(device: str) -> RankGroup | None:
    """The processes that torchrun started for this training, joined; None without it."""
    return None if world_size() == 1 else RankGroup(device)


class LeadingTrainer:
    """Rank 0's trainer: the others do all that changes it, too."""

    def __init__(self, trainer: Trainer, ranks: RankGroup) -> None:
        self._trainer, self._ranks = trainer, ranks
        self.step_number = trainer.step_number
        self._send_state()

    def step(self, progress: float) -> StepMetrics:
        """One step of all; see `Trainer`.

        Raises:
            LostRankError: another process has ended; this trainer is as it was before the step.
        """
        self._ranks.send_numbers((STEP, progress))
        metrics = self._trainer.step(progress)
        self.step_number = self._trainer.step_number
        return metrics

    def load_state(self, state: dict[str, Any]) -> None:
        """See `Trainer`."""
        self._trainer.load_state(state)
        self.step_number = self._trainer.step_number
        self._send_state()

    def scale_learning_rate(self, factor: float) -> None:
        """See `Trainer`."""
        self._trainer.scale_learning_rate(factor)
        self._ranks.send_numbers((SCALE, factor))

    def state(self) -> dict[str, Any]:
        """See `Trainer`."""
        return self._trainer.state()

    def scene(self) -> Scene:
        """See `Trainer`."""
        return self._trainer.scene()

    def previewer(self) -> Previewer | None:
        """See `Trainer`."""
        return self._trainer.previewer()

    def volumes(self) -> dict[str, Tensor]:
        """See `Trainer`."""
        return self._trainer.volumes()

    def _send_state(self) -> None:
        stream = io.BytesIO()
        torch.save(self._trainer.state(), stream)
        self._ranks.send_numbers((LOAD, 0.0))
        self._ranks.send_bytes(stream.getvalue())


class Leading:
    """Rank 0's side: makes the trainer that a run drives."""

    def __init__(self, ranks: RankGroup) -> None:
        self._ranks = ranks

    def require_shares(self, training: TrainingConfig) -> None:
        """See `gradient_exchange.require_shares`."""
        require_shares(training, self._ranks.world)

    def trainer_maker(self, config: RunConfig, held_out: tuple[str, ...]) -> TrainerMaker:
        """What `train_run` makes its trainer by.

        Args:
            config: the run's.
            held_out: the views that the run holds out of training; see `RunViews`.
        """

        def make(
            capture: Capture, model: AnyConfig, training: TrainingConfig, device: torch.device
        ) -> Trainer:
            made = replace(config, model=model, training=training)
            return self._make_trainer(capture, made, held_out, device)

        return make

    def _make_trainer(
        self, capture: Capture, config: RunConfig, held_out: tuple[str, ...], device: torch.device
    ) -> Trainer:
        """The trainer of this process, once all others have theirs.

        Raises:
            UserError: the training cannot be shared, or another process cannot begin.
        """
        require_shares(config.training, self._ranks.world)
        if device.type == "mps":
            raise UserError("--device mps: several processes train on CUDA or CPUs only")
        header = {
            "config": config.to_json(),
            "held_out": held_out,
            "fingerprint": asdict(CaptureFingerprint.of(load_capture(config.capture))),
        }
        self._ranks.send_numbers((LOAD, 0.0))
        self._ranks.send_bytes(json.dumps(header).encode())
        try:
            trainer = _joined_trainer(capture, config, device, self._ranks)
        except Exception:
            self._ranks.gather_lines("rank 0 cannot begin")  # the others wait for the lines
            raise
        problems = [line for line in self._ranks.gather_lines("") if line]
        if problems:
            raise UserError(problems[0])
        return LeadingTrainer(trainer, self._ranks)


@contextmanager
def leading(ranks: RankGroup) -> Iterator[Leading]:
    """Lead the others; they end when this does, however that is."""
    try:
        yield Leading(ranks)
    finally:
        with suppress(LostRankError):
            ranks.send_numbers((END, 0.0))
        ranks.close()


def follow(ranks: RankGroup) -> None:
    """Do what rank 0 does, until it says that there is no more.

    Signals are rank 0's to heed: it saves, and then ends all.

    Raises:
        UserError: this process cannot take part; or another one has ended.
    """
    with _leaving_signals_to_rank_0():
        try:
            told, _ = ranks.receive_numbers()
            if told == END:  # it was refused before it began; rank 0 says why
                return
            trainer, problem = _follower(json.loads(ranks.receive_bytes()), ranks)
            if any(ranks.gather_lines(problem)) or trainer is None:
                return  # rank 0 says it
            _do_as_told(trainer, ranks)
        finally:
            ranks.close()


def _follower(header: Any, ranks: RankGroup) -> tuple[Trainer | None, str]:
    """This process's trainer, or why there is none."""
    try:
        config = RunConfig.from_json(header["config"], Path("the run of rank 0"))
        capture = load_capture(config.capture)
        differences = CaptureFingerprint(**header["fingerprint"]).differences(
            CaptureFingerprint.of(capture)
        )
        if differences:
            raise UserError(
                f"{config.capture}: is not the capture of rank 0 (other "
                f"{' and '.join(differences)}); all processes need the same"
            )
        views = new_views(config, capture, tuple(header["held_out"]))
        device = find_device(config.options.device)
        return _joined_trainer(views.capture, config, device, ranks), ""
    except Exception as error:  # whatever it is, rank 0 waits for the answer
        reason = " ".join(str(error).split()) or type(error).__name__
        return None, f"rank {ranks.rank} on {host_name()}: {reason}"


def _do_as_told(trainer: Trainer, ranks: RankGroup) -> None:
    while True:
        told, number = ranks.receive_numbers()
        if told == STEP:
            trainer.step(number)
        elif told == LOAD:
            content = io.BytesIO(ranks.receive_bytes())
            trainer.load_state(torch.load(content, map_location="cpu", weights_only=True))
        elif told == SCALE:
            trainer.scale_learning_rate(number)
        else:
            return


def _joined_trainer(
    capture: Capture, config: RunConfig, device: torch.device, ranks: RankGroup
) -> Trainer:
    trainer = create_trainer(capture, config.model, config.training, device)
    assert isinstance(trainer, BaseTrainer)  # others are refused by `require_shares`
    trainer.join(ranks)
    return trainer


@contextmanager
def _leaving_signals_to_rank_0() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
