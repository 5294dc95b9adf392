"""The loop of a training run: steps, scores, snapshots, commands, and how it ends."""

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.errors import CheckpointError, UserError
from dvox_core.training.run.commands import Command
from dvox_core.training.run.early_stop import EarlyStop
from dvox_core.training.run.events import (
    Continued,
    Event,
    Failed,
    Finished,
    LearningRateScaled,
    Noted,
    Paused,
    RolledBack,
    SceneWritten,
    SnapshotSaved,
    StageBegan,
    Started,
    StepDone,
    Stopped,
    Validated,
)
from dvox_core.training.run.failure_messages import mendable
from dvox_core.training.run.recorder import Recorder
from dvox_core.training.run.run_config import RunOptions
from dvox_core.training.run.run_directory import RunDirectory, RunError
from dvox_core.training.run.snapshots import Snapshot, SnapshotError, name_of_not_finite
from dvox_core.training.run.stop_request import StopRequest
from dvox_core.training.run.validation import Validation
from dvox_core.training.trainers.trainer import Trainer
from dvox_core.training.volumes import keep_spread, save_volumes, volume_statistics

log = logging.getLogger(__name__)

MOST_ROLLBACKS = 6
"""Times in a row that a run goes back to one snapshot before it gives up."""

SHORTEST_PLAN = 1000
"""Steps that the learning-rate schedule spans at least."""

FIRST_SCENE_SECONDS = 10.0
FIRST_PREVIEW_SECONDS = 2.0
"""When a run is first scored; what a stage before the scene is watched by costs little."""

PAUSE_SECONDS = 0.05
"""How often a waiting run looks for commands."""

LARGEST_COST = 0.1
"""Share of the time that validation, and that saving, may take."""

Listener = Callable[[Event], None]


@dataclass
class _Progress:
    """What a run knows beside its trainer; saved with it."""

    elapsed_seconds: float = 0.0
    learning_rate_factor: float = 1.0
    early_stop: EarlyStop = field(default_factory=EarlyStop)

    def state(self) -> dict[str, Any]:
        return {
            "elapsed_seconds": self.elapsed_seconds,
            "learning_rate_factor": self.learning_rate_factor,
            "early_stop": asdict(self.early_stop),
        }

    def load(self, state: Mapping[str, Any], patience: int) -> None:
        self.elapsed_seconds = float(state["elapsed_seconds"])
        self.learning_rate_factor = float(state["learning_rate_factor"])
        self.early_stop = replace(EarlyStop(**state["early_stop"]), patience=patience)


