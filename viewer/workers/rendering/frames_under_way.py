"""Keeps several views of a renderer under way that is far away, the newest camera among them."""

from collections.abc import Callable
from dataclasses import replace

from dvox_core.errors import UserError
from dvox_core.rendering.frame import Frame
from dvox_core.rendering.renderer import Streaming, ViewUnderWay
from viewer.workers.rendering.render_requests import PendingRequest
from viewer.workers.rendering.renderer_stack import StackEntry
from viewer.workers.rendering.stale_frames import REST_S

MAX_UNDER_WAY = 4
"""One is rendered, one waits to be, and the others are on the line; more would only be older."""

WAIT_S = 0.004
"""How long a newer camera may wait to be seen."""


class FramesUnderWay:
    """Streams the views to be shown, from one on until the newest is there. For one thread.

    Args:
        entry: of a `Streaming` renderer.
        take_newer: the view that waits, if there is one.
        may_go_on: called again and again; what it raises ends the streaming.
        deliver, fail: told of the frames that come, each newer than the one before, as drafts.
        clock: in which requests say since when they wait.
    """

    def __init__(
        self,
        entry: StackEntry,
        take_newer: Callable[[], PendingRequest | None],
        may_go_on: Callable[[], None],
        deliver: Callable[[PendingRequest, Frame], None],
        fail: Callable[[PendingRequest, UserError], None],
        clock: Callable[[], float],
    ) -> None:
        assert isinstance(entry.renderer, Streaming)
        self._entry, self._renderer = entry, entry.renderer
        self._take_newer, self._may_go_on = take_newer, may_go_on
        self._deliver, self._fail, self._clock = deliver, fail, clock
        self._under_way: list[tuple[ViewUnderWay, PendingRequest]] = []
        self._wanted: PendingRequest | None = None  # and not under way yet
        self.newest: PendingRequest | None = None

    def stream(self, first: PendingRequest) -> None:
        """Until the newest view has come, or has failed.

        Raises:
            Cancelled, or whatever `may_go_on` raises: what is under way is given up; `newest` is
                the view that was still wanted.
        """
        self.newest = self._wanted = first
        try:
            while self._is_busy:
                self._may_go_on()
                newer = self._take_newer()
                if newer is not None:
                    self.newest = self._wanted = newer
                self._ask()
                self._give_up_stale()
                self._receive()
                if self._is_busy:
                    self._renderer.wait(WAIT_S)
        except BaseException:
            self._give_up_all()
            raise

    @property
    def _is_busy(self) -> bool:
        return self._wanted is not None or bool(self._under_way)

    def _ask(self) -> None:
        wanted = self._wanted
        if wanted is None or len(self._under_way) >= MAX_UNDER_WAY:
            return
        try:
            if wanted.request.interventions != self._entry.interventions:
                self._give_up_all()
                self._entry.intervene(wanted.request.interventions)
            view = self._renderer.begin(wanted.request.camera, wanted.request.extras)
        except UserError as error:
            self._wanted = None
            self._fail(wanted, error)
            return
        if view is not None:  # else it is tried again
            self._wanted = None
            self._under_way.append((view, wanted))

    def _receive(self) -> None:
        for view, arrival in self._renderer.arrived():
            pending = next((of for one, of in self._under_way if one is view), None)
            if pending is None:
                continue
            self._under_way = [one for one in self._under_way if one[0] is not view]
            if isinstance(arrival, UserError):
                self._fail(pending, arrival)
            elif arrival is not None:
                self._deliver(pending, replace(self._entry.signed(arrival), draft=True))
            elif pending is self.newest:
                self._wanted = pending  # the connection broke off: once more

    def _give_up_stale(self) -> None:
        """Where the camera has come to rest, older views only hold up the right one."""
        newest = self.newest
        if newest is None or self._clock() - newest.since < REST_S:
            return
        for view, pending in self._under_way:
            if pending is not newest:
                self._renderer.give_up(view)
        self._under_way = [one for one in self._under_way if one[1] is newest]

    def _give_up_all(self) -> None:
        for view, _ in self._under_way:
            self._renderer.give_up(view)
        self._under_way = []
