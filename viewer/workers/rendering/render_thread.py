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
from viewer.workers.rendering.frames_under_way import FramesUnderWay
from viewer.workers.rendering.render_requests import (
    DeviceChanged,
    FrameFailed,
    FrameRendered,
    NewRenderer,
    PendingRequest,
    PrepareFailed,
    RendererChanged,
    RenderEvent,
    RenderRequest,
    RequestKind,
    SceneChange,
    ScenePrepared,
)
from viewer.workers.rendering.renderer_stack import RendererFactory, RendererStack, StackEntry
from viewer.workers.rendering.stale_frames import REST_S, StaleFrameRule

_log = logging.getLogger(__name__)


FrameCompleter = Callable[[Scene, Frame, Extra], Frame]
"""Adds to a frame of a scene what no renderer tells, if the extras ask for it."""


def default_renderer(scene: Scene, device: Any, precision: Any) -> Renderer:
    """The program's own renderer; slow to make, and it imports torch."""
    from dvox_core.rendering.create import create_renderer

    return create_renderer(scene, device=device, precision=precision)


class RenderThread(QObject):
    """Renders views of one scene at a time in a thread of its own.

    The view to be shown goes first. Then, while none is asked for: the full picture of a view of
    which only a draft was shown, and the idle views, those for comparison before those that are
    prefetched. These give way at the next stage of the network.

    Scenes are told apart by a generation that the caller counts up; every signal carries it, so
    that what still comes of a former scene can be dropped. Signals are sent on the thread that
    this object lives on. After `stop()` nothing is sent.
    """

    prepared = Signal(int, object)  # generation, RendererFacts: this scene is rendered from now on
    prepare_failed = Signal(int, object, str)  # generation, exception, one line; the former stays
    rendered = Signal(int, int, object)  # generation, request number, Frame
    render_failed = Signal(int, int, str)  # generation, request number, one line
    device_changed = Signal(int, object, str)  # generation, RendererFacts, one line that says why
    renderer_changed = Signal(int, object, object)  # generation, facts, the quick one's or None
    idle_rendered = Signal(int, object, object)  # generation, RequestKind, Frame of an idle view

    _reported = Signal(object)  # from the thread: RenderEvent

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
        self._mailbox: Mailbox[PendingRequest] = Mailbox()
        self._interacting = False
        self._prepare_frame: Callable[[Frame], object] = lambda _: None
        self._complete_frame: FrameCompleter = lambda scene, frame, extras: frame
        self._silent = False
        self._lock = threading.Lock()  # guards the four below
        self._next_scene: SceneChange | None = None
        self._preparing: int | None = None  # generation that is being prepared and still wanted
        self._new_renderers: list[NewRenderer] = []
        self._idle: list[PendingRequest] = []
        # Only the thread touches these:
        self._generation = -1
        self._stack: RendererStack | None = None
        self._needs_full_frame: PendingRequest | None = None  # its draft is shown
        self._last_rendered: PendingRequest | None = None
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
            self._next_scene = SceneChange(generation, scene, device, precision)
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
            self._next_scene = SceneChange(generation, None)
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
        request = RenderRequest(camera, extras, interventions)
        self._mailbox.put(
            PendingRequest(generation, RequestKind.DISPLAY, request, number, self._clock())
        )

    def prefetch(
        self,
        generation: int,
        cameras: Sequence[Camera],
        extras: Extra = Extra.NONE,
        interventions: Interventions = NO_INTERVENTIONS,
    ) -> None:
        """Render these views, in their order, while nothing else is asked for.

        They take the place of all that were to be prefetched before. Each comes by
        `idle_rendered`; one that fails is left out, and only the log says so.
        """
        kind = RequestKind.PREFETCH
        pending = [
            PendingRequest(generation, kind, RenderRequest(camera, extras, interventions))
            for camera in cameras
        ]
        with self._lock:
            self._idle = [one for one in self._idle if one.kind is not kind] + pending
        self._mailbox.wake()

    def submit_comparison(
        self, generation: int, camera: Camera, extras: Extra, interventions: Interventions
    ) -> None:
        """Render this view before those to prefetch; it takes the place of one that still waits.

        It comes by `idle_rendered` too.
        """
        kind = RequestKind.COMPARISON
        pending = PendingRequest(generation, kind, RenderRequest(camera, extras, interventions))
        with self._lock:
            self._idle = [pending] + [one for one in self._idle if one.kind is not kind]
        self._mailbox.wake()

    def add_renderer(self, generation: int, renderer: Renderer, *, quick: bool = False) -> None:
        """Render by `renderer` from the next frame on, or by it before the full picture if quick.

        From any thread; the renderer is this thread's from now on, which closes it in any case.
        """
        with self._lock:
            self._new_renderers.append(NewRenderer(generation, renderer, quick))
            too_late = not self.running
        if too_late:
            self._use_new_renderers()
        self._mailbox.wake()

    def set_frame_preparer(self, prepare: Callable[[Frame], object]) -> None:
        """Call `prepare` with each frame on the thread that renders, before the frame is sent."""
        self._prepare_frame = prepare

    def set_frame_completer(self, complete: FrameCompleter) -> None:
        """Send what `complete` makes of each frame on the thread that renders."""
        self._complete_frame = complete

    def set_interacting(self, interacting: bool) -> None:
        """Leave a part of the processor to the window while the camera is being moved."""
        self._interacting = interacting

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
        self._use_new_renderers()

    # On the thread

    def _run(self) -> None:
        while True:
            pending = self._mailbox.take(self._wait_s())
            with self._lock:
                next_scene, self._next_scene = self._next_scene, None
            if next_scene is not None:
                self._change_scene(next_scene)
            self._use_new_renderers()
            if self._mailbox.closed:
                break
            self._budget.apply(self._interacting)
            if pending is not None:
                if pending.generation == self._generation:
                    self._render(pending)
            elif self._needs_full_frame is not None:
                if not self._wait_s():
                    self._render_full(self._needs_full_frame)
            elif self._idle:
                self._render_idle()
        self._close_renderers()

    def _wait_s(self) -> float | None:
        """How long to wait for a view that is asked for; None: nothing else is to be done."""
        needs_full = self._needs_full_frame
        if needs_full is not None and self._stack is not None and self._stack.streaming is not None:
            # On a line a full picture holds up those that come while the camera moves on.
            return max(needs_full.since + REST_S - self._clock(), 0.0)
        return 0.0 if needs_full is not None or self._idle else None

    def _change_scene(self, wanted: SceneChange) -> None:
        if wanted.scene is None:
            self._close_renderers()
            self._generation = wanted.generation
            return
        try:
            stack = RendererStack(
                self._create_renderer, wanted.scene, wanted.device, wanted.precision
            )
        except Exception as error:
            with self._lock:
                reported = self._preparing == wanted.generation
                self._preparing = None if reported else self._preparing
            if reported:
                line = error_line(error, "Preparing the scene")
                self._reported.emit(PrepareFailed(wanted.generation, error, line))
            return
        with self._lock:
            accepted = self._preparing == wanted.generation
            if accepted:
                self._preparing = None
        if not accepted:
            stack.close()
            return
        self._close_renderers()
        self._generation, self._stack = wanted.generation, stack
        self._reported.emit(ScenePrepared(wanted.generation, stack.facts))
        if stack.note:
            self._reported.emit(DeviceChanged(wanted.generation, stack.facts, stack.note))

    def _use_new_renderers(self) -> None:
        with self._lock:
            new_renderers, self._new_renderers = self._new_renderers, []
        for new in new_renderers:
            stack = self._stack
            if stack is None or new.generation != self._generation:
                StackEntry(new.renderer).close()
                continue
            self._stale.forget()
            if new.quick:
                stack.set_quick(new.renderer)
            else:
                stack.set_full(new.renderer)
                self._needs_full_frame = self._last_rendered  # it stays on screen at rest
            self._reported.emit(RendererChanged(new.generation, stack.facts, stack.quick_facts))

    def _render(self, pending: PendingRequest) -> None:
        """Render a view to be shown: a draft of it first where that pays."""
        stack = self._stack
        if stack is None:
            return
        self._needs_full_frame = None
        if stack.streaming is not None:
            self._stream(stack.streaming, pending)
            return
        self._stale.begin(pending.request.camera, stack.scene.placement.scale)
        try:
            if stack.quick_pays:
                frame = stack.quick_frame(pending.request, self._give_up_if_stale)
            else:
                frame = self._full_frame(stack, pending, self._give_up_if_stale)
        except Cancelled:
            self._stale.give_up()
            return
        except Exception as error:
            self._report_failure(pending, error)
            return
        self._stale.end()
        self._last_rendered = pending
        if frame.draft:
            self._needs_full_frame = pending
        self._send(pending, frame)

    def _stream(self, entry: StackEntry, pending: PendingRequest) -> None:
        """Show views of a renderer that is far away, from one on until the newest is there."""

        def show(shown: PendingRequest, frame: Frame) -> None:
            self._last_rendered = self._needs_full_frame = shown
            self._send(shown, frame)

        views = FramesUnderWay(
            entry, self._take_newer, self._end_if_scene_changes, show, self._report_failure,
            self._clock,
        )  # fmt: skip
        try:
            views.stream(pending)
        except Cancelled:
            # Another scene may fail to open: this one's view is still wanted then.
            if views.newest is not None and self._mailbox.peek() is None:
                self._mailbox.put(views.newest)
        except Exception as error:
            self._report_failure(views.newest or pending, error)

    def _take_newer(self) -> PendingRequest | None:
        waiting = self._mailbox.peek()
        if waiting is None or waiting.generation != self._generation:
            return None
        return self._mailbox.take_letter()

    def _end_if_scene_changes(self) -> None:
        if self._mailbox.closed or self._next_scene is not None:
            raise Cancelled

    def _render_full(self, pending: PendingRequest) -> None:
        """Render the full picture of a view that is on screen, unless another is wanted."""
        try:
            assert self._stack is not None
            frame = self._full_frame(self._stack, pending, self._give_way)
        except Cancelled:
            return
        except Exception as error:
            self._report_failure(pending, error)
        else:
            self._send(pending, frame)
        self._needs_full_frame = None

    def _render_idle(self) -> None:
        with self._lock:
            pending = self._idle[0] if self._idle else None
        if pending is None:
            return
        frame = None
        if self._stack is not None and pending.generation == self._generation:
            try:
                if pending.kind is RequestKind.PREFETCH:
                    frame = self._stack.compressed_frame(pending.request, self._give_way)
                else:
                    frame = self._full_frame(self._stack, pending, self._give_way)
            except Cancelled:
                return  # its turn comes again
            except Exception as error:
                error_line(error, "Rendering a view ahead")  # for the log
        with self._lock:
            if pending in self._idle:
                self._idle.remove(pending)
        if frame is not None:
            self._send(pending, frame)

    def _full_frame(
        self, stack: RendererStack, pending: PendingRequest, between_stages: Callable[[], None]
    ) -> Frame:
        note = stack.note
        frame = stack.full_frame(pending.request, between_stages)
        if stack.note != note:
            self._reported.emit(DeviceChanged(pending.generation, stack.facts, stack.note))
        return frame

    def _send(self, pending: PendingRequest, frame: Frame) -> None:
        try:
            if self._stack is not None:
                frame = self._complete_frame(self._stack.scene, frame, pending.request.extras)
            self._prepare_frame(frame)
        except Exception:
            _log.exception("preparing a frame for the window failed")
        self._reported.emit(FrameRendered(pending, frame))

    def _report_failure(self, pending: PendingRequest, error: Exception) -> None:
        self._reported.emit(FrameFailed(pending, error_line(error, "Rendering this view")))

    def _give_up_if_stale(self) -> None:
        """Between the stages of a frame that was asked for."""
        self._end_if_closing()
        waiting = self._mailbox.peek()
        if waiting is not None and self._stale.is_stale(waiting.request.camera, waiting.since):
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
        stack, self._stack = self._stack, None
        self._needs_full_frame = self._last_rendered = None
        self._stale.forget()
        if stack is not None:
            stack.close()

    # On the thread that this object lives on

    def _deliver(self, event: RenderEvent) -> None:
        if self._silent:
            return
        match event:
            case ScenePrepared(generation, facts):
                self.prepared.emit(generation, facts)
            case PrepareFailed(generation, error, line):
                self.prepare_failed.emit(generation, error, line)
            case FrameRendered(PendingRequest(generation, RequestKind.DISPLAY) as source, frame):
                self.rendered.emit(generation, source.number, frame)
            case FrameRendered(source, frame):
                self.idle_rendered.emit(source.generation, source.kind, frame)
            case FrameFailed(source, line):
                self.render_failed.emit(source.generation, source.number, line)
            case DeviceChanged(generation, facts, line):
                self.device_changed.emit(generation, facts, line)
            case RendererChanged(generation, facts, quick_facts):
                self.renderer_changed.emit(generation, facts, quick_facts)
