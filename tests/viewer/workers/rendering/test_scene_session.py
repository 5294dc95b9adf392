"""The session of one scene after another: frames, lateness, the end."""

import threading
import time
from pathlib import Path

import numpy as np

from dvox_core.rendering.frame import Extra
from tests.helpers.signals import SignalLog, camera_at
from viewer.state.viewer_state import DisplayMode, ViewerState
from viewer.workers.rendering.scene_session import SceneSession


def opened(qtbot, session, state, name="one.pth"):
    with qtbot.waitSignals([session.opened, state.frame_changed]):
        session.open(Path(name))
    qtbot.waitUntil(lambda: state.frame is not None)


def test_a_scene_is_rendered_once_when_it_is_opened(qtbot, make_session, state, factory):
    session = make_session()
    state.scene_changed.connect(lambda _: state.set_panel_extras("panel", Extra.ENTROPY))
    opened(qtbot, session, state)
    qtbot.wait(50)
    assert len(factory.newest.rendered) == 1
    assert state.frame.entropy is not None


def test_frames_of_a_closed_scene_never_show(qtbot, make_session, state, factory):
    session = make_session()
    opened(qtbot, session, state)
    renderer = factory.newest
    renderer.started.clear()
    renderer.gate.clear()
    state.set_camera(camera_at(1.0))
    assert renderer.started.wait(5)
    frames = SignalLog(state.frame_changed)
    session.close_scene()
    renderer.gate.set()
    qtbot.waitUntil(lambda: renderer.closed)
    qtbot.wait(30)
    assert frames.calls == [(None,)]
    assert state.scene is None


def test_switching_scenes_in_mid_frame_never_shows_the_first_scenes_frame(
    qtbot, make_session, state, factory
):
    session = make_session()
    opened(qtbot, session, state)
    first = factory.newest
    first.started.clear()
    first.gate.clear()
    state.set_camera(camera_at(1.0))
    assert first.started.wait(5)
    session.open(Path("two.pth"))
    qtbot.wait(50)  # the second file is read, and waits for the thread
    shown = []
    state.frame_changed.connect(
        lambda frame: frame and shown.append((state.scene.name, frame.camera))
    )
    with qtbot.waitSignal(session.opened):
        first.gate.set()
    qtbot.waitUntil(lambda: any(name == "two" for name, _ in shown))
    # The frame that was under way may still show in its own scene, and nowhere else.
    assert all(camera_ == camera_at(1.0) for name, camera_ in shown if name == "one")
    assert all(camera_ == state.camera for name, camera_ in shown if name == "two")


def test_late_frames_of_the_open_scene_are_shown(qtbot, make_session, state, factory):
    session = make_session()
    opened(qtbot, session, state)
    renderer = factory.newest
    renderer.started.clear()
    renderer.gate.clear()
    state.set_camera(camera_at(1.0))
    assert renderer.started.wait(5)
    state.set_camera(camera_at(2.0))
    cameras = []
    state.frame_changed.connect(lambda frame: cameras.append(frame.camera))
    renderer.gate.set()
    qtbot.waitUntil(lambda: len(cameras) == 2)
    assert cameras == [camera_at(1.0), camera_at(2.0)]


def test_a_failure_that_repeats_is_told_once_and_the_last_good_frame_stays(
    qtbot, make_session, state, factory
):
    session = make_session()
    opened(qtbot, session, state)
    good = state.frame
    failures = SignalLog(session.render_failed)
    factory.newest.failures += [RuntimeError("no")] * 3
    for x in (1.0, 2.0, 3.0):
        state.set_camera(camera_at(x))
        assert session.is_waiting
        qtbot.waitUntil(lambda: not session.is_waiting)
    assert failures.calls == [("Rendering this view failed; details are in the log",)]
    assert state.frame is good
    with qtbot.waitSignal(state.frame_changed):
        state.set_camera(camera_at(4.0))


def test_the_session_is_busy_only_when_a_frame_is_late(qtbot, make_session, state, factory):
    session = make_session()
    opened(qtbot, session, state)
    busy = SignalLog(session.busy_changed)
    with qtbot.waitSignal(state.frame_changed):
        state.set_camera(camera_at(1.0))
    qtbot.wait(200)
    assert not busy.calls
    factory.newest.gate.clear()
    began = time.perf_counter()
    with qtbot.waitSignal(session.busy_changed):
        state.set_camera(camera_at(2.0))
    assert time.perf_counter() - began >= 0.14
    assert session.busy
    with qtbot.waitSignal(session.busy_changed):
        factory.newest.gate.set()
    assert busy.calls == [(True,), (False,)]


def test_the_busy_label_does_not_flicker_while_every_frame_is_late(
    qtbot, make_session, state, factory
):
    factory.delay = 0.2
    session = make_session()
    opened(qtbot, session, state)
    busy = SignalLog(session.busy_changed)
    for step in range(60):
        state.set_camera(camera_at(step / 100))
        qtbot.wait(15)
    qtbot.waitUntil(lambda: not session.busy)
    assert busy.calls == [(True,), (False,)]


def test_a_display_mode_asks_for_what_it_needs(qtbot, make_session, state):
    session = make_session()
    opened(qtbot, session, state)
    assert state.frame.entropy is None
    with qtbot.waitSignal(state.frame_changed):
        state.set_display_mode(DisplayMode.ENTROPY)
    assert state.frame.entropy is not None
    assert np.isfinite(state.frame.entropy).all()
    assert session.busy is False


def test_closing_in_mid_frame_ends_every_thread(qtbot, make_session, state, factory):
    before = set(threading.enumerate())
    session = make_session()
    opened(qtbot, session, state)
    renderer = factory.newest
    renderer.started.clear()
    renderer.gate.clear()
    state.set_camera(camera_at(1.0))
    assert renderer.started.wait(5)
    opener = threading.Timer(0.05, renderer.gate.set)
    opener.start()
    session.stop()
    opener.join()
    assert set(threading.enumerate()) <= before
    assert renderer.closed
    state.set_camera(camera_at(2.0))  # harmless
    session.stop()


def test_closing_while_a_file_is_read_ends_every_thread(qtbot, make_session):
    before = set(threading.enumerate())

    def open_scene(path, intrinsics, progress):
        while True:
            progress(0.3, "reading")
            time.sleep(0.001)

    session = make_session(open_scene=open_scene)
    with qtbot.waitSignal(session.opening_progress):
        session.open(Path("big.dvox"))
    session.stop()
    assert set(threading.enumerate()) <= before


def test_torch_is_warmed_up_when_a_scene_is_expected_and_said_to_be_ready(
    qtbot, make_session, monkeypatch
):
    monkeypatch.setattr("viewer.workers.background.warm_up.prepare_warp", lambda progress: None)
    session = make_session(warm_up=lambda progress: None)
    with qtbot.waitSignal(session.torch_ready):
        session.expect_scene()


def test_a_torch_that_cannot_be_imported_is_told(qtbot):
    def broken(progress):
        raise ImportError("no torch")

    session = SceneSession(ViewerState(), warm_up=broken)
    with qtbot.waitSignal(session.torch_failed) as blocker:
        session.expect_scene()
    assert "Loading torch failed" in blocker.args[0]
    session.stop()
