"""What the render thread does next: stale frames, drafts, views ahead, another renderer."""

import sys
import threading
import types

import numpy as np
import pytest

from dvox_core.errors import UserError
from dvox_core.geometry.cameras import look_at
from dvox_core.rendering.frame import Extra
from dvox_core.rendering.interventions import ArgMax, Interventions
from dvox_core.rendering.pictures import start_range
from dvox_core.rendering.reprojection.warp_sources import warp_source
from tests.helpers.fakes import FakeRenderer, FakeRendererFactory, fake_frame, fake_scene
from viewer.state.viewer_state import DisplayMode, ViewerState
from viewer.viewport.reprojection.frame_preparation import Preparation
from viewer.viewport.reprojection.mode_pictures import compose
from viewer.workers.background.torch_threads import ThreadBudget
from viewer.workers.rendering.render_thread import RenderThread
from viewer.workers.rendering.stale_frames import LIMIT_S, REST_S, StaleFrameRule

SIDE = 2.0
RESTED_S = REST_S + 0.001


def camera(x):
    return look_at((x, -4.0, 1.0), (0, 0, 0), (0, 0, 1))


class Clock:
    """Time that stands still unless it is moved."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


# The rule


@pytest.fixture
def clock():
    return Clock()


def rule_with_cost(clock, cost_s):
    """A rule that has seen one frame of this cost, and begins the next one at camera 0 now."""
    rule = StaleFrameRule(clock)
    rule.begin(camera(0), SIDE)
    clock.now += cost_s
    rule.end()
    rule.begin(camera(0), SIDE)
    return rule


def test_a_frame_is_stale_when_the_hand_rests_far_from_it(clock):
    rule = rule_with_cost(clock, 1.0)
    asked = clock.now + 0.1
    clock.now = asked + REST_S / 2
    assert not rule.is_stale(camera(3), asked)
    clock.now = asked + RESTED_S
    assert rule.is_stale(camera(3), asked)
    assert not rule.is_stale(camera(0.01), asked)


def test_while_the_hand_moves_every_frame_is_rendered_to_its_end(clock):
    rule = rule_with_cost(clock, 1.0)
    for _ in range(60):
        clock.now += 1 / 60
        assert not rule.is_stale(camera(3), since=clock.now - 0.01)


def test_a_frame_that_is_nearly_done_is_not_stale(clock):
    rule = rule_with_cost(clock, 1.0)
    clock.now += 0.97
    assert not rule.is_stale(camera(3), since=clock.now - RESTED_S)


@pytest.mark.parametrize("cost_s", [0.2, 0.5, 1.0, 1.4])
def test_however_often_the_hand_stops_and_goes_a_true_frame_comes_in_time(clock, cost_s):
    rule = rule_with_cost(clock, cost_s)
    last_done, began, gaps = clock.now, clock.now, []
    for step in range(2000):  # 10 ms each; the hand rests for REST_S and jumps away again
        clock.now += 0.01
        if clock.now - began >= cost_s:
            rule.end()
            gaps.append(clock.now - last_done)
            last_done = began = clock.now
            rule.begin(camera(0), SIDE)
        elif rule.is_stale(camera(3 + step % 2), since=clock.now - RESTED_S):
            rule.give_up()
            began = clock.now
            rule.begin(camera(0), SIDE)
    assert len(gaps) > 5
    assert max(gaps) <= max(LIMIT_S, 2 * cost_s) + 0.03


def test_frames_slower_than_the_limit_are_given_up_but_not_for_ever(clock):
    rule = rule_with_cost(clock, 4.0)
    clock.now += 1
    assert rule.is_stale(camera(3), since=clock.now - RESTED_S)
    rule.give_up()
    rule.begin(camera(3), SIDE)
    clock.now += 1
    assert not rule.is_stale(camera(0), since=clock.now - RESTED_S)


# The thread


@pytest.fixture
def factory():
    return FakeRendererFactory()


@pytest.fixture
def thread(qtbot, factory):
    thread = RenderThread(factory)
    yield thread
    for renderer in factory.made:
        renderer.gate.set()
    thread.stop()


@pytest.fixture
def scene():
    return fake_scene()


def prepare(qtbot, thread, scene, generation=1):
    with qtbot.waitSignal(thread.prepared, timeout=5000):
        thread.prepare(scene, generation)


class Slow(FakeRenderer):
    """Says that its frames take long."""

    def render(self, *arguments):
        return _slowed(super().render(*arguments))


def _slowed(frame):
    frame.stages_ms.update(render=500.0)
    return frame


def frames_of(signal):
    came = []
    signal.connect(lambda *arguments: came.append(arguments[-1]))
    return came


def test_a_stale_frame_is_given_up_and_the_newest_comes(qtbot, thread, factory, scene):
    prepare(qtbot, thread, scene)
    renderer = factory.newest
    renderer.interruptible = True
    renderer.gate.clear()
    came = frames_of(thread.rendered)
    thread.submit(1, 1, camera(0), extras=Extra.NONE)
    assert renderer.started.wait(5)
    renderer.started.clear()
    thread.submit(1, 2, camera(4), extras=Extra.NONE)
    assert renderer.started.wait(5)  # the second view is begun although the first cannot end
    renderer.gate.set()
    qtbot.waitUntil(lambda: len(came) == 1, timeout=5000)
    assert [frame.camera for frame in came] == renderer.rendered == [camera(4)]


def test_closing_a_scene_gives_its_frame_up(qtbot, thread, factory, scene):
    prepare(qtbot, thread, scene)
    renderer = factory.newest
    renderer.interruptible = True
    renderer.gate.clear()
    thread.submit(1, 1, camera(0), extras=Extra.NONE)
    assert renderer.started.wait(5)
    thread.close_scene(2)
    qtbot.waitUntil(lambda: renderer.closed, timeout=5000)
    assert renderer.rendered == []


def test_stopping_gives_the_frame_up(qtbot, thread, factory, scene):
    prepare(qtbot, thread, scene)
    renderer = factory.newest
    renderer.interruptible = True
    renderer.gate.clear()
    thread.submit(1, 1, camera(0), extras=Extra.NONE)
    assert renderer.started.wait(5)
    thread.stop()  # would wait for ever otherwise
    assert renderer.closed
    assert renderer.rendered == []


def test_a_draft_comes_first_and_the_full_picture_after_it(qtbot, scene):
    thread = RenderThread(lambda *arguments: Slow(*arguments))
    try:
        prepare(qtbot, thread, scene)
        quick = FakeRenderer(scene, precision="int8")
        came = frames_of(thread.rendered)
        thread.submit(1, 1, camera(0), extras=Extra.NONE)
        qtbot.waitUntil(lambda: len(came) == 1, timeout=5000)
        assert not came[0].draft
        with qtbot.waitSignal(thread.renderer_changed, timeout=5000) as upgraded:
            thread.add_renderer(1, quick, quick=True)
        assert upgraded.args[2].precision == "int8"
        thread.submit(1, 2, camera(1), extras=Extra.NONE)
        qtbot.waitUntil(lambda: len(came) == 3, timeout=5000)
        assert [(frame.draft, frame.made_by) for frame in came[1:]] == [
            (True, "fake int8"),
            (False, "fake float32"),
        ]
        assert came[1].camera == came[2].camera == camera(1)
    finally:
        thread.stop()
    assert quick.closed


def test_a_full_picture_gives_way_to_a_newer_view(qtbot, scene):
    made = []

    def make(*arguments):
        made.append(Slow(*arguments))
        return made[-1]

    thread = RenderThread(make)
    try:
        prepare(qtbot, thread, scene)
        full = made[0]
        came = frames_of(thread.rendered)
        thread.submit(1, 1, camera(0), extras=Extra.NONE)
        qtbot.waitUntil(lambda: len(came) == 1, timeout=5000)
        thread.add_renderer(1, FakeRenderer(scene), quick=True)
        full.interruptible = True
        full.gate.clear()
        for number in range(2, 6):  # each draft is there at once, whatever the full one does
            thread.submit(1, number, camera(number), extras=Extra.NONE)
            qtbot.waitUntil(lambda n=number: len(came) == n, timeout=5000)
        assert all(frame.draft for frame in came[1:])
        full.gate.set()
        qtbot.waitUntil(lambda: len(came) == 6, timeout=5000)
        assert not came[-1].draft
        assert came[-1].camera == camera(5)
    finally:
        for renderer in made:
            renderer.gate.set()
        thread.stop()


def test_where_full_frames_are_fast_no_draft_is_shown(qtbot, thread, factory, scene):
    prepare(qtbot, thread, scene)
    quick = FakeRenderer(scene)
    came = frames_of(thread.rendered)
    thread.add_renderer(1, quick, quick=True)
    for number in range(3):
        thread.submit(1, number, camera(number), extras=Extra.NONE)
        qtbot.waitUntil(lambda n=number: len(came) == n + 1, timeout=5000)
    assert not any(frame.draft for frame in came)
    assert quick.rendered == []


def test_another_renderer_is_taken_between_frames_and_renders_what_is_shown_anew(
    qtbot, thread, factory, scene
):
    prepare(qtbot, thread, scene)
    former = factory.newest
    came = frames_of(thread.rendered)
    thread.submit(1, 1, camera(0), extras=Extra.NONE)
    qtbot.waitUntil(lambda: len(came) == 1, timeout=5000)
    with qtbot.waitSignal(thread.renderer_changed, timeout=5000) as upgraded:
        thread.add_renderer(1, FakeRenderer(scene, precision="bfloat16"))
    assert upgraded.args[1].precision == "bfloat16"
    assert former.closed
    qtbot.waitUntil(lambda: len(came) == 2, timeout=5000)
    assert came[1].camera == camera(0)
    assert came[1].made_by == "fake bfloat16"


def test_a_renderer_for_another_scene_is_closed(qtbot, thread, factory, scene):
    prepare(qtbot, thread, scene, generation=4)
    late = FakeRenderer(scene)
    thread.add_renderer(3, late)
    qtbot.waitUntil(lambda: late.closed, timeout=5000)
    assert not factory.newest.closed
    thread.stop()
    later = FakeRenderer(scene)
    thread.add_renderer(4, later)
    assert later.closed


def test_idle_views_come_in_order_and_give_way(qtbot, thread, factory, scene):
    prepare(qtbot, thread, scene)
    renderer = factory.newest
    ahead, came = frames_of(thread.idle_rendered), frames_of(thread.rendered)
    thread.prefetch(1, [camera(1), camera(2)])
    qtbot.waitUntil(lambda: len(ahead) == 2, timeout=5000)
    assert [frame.camera for frame in ahead] == [camera(1), camera(2)]
    renderer.interruptible = True
    renderer.gate.clear()
    renderer.started.clear()
    thread.prefetch(1, [camera(3)])
    assert renderer.started.wait(5)
    renderer.started.clear()
    thread.submit(1, 1, camera(4), extras=Extra.NONE)
    assert renderer.started.wait(5)
    renderer.gate.set()
    qtbot.waitUntil(lambda: len(ahead) == 3, timeout=5000)
    assert renderer.rendered[-2:] == [camera(4), camera(3)]
    assert [frame.camera for frame in came] == [camera(4)]


def test_an_idle_view_that_fails_is_left_out_and_the_next_one_comes(
    qtbot, thread, factory, scene, caplog
):
    prepare(qtbot, thread, scene)
    failures = frames_of(thread.render_failed)
    factory.newest.failures.append(UserError("no such view"))
    ahead = frames_of(thread.idle_rendered)
    thread.prefetch(1, [camera(1), camera(2)])
    qtbot.waitUntil(lambda: len(ahead) == 1, timeout=5000)
    assert ahead[0].camera == camera(2)
    assert failures == []


class Intervenable(FakeRenderer):
    """Knows what it renders under."""

    under = None

    def intervene(self, interventions):
        if interventions.edits:
            raise UserError("the edits are of another scene")
        self.under = interventions


def test_interventions_reach_the_renderer_once_and_the_next_one_too(qtbot, scene):
    made = []

    def make(*arguments):
        made.append(Intervenable(*arguments))
        return made[-1]

    thread = RenderThread(make)
    try:
        prepare(qtbot, thread, scene)
        came = frames_of(thread.rendered)
        changed = Interventions(occlusion=ArgMax())
        thread.submit(1, 1, camera(0), Extra.NONE, changed)
        qtbot.waitUntil(lambda: len(came) == 1, timeout=5000)
        assert made[0].under == changed
        better = Intervenable(scene)
        thread.add_renderer(1, better)
        qtbot.waitUntil(lambda: len(came) == 2, timeout=5000)
        assert better.under == changed
    finally:
        thread.stop()


# Threads


def test_one_thread_less_computes_while_the_hand_moves(monkeypatch):
    asked = []
    torch = types.SimpleNamespace(get_num_threads=lambda: 4, set_num_threads=asked.append)
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setattr("viewer.workers.background.torch_threads._all_threads", 0)
    budget = ThreadBudget()
    for moving in (False, True, True, False):
        budget.apply(moving)
    assert asked == [3, 4]
    torch.get_num_threads = lambda: 1
    monkeypatch.setattr("viewer.workers.background.torch_threads._all_threads", 0)
    single = ThreadBudget()
    single.apply(True)
    assert asked == [3, 4]


def test_threads_are_left_alone_before_torch_is_there(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    ThreadBudget().apply(True)
    assert "torch" not in sys.modules


# Preparing pictures off the window's thread


def test_frames_are_finished_on_the_rendering_thread_before_they_come(
    qtbot, thread, factory, scene
):
    finished = []
    thread.set_frame_preparer(lambda frame: finished.append((frame, threading.current_thread())))
    prepare(qtbot, thread, scene)
    came = []
    thread.rendered.connect(lambda *arguments: came.append((arguments[-1], len(finished))))
    thread.submit(1, 1, camera(0), extras=Extra.NONE)
    qtbot.waitUntil(lambda: len(came) == 1, timeout=5000)
    assert came[0] == (finished[0][0], 1)
    assert finished[0][1] is factory.newest.thread


def test_a_finisher_that_fails_costs_no_frame(qtbot, thread, scene, caplog):
    thread.set_frame_preparer(lambda frame: 1 / 0)
    prepare(qtbot, thread, scene)
    came = frames_of(thread.rendered)
    for number in range(2):
        thread.submit(1, number, camera(number), extras=Extra.NONE)
        qtbot.waitUntil(lambda n=number: len(came) == n + 1, timeout=5000)
    assert "ZeroDivisionError" in caplog.text


def test_what_was_prepared_is_what_the_window_would_have_made(qapp, scene):
    state = ViewerState()
    state.set_scene(scene)
    preparation = Preparation(state, lambda: 64)
    frame = fake_frame(scene, scene.start_camera)
    preparation.prepare(frame)
    picture, source = preparation.pop(frame)
    plain = compose(frame, DisplayMode.RGB, scene.frustum, start_range(scene.frustum))
    expected = warp_source(frame, plain.rgba, scene.frustum, scene.pivot, 64)
    assert np.array_equal(picture.rgba, plain.rgba)
    for name in ("depths", "colors", "backdrop", "backdrop_depth"):
        assert np.array_equal(getattr(source, name), getattr(expected, name)), name
    assert preparation.pop(frame) is None


def test_nothing_is_prepared_in_other_modes_and_what_was_is_forgotten(qapp, scene):
    state = ViewerState()
    state.set_scene(scene)
    preparation = Preparation(state, lambda: 64)
    frames = [fake_frame(scene, view.camera) for view in scene.cameras[:6]]
    preparation.prepare(frames[0])
    state.set_display_mode(DisplayMode.DEPTH)
    assert preparation.pop(frames[0]) is None
    preparation.prepare(frames[0])
    assert preparation.pop(frames[0]) is None
    state.set_display_mode(DisplayMode.RGB)
    for frame in frames:
        preparation.prepare(frame)
    kept = [preparation.pop(frame) is not None for frame in frames]
    assert kept == [False, False, True, True, True, True]


def test_the_window_makes_nothing_of_a_frame_itself_in_the_rgb_mode(
    open_window, qtbot, monkeypatch
):
    made = []
    monkeypatch.setattr("viewer.viewport.reprojection.reprojector.warp_source", made.append)
    monkeypatch.setattr(open_window.viewport.reprojector, "_compose", made.append)
    for _ in range(4):
        with qtbot.waitSignal(open_window.viewport.picture_shown, timeout=5000):
            open_window.viewport.navigator.turn(0.1, 0.0)
    assert made == []
