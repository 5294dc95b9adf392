"""Records videos one after the other in the background: the queue of the window."""

import enum
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from dvox_core.camera_paths.path import CameraPath
from dvox_core.model.scene import Scene
from dvox_core.recording.progress import RecordingControl, RecordingProgress
from dvox_core.recording.settings import RecordingSettings
from dvox_core.rendering.interventions import NO_INTERVENTIONS, Interventions
from viewer.text.units import duration
from viewer.workers.background.operation import Operation
from viewer.workers.rendering.renderer_stack import RendererFactory

REPORT_S = 0.1
"""Seconds between two reports of a recording: nobody reads faster."""

MAX_WAIT_S = 3.0
"""How long a recording waits before its next frame while the user moves the scene."""

PRECISION = "float32"
"""What the command line records in; frames of both are the same, bit for bit."""


@dataclass(frozen=True, eq=False)
class RecordingRequest:
    """A video that is wanted.

    Attributes:
        overwrite: whether a file that is there may be replaced.
        interventions: what to render the scene under.
    """

    scene: Scene
    path: CameraPath
    settings: RecordingSettings
    target: Path
    overwrite: bool = False
    interventions: Interventions = NO_INTERVENTIONS


@dataclass(frozen=True, eq=False)
class _Progressed:
    """From the recording's thread: a report about the job of this number."""

    number: int
    progress: RecordingProgress


