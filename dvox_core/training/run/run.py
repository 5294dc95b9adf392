"""The loop of a training run: steps, scores, snapshots, commands, and how it ends."""

import logging
import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from dvox_core.distribution.ranks import LostRankError
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
)
from dvox_core.training.run.failure_messages import as_user_error
from dvox_core.training.run.pace import StepPace
from dvox_core.training.run.progress import RunProgress
from dvox_core.training.run.recorder import Recorder
from dvox_core.training.run.run_config import RunOptions
from dvox_core.training.run.run_directory import RunDirectory, RunError
from dvox_core.training.run.run_scenes import SCORE, RunScenes, ScoredScene
from dvox_core.training.run.run_validator import RunValidator
from dvox_core.training.run.snapshots import Snapshot, SnapshotError, name_of_not_finite
from dvox_core.training.run.stop_request import StopRequest
from dvox_core.training.run.validation import Validation
from dvox_core.training.trainers.trainer import Trainer

log = logging.getLogger(__name__)

MAX_ROLLBACKS = 6
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
        self._validator = RunValidator(validation, directory, self._note) if validation else None
        self._notes = tuple(notes)
        self._stop = stop or StopRequest()
        self._snapshots = directory.snapshots(options.kept_snapshots)
        self._recorder = Recorder(directory, listener, options)
        self._scenes = RunScenes(directory)
        self._progress = RunProgress(early_stop=EarlyStop(options.patience))
        self._newest: Snapshot | None = None
        self._unsaved = False
        self._rollbacks = 0
        self._stage = ""
        self._has_trained = False
        self._pace = StepPace()

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
            mended = as_user_error(error)
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
        if isinstance(ending, Finished):
            is_as_before = self._was_finished and not self._has_trained
            if is_as_before and ending.reason != "no progress":
                return True  # nothing has happened since it ended: its files stay as they are
            if self._progress.score_of(ending.step) is None:
                self._validate()
            best = self._scenes.best() if self._options.patience else None
            if best is not None and best.step != ending.step:
                return self._is_saved_with_best(ending, best)
        self._save_everything()
        return self._trainer.step_number == ending.step

    def _is_saved_with_best(self, ending: Finished, best: ScoredScene) -> bool:
        """As `_is_saved_for`, where another scene than the last has scored best."""
        kept = f"of step {best.step}{_scored(best.psnr)}"
        if ending.reason != "no progress":
            line = f"best.dvox is the best scene, {kept}; scene.dvox is the last"
            self._save_everything()
        else:
            line = f"scene.dvox is the best scene, {kept}"
            if not self._save():
                return False
            self._scenes.publish_best()
            self._recorder.record(SceneWritten(ending.step, "scene.dvox"))
        if self._trainer.step_number != ending.step:
            return False
        self._note(line)
        return True

    def _begin(self) -> None:
        self._was_finished = self._directory.read_status_file().state == "finished"
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
            self._note(note)
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
        if self._directory.viewer_busy.wait(lambda: self._stop.is_set):
            self._recorder.keep_alive()
            self._pace.forget()
            self._clock = time.monotonic()

    def _step(self) -> None:
        try:
            metrics = self._trainer.step(self._planned_share())
        except LostRankError:
            self._save()  # the trainer is as the last whole step left it
            raise
        self._unsaved = self._has_trained = True
        now = self._pace.add(self._trainer.step_number)
        event = StepDone(
            step=self._trainer.step_number,
            generator_loss=metrics.generator_loss,
            l1_loss=metrics.l1_loss,
            adversarial_loss=metrics.adversarial_loss,
            discriminator_loss=metrics.discriminator_loss,
            learning_rate=metrics.learning_rate,
            step_ms=metrics.step_ms,
            steps_per_second=self._pace.per_second,
            elapsed_seconds=self._elapsed(),
            stage=metrics.stage,
        )
        if metrics.stage != self._stage:
            self._stage = metrics.stage
            self._pace.forget()
            self._recorder.record(StageBegan(metrics.step - 1, metrics.stage))
        for note in metrics.notes:
            self._note(note)
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
        if self._validator is None:
            return
        started = time.monotonic()
        try:
            event = self._validator.run(self._trainer, lambda: self._stop.is_set)
        except CheckpointError as error:
            self._roll_back(str(error))
            return
        self._validated_at = time.monotonic()
        self._validation_cost = self._validated_at - started
        if event is None:
            return
        event = replace(event, stage=self._stage)
        if not event.is_of_scene:
            self._recorder.record(event)
            return
        is_best = self._progress.take_score(event.psnr, event.step)
        self._unsaved = True
        self._recorder.record(event)
        if is_best and self._options.patience:
            self._scenes.write_best(self._scene())

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
            self._scenes.write(self._scene())
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
        score = self._progress.score_of(self._trainer.step_number)
        if score is not None and self._validator and self._validator.are_judges:
            facts[SCORE] = round(score, 3)
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
        if newest is None or self._rollbacks > MAX_ROLLBACKS:
            raise RunError(
                f"step {step}: {reason}, {MAX_ROLLBACKS} times since the last good snapshot; "
                "start again with a lower --learning-rate"
            )
        factor = self._progress.learning_rate_factor / 2
        elapsed = self._elapsed()
        self._load(newest)
        self._progress.elapsed_seconds = elapsed
        self._scale_learning_rate(factor / self._progress.learning_rate_factor)
        self._pace.forget()
        log.warning("step %d: %s; back to step %d", step, reason, newest.step)
        self._recorder.record(RolledBack(newest.step, step, factor, reason))

    def _load(self, snapshot: Snapshot) -> None:
        state = snapshot.load()
        self._trainer.load_state(state["trainer"])
        self._progress.load(state["run"], self._options.patience)
        self._newest, self._unsaved = snapshot, False
        if self._options.patience:
            self._agree_with_best()

    def _agree_with_best(self) -> None:
        """Count as the best score only that of a scene that is kept."""
        early_stop = self._progress.early_stop
        self._scenes.adopt_best(early_stop.best_step)
        best = self._scenes.best()
        if best is None or best.psnr is None:
            self._progress.early_stop = early_stop.with_none_kept()
        else:
            self._progress.early_stop = early_stop.with_best_kept(best.psnr, best.step)

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
        self._pace.forget()
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

    def _note(self, line: str) -> None:
        self._recorder.record(Noted(self._trainer.step_number, line))

    def _elapsed(self) -> float:
        """Seconds of training so far."""
        now = time.monotonic()
        self._progress.elapsed_seconds += now - self._clock
        self._clock = now
        return self._progress.elapsed_seconds


def _is_due(now: float, last: float, interval: float, cost: float) -> bool:
    return now - last >= max(interval, cost / LARGEST_COST)


def _scored(psnr: float | None) -> str:
    return "" if psnr is None else f" ({psnr:.2f} dB)"
