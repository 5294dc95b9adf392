"""Faster renderers that are prepared in the background."""

import gc
import threading
import weakref

import pytest

from dvox_core.rendering.interventions import ArgMax, Interventions
from tests.helpers.fakes import FakeRenderer, fake_scene
from viewer.workers.rendering.renderer_upgrades import RendererUpgrades


class Finder:
    """Finds one better renderer and one quick one, when its gate is opened."""

    def __init__(self):
        self.gate = threading.Event()
        self.gate.set()
        self.reached = threading.Event()
        self.calls = []
        self.made = []
        self.threads = set()

    def __call__(self, scene, facts, precision, progress):
        self.calls.append((scene, facts, precision))
        self.threads.add(threading.current_thread())
        for number, (kind, quick) in enumerate((("bfloat16", False), ("int8", True))):
            self.reached.set()
            while not self.gate.wait(0.002):
                progress(number / 2, "Waiting")
            progress(number / 2, f"Preparing {kind}")
            self.made.append(FakeRenderer(scene, precision=kind))
            yield self.made[-1], quick


@pytest.fixture
def finder(monkeypatch):
    monkeypatch.setattr("viewer.workers.rendering.renderer_upgrades.DELAY_MS", 10)
    return Finder()


@pytest.fixture
def session(make_session, finder):
    return make_session(find_upgrades=finder)


def open_scene(qtbot, session, path):
    with qtbot.waitSignal(session.opened):
        session.open(path)


def test_a_scene_is_upgraded_after_its_first_picture_in_the_background(
    qtbot, state, session, finder, tmp_path
):
    told, frames = [], []
    session.upgrading.connect(lambda fraction, text: told.append(text))
    state.frame_changed.connect(frames.append)
    with qtbot.waitSignal(session.upgrading_ended):
        open_scene(qtbot, session, tmp_path / "a.dvox")
    qtbot.waitUntil(lambda: state.renderer.precision == "bfloat16")
    assert finder.calls == [(state.scene, finder.calls[0][1], "auto")]
    assert finder.calls[0][1].precision == "float32"
    assert "Preparing bfloat16" in told
    assert threading.current_thread() not in finder.threads
    # Each has rendered a first frame before it is used; the better one then what is on screen.
    qtbot.waitUntil(lambda: frames[-1].made_by == "fake bfloat16")
    assert frames[-1].camera == state.camera
    assert len(finder.made[1].rendered) == 1


def test_closing_the_scene_gives_the_upgrade_up_and_its_memory_back(
    qtbot, state, session, finder, tmp_path, monkeypatch
):
    given_back = []
    monkeypatch.setattr(
        "viewer.workers.rendering.renderer_upgrades.give_freed_memory_back",
        lambda: given_back.append(1),
    )
    finder.gate.clear()
    open_scene(qtbot, session, tmp_path / "a.dvox")
    qtbot.waitUntil(finder.reached.is_set)
    with qtbot.waitSignal(session.upgrading_ended):
        session.close_scene()
    qtbot.waitUntil(lambda: not any(t.is_alive() for t in finder.threads))
    assert finder.made == []


def test_stopping_gives_the_upgrade_up(qtbot, session, finder, tmp_path):
    finder.gate.clear()
    open_scene(qtbot, session, tmp_path / "a.dvox")
    qtbot.waitUntil(finder.reached.is_set)
    session.stop()
    assert not any(thread.is_alive() for thread in finder.threads)


def test_another_scene_is_upgraded_in_its_turn_and_late_renderers_are_closed(
    qtbot, state, session, finder, tmp_path
):
    open_scene(qtbot, session, tmp_path / "a.dvox")
    qtbot.waitUntil(lambda: len(finder.made) == 2)
    open_scene(qtbot, session, tmp_path / "b.dvox")
    qtbot.waitUntil(lambda: len(finder.made) == 4)
    assert [scene.name for scene, _, _ in finder.calls] == ["a", "b"]
    qtbot.waitUntil(lambda: all(r.closed for r in finder.made[:2]))
    assert not any(renderer.closed for renderer in finder.made[2:])


def test_preparing_waits_while_the_camera_moves(qtbot, qapp, monkeypatch):
    monkeypatch.setattr("viewer.workers.rendering.renderer_upgrades.DELAY_MS", 0)
    reached, delivered = threading.Event(), []

    def find(scene, facts, precision, progress):
        reached.set()
        progress(0.5, "Preparing")
        yield FakeRenderer(scene), False

    upgrades = RendererUpgrades(find, lambda *arguments: delivered.append(arguments))
    upgrades.set_interacting(True)
    try:
        scene = fake_scene()
        upgrades.begin(scene, 1, FakeRenderer(scene).facts)
        qtbot.waitUntil(reached.is_set)
        qtbot.wait(50)
        assert delivered == []
        upgrades.set_interacting(False)
        qtbot.waitUntil(lambda: len(delivered) == 1)
    finally:
        upgrades.stop()


def test_a_failed_upgrade_is_logged_and_the_scene_goes_on(qtbot, state, make_session, tmp_path):
    def fail(*_):
        raise RuntimeError("no compiler")
        yield

    session = make_session(find_upgrades=fail)
    with qtbot.waitSignal(session.upgrading_ended):
        open_scene(qtbot, session, tmp_path / "a.dvox")
    with qtbot.waitSignal(state.frame_changed):
        state.set_camera(state.scene.cameras[3].camera)


def test_prefetched_views_never_become_the_frame_that_is_shown(qtbot, state, session, tmp_path):
    open_scene(qtbot, session, tmp_path / "a.dvox")
    ahead, shown = [], []
    session.prefetched.connect(ahead.append)
    qtbot.waitUntil(lambda: state.frame is not None)
    state.frame_changed.connect(shown.append)
    cameras = [view.camera for view in state.scene.cameras[2:5]]
    session.prefetch(cameras)
    qtbot.waitUntil(lambda: len(ahead) == 3)
    assert [frame.camera for frame in ahead] == cameras
    assert all(frame.camera not in cameras for frame in shown)


def test_another_scene_begins_without_interventions(qtbot, session, tmp_path):
    open_scene(qtbot, session, tmp_path / "a.dvox")
    changed = Interventions(occlusion=ArgMax())
    session.set_interventions(changed)
    assert session.interventions == changed
    open_scene(qtbot, session, tmp_path / "b.dvox")
    assert session.interventions == Interventions()


def test_a_scene_that_is_closed_before_its_upgrade_begins_is_held_by_nobody(qapp):
    upgrades = RendererUpgrades(Finder(), lambda *_: None)
    scene = fake_scene()
    held = weakref.ref(scene)
    upgrades.begin(scene, 1, FakeRenderer(scene).facts)
    assert upgrades.running
    upgrades.cancel()
    assert not upgrades.running
    del scene
    gc.collect()
    assert held() is None
