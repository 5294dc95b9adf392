"""Opens scenes: reads their files in the background and has a thread make their renderers."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from dvox_core.model.scene import Scene
from dvox_core.rendering.renderer import RendererFacts
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import Operation, Progress
from viewer.workers.background.torch_import import import_torch
from viewer.workers.rendering.render_thread import RenderThread

ReadScene = Callable[[Path, Path | None, Progress], Scene]
"""Reads a file, with an intrinsics.txt or without; may raise `Cancelled` out of the progress."""

READING_SHARE = 0.7
"""Share of the progress bar that reading the file takes; making the renderer is the rest."""

_log = logging.getLogger(__name__)


def read_scene(path: Path, intrinsics: Path | None, progress: Progress) -> Scene:
    """The program's own reading of a scene's file, or of a training run's; imports torch."""
    import_torch(progress)  # a scene of the command line is opened before the warm-up begins
    from dvox_core.checkpoints.opening import open_scene
    from dvox_core.remote.bookmarks import is_bookmark
    from dvox_core.training.run.snapshots import named_snapshot

    if is_bookmark(path):
        from dvox_core.remote.opening import open_bookmark

        return open_bookmark(path, progress)
    if named_snapshot(path):
        from dvox_core.training.run.snapshot_scene import open_snapshot  # takes 0.1 s

        return open_snapshot(path)
    return open_scene(path, intrinsics=intrinsics, progress=progress)


@dataclass(frozen=True, eq=False)
class OpenedScene:
    """A scene that the thread renders from now on.

    Attributes:
        generation: under which the thread knows it.
        facts: of its renderer.
    """

    generation: int
    scene: Scene
    facts: RendererFacts


@dataclass(frozen=True, eq=False)
class FailedOpening:
    """A scene that could not be opened; the former one stays.

    Attributes:
        error: what was raised.
        line: one line about it for the user.
    """

    path: Path
    error: Exception | None
    line: str


class SceneOpener(QObject):
    """Opens one scene after another for a render thread; the newest that was asked for wins.

    A scene is opened when its file was read and its renderer made. Until then, and for good when
    either fails, the thread renders the former one. Lives on the window's thread.
    """

    progressed = Signal(float, str)  # fraction 0…1, text
    opened = Signal(object)  # OpenedScene
    failed = Signal(object)  # FailedOpening
    cancelled = Signal(object)  # Path

    def __init__(
        self,
        thread: RenderThread,
        read: ReadScene = read_scene,
        *,
        device: str = "auto",
        precision: str = "auto",
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._thread = thread
        self._read_scene = read
        self._device, self._precision = device, precision
        self._reading = LatestOperation(self)
        self._newest_reading: Operation | None = None
        self._generation = 0  # of the newest scene asked for
        self._path: Path | None = None
        self._prepared: dict[int, Scene] = {}  # read, and waiting for their renderers
        thread.prepared.connect(self._on_prepared)
        thread.prepare_failed.connect(self._on_prepare_failed)

    @property
    def path(self) -> Path | None:
        """The file that is being opened."""
        return self._path

    @property
    def is_reading(self) -> bool:
        """Whether a file is being read; its renderer is made afterwards."""
        return self._reading.is_busy

    @property
    def generation(self) -> int:
        """Under which the thread knows, or will know, the newest scene that was asked for."""
        return self._generation

    def open(self, path: Path, intrinsics: Path | None = None) -> None:
        """Open `path` in place of the thread's scene; what is being opened is given up."""
        self.abandon()
        self._generation += 1
        self._path = path
        self._reading.replace(lambda: self._begin_reading(path, intrinsics))

    def cancel(self) -> None:
        """Give up what is being opened; `cancelled` reports when that is done."""
        path = self._path
        if path is None:
            return
        if self._reading.is_busy:
            self._reading.cancel()
        elif self._cancel_prepare():
            self._on_cancelled(path)

    def abandon(self) -> None:
        """Give up what is being opened and report nothing; its thread ends by itself."""
        self._reading.abandon()
        self._cancel_prepare()
        self._path = None

    def close_scene(self) -> None:
        """Let the thread give its scene back; what is being opened is given up."""
        self.abandon()
        self._generation += 1
        self._prepared.clear()
        self._thread.close_scene(self._generation)

    def stop(self) -> None:
        """Give up what is being opened, and wait until it has ended."""
        self.abandon()
        self._reading.stop()

    def _begin_reading(self, path: Path, intrinsics: Path | None) -> Operation:
        started = time.perf_counter()

        def read(progress: Progress) -> Scene:
            def report(fraction: float, text: str) -> None:
                progress(fraction * READING_SHARE, text)

            scene = self._read_scene(path, intrinsics, report)
            _log.info("read %s in %.2f s", path, time.perf_counter() - started)
            return scene

        operation = Operation(read, f"Opening {path.name}")
        operation.progressed.connect(self.progressed)
        operation.succeeded.connect(self._on_read)
        operation.failed.connect(self._on_reading_failed)
        operation.cancelled.connect(lambda: self._on_cancelled(path))
        self._newest_reading = operation
        operation.start()
        return operation

    def _on_reading_failed(self, line: str) -> None:
        operation, self._newest_reading = self._newest_reading, None
        self._report_failure(operation.error if operation else None, line)

    def _on_read(self, scene: Scene) -> None:
        self._newest_reading = None
        self._prepared[self._generation] = scene
        self.progressed.emit(READING_SHARE, "Preparing the networks")
        self._thread.prepare(scene, self._generation, self._device, self._precision)

    def _on_prepared(self, generation: int, facts: RendererFacts) -> None:
        scene = self._prepared.pop(generation, None)
        if generation == self._generation:
            self._path = None
        if scene is not None:
            self.opened.emit(OpenedScene(generation, scene, facts))

    def _on_prepare_failed(self, generation: int, error: Exception, line: str) -> None:
        if self._prepared.pop(generation, None) and generation == self._generation:
            self._report_failure(error, line)

    def _report_failure(self, error: Exception | None, line: str) -> None:
        path, self._path = self._path, None
        if path is not None:
            self.failed.emit(FailedOpening(path, error, line))

    def _on_cancelled(self, path: Path) -> None:
        self._path = None
        self.cancelled.emit(path)

    def _cancel_prepare(self) -> bool:
        """Whether the newest scene's renderer will not come; it does where it is made already."""
        in_time = self._generation in self._prepared and self._thread.cancel_prepare(
            self._generation
        )
        if in_time:
            del self._prepared[self._generation]
        return in_time