class RecordingState(enum.Enum):
    """How far a recording is."""

    WAITING = "waiting"
    RECORDING = "recording"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it by itself."""
        return self in (self.FINISHED, self.FAILED, self.CANCELLED)


class RecordingJob(QObject):
    """One recording of the queue.

    Attributes:
        number: that no other job has.
        request: what is wanted.
        state: how far it is.
        progress: the newest report.
        preview: [≤192, ≤192, 3] uint8, the newest frame that was encoded.
        line: about its end: what was written, or why not.
    """

    changed = Signal()

    def __init__(self, number: int, request: RecordingRequest, parent: QObject) -> None:
        super().__init__(parent)
        self.number = number
        self.request = request
        self.state = RecordingState.WAITING
        self.progress: RecordingProgress | None = None
        self.preview: Any = None
        self.line = ""
        self.control = RecordingControl()

    def set_progress(self, progress: RecordingProgress) -> None:
        """Keep the newest report."""
        self.progress = progress
        if progress.preview is not None:
            self.preview = progress.preview
        self.changed.emit()

    def set_state(self, state: RecordingState, line: str = "") -> None:
        """Change how far it is."""
        self.state, self.line = state, line
        self.changed.emit()


class RecordingQueue(QObject):
    """Renders and encodes with a renderer of its own, so that the window stays usable.

    What was rendered of a cancelled or failed recording is kept beside its file; `restart` goes on
    from there. Lives on the window's thread.

    Attributes:
        jobs: all that are listed, in the order in which they are recorded.
        create_renderer: makes the renderers of scenes.
    """

    jobs_changed = Signal()  # one more, one less, or another one is recorded
    running_changed = Signal(bool)
    ended = Signal(object)  # RecordingJob that is over

    _reported = Signal(object)  # from the thread: _Progressed

    def __init__(
        self,
        create_renderer: RendererFactory,
        device: str,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.create_renderer, self._device = create_renderer, device
        self.jobs: list[RecordingJob] = []
        self._numbers = count(1)
        self._running: RecordingJob | None = None
        self._operation: Operation | None = None
        self._stopped = False
        self._is_at_rest = threading.Event()
        self._is_at_rest.set()
        self._reported.connect(self._on_reported, Qt.ConnectionType.QueuedConnection)

    @property
    def running(self) -> RecordingJob | None:
        """The recording that is being made."""
        return self._running

    @property
    def unfinished(self) -> int:
        """How many wait, run or are paused."""
        return sum(not job.state.is_over for job in self.jobs)

    def add(self, request: RecordingRequest) -> RecordingJob:
        """Record this as soon as those before it are done."""
        job = RecordingJob(next(self._numbers), request, self)
        self.jobs.append(job)
        self.jobs_changed.emit()
        self._begin_next()
        return job

    def pause(self, job: RecordingJob) -> None:
        """Let it wait before its next frame; a paused one does not let others pass."""
        if job.state is RecordingState.RECORDING:
            job.control.pause()
            job.set_state(RecordingState.PAUSED)

    def resume(self, job: RecordingJob) -> None:
        """Go on with a paused one."""
        if job.state is RecordingState.PAUSED:
            job.control.resume()
            job.set_state(RecordingState.RECORDING)

    def cancel(self, job: RecordingJob) -> None:
        """Give it up; what was rendered is kept."""
        if job is self._running:
            job.control.cancel()
        elif job.state is RecordingState.WAITING:
            job.set_state(RecordingState.CANCELLED, "Taken out of the queue")

    def restart(self, job: RecordingJob) -> None:
        """Resume one that was cancelled or failed: behind the others, from what is kept."""
        if job.state in (RecordingState.CANCELLED, RecordingState.FAILED):
            job.control = RecordingControl()
            self.jobs.remove(job)
            self.jobs.append(job)
            job.set_state(RecordingState.WAITING)
            self.jobs_changed.emit()
            self._begin_next()

    def remove(self, job: RecordingJob) -> None:
        """Take one that is over off the list, and delete what is kept of it."""
        if job.state.is_over and job in self.jobs:
            self.jobs.remove(job)
            self.jobs_changed.emit()
            if job.state is not RecordingState.FINISHED:
                target = job.request.target
                threading.Thread(target=_discard, args=(target,), name="Discarding").start()
            job.deleteLater()

    def set_interacting(self, interacting: bool) -> None:
        """Give way while the user moves the scene."""
        if interacting:
            self._is_at_rest.clear()
        else:
            self._is_at_rest.set()

    def stop(self) -> None:
        """Cancel all, send nothing more, and wait until the thread has ended."""
        self._stopped = True
        self._is_at_rest.set()
        for job in self.jobs:
            job.control.cancel()
        if self._operation is not None:
            self._operation.stop()

    def _begin_next(self) -> None:
        if self._running is not None or self._stopped:
            return
        job = next((job for job in self.jobs if job.state is RecordingState.WAITING), None)
        if job is None:
            return
        self._running = job
        number, request, control = job.number, job.request, job.control
        operation = Operation(
            lambda _: self._record(number, request, control), f"Recording {request.target.name}"
        )
        operation.succeeded.connect(
            lambda done: self._end(job, RecordingState.FINISHED, _summary(done))
        )
        operation.failed.connect(lambda line: self._end(job, RecordingState.FAILED, line))
        operation.cancelled.connect(
            lambda: self._end(job, RecordingState.CANCELLED, "Cancelled; what was rendered is kept")
        )
        self._operation = operation
        job.set_state(RecordingState.RECORDING)
        self.jobs_changed.emit()
        self.running_changed.emit(True)
        operation.start()

    def _end(self, job: RecordingJob, state: RecordingState, line: str) -> None:
        self._running = None
        self._operation = None
        job.set_state(state, line)
        self.ended.emit(job)
        self._begin_next()
        if self._running is None:
            self.running_changed.emit(False)
        self.jobs_changed.emit()

    def _on_reported(self, event: _Progressed) -> None:
        job = self._running
        if not self._stopped and job is not None and job.number == event.number:
            job.set_progress(event.progress)

    # In the recording's thread

    def _record(self, number: int, request: RecordingRequest, control: RecordingControl) -> Any:
        from dvox_core.inspection.edit_files import edits_to_json
        from dvox_core.recording.record import record

        report = self._reporter(number)
        report(RecordingProgress(0, 0, None, "Preparing the networks"))
        renderer: Any = self.create_renderer(request.scene, self._device, PRECISION)
        try:
            control.check()
            made_under = None
            if request.interventions != NO_INTERVENTIONS:
                renderer.intervene(request.interventions)
                made_under = edits_to_json(request.interventions, request.scene)
            return record(
                renderer,
                request.scene,
                request.path,
                request.settings,
                request.target,
                report,
                control=control,
                overwrite=request.overwrite,
                made_under=made_under,
            )
        finally:
            renderer.close()

    def _reporter(self, number: int) -> Callable[[RecordingProgress], None]:
        reported_at = 0.0

        def report(progress: RecordingProgress) -> None:
            nonlocal reported_at
            now = time.monotonic()
            if now - reported_at >= REPORT_S or progress.frame == progress.total:
                reported_at = now
                self._reported.emit(_Progressed(number, progress))
            self._is_at_rest.wait(MAX_WAIT_S)

        return report


def _discard(target: Path) -> None:
    from dvox_core.recording.kept_frames import discard_kept_frames

    discard_kept_frames(target)


def _summary(done: Any) -> str:
    width, height = done.size
    kept = f", {done.resumed} of them kept from before" if done.resumed else ""
    return (
        f"{done.frame_count} frames of {width} × {height}{kept}, in {duration(done.seconds_taken)}"
    )
