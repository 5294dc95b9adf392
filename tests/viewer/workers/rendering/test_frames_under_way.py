"""Several views under way: the newest among them, none shown after a newer one, none lost."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from dvox_core.errors import Cancelled, UserError
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.interventions import NO_INTERVENTIONS, Interventions, Temperature
from dvox_core.rendering.renderer import RendererFacts
from tests.helpers.signals import camera_at
from viewer.workers.rendering.frames_under_way import MAX_UNDER_WAY, FramesUnderWay
from viewer.workers.rendering.render_requests import PendingRequest, RenderRequest, RequestKind
from viewer.workers.rendering.renderer_stack import StackEntry


@dataclass(eq=False)
class View:
    camera: object


@dataclass
class FarRenderer:
    """What arrives is said by the test, a round of waiting at a time."""

    rounds: list = field(default_factory=list)  # each called with this renderer
    is_connected: bool = True

    def __post_init__(self):
        self.facts = RendererFacts("torch", "cuda", "float32")
        self.under_way, self.begun, self.given_up, self.ready = [], [], [], []
        self.interventions = NO_INTERVENTIONS

    def render(self, camera, extras, between_stages): ...

    def render_quickly(self, camera, extras, between_stages): ...

    def close(self): ...

    def intervene(self, interventions):
        self.interventions = interventions

    def begin(self, camera, extras):
        if not self.is_connected:
            return None
        view = View(camera)
        self.begun.append(camera)
        self.under_way.append(view)
        return view

    def arrived(self):
        ready, self.ready = self.ready, []
        return ready

    def give_up(self, view):
        self.given_up.append(view.camera)

    def wait(self, seconds):
        if self.rounds:
            self.rounds.pop(0)(self)
        else:
            self.arrive_all()

    def arrive_all(self):
        self.ready += [(view, frame_of(view.camera)) for view in self.under_way]
        self.under_way.clear()


def frame_of(camera) -> Frame:
    return Frame(camera, np.zeros((20, 20, 3), np.uint8), None, None, {})


def request(number: int, interventions=NO_INTERVENTIONS, since=0.0) -> PendingRequest:
    wanted = RenderRequest(camera_at(number / 10), Extra.NONE, interventions)
    return PendingRequest(1, RequestKind.DISPLAY, wanted, number, since)


class Streaming:
    def __init__(self, renderer, newer=(), now=0.0):
        self.newer, self.now = list(newer), now
        self.shown, self.failed, self.ends = [], [], False
        self.views = FramesUnderWay(
            StackEntry(renderer),
            lambda: self.newer.pop(0) if self.newer else None,
            self.may_go_on,
            lambda pending, frame: self.shown.append((pending.number, frame)),
            lambda pending, error: self.failed.append((pending.number, str(error))),
            lambda: self.now,
        )

    def may_go_on(self):
        if self.ends:
            raise Cancelled

    @property
    def numbers(self):
        return [number for number, _ in self.shown]


def test_frames_come_as_drafts_with_the_renderers_name_on_them() -> None:
    streaming = Streaming(FarRenderer())
    streaming.views.stream(request(1))
    ((number, frame),) = streaming.shown
    assert (number, frame.draft, frame.made_by) == (1, True, "torch float32")


def test_no_more_are_under_way_than_pay_and_the_newest_always_comes() -> None:
    counts = []
    renderer = FarRenderer([lambda one: counts.append(len(one.under_way)) for _ in range(9)])
    streaming = Streaming(renderer, [None, *(request(number) for number in range(2, 10))])
    streaming.views.stream(request(1))
    assert max(counts) == MAX_UNDER_WAY
    assert streaming.numbers == [1, 2, 3, 4, 9]  # of those that had to wait, the newest


def test_where_the_camera_rests_older_views_are_given_up() -> None:
    renderer = FarRenderer([lambda one: None, lambda one: setattr(streaming, "now", 5.0)])
    streaming = Streaming(renderer, [None, request(2)])
    streaming.views.stream(request(1))
    assert renderer.given_up == [request(1).request.camera]
    assert streaming.numbers == [2]


def test_a_view_whose_connection_broke_off_is_asked_for_again() -> None:
    def break_off(one):
        one.ready += [(view, None) for view in one.under_way]
        one.under_way.clear()
        one.is_connected = False

    renderer = FarRenderer([break_off, lambda one: setattr(one, "is_connected", True)])
    streaming = Streaming(renderer, [None, request(2)])
    streaming.views.stream(request(1))
    assert streaming.numbers[-1] == 2
    assert streaming.failed == []


def test_a_view_that_fails_is_told_once() -> None:
    def fail(one):
        one.ready += [(view, UserError("no memory; close a scene")) for view in one.under_way]
        one.under_way.clear()

    streaming = Streaming(FarRenderer([fail]))
    streaming.views.stream(request(1))
    assert streaming.failed == [(1, "no memory; close a scene")]


def test_other_interventions_give_up_what_was_asked_for_under_the_former_ones() -> None:
    changed = Interventions(Temperature(2.0))
    renderer = FarRenderer([lambda one: None])
    streaming = Streaming(renderer, [None, request(2, changed)])
    streaming.views.stream(request(1))
    assert renderer.interventions == changed
    assert renderer.given_up == [request(1).request.camera]
    assert streaming.numbers == [2]


def test_when_it_may_not_go_on_all_is_given_up_and_the_newest_is_known() -> None:
    renderer = FarRenderer([lambda one: None, lambda one: setattr(streaming, "ends", True)])
    streaming = Streaming(renderer, [None, request(2)])
    with pytest.raises(Cancelled):
        streaming.views.stream(request(1))
    assert streaming.views.newest.number == 2
    assert len(renderer.given_up) == 2
