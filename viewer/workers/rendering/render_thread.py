"""The thread that renders: it owns the renderers and serves the newest camera first."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from dvox_core.errors import Cancelled
from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.interventions import NO_INTERVENTIONS, Interventions
from dvox_core.rendering.renderer import Renderer
from viewer.workers.background.mailbox import Mailbox
from viewer.workers.background.operation import error_line
from viewer.workers.background.torch_threads import ThreadBudget
from viewer.workers.rendering.render_requests import (
    AHEAD,
    ASIDE,
    _NextRenderer,
    _NextScene,
    _Request,
)
from viewer.workers.rendering.renderer_stack import (
    RendererFactory,
    RendererStack,
    RenderRequest,
    StackEntry,
)
from viewer.workers.rendering.stale_frames import StaleFrameRule

_log = logging.getLogger(__name__)


def default_renderer(scene: Scene, device: Any, precision: Any) -> Renderer:
    """The program's own renderer; slow to make, and it imports torch."""
    from dvox_core.rendering.create import create_renderer

    return create_renderer(scene, device=device, precision=precision)


class RenderThread(QObject):
    """Renders views of one scene at a time in a thread of its own.

    What is asked for goes first. Then, as long as nothing is: the full picture of a view of which
    only a draft was shown, and the idle views. Both give way at the next stage of the network.

    Scenes are told apart by a generation that the caller counts up; every signal carries it, so
    that what still comes of a former scene can be dropped. Signals are sent on the thread that
    this object lives on. After `stop()` nothing is sent.
    """

    prepared = Signal(int, object)  # generation, RendererFacts: this scene is rendered from now on
    prepare_failed = Signal(int, object, str)  # generation, exception, one line; the former stays
    rendered = Signal(int, int, object)  # generation, request number, Frame
    render_failed = Signal(int, int, str)  # generation, request number, one line
    device_changed = Signal(int, object, str)  # generation, RendererFacts, one line that says why
    upgraded = Signal(int, object, object)  # generation, RendererFacts, those of the quick or None
    idle_rendered = Signal(int, object)  # generation, Frame of an idle view

    _reported = Signal(str, object)  # from the thread: which signal to send, its arguments

    def __init__(
        self,
        create_renderer: RendererFactory = default_renderer,
        parent: QObject | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._create_renderer = create_renderer
        self._clock = clock
        self._mailbox: Mailbox[_Request] = Mailbox()
        self._moving = False
        self._finish: Callable[[Frame], object] = lambda _: None
        self._silent = False
        self._lock = threading.Lock()  # guards the four below
        self._next_scene: _NextScene | None = None
        self._preparing: int | None = None  # generation that is being prepared and still wanted
        self._arrivals: list[_NextRenderer] = []
        self._idle: list[_Request] = []
        # Only the thread touches these:
        self._generation = -1
        self._rungs: RendererStack | None = None
        self._owed: _Request | None = None  # shown as a draft, or by a renderer that was replaced
        self._last: _Request | None = None  # rendered to its end
        self._stale = StaleFrameRule(clock)
        self._budget = ThreadBudget()
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
            self._idle = []
        self._mailbox.clear()
        self._mailbox.wake()

    def submit(
        self,
        generation: int,
        number: int,
        camera: Camera,
        extras: Extra,
        interventions: Interventions = NO_INTERVENTIONS,
    ) -> None:
        """Ask for a view; it takes the place of one that still waits."""
        order = RenderRequest(camera, extras, interventions)
        self._mailbox.put(_Request(generation, number, order, self._clock()))

    def submit_idle(
        self,
        generation: int,
        cameras: Sequence[Camera],
        extras: Extra = Extra.NONE,
        interventions: Interventions = NO_INTERVENTIONS,
    ) -> None:
        """Render these views, in their order, while nothing else is asked for.

        They take the place of all that were asked for so before. Each comes by `idle_rendered`;
        one that fails is left out without a word.
        """
        requests = [
            _Request(generation, AHEAD, RenderRequest(camera, extras, interventions), 0.0)
            for camera in cameras
        ]
        with self._lock:
            self._idle = [one for one in self._idle if one.number == ASIDE] + requests
        self._mailbox.wake()

    def submit_aside(
        self, generation: int, camera: Camera, extras: Extra, interventions: Interventions
    ) -> None:
        """Render this view before the idle ones; it takes the place of one that still waits.

        It comes by `idle_rendered` too.
        """
        request = _Request(generation, ASIDE, RenderRequest(camera, extras, interventions), 0.0)
        with self._lock:
            self._idle = [request] + [one for one in self._idle if one.number != ASIDE]
        self._mailbox.wake()

    def take_renderer(self, generation: int, renderer: Renderer, *, quick: bool = False) -> None:
        """Render by `renderer` from the next frame on, or by it before the full picture if quick.

        From any thread; the renderer is this thread's from now on, which closes it in any case.
        """
        with self._lock:
            self._arrivals.append(_NextRenderer(generation, renderer, quick))
            too_late = not self.running
        if too_late:
            self._take_arrivals()
        self._mailbox.wake()

    def set_finisher(self, finish: Callable[[Frame], object]) -> None:
        """Call `finish` with each frame on the thread that renders, before the frame is sent."""
        self._finish = finish

    def set_moving(self, moving: bool) -> None:
        """Say whether the hand moves: the window then needs a part of the processor."""
        self._moving = moving

    def stop(self) -> None:
        """Send nothing more, and wait until the thread has given the renderer back and ended.

        A frame that is being rendered ends at the next stage of the network.
        """
        self._silent = True
        with self._lock:
            self._preparing = None
            self._next_scene = None
            self._idle = []
        self._mailbox.close()
        self._thread.join()
        self._take_arrivals()

    # On the thread

    def _run(self) -> None:
        while not self._mailbox.closed:
            has_more = self._owed is not None or bool(self._idle)
            request = self._mailbox.take_now() if has_more else self._mailbox.take()
            with self._lock:
                next_scene, self._next_scene = self._next_scene, None
            if next_scene is not None:
                self._change_scene(next_scene)
            self._take_arrivals()
            if self._mailbox.closed:
                break
            self._budget.apply(self._moving)
            if request is not None:
                if request.generation == self._generation:
                    self._serve(request)
            elif self._owed is not None:
                self._serve_owed(self._owed)
            elif self._idle:
                self._serve_idle()
        self._close_renderers()

    def _change_scene(self, wanted: _NextScene) -> None:
        if wanted.scene is None:
            self._close_renderers()
            self._generation = wanted.generation
            return
        try:
            rungs = RendererStack(
                self._create_renderer, wanted.scene, wanted.device, wanted.precision
            )
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
            rungs.close()
            return
        self._close_renderers()
        self._generation, self._rungs = wanted.generation, rungs
        self._reported.emit("prepared", (wanted.generation, rungs.facts))
        if rungs.note:
            self._reported.emit("device_changed", (wanted.generation, rungs.facts, rungs.note))

    def _take_arrivals(self) -> None:
        with self._lock:
            arrivals, self._arrivals = self._arrivals, []
        for arrival in arrivals:
            rungs = self._rungs
            if rungs is None or arrival.generation != self._generation:
                StackEntry(arrival.renderer).close()
                continue
            rungs.take(arrival.renderer, arrival.quick)
            self._stale.forget()
            if not arrival.quick:
                self._owed = self._last  # what rests on screen is to be of the full renderer
            facts = (arrival.generation, rungs.facts, rungs.quick_facts)
            self._reported.emit("upgraded", facts)

    def _serve(self, request: _Request) -> None:
        """Render what was asked for: a draft of it first where that pays."""
        rungs = self._rungs
        if rungs is None:
            return
        self._owed = None
        self._stale.begin(request.order.camera, rungs.scene.placement.scale)
        try:
            if rungs.quick_pays:
                frame = rungs.quick_frame(request.order, self._give_up_if_stale)
            else:
                frame = self._full_frame(rungs, request, self._give_up_if_stale)
        except Cancelled:
            self._stale.give_up()
            return
        except Exception as error:
            self._report_failure(request, error)
            return
        self._stale.end()
        self._last = request
        if frame.draft:
            self._owed = request
        self._send("rendered", (request.generation, request.number, frame))

    def _serve_owed(self, request: _Request) -> None:
        """Render the full picture of a view that is on screen, unless another is wanted."""
        try:
            assert self._rungs is not None
            frame = self._full_frame(self._rungs, request, self._give_way)
        except Cancelled:
            return
        except Exception as error:
            self._report_failure(request, error)
        else:
            self._send("rendered", (request.generation, request.number, frame))
        self._owed = None

    def _serve_idle(self) -> None:
        with self._lock:
            request = self._idle[0] if self._idle else None
        if request is None:
            return
        frame = None
        if self._rungs is not None and request.generation == self._generation:
            try:
                frame = self._full_frame(self._rungs, request, self._give_way)
            except Cancelled:
                return  # its turn comes again
            except Exception as error:
                error_line(error, "Rendering a view ahead")  # for the log
        with self._lock:
            if request in self._idle:
                self._idle.remove(request)
        if frame is not None:
            self._send("idle_rendered", (request.generation, frame))

    def _full_frame(
        self, rungs: RendererStack, request: _Request, between_stages: Callable[[], None]
    ) -> Frame:
        note = rungs.note
        frame = rungs.full_frame(request.order, between_stages)
        if rungs.note != note:
            changed = (request.generation, rungs.facts, rungs.note)
            self._reported.emit("device_changed", changed)
        return frame

    def _send(self, signal: str, arguments: tuple[Any, ...]) -> None:
        """Send a signal whose last argument is a frame, and finish the frame before."""
        try:
            self._finish(arguments[-1])
        except Exception:
            _log.exception("finishing a frame failed")
        self._reported.emit(signal, arguments)

    def _report_failure(self, request: _Request, error: Exception) -> None:
        line = error_line(error, "Rendering this view")
        self._reported.emit("render_failed", (request.generation, request.number, line))

    def _give_up_if_stale(self) -> None:
        """Between the stages of a frame that was asked for."""
        self._end_if_closing()
        waiting = self._mailbox.peek()
        if waiting is not None and self._stale.is_stale(waiting.order.camera, waiting.since):
            raise Cancelled

    def _give_way(self) -> None:
        """Between the stages of a frame that nobody waits for."""
        self._end_if_closing()
        if self._mailbox.peek() is not None or self._next_scene is not None:
            raise Cancelled

    def _end_if_closing(self) -> None:
        if self._mailbox.closed:
            raise Cancelled
        next_scene = self._next_scene
        if next_scene is not None and next_scene.scene is None:
            raise Cancelled

    def _close_renderers(self) -> None:
        rungs, self._rungs = self._rungs, None
        self._owed = self._last = None
        self._stale.forget()
        if rungs is not None:
            rungs.close()

    # On the thread that this object lives on

    def _deliver(self, name: str, arguments: tuple[Any, ...]) -> None:
        if not self._silent:
            getattr(self, name).emit(*arguments)
