"""The thread that renders: it owns the renderer and serves the newest camera first."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from dvox_core.errors import DeviceError
from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.renderer import BetweenStages, Renderer, RendererFacts, go_on
from viewer.workers.mailbox import Mailbox
from viewer.workers.operations import error_line

RendererFactory = Callable[[Scene, Any, Any], Renderer]
"""Makes a renderer of a scene on a device ("auto", "cpu", …) with a precision ("auto", …)."""

_log = logging.getLogger(__name__)


def default_renderer(scene: Scene, device: Any, precision: Any) -> Renderer:
    """The program's own renderer; slow to make, and it imports torch."""
    from dvox_core.rendering.create import create_renderer

    return create_renderer(scene, device=device, precision=precision)


@dataclass(frozen=True)
class _Request:
    generation: int
    number: int
    camera: Camera
    extras: Extra


@dataclass(frozen=True)
class _NextScene:
    generation: int
    scene: Scene | None  # None closes the scene that is open
    device: str
    precision: str


class RenderThread(QObject):
    """Renders views of one scene at a time in a thread of its own.

    Scenes are told apart by a generation that the caller counts up; every signal carries it, so
    that what still comes of a former scene can be dropped. Signals are sent on the thread that
    this object lives on. After `stop()` nothing is sent.
    """

    prepared = Signal(int, object)  # generation, RendererFacts: this scene is rendered from now on
    prepare_failed = Signal(int, object, str)  # generation, exception, one line; the former stays
    rendered = Signal(int, int, object)  # generation, request number, Frame
    render_failed = Signal(int, int, str)  # generation, request number, one line
    device_changed = Signal(int, object, str)  # generation, RendererFacts, one line that says why

    _reported = Signal(str, object)  # from the thread: which signal to send, its arguments

    def __init__(
        self, create_renderer: RendererFactory = default_renderer, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._create_renderer = create_renderer
        self._mailbox: Mailbox[_Request] = Mailbox()
        self._lock = threading.Lock()  # guards the two below
        self._next_scene: _NextScene | None = None
        self._preparing: int | None = None  # generation that is being prepared and still wanted
        self._silent = False
        # Only the thread touches these:
        self._generation = -1
        self._scene: Scene | None = None
        self._renderer: Renderer | None = None
        self._precision = "auto"
        self._reported.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, name="rendering", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether the thread lives."""
        return self._thread.is_alive()

    def prepare(
        self, scene: Scene, generation: int, device: str = "auto", precision: str = "auto"
    ) -> None:
        """Make a renderer for `scene`; until it is ready the former scene keeps its own."""
        with self._lock:
            self._next_scene = _NextScene(generation, scene, device, precision)
            self._preparing = generation
        self._mailbox.wake()

    def cancel_prepare(self, generation: int) -> bool:
        """Keep the former scene instead; False when it is too late and `prepared` is on its way."""
        with self._lock:
            in_time = self._preparing == generation
            if in_time:
                self._preparing = None
            if self._next_scene is not None and self._next_scene.generation == generation:
                self._next_scene = None
        return in_time

    def close_scene(self, generation: int) -> None:
        """Give the renderer back; what is being prepared is given up."""
        with self._lock:
            self._next_scene = _NextScene(generation, None, "auto", "auto")
            self._preparing = None
        self._mailbox.clear()
        self._mailbox.wake()

    def submit(self, generation: int, number: int, camera: Camera, extras: Extra) -> None:
        """Ask for a view; it takes the place of one that still waits."""
        self._mailbox.put(_Request(generation, number, camera, extras))

    def stop(self) -> None:
        """Send nothing more, and wait until the thread has given the renderer back and ended.

        A frame that is being rendered is waited for: at most one.
        """
        self._silent = True
        with self._lock:
            self._preparing = None
            self._next_scene = None
        self._mailbox.close()
        self._thread.join()

    # On the thread

    def _run(self) -> None:
        while not self._mailbox.closed:
            request = self._mailbox.take()
            with self._lock:
                next_scene, self._next_scene = self._next_scene, None
            if next_scene is not None:
                self._change_scene(next_scene)
            if request is not None and request.generation == self._generation:
                self._render(request)
        self._close_renderer()

    def _change_scene(self, wanted: _NextScene) -> None:
        if wanted.scene is None:
            self._close_renderer()
            self._generation, self._scene = wanted.generation, None
            return
        try:
            renderer = self._create(wanted.scene, wanted.device, wanted.precision)
        except Exception as error:
            with self._lock:
                reported = self._preparing == wanted.generation
                self._preparing = None if reported else self._preparing
            if reported:
                line = error_line(error, "Preparing the scene")
                self._reported.emit("prepare_failed", (wanted.generation, error, line))
            return
        with self._lock:
            accepted = self._preparing == wanted.generation
            if accepted:
                self._preparing = None
        if not accepted:
            renderer.close()
            return
        self._close_renderer()
        self._generation, self._scene = wanted.generation, wanted.scene
        self._renderer, self._precision = renderer, wanted.precision
        self._reported.emit("prepared", (wanted.generation, renderer.facts))
        if isinstance(renderer, _Noted):
            self._reported.emit(
                "device_changed", (wanted.generation, renderer.facts, renderer.facts.note)
            )

    def _create(self, scene: Scene, device: str, precision: str) -> Renderer:
        """A renderer; on the CPU where the device that was chosen by itself lacks memory."""
        try:
            return self._create_renderer(scene, device, precision)
        except DeviceError as error:
            if device != "auto":
                raise
            _log.warning("falling back to the CPU: %s", error)
            renderer = self._create_renderer(scene, "cpu", precision)
            return _Noted(renderer, f"{error_line(error, 'Rendering')}; using the CPU instead")

    def _render(self, request: _Request) -> None:
        if self._scene is None:
            return
        try:
            frame = self._frame(self._scene, request)
        except Exception as error:
            line = error_line(error, "Rendering this view")
            self._reported.emit("render_failed", (request.generation, request.number, line))
        else:
            self._reported.emit("rendered", (request.generation, request.number, frame))

    def _frame(self, scene: Scene, request: _Request) -> Frame:
        """The view asked for; on the CPU from now on if the device fails."""
        if self._renderer is None:  # an earlier fall back failed: try again
            self._renderer = self._create_renderer(scene, "cpu", self._precision)
        try:
            return self._renderer.render(request.camera, request.extras)
        except DeviceError as error:
            if self._renderer.facts.device == "cpu":
                raise
            _log.warning("falling back to the CPU: %s", error)
            self._close_renderer()
            line = f"{error_line(error, 'Rendering')}; using the CPU instead"
        # Outside the handler: its traceback would keep the failed device's memory.
        renderer = _Noted(self._create_renderer(scene, "cpu", self._precision), line)
        self._renderer = renderer
        self._reported.emit("device_changed", (request.generation, renderer.facts, line))
        return renderer.render(request.camera, request.extras)

    def _close_renderer(self) -> None:
        renderer, self._renderer = self._renderer, None
        if renderer is not None:
            try:
                renderer.close()
            except Exception:
                _log.exception("giving the renderer's memory back failed")

    # On the thread that this object lives on

    def _deliver(self, name: str, arguments: tuple[Any, ...]) -> None:
        if not self._silent:
            getattr(self, name).emit(*arguments)


class _Noted:
    """A renderer whose facts carry a note that says why it is not what was asked for."""

    def __init__(self, renderer: Renderer, note: str) -> None:
        self._renderer = renderer
        self._note = note

    @property
    def facts(self) -> RendererFacts:
        """What renders, and why."""
        return replace(self._renderer.facts, note=self._note)

    def render(
        self, camera: Camera, extras: Extra = Extra.NONE, between_stages: BetweenStages = go_on
    ) -> Frame:
        """As the renderer."""
        return self._renderer.render(camera, extras, between_stages)

    def close(self) -> None:
        """As the renderer."""
        self._renderer.close()
