"""A second scene beside the open one: opened in the background, rendered where the first is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Extra, Frame
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import Progress, run_in_background
from viewer.workers.rendering.render_thread import RenderThread, default_renderer
from viewer.workers.rendering.renderer_stack import RendererFactory

Opener = Callable[[Path, Progress], Scene]


def default_opener(path: Path, progress: Progress) -> Scene:
    """Opens whatever a person calls a scene, and a snapshot of a training run."""
    from dvox_core.checkpoints.opening import open_scene
    from dvox_core.training.run.snapshot_scene import is_snapshot, open_snapshot

    return open_snapshot(path) if is_snapshot(path) else open_scene(path, progress=progress)


class SecondScene(QObject):
    """Opens one scene and renders views of it in a thread of its own. On the window's thread.

    Its memory is given back when it is closed.
    """

    opening = Signal(object)  # Path
    changed = Signal()  # opened, or closed
    failed = Signal(str)  # one line
    frame_changed = Signal(object)  # Frame

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        open_scene: Opener = default_opener,
        create_renderer: RendererFactory = default_renderer,
    ) -> None:
        super().__init__(parent)
        self._open_scene = open_scene
        self._create_renderer = create_renderer
        self._thread: RenderThread | None = None  # made when the first scene is opened
        self._generation = 0
        self._number = 0
        self._reading = LatestOperation(self)
        self._coming: Scene | None = None
        self._scene: Scene | None = None
        self._frame: Frame | None = None
        self._wanted: tuple[Camera, Extra] | None = None

    @property
    def scene(self) -> Scene | None:
        """The second scene."""
        return self._scene

    @property
    def frame(self) -> Frame | None:
        """Its newest view."""
        return self._frame

    @property
    def is_opening(self) -> bool:
        """Whether one is on its way."""
        return self._reading.is_busy or self._coming is not None

    def open(self, path: Path) -> None:
        """Open a scene in place of the second one; until it is there the former one stays."""
        self._give_up()
        self._generation += 1
        self.opening.emit(path)

        def read(progress: Progress) -> Scene:
            return self._open_scene(path, progress)

        self._reading.replace(
            lambda: run_in_background(
                read, f"Opening {path.name}", on_done=self._prepare, on_failed=self._fail
            )
        )

    def close(self) -> None:
        """Give its memory back."""
        self._give_up()
        self._generation += 1
        self._scene = self._frame = self._wanted = None
        if self._thread is not None:
            self._thread.close_scene(self._generation)
        self.changed.emit()

    def show(self, camera: Camera, extras: Extra) -> None:
        """Render the view from `camera`, unless it is the newest already."""
        wanted = (camera, extras)
        if self._scene is None or self._thread is None or wanted == self._wanted:
            return
        self._wanted = wanted
        self._number += 1
        self._thread.submit(self._generation, self._number, camera, extras)

    def stop(self) -> None:
        """End every thread; nothing is sent any more."""
        self._give_up()
        self._reading.stop()
        if self._thread is not None:
            self._thread.stop()
            self._thread = None

    def _prepare(self, scene: Scene) -> None:
        self._coming = scene
        if self._thread is None:
            self._thread = RenderThread(self._create_renderer, self)
            self._thread.prepared.connect(self._take)
            self._thread.prepare_failed.connect(self._fail_to_prepare)
            self._thread.rendered.connect(self._take_frame)
            self._thread.render_failed.connect(lambda _generation, _number, line: self._fail(line))
        self._thread.prepare(scene, self._generation)

    def _take(self, generation: int, _: Any) -> None:
        if generation == self._generation and self._coming is not None:
            self._scene, self._coming = self._coming, None
            self._frame = self._wanted = None
            self.changed.emit()

    def _take_frame(self, generation: int, _: int, frame: Frame) -> None:
        if generation == self._generation and self._scene is not None:
            self._frame = frame
            self.frame_changed.emit(frame)

    def _fail_to_prepare(self, generation: int, _: Exception, line: str) -> None:
        if generation == self._generation:
            self._fail(line)

    def _fail(self, line: str) -> None:
        self._coming = None
        self.failed.emit(line)

    def _give_up(self) -> None:
        self._reading.abandon()
        if self._coming is not None and self._thread is not None:
            self._thread.cancel_prepare(self._generation)
        self._coming = None
