"""Opening scenes in a session: progress, failure, cancelling, reading anew."""

import threading
import time
from pathlib import Path

from dvox_core.errors import CheckpointError, MissingIntrinsicsError
from tests.helpers.fakes import fake_scene
from tests.helpers.signals import SignalLog, camera_at


def opened(qtbot, session, state, name="one.pth"):
    with qtbot.waitSignals([session.opened, state.frame_changed]):
        session.open(Path(name))
    qtbot.waitUntil(lambda: state.frame is not None)


def test_opening_shows_progress_then_the_scene_then_its_first_frame(qtbot, make_session, state):
    session = make_session()
    happened = []
    session.opening_started.connect(lambda path: happened.append(("started", path)))
    session.opening_progress.connect(lambda fraction, text: happened.append((fraction, text)))
    session.opened.connect(lambda scene: happened.append(("opened", scene.name)))
    opened(qtbot, session, state)
    assert happened[0] == ("started", Path("one.pth"))
    assert happened[-1] == ("opened", "one")
    fractions = [entry[0] for entry in happened[1:-1]]
    assert fractions == sorted(fractions)
    assert state.frame.camera == state.scene.start_camera
    assert state.renderer.backend == "fake"
    assert session.opening is None


def test_a_refreshed_scene_is_looked_at_as_before_and_without_a_word(
    qtbot, make_session, state, factory
):
    session = make_session()
    opened(qtbot, session, state)
    former, view = state.scene, state.scene.cameras[3].camera
    state.set_camera(view)
    qtbot.waitUntil(lambda: state.frame.camera == view)
    happened = []
    for signal in (session.opening_started, session.opened, state.scene_changed):
        signal.connect(lambda *_: happened.append("opened"))
    session.opening_progress.connect(lambda *_: happened.append("progress"))
    with qtbot.waitSignals([state.scene_refreshed, state.frame_changed]):
        session.refresh()
        assert session.opening is None
    assert happened == []
    assert state.scene is not former
    assert state.camera == view
    assert factory.newest.rendered == [view]
    assert factory.made[0].closed


def test_a_refresh_that_fails_leaves_the_scene_and_one_line(qtbot, make_session, state, factory):
    session = make_session()
    opened(qtbot, session, state)
    former = state.scene
    factory.failures.append(CheckpointError("grid: has NaN in it"))
    with qtbot.waitSignal(session.open_failed) as failed:
        session.refresh()
    assert failed.args[1] == "grid: has NaN in it"
    assert state.scene is former
    with qtbot.waitSignal(session.refreshed):
        session.refresh()


def test_opening_another_scene_gives_a_refresh_up(qtbot, make_session, state):
    session = make_session()
    opened(qtbot, session, state)
    session.refresh()
    opened(qtbot, session, state, "two.pth")
    assert state.scene.name == "two"


def test_a_failed_opening_leaves_the_former_scene_untouched(qtbot, make_session, state, factory):
    session = make_session()
    opened(qtbot, session, state)
    scene, frame = state.scene, state.frame
    with qtbot.waitSignal(session.open_failed) as failed:
        session.open(Path("broken.pth"))
    assert failed.args == [
        Path("broken.pth"),
        "broken.pth: not a checkpoint; choose a .pth or .dvox file",
    ]
    factory.failures.append(CheckpointError("grid: has NaN in it"))
    with qtbot.waitSignal(session.open_failed):
        session.open(Path("two.pth"))
    assert state.scene is scene
    assert state.frame is frame
    with qtbot.waitSignal(state.frame_changed):
        state.set_camera(camera_at(1.0))
    assert state.frame.camera == camera_at(1.0)


def test_missing_intrinsics_are_asked_for(qtbot, make_session):
    def open_scene(path, intrinsics, progress):
        if intrinsics is None:
            raise MissingIntrinsicsError(f"{path}: no intrinsics.txt beside it")
        return fake_scene(path.stem)

    session = make_session(open_scene=open_scene)
    failed = SignalLog(session.open_failed)
    with qtbot.waitSignal(session.intrinsics_missing) as missing:
        session.open(Path("one.pth"))
    assert missing.args == [Path("one.pth")]
    assert not failed.calls
    with qtbot.waitSignal(session.opened):
        session.open(Path("one.pth"), Path("intrinsics.txt"))


def test_the_newest_of_two_openings_wins(qtbot, make_session, state):
    first_may_go_on = threading.Event()

    def open_scene(path, intrinsics, progress):
        if path.stem == "first":
            first_may_go_on.wait(5)
        return fake_scene(path.stem)

    session = make_session(open_scene=open_scene)
    names = []
    session.opened.connect(lambda scene: names.append(scene.name))
    session.open(Path("first.pth"))
    with qtbot.waitSignal(session.opened):
        session.open(Path("second.pth"))
    first_may_go_on.set()
    qtbot.wait(100)
    assert names == ["second"]
    assert state.scene.name == "second"


def test_opening_can_be_cancelled_while_the_file_is_read(qtbot, make_session, state):
    def open_scene(path, intrinsics, progress):
        while True:
            progress(0.3, "reading")
            time.sleep(0.001)

    session = make_session(open_scene=open_scene)
    with qtbot.waitSignal(session.opening_progress):
        session.open(Path("big.dvox"))
    with qtbot.waitSignal(session.opening_cancelled) as cancelled:
        session.cancel_opening()
    assert cancelled.args == [Path("big.dvox")]
    assert session.opening is None
    assert state.scene is None


def test_opening_can_be_cancelled_while_the_renderer_is_made(qtbot, make_session, state, factory):
    begun, go_on = threading.Event(), threading.Event()

    def create(scene, device, precision):
        if scene.name == "second":
            begun.set()
            go_on.wait(5)
        return factory(scene, device, precision)

    session = make_session(create_renderer=create)
    opened(qtbot, session, state)
    first = factory.newest
    session.open(Path("second.pth"))
    qtbot.waitUntil(begun.is_set)
    with qtbot.waitSignal(session.opening_cancelled):
        session.cancel_opening()
    go_on.set()
    with qtbot.waitSignal(state.frame_changed):
        state.set_camera(camera_at(1.0))
    assert state.scene.name == "one"
    assert factory.newest.closed
    assert not first.closed


def test_fifty_scenes_opened_and_closed_leave_no_renderer_open(qtbot, make_session, state, factory):
    session = make_session()
    for index in range(50):
        opened(qtbot, session, state, f"scene{index}.pth")
        if index % 3 == 0:
            session.close_scene()
    session.close_scene()
    qtbot.waitUntil(lambda: all(renderer.closed for renderer in factory.made))
    assert len(factory.made) == 50