class TrainingRun:
    """Drives a trainer in a locked run directory until it ends."""

    def __init__(
        self,
        directory: RunDirectory,
        trainer: Trainer,
        options: RunOptions,
        validation: Validation | None,
        listener: Listener = lambda event: None,
        stop: StopRequest | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        self._directory, self._trainer, self._options = directory, trainer, options
        self._validation = validation
        self._notes = tuple(notes)
        self._stop = stop or StopRequest()
        self._snapshots = directory.snapshots(options.kept_snapshots)
        self._recorder = Recorder(directory, listener, options)
        self._progress = _Progress(early_stop=EarlyStop(options.patience))
        self._newest: Snapshot | None = None
        self._unsaved = False
        self._rollbacks = 0
        self._stage = ""
        self._validated_step: int | None = None
        self._recent: deque[tuple[float, int]] = deque(maxlen=50)

    def run(self) -> Event:
        """Train until the end, or a stop; go on from the newest snapshot if there is one.

        Returns:
            `Finished` or `Stopped`.

        Raises:
            UserError: the run failed by something that its user can mend; it can be resumed.
        """
        try:
            ending = self._run()
        except KeyboardInterrupt:
            self._record_end(Stopped(self._trainer.step_number, "interrupted without saving"))
            raise
        except BaseException as error:
            mended = mendable(error)
            message = f"{mended or error}" or type(error).__name__
            self._record_end(Failed(self._trainer.step_number, " ".join(message.split())))
            if mended is error or mended is None:
                raise
            raise mended from error
        finally:
            self._recorder.close()
        return ending

    def _record_end(self, event: Event) -> None:
        with suppress(UserError, OSError):  # the disk may be what failed
            self._recorder.record(event)

    def _run(self) -> Event:
        self._stop.is_heeded = True
        self._begin()
        while True:
            self._carry_out_commands()
            ending = self._ending()
            if ending is None:
                self._give_way()
                self._step()
            elif self._is_saved_for(ending):
                self._recorder.record(ending)
                return ending

    def _is_saved_for(self, ending: Event) -> bool:
        """Score and save the end; False if the run had to go back on it."""
        if isinstance(ending, Finished) and self._validated_step != ending.step:
            self._validate()
        self._save_everything()
        if self._trainer.step_number != ending.step:
            return False
        best = self._directory.best_scene_path
        if isinstance(ending, Finished) and ending.reason == "no progress" and best.is_file():
            best.replace(self._directory.scene_path)
            self._recorder.record(SceneWritten(ending.step, "scene.dvox"))
        return True

    def _begin(self) -> None:
        newest = self._snapshots.newest()
        if newest is not None:
            self._load(newest)
        now = time.monotonic()
        self._clock = now
        self._validated_at = self._saved_at = now
        self._validation_cost = self._saving_cost = 0.0
        started = Started(self._trainer.step_number, newest is not None, self._options.device)
        self._recorder.record(started)
        for note in self._notes:
            self._recorder.record(Noted(self._trainer.step_number, note))
        if newest is None:
            self._unsaved = True
            self._save()
        if not self._directory.scene_path.is_file():
            self._write_scene()  # so that a window can look on from the first step

    def _ending(self) -> Event | None:
        step, options = self._trainer.step_number, self._options
        if self._stop.is_set:
            return Stopped(step, self._stop.reason)
        if options.steps is not None and step >= options.steps:
            return Finished(step, "steps")
        if options.minutes is not None and self._elapsed() >= 60 * options.minutes:
            return Finished(step, "minutes")
        if self._progress.early_stop.should_stop:
            return Finished(step, "no progress")
        return None

    def _give_way(self) -> None:
        """Leave the processor to a hand that moves a scene; that is no training time."""
        self._elapsed()
        if self._directory.hand.wait(lambda: self._stop.is_set):
            self._recorder.keep_alive()
            self._recent.clear()
            self._clock = time.monotonic()

    def _step(self) -> None:
        metrics = self._trainer.step(self._planned_share())
        self._unsaved = True
        now = time.monotonic()
        self._recent.append((now, self._trainer.step_number))
        event = StepDone(
            step=self._trainer.step_number,
            generator_loss=metrics.generator_loss,
            l1_loss=metrics.l1_loss,
            adversarial_loss=metrics.adversarial_loss,
            discriminator_loss=metrics.discriminator_loss,
            learning_rate=metrics.learning_rate,
            step_ms=metrics.step_ms,
            steps_per_second=self._steps_per_second(),
            elapsed_seconds=self._elapsed(),
            stage=metrics.stage,
        )
        if metrics.stage != self._stage:
            self._stage = metrics.stage
            self._recent.clear()
            self._recorder.record(StageBegan(metrics.step - 1, metrics.stage))
        for name, loss in event.losses.items():
            if not math.isfinite(loss):
                self._roll_back(f"the {name} loss is {loss}")
                return
        self._recorder.record_step(event)
        if _is_due(now, self._validated_at, self._validation_interval, self._validation_cost):
            self._validate()
        saving_interval = 60 * self._options.snapshot_minutes
        if _is_due(now, self._saved_at, saving_interval, self._saving_cost):
            self._save_everything()

    def _planned_share(self) -> float:
        """How far the run is, 0…1, for the learning-rate schedule.

        Where the end is a number of steps it depends on the step alone, so that a resumed run is
        exactly the run that was not stopped; runs of few steps are planned as if they were to be
        taken up again (`SHORTEST_PLAN`).
        """
        shares = [0.0]
        if self._options.steps is not None:
            shares.append(self._trainer.step_number / max(self._options.steps, SHORTEST_PLAN))
        if self._options.minutes is not None:
            shares.append(self._elapsed() / (60 * self._options.minutes))
        return min(1.0, max(shares))

    @property
    def _validation_interval(self) -> float:
        """Seconds; short at first, for then much happens."""
        first = FIRST_SCENE_SECONDS if self._trainer.previewer() is None else FIRST_PREVIEW_SECONDS
        return min(60 * self._options.validation_minutes, first + self._elapsed() / 10)

    def _validate(self) -> None:
        if self._validation is None:
            return
        started = time.monotonic()
        try:
            event = self._watched(self._validation)
        except CheckpointError as error:
            self._roll_back(str(error))
            return
        self._validated_at = time.monotonic()
        self._validation_cost = self._validated_at - started
        if event is None:
            return
        event = replace(self._with_volumes(event), stage=self._stage)
        for folder in (self._directory.previews, self._directory.volumes):
            keep_spread(folder)
        self._validated_step = event.step
        if not event.is_of_scene:
            self._recorder.record(event)
            return
        before = self._progress.early_stop
        self._progress.early_stop = before.after(event.psnr, event.step)
        self._recorder.record(event)
        if before.patience and self._progress.early_stop.waited == 0:
            write_scene(self._directory.best_scene_path, self._scene())

    def _watched(self, validation: Validation) -> Validated | None:
        """Score what is trained: the scene, or what the stage before it is watched by."""
        directory, step = self._directory, self._trainer.step_number
        previewer = self._trainer.previewer()
        if previewer is not None:
            return validation.run_preview(previewer, directory, step, lambda: self._stop.is_set)
        scene = self._trainer.scene()
        return validation.run(scene, directory, step, lambda: self._stop.is_set)

    def _with_volumes(self, event: Validated) -> Validated:
        """Write what there is to watch in the grid at this step."""
        name = f"volumes/step_{event.step:08d}.safetensors"
        volumes = self._trainer.volumes()
        save_volumes(self._directory.path / name, volumes)
        return replace(event, volumes=name, volume_statistics=volume_statistics(volumes))

    def _save_everything(self) -> None:
        """A snapshot, and the scene as the viewer opens it."""
        started = time.monotonic()
        if self._save():
            self._write_scene()
        self._saved_at = time.monotonic()
        self._saving_cost = self._saved_at - started

    def _save(self) -> bool:
        """Write a snapshot if anything has happened since the last; False if it went wrong."""
        if not self._unsaved:
            return True
        step = self._trainer.step_number
        state = self._trainer.state()
        bad = name_of_not_finite(state)
        if bad:
            self._roll_back(f"“{bad}” is not finite")
            return False
        self._elapsed()
        try:
            self._newest = self._snapshots.save(
                step, {"trainer": state, "run": self._progress.state()}
            )
        except SnapshotError as error:
            raise SnapshotError(f"{error}; {self._what_is_kept()}") from error
        self._unsaved, self._rollbacks = False, 0
        self._recorder.record(SnapshotSaved(step, f"snapshots/{self._newest.path.name}"))
        return True

    def _write_scene(self) -> None:
        try:
            write_scene(self._directory.scene_path, self._scene())
        except CheckpointError as error:
            self._roll_back(str(error))
        except UserError as error:
            raise RunError(f"{error}; {self._what_is_kept()}") from error
        else:
            self._recorder.record(SceneWritten(self._trainer.step_number, "scene.dvox"))

    def _scene(self) -> Any:
        """The trainer's scene with what is known of its training."""
        scene = self._trainer.scene()
        facts = {
            **scene.training,
            "steps": self._trainer.step_number,
            "seconds": round(self._elapsed(), 1),
        }
        if math.isfinite(self._progress.early_stop.best_psnr):
            facts["validation_psnr"] = round(self._progress.early_stop.best_psnr, 3)
        return replace(scene, training=facts)

    def _what_is_kept(self) -> str:
        if self._newest is None:
            return "nothing was saved yet"
        return f"the snapshot of step {self._newest.step} is kept: go on from it with --resume"

    def _roll_back(self, reason: str) -> None:
        """Go back to the newest good snapshot with half the learning rate.

        Raises:
            RunError: it went wrong from there too often.
        """
        step = self._trainer.step_number
        newest = self._snapshots.newest()
        self._rollbacks += 1
        if newest is None or self._rollbacks > MOST_ROLLBACKS:
            raise RunError(
                f"step {step}: {reason}, {MOST_ROLLBACKS} times since the last good snapshot; "
                "start again with a lower --learning-rate"
            )
        factor = self._progress.learning_rate_factor / 2
        elapsed = self._elapsed()
        self._load(newest)
        self._progress.elapsed_seconds = elapsed
        self._scale_learning_rate(factor / self._progress.learning_rate_factor)
        self._recent.clear()
        log.warning("step %d: %s; back to step %d", step, reason, newest.step)
        self._recorder.record(RolledBack(newest.step, step, factor, reason))

    def _load(self, snapshot: Snapshot) -> None:
        state = snapshot.load()
        self._trainer.load_state(state["trainer"])
        self._progress.load(state["run"], self._options.patience)
        self._newest, self._unsaved = snapshot, False

    def _scale_learning_rate(self, factor: float) -> None:
        self._trainer.scale_learning_rate(factor)
        self._progress.learning_rate_factor *= factor
        self._unsaved = True

    def _carry_out_commands(self) -> None:
        """Do what the box asks for; while paused, wait for more."""
        paused_at: float | None = None
        while True:
            for command in self._recorder.commands():
                if command.name == "pause" and paused_at is None:
                    self._elapsed()
                    paused_at = time.monotonic()
                    self._recorder.record(Paused(self._trainer.step_number))
                elif command.name == "continue" and paused_at is not None:
                    self._leave_pause(paused_at)
                    paused_at = None
                else:
                    self._carry_out(command)
            if paused_at is None or self._stop.is_set:
                break
            self._stop.wait(PAUSE_SECONDS)
            self._recorder.keep_alive()
            self._clock = time.monotonic()  # waiting is no training time
        if paused_at is not None:
            self._leave_pause(paused_at)

    def _leave_pause(self, since: float) -> None:
        now = time.monotonic()
        self._clock = now
        self._validated_at += now - since
        self._saved_at += now - since
        self._recent.clear()
        self._recorder.record(Continued(self._trainer.step_number))

    def _carry_out(self, command: Command) -> None:
        if command.name == "save":
            self._save_everything()
        elif command.name == "scene":
            self._write_scene()
        elif command.name == "validate":
            self._validate()
        elif command.name == "stop":
            self._stop.set("stop command")
        elif command.name == "learning_rate":
            self._scale_learning_rate(command.factor)
            factor = self._progress.learning_rate_factor
            self._recorder.record(LearningRateScaled(self._trainer.step_number, factor))

    def _elapsed(self) -> float:
        """Seconds of training so far."""
        now = time.monotonic()
        self._progress.elapsed_seconds += now - self._clock
        self._clock = now
        return self._progress.elapsed_seconds

    def _steps_per_second(self) -> float:
        (first_time, first_step), (last_time, last_step) = self._recent[0], self._recent[-1]
        if last_time <= first_time:
            return 0.0
        return (last_step - first_step) / (last_time - first_time)


def _is_due(now: float, last: float, interval: float, cost: float) -> bool:
    return now - last >= max(interval, cost / LARGEST_COST)
