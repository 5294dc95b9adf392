"""The hand's state, and faster renderers that are prepared in the background."""

import gc
import threading

import pytest

from dvox_core.rendering.interventions import ArgMax, Interventions
from tests.helpers.fakes import FakeRenderer, FakeRendererFactory, fake_opener, fake_scene
from viewer.state.interaction import InteractionState
from viewer.state.viewer_state import ViewerState
from viewer.workers.background.gc_pause import many_lasting_objects
from viewer.workers.rendering.renderer_upgrades import RendererUpgrades
from viewer.workers.rendering.scene_session import SceneSession


@pytest.fixture
def state(qapp):
    return ViewerState()


@pytest.fixture
def interaction(state, monkeypatch):
    monkeypatch.setattr("viewer.state.interaction.REST_MS", 50)
    return InteractionState(state)


def test_the_hand_moves_while_the_camera_does_and_rests_a_moment_later(qtbot, state, interaction):
    changes = []
    interaction.interacting_changed.connect(changes.append)
    scene = fake_scene()
    state.set_scene(scene)
    assert not interaction.is_interacting  # nobody moved: the scene opened there
    state.set_camera(scene.cameras[1].camera)
    state.set_camera(scene.cameras[2].camera)
    assert interaction.is_interacting
    qtbot.waitUntil(lambda: not interaction.is_interacting, timeout=5000)
    assert changes == [True, False]


def test_closing_a_scene_is_rest(state, interaction):
    scene = fake_scene()
    state.set_scene(scene)
    state.set_camera(scene.cameras[1].camera)
    state.set_scene(None)
    assert not interaction.is_interacting


def test_the_collector_pauses_while_lasting_objects_are_made_and_never_sees_them_again():
    before = gc.get_freeze_count()
    with many_lasting_objects():
        assert not gc.isenabled()
        with many_lasting_objects():
            kept = [[] for _ in range(1000)]
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(kept)


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
def session(qtbot, state, finder):
    session = SceneSession(
        state,
        open_scene=fake_opener,
        create_renderer=FakeRendererFactory(),
        warm_up=None,
        find_upgrades=finder,
    )
    yield session
    session.stop()


def open_scene(qtbot, session, path):
    with qtbot.waitSignal(session.opened, timeout=5000):
        session.open(path)


def test_a_scene_is_upgraded_after_its_first_picture_in_the_background(
    qtbot, state, session, finder, tmp_path
):
    told, frames = [], []
    session.upgrading.connect(lambda fraction, text: told.append(text))
    state.frame_changed.connect(frames.append)
    with qtbot.waitSignal(session.upgrading_ended, timeout=5000):
        open_scene(qtbot, session, tmp_path / "a.dvox")
    qtbot.waitUntil(lambda: state.renderer.precision == "bfloat16", timeout=5000)
    assert finder.calls == [(state.scene, finder.calls[0][1], "auto")]
    assert finder.calls[0][1].precision == "float32"
    assert "Preparing bfloat16" in told
    assert threading.current_thread() not in finder.threads
    # Each has rendered a first frame before it is used; the better one then what is on screen.
    qtbot.waitUntil(lambda: frames[-1].made_by == "fake bfloat16", timeout=5000)
    assert frames[-1].camera == state.camera
    assert len(finder.made[1].rendered) == 1


def test_closing_the_scene_gives_the_upgrade_up(qtbot, state, session, finder, tmp_path):
    finder.gate.clear()
    open_scene(qtbot, session, tmp_path / "a.dvox")
    qtbot.waitUntil(finder.reached.is_set, timeout=5000)
    with qtbot.waitSignal(session.upgrading_ended, timeout=5000):
        session.close_scene()
    qtbot.waitUntil(lambda: not any(t.is_alive() for t in finder.threads), timeout=5000)
    assert finder.made == []


def test_stopping_gives_the_upgrade_up(qtbot, session, finder, tmp_path):
    finder.gate.clear()
    open_scene(qtbot, session, tmp_path / "a.dvox")
    qtbot.waitUntil(finder.reached.is_set, timeout=5000)
    session.stop()
    assert not any(thread.is_alive() for thread in finder.threads)


def test_another_scene_is_upgraded_in_its_turn_and_late_renderers_are_closed(
    qtbot, state, session, finder, tmp_path
):
    open_scene(qtbot, session, tmp_path / "a.dvox")
    qtbot.waitUntil(lambda: len(finder.made) == 2, timeout=5000)
    open_scene(qtbot, session, tmp_path / "b.dvox")
    qtbot.waitUntil(lambda: len(finder.made) == 4, timeout=5000)
    assert [scene.name for scene, _, _ in finder.calls] == ["a", "b"]
    qtbot.waitUntil(lambda: all(r.closed for r in finder.made[:2]), timeout=5000)
    assert not any(renderer.closed for renderer in finder.made[2:])


def test_preparing_waits_while_the_hand_moves(qtbot, qapp):
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
        upgrades._delay.setInterval(0)
        qtbot.waitUntil(reached.is_set, timeout=5000)
        qtbot.wait(50)
        assert delivered == []
        upgrades.set_interacting(False)
        qtbot.waitUntil(lambda: len(delivered) == 1, timeout=5000)
    finally:
        upgrades.stop()


def test_a_failed_upgrade_is_logged_and_the_scene_goes_on(qtbot, state, session, finder, tmp_path):
    def fail(*_):
        raise RuntimeError("no compiler")
        yield

    session._upgrades._find = fail
    with qtbot.waitSignal(session.upgrading_ended, timeout=5000):
        open_scene(qtbot, session, tmp_path / "a.dvox")
    with qtbot.waitSignal(state.frame_changed, timeout=5000):
        state.set_camera(state.scene.cameras[3].camera)


def test_views_ahead_come_apart_from_the_frames_that_are_shown(qtbot, state, session, tmp_path):
    open_scene(qtbot, session, tmp_path / "a.dvox")
    ahead, shown = [], []
    session.prefetched.connect(ahead.append)
    qtbot.waitUntil(lambda: state.frame is not None, timeout=5000)
    state.frame_changed.connect(shown.append)
    cameras = [view.camera for view in state.scene.cameras[2:5]]
    session.prefetch(cameras)
    qtbot.waitUntil(lambda: len(ahead) == 3, timeout=5000)
    assert [frame.camera for frame in ahead] == cameras
    assert all(frame.camera not in cameras for frame in shown)


def test_another_scene_begins_without_interventions(qtbot, session, tmp_path):
    open_scene(qtbot, session, tmp_path / "a.dvox")
    changed = Interventions(occlusion=ArgMax())
    session.set_interventions(changed)
    assert session.interventions == changed
    open_scene(qtbot, session, tmp_path / "b.dvox")
    assert session.interventions == Interventions()
