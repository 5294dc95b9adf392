"""Renders on another machine: a `Renderer` with several views under way."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from dvox_core.errors import Cancelled, UserError
from dvox_core.geometry.cameras import Camera
from dvox_core.remote.connection import Answer, Connection
from dvox_core.remote.failures import ConnectionLostError
from dvox_core.remote.frames import camera_to_json, frame_of, interventions_message
from dvox_core.remote.link import checked_answer, give_up
from dvox_core.remote.messages import Message, ProtocolError
from dvox_core.remote.scene import RemoteScene
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.interventions import NO_INTERVENTIONS, Interventions
from dvox_core.rendering.renderer import (
    Arrival,
    BetweenStages,
    RendererFacts,
    ViewUnderWay,
    go_on,
)

LINE_STAGE = "line"
"""The stage of a frame that is neither rendering nor this machine's work."""

RETRY_S = 0.5
"""Before a view is asked for again whose connection broke off."""


@dataclass(frozen=True, eq=False)
class Ticket:
    """A view that is under way."""

    camera: Camera
    interventions: Interventions
    asked: float  # in seconds of time.perf_counter
    connection: Connection
    answer: Answer


class RemoteRenderer:
    """A `Renderer`, `Intervening` and `Streaming`; belongs to one thread, as every renderer does.

    While the connection is broken, `render` waits for the next one: nothing fails by that, and
    what does not want to wait raises in `between_stages`.
    """

    def __init__(self, scene: RemoteScene, device: str, precision: str) -> None:
        """Have the renderer made there.

        Raises:
            DeviceError, CheckpointError: as making one here does.
            ConnectionLostError: there is no connection now.
        """
        self._scene, self._device, self._precision = scene, device, precision
        self._link = scene.link
        self._interventions = NO_INTERVENTIONS
        self._epoch = -1
        self._number: object = None
        self._under_way: list[Ticket] = []
        self._facts = RendererFacts("", "", "")
        self._prepare()

    @property
    def facts(self) -> RendererFacts:
        """What renders there."""
        return self._facts

    @property
    def count_under_way(self) -> int:
        """Views that were asked for and have not come."""
        return len(self._under_way)

    def render(
        self, camera: Camera, extras: Extra = Extra.NONE, between_stages: BetweenStages = go_on
    ) -> Frame:
        """Render the view from `camera`, its picture losslessly."""
        return self._waited_for(camera, extras, between_stages, quick=False)

    def render_quickly(
        self, camera: Camera, extras: Extra = Extra.NONE, between_stages: BetweenStages = go_on
    ) -> Frame:
        """As `render`, the picture compressed."""
        return self._waited_for(camera, extras, between_stages, quick=True)

    def intervene(self, interventions: Interventions) -> None:
        """Render every view under `interventions` from now on.

        While the connection is broken they wait for the next one.
        """
        with suppress(ConnectionLostError):
            self._prepare()
            self._tell_interventions(interventions)
        self._interventions = interventions

    def close(self) -> None:
        """Give memory back there."""
        self.give_up_all()
        if self._epoch == self._link.epoch:
            self._link.discard({"type": "close_renderer", "renderer": self._number}, self._epoch)

    # Several at a time

    def begin(self, camera: Camera, extras: Extra) -> Ticket | None:
        """Ask for a view and do not wait for it; see `Streaming`.

        Raises:
            UserError: the link was closed, or another scene lies there by now.
        """
        try:
            self._prepare()
            ticket = self._ask(camera, extras, quick=True, to_show=True)
        except ConnectionLostError:
            if self._link.is_closed:
                raise
            return None
        self._under_way.append(ticket)
        self._count()
        return ticket

    def arrived(self) -> list[tuple[ViewUnderWay, Arrival]]:
        """What has come of the views under way; see `Streaming`."""
        found: list[tuple[ViewUnderWay, Arrival]] = []
        # The newest first: when its frame is there, so are those before it, and none is passed over
        # that comes while others are looked at.
        for ticket in reversed(list(self._under_way)):
            try:
                message = ticket.answer.take()
                if message is None:
                    continue
                found.append((ticket, self._frame(ticket, message, is_shown=True)))
            except ConnectionLostError:
                found.append((ticket, None))
            except UserError as error:
                found.append((ticket, error))
            self._under_way.remove(ticket)
        self._count()
        return found[::-1]

    def give_up(self, view: ViewUnderWay) -> None:
        """A view is not wanted any more: it is given up there between stages."""
        for ticket in list(self._under_way):
            if ticket is view:
                self._under_way.remove(ticket)
                give_up(ticket.connection, ticket.answer)
        self._count()

    def give_up_all(self) -> None:
        """No view that is under way is wanted any more."""
        for ticket in list(self._under_way):
            self.give_up(ticket)

    def wait(self, seconds: float) -> None:
        """Until something comes, or the time is over."""
        with suppress(ConnectionLostError):
            connection = self._link.connection()
            with connection.changed:
                connection.changed.wait(seconds)
            return
        time.sleep(seconds)

    # How

    def _waited_for(
        self, camera: Camera, extras: Extra, between_stages: BetweenStages, *, quick: bool
    ) -> Frame:
        while True:
            try:
                self._prepare()
                return self._asked_once(camera, extras, between_stages, quick=quick)
            except ConnectionLostError:
                if self._link.is_closed:
                    raise
            self._link.wait_connected(between_stages)
            _rest(RETRY_S, between_stages)

    def _asked_once(
        self, camera: Camera, extras: Extra, between_stages: BetweenStages, *, quick: bool
    ) -> Frame:
        ticket = self._ask(camera, extras, quick=quick, to_show=False)
        self._under_way.append(ticket)
        self._count()
        try:
            message = ticket.answer.wait(between_stages)
            frame = self._frame(ticket, message, is_shown=not quick)
        except BaseException:
            give_up(ticket.connection, ticket.answer)
            raise
        finally:
            self._under_way.remove(ticket)
            self._count()
        if frame is None:
            raise Cancelled
        return frame

    def _ask(self, camera: Camera, extras: Extra, *, quick: bool, to_show: bool) -> Ticket:
        connection = self._link.connection()
        request: dict[str, object] = {
            "type": "render",
            "renderer": self._number,
            "camera": camera_to_json(camera),
            "extras": extras.value,
            "quick": quick,
            "to_show": to_show,
        }
        asked = time.perf_counter()
        answer = connection.ask(request)
        return Ticket(camera, self._interventions, asked, connection, answer)

    def _frame(self, ticket: Ticket, message: Message, *, is_shown: bool) -> Frame | None:
        if checked_answer(message).type == "dropped":
            return None
        begun = time.perf_counter()
        side = self._side
        frame = frame_of(message, ticket.camera, ticket.interventions, side)
        now = time.perf_counter()
        line_ms = max((begun - ticket.asked) * 1000 - frame.total_ms, 0.0)
        stages = {**frame.stages_ms, LINE_STAGE: line_ms, "unpacking": (now - begun) * 1000}
        if is_shown:
            quality = str(message.head.get("quality", ""))[:40]
            self._link.frame_bytes, self._link.quality = message.size, quality
        return replace(frame, stages_ms=stages)

    @property
    def _side(self) -> int:
        model = self._scene.facts["facts"]["model"]
        return int(model["image_size"])

    def _prepare(self) -> None:
        """See that the renderer is there, on the present connection.

        Raises:
            ConnectionLostError: there is no connection now.
        """
        epoch = self._link.epoch
        if epoch == self._epoch:
            self._link.connection()
            return
        self._under_way = []
        request: dict[str, object] = {
            "type": "renderer",
            "scene": self._scene.number(),
            "device": self._device,
            "precision": self._precision,
        }
        made = self._link.request(request).head
        self._number, self._facts = made.get("renderer"), renderer_facts(made.get("facts"))
        if self._interventions != NO_INTERVENTIONS:
            self._tell_interventions(self._interventions)
        self._epoch = epoch

    def _tell_interventions(self, interventions: Interventions) -> None:
        head = {"type": "intervene", "renderer": self._number}
        message = interventions_message(interventions, head)
        self._link.request(message.head, dict(message.arrays))

    def _count(self) -> None:
        self._link.frames_under_way = len(self._under_way)


def renderer_facts(content: Any) -> RendererFacts:
    """Read what the other side says of its renderer.

    Raises:
        ProtocolError: it is broken.
    """
    try:
        names = ("backend", "device", "precision", "note")
        return RendererFacts(*(str(content[name])[:500] for name in names))
    except (KeyError, TypeError) as error:
        raise ProtocolError("a renderer's facts are broken") from error


def _rest(seconds: float, between: Callable[[], None]) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        between()
        time.sleep(0.01)
