"""Times the paper's training step in the authors' order of work and in ours, in turns."""

import multiprocessing
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import imageio.v3 as iio
import numpy as np
import torch
from PIL import Image  # resizes arrays; imageio writes the files

from dvox_core.data.capture import Capture, View
from dvox_core.geometry.cameras import Intrinsics, look_at
from dvox_core.geometry.frustum import DEFAULT_NEAR_PLANE
from dvox_core.geometry.grid import GridPlacement
from dvox_core.model.config import ModelConfig
from dvox_core.rendering.stopwatch import Stopwatch
from dvox_core.training.config import TrainingConfig
from dvox_core.training.trainers.paper import PaperTrainer

STEPS = 10
WARM_UP = 3
"""Steps whose losses count but whose times do not: the first ones find memory and view samples."""

VIEWS = 4


class TimedStep(NamedTuple):
    """One step as it was measured."""

    generator_loss: float
    milliseconds: float
    stages: dict[str, float]


@dataclass(frozen=True)
class StepTimes:
    """Medians over the steps after the warm-up, in milliseconds."""

    step_ms: float
    stages_ms: dict[str, float]


@dataclass(frozen=True)
class StepComparison:
    """Both orders of work, stepped in turns from the same seed in float32 without dropout.

    Attributes:
        loss_difference: largest relative difference of the generator's loss over all steps.
    """

    plain: StepTimes
    fast: StepTimes
    loss_difference: float

    @property
    def ratio(self) -> float:
        """How many times faster the fast step is."""
        return self.plain.step_ms / self.fast.step_ms

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "plain": {"step_ms": self.plain.step_ms, "stages_ms": self.plain.stages_ms},
            "fast": {"step_ms": self.fast.step_ms, "stages_ms": self.fast.stages_ms},
            "ratio": self.ratio,
            "loss_difference": self.loss_difference,
        }


def compare_steps(
    model: ModelConfig,
    device: torch.device,
    steps: int = STEPS,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> StepComparison:
    """Train a few steps both ways on a small random capture, in turns.

    The plain steps run in a process of their own, with malloc as it comes: the fast ones steer it.
    """
    training = TrainingConfig(recipe="paper", dropout=0.0)
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        capture = random_capture(Path(folder), model.image_size)
        ours, theirs = context.Pipe()
        plain_training = replace(training, step="plain")
        arguments = (theirs, capture, model, plain_training, device, torch.get_num_threads())
        process = context.Process(target=_serve, args=arguments, daemon=True)
        process.start()
        theirs.close()
        try:
            trainer = PaperTrainer(capture, model, training, device)
            plain, fast = [], []
            for step in range(steps):
                ours.send(True)
                plain.append(TimedStep(*ours.recv()))
                fast.append(_timed_step(trainer, device))
                progress(step + 1, steps)
            ours.send(False)
        finally:
            ours.close()
            process.join(timeout=10)
            if process.is_alive():
                process.terminate()
                process.join()
    differences = [
        abs(a.generator_loss - b.generator_loss) / abs(a.generator_loss)
        for a, b in zip(plain, fast, strict=True)
    ]
    return StepComparison(_medians(plain), _medians(fast), max(differences))


def random_capture(folder: Path, side: int) -> Capture:
    """A capture of smooth random pictures from around the grid."""
    random = np.random.default_rng(0)
    center = (side - 1) / 2
    views = []
    for number in range(VIEWS):
        coarse = random.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        path = folder / f"{number}.png"
        smooth = Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)
        iio.imwrite(path, np.asarray(smooth))
        turn = 2 * np.pi * number / VIEWS
        position = 1.75 * np.array([np.cos(turn), np.sin(turn), 0.5]) / np.sqrt(1.25)
        camera = look_at(position, (0, 0, 0), (0, 0, 1))
        views.append(View(str(number), path, camera, "train"))
    return Capture(
        name="random",
        views=tuple(views),
        intrinsics=Intrinsics(1.4 * side, center, center, side, side),
        placement=GridPlacement((0.0, 0.0, 0.0), 1.0),
        near_plane=DEFAULT_NEAR_PLANE,
    )


def _timed_step(trainer: PaperTrainer, device: torch.device) -> TimedStep:
    trainer.stopwatch = Stopwatch(device)
    metrics = trainer.step(0.0)
    trainer.stopwatch.lap("optimisers")
    stages = dict(trainer.stopwatch.stages_ms)
    return TimedStep(metrics.generator_loss, sum(stages.values()), stages)


def _serve(
    connection: Connection,
    capture: Capture,
    model: ModelConfig,
    training: TrainingConfig,
    device: torch.device,
    threads: int,
) -> None:
    """Step whenever asked to, in a process of its own."""
    torch.set_num_threads(threads)
    trainer = PaperTrainer(capture, model, training, device)
    try:
        while connection.recv():
            connection.send(tuple(_timed_step(trainer, device)))
    except EOFError:  # the other process is gone
        return


def _medians(steps: list[TimedStep]) -> StepTimes:
    counted = steps[WARM_UP:] or steps
    return StepTimes(
        statistics.median(step.milliseconds for step in counted),
        {
            name: statistics.median(step.stages.get(name, 0.0) for step in counted)
            for name in counted[0].stages
        },
    )
