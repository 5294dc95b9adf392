"""What the render thread does next: stale frames, drafts, idle views, another renderer."""

import threading

import pytest

from dvox_core.errors import UserError
from dvox_core.rendering.frame import Extra
from dvox_core.rendering.interventions import ArgMax, Interventions
from tests.helpers.fakes import FakeRenderer, fake_scene
from tests.helpers.signals import camera_at
from viewer.workers.rendering.render_thread import RenderThread


@pytest.fixture
def scene():
    return fake_scene()


def prepare(qtbot, thread, scene, generation=1):
    with qtbot.waitSignal(thread.prepared):
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
    thread.submit(1, 1, camera_at(0), extras=Extra.NONE)
    assert renderer.started.wait(5)
    renderer.started.clear()
    thread.submit(1, 2, camera_at(4), extras=Extra.NONE)
    assert renderer.started.wait(5)  # the second view is begun although the first cannot end
    renderer.gate.set()
    qtbot.waitUntil(lambda: len(came) == 1)
    assert [frame.camera for frame in came] == renderer.rendered == [camera_at(4)]


def test_closing_a_scene_gives_its_frame_up(qtbot, thread, factory, scene):
    prepare(qtbot, thread, scene)
    renderer = factory.newest
    renderer.interruptible = True
    renderer.gate.clear()
    thread.submit(1, 1, camera_at(0), extras=Extra.NONE)
    assert renderer.started.wait(5)
    thread.close_scene(2)
    qtbot.waitUntil(lambda: renderer.closed)
    assert renderer.rendered == []


def test_stopping_gives_the_frame_up(qtbot, thread, factory, scene):
    prepare(qtbot, thread, scene)
    renderer = factory.newest
    renderer.interruptible = True
    renderer.gate.clear()
    thread.submit(1, 1, camera_at(0), extras=Extra.NONE)
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
        thread.submit(1, 1, camera_at(0), extras=Extra.NONE)
        qtbot.waitUntil(lambda: len(came) == 1)
        assert not came[0].draft
        with qtbot.waitSignal(thread.renderer_changed) as upgraded:
            thread.add_renderer(1, quick, quick=True)
        assert upgraded.args[2].precision == "int8"
        thread.submit(1, 2, camera_at(1), extras=Extra.NONE)
        qtbot.waitUntil(lambda: len(came) == 3)
        assert [(frame.draft, frame.made_by) for frame in came[1:]] == [
            (True, "fake int8"),
            (False, "fake float32"),
        ]
        assert came[1].camera == came[2].camera == camera_at(1)
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
        thread.submit(1, 1, camera_at(0), extras=Extra.NONE)
        qtbot.waitUntil(lambda: len(came) == 1)
        thread.add_renderer(1, FakeRenderer(scene), quick=True)
        full.interruptible = True
        full.gate.clear()
        for number in range(2, 6):  # each draft is there at once, whatever the full one does
            thread.submit(1, number, camera_at(number), extras=Extra.NONE)
            qtbot.waitUntil(lambda n=number: len(came) == n)
        assert all(frame.draft for frame in came[1:])
        full.gate.set()
        qtbot.waitUntil(lambda: len(came) == 6)
        assert not came[-1].draft
        assert came[-1].camera == camera_at(5)
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
        thread.submit(1, number, camera_at(number), extras=Extra.NONE)
        qtbot.waitUntil(lambda n=number: len(came) == n + 1)
    assert not any(frame.draft for frame in came)
    assert quick.rendered == []


def test_another_renderer_is_taken_between_frames_and_renders_what_is_shown_anew(
    qtbot, thread, factory, scene
):
    prepare(qtbot, thread, scene)
    former = factory.newest
    came = frames_of(thread.rendered)
    thread.submit(1, 1, camera_at(0), extras=Extra.NONE)
    qtbot.waitUntil(lambda: len(came) == 1)
    with qtbot.waitSignal(thread.renderer_changed) as upgraded:
        thread.add_renderer(1, FakeRenderer(scene, precision="bfloat16"))
    assert upgraded.args[1].precision == "bfloat16"
    assert former.closed
    qtbot.waitUntil(lambda: len(came) == 2)
    assert came[1].camera == camera_at(0)
    assert came[1].made_by == "fake bfloat16"


def test_a_renderer_for_another_scene_is_closed(qtbot, thread, factory, scene):
    prepare(qtbot, thread, scene, generation=4)
    late = FakeRenderer(scene)
    thread.add_renderer(3, late)
    qtbot.waitUntil(lambda: late.closed)
    assert not factory.newest.closed
    thread.stop()
    later = FakeRenderer(scene)
    thread.add_renderer(4, later)
    assert later.closed


def test_idle_views_come_in_order_and_give_way(qtbot, thread, factory, scene):
    prepare(qtbot, thread, scene)
    renderer = factory.newest
    ahead, came = frames_of(thread.idle_rendered), frames_of(thread.rendered)
    thread.prefetch(1, [camera_at(1), camera_at(2)])
    qtbot.waitUntil(lambda: len(ahead) == 2)
    assert [frame.camera for frame in ahead] == [camera_at(1), camera_at(2)]
    renderer.interruptible = True
    renderer.gate.clear()
    renderer.started.clear()
    thread.prefetch(1, [camera_at(3)])
    assert renderer.started.wait(5)
    renderer.started.clear()
    thread.submit(1, 1, camera_at(4), extras=Extra.NONE)
    assert renderer.started.wait(5)
    renderer.gate.set()
    qtbot.waitUntil(lambda: len(ahead) == 3)
    assert renderer.rendered[-2:] == [camera_at(4), camera_at(3)]
    assert [frame.camera for frame in came] == [camera_at(4)]


def test_an_idle_view_that_fails_is_left_out_and_the_next_one_comes(
    qtbot, thread, factory, scene, caplog
):
    prepare(qtbot, thread, scene)
    failures = frames_of(thread.render_failed)
    factory.newest.failures.append(UserError("no such view"))
    ahead = frames_of(thread.idle_rendered)
    thread.prefetch(1, [camera_at(1), camera_at(2)])
    qtbot.waitUntil(lambda: len(ahead) == 1)
    assert ahead[0].camera == camera_at(2)
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
        thread.submit(1, 1, camera_at(0), Extra.NONE, changed)
        qtbot.waitUntil(lambda: len(came) == 1)
        assert made[0].under == changed
        better = Intervenable(scene)
        thread.add_renderer(1, better)
        qtbot.waitUntil(lambda: len(came) == 2)
        assert better.under == changed
    finally:
        thread.stop()


def test_frames_are_prepared_on_the_rendering_thread_before_they_come(
    qtbot, thread, factory, scene
):
    finished = []
    thread.set_frame_preparer(lambda frame: finished.append((frame, threading.current_thread())))
    prepare(qtbot, thread, scene)
    came = []
    thread.rendered.connect(lambda *arguments: came.append((arguments[-1], len(finished))))
    thread.submit(1, 1, camera_at(0), extras=Extra.NONE)
    qtbot.waitUntil(lambda: len(came) == 1)
    assert came[0] == (finished[0][0], 1)
    assert finished[0][1] is factory.newest.thread


def test_a_preparation_that_fails_costs_no_frame(qtbot, thread, scene, caplog):
    thread.set_frame_preparer(lambda frame: 1 / 0)
    prepare(qtbot, thread, scene)
    came = frames_of(thread.rendered)
    for number in range(2):
        thread.submit(1, number, camera_at(number), extras=Extra.NONE)
        qtbot.waitUntil(lambda n=number: len(came) == n + 1)
    assert "ZeroDivisionError" in caplog.text
