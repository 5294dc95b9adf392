"""A second scene beside the open one: opened in the background, rendered where the first is."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Extra, Frame
from viewer.workers.rendering.render_thread import RenderThread
from viewer.workers.rendering.renderer_stack import RendererFactory, default_renderer
from viewer.workers.rendering.scene_opener import (
    FailedOpening,
    OpenedScene,
    ReadScene,
    SceneOpener,
    read_scene,
)


class SecondScene(QObject):
    """Opens one scene and renders views of it in a thread of its own. On the window's thread.

    Its memory is given back when it is closed.

    Attributes:
        read: reads a scene's file.
        create_renderer: makes its renderer.
    """

    opening = Signal(object)  # Path
    changed = Signal()  # opened, or closed
    failed = Signal(str)  # one line
    frame_changed = Signal(object)  # Frame

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        read: ReadScene = read_scene,
        create_renderer: RendererFactory = default_renderer,
    ) -> None:
        super().__init__(parent)
        self.read, self.create_renderer = read, create_renderer
        self._thread: RenderThread | None = None  # begins with the first scene
        self._opener: SceneOpener | None = None
        self._generation = -1  # of the open scene
        self._number = 0
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
        """Whether one is being opened."""
        return self._opener is not None and self._opener.path is not None

    @property
    def is_reading(self) -> bool:
        """Whether the file of one is being read; its renderer is made afterwards."""
        return self._opener is not None and self._opener.is_reading

    def open(self, path: Path) -> None:
        """Open a scene in place of the second one; until it is there the former one stays."""
        opener = self._opener or self._make_opener()
        opener.open(path)
        self.opening.emit(path)

    def close(self) -> None:
        """Give its memory back."""
        if self._opener is not None:
            self._opener.close_scene()
        self._generation = -1
        self._scene = self._frame = self._wanted = None
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
        if self._opener is not None and self._thread is not None:
            self._opener.abandon()
            self._thread.stop()
            self._opener.stop()
        self._thread = self._opener = None

    def _make_opener(self) -> SceneOpener:
        self._thread = RenderThread(self.create_renderer, self)
        self._thread.rendered.connect(self._on_rendered)
        self._thread.render_failed.connect(self._on_render_failed)
        self._opener = SceneOpener(self._thread, self.read, parent=self)
        self._opener.opened.connect(self._on_opened)
        self._opener.failed.connect(self._on_failed)
        return self._opener

    def _on_opened(self, opened: OpenedScene) -> None:
        self._scene, self._generation = opened.scene, opened.generation
        self._frame = self._wanted = None
        self.changed.emit()

    def _on_failed(self, failure: FailedOpening) -> None:
        self.failed.emit(failure.line)

    def _on_rendered(self, generation: int, _: int, frame: Frame) -> None:
        if generation == self._generation:
            self._frame = frame
            self.frame_changed.emit(frame)

    def _on_render_failed(self, generation: int, _: int, line: str) -> None:
        if generation == self._generation:
            self.failed.emit(line)
