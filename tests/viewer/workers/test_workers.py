"""Mailbox, operations, the render thread and the session of one scene."""

import logging
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QThread

from dvox_core.errors import CheckpointError, DeviceError, MissingIntrinsicsError
from dvox_core.geometry.cameras import look_at
from dvox_core.rendering.frame import Extra
from tests.helpers.fakes import FakeRendererFactory, fake_opener, fake_scene
from viewer.state.viewer_state import DisplayMode, ViewerState
from viewer.workers.background.mailbox import Mailbox
from viewer.workers.background.operation import Operation, run_in_background
from viewer.workers.rendering.render_thread import RenderThread
from viewer.workers.rendering.scene_session import SceneSession


def camera(x):
    return look_at((x, -4.0, 1.0), (0, 0, 0), (0, 0, 1))


class Log:
    """Calls of a slot, and the threads they came on."""

    def __init__(self, signal=None):
        self.calls = []
        self.threads = set()
        if signal is not None:
            signal.connect(self)

    def __call__(self, *arguments):
        self.calls.append(arguments)
        self.threads.add(threading.current_thread())


# Mailbox


def test_the_newest_letter_replaces_one_that_waits():
    mailbox = Mailbox()
    for number in range(5):
        mailbox.put(number)
    assert mailbox.take() == 4
    mailbox.wake()
    assert mailbox.take() is None


def test_taking_waits_for_a_letter():
    mailbox, taken = Mailbox(), []
    thread = threading.Thread(target=lambda: taken.append(mailbox.take()))
    thread.start()
    time.sleep(0.02)
    assert not taken
    mailbox.put("letter")
    thread.join(5)
    assert taken == ["letter"]


def test_closing_frees_who_waits_and_drops_letters():
    mailbox, taken = Mailbox(), []
    thread = threading.Thread(target=lambda: taken.append(mailbox.take()))
    thread.start()
    mailbox.close()
    thread.join(5)
    mailbox.put("late")
    assert taken == [None]
    assert mailbox.take() is None


def test_letters_of_many_threads_come_whole_and_the_last_is_not_lost():
    mailbox, taken = Mailbox(), []

    def read():
        while (letter := mailbox.take()) is not None:
            taken.append(letter)

    reader = threading.Thread(target=read)
    reader.start()
    writers = [
        threading.Thread(target=lambda w=w: [mailbox.put((w, n)) for n in range(500)])
        for w in range(4)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    mailbox.put("last")
    deadline = time.time() + 5
    while "last" not in taken and time.time() < deadline:
        time.sleep(0.001)
    mailbox.close()
    reader.join(5)
    assert taken[-1] == "last"
    for writer in range(4):
        numbers = [n for letter in taken[:-1] for w, n in [letter] if w == writer]
        assert numbers == sorted(numbers)


# Operations


def test_an_operation_reports_on_the_windows_thread(qtbot):
    window_thread = threading.current_thread()
    worked_on = []

    def work(progress):
        worked_on.append(threading.current_thread())
        progress(0.5, "half")
        return 42

    operation = Operation(work, "Working")
    progressed, done = Log(operation.progressed), Log(operation.succeeded)
    with qtbot.waitSignal(operation.finished):
        operation.start()
    assert done.calls == [(42,)]
    assert progressed.calls == [(0.5, "half")]
    assert done.threads == progressed.threads == {window_thread}
    assert worked_on[0] is not window_thread
    assert QThread.currentThread().isMainThread()


def test_a_users_error_comes_as_its_one_line(qtbot):
    def work(progress):
        raise CheckpointError("scene.pth: not a checkpoint;\nchoose another file")

    operation = Operation(work, "Opening scene.pth")
    with qtbot.waitSignal(operation.failed) as failed:
        operation.start()
    assert failed.args == ["scene.pth: not a checkpoint; choose another file"]
    assert isinstance(operation.error, CheckpointError)


def test_any_other_error_goes_to_the_log_with_its_traceback(qtbot, caplog):
    def work(progress):
        raise ZeroDivisionError("secret details")

    operation = Operation(work, "Opening scene.pth")
    with caplog.at_level(logging.ERROR), qtbot.waitSignal(operation.failed) as failed:
        operation.start()
    assert failed.args == ["Opening scene.pth failed; details are in the log"]
    assert "ZeroDivisionError: secret details" in caplog.text
    assert "in work" in caplog.text


def test_cancelling_ends_the_function_at_its_next_progress(qtbot):
    going_on = threading.Event()

    def work(progress):
        progress(0.1, "begun")
        going_on.wait(5)
        progress(0.2, "never")
        return "result"

    operation = Operation(work, "Working")
    done, progressed = Log(operation.succeeded), Log(operation.progressed)
    with qtbot.waitSignal(operation.progressed):
        operation.start()
    with qtbot.waitSignal(operation.cancelled):
        operation.cancel()
        going_on.set()
    assert not done.calls
    assert progressed.calls == [(0.1, "begun")]


def test_a_result_that_comes_after_cancelling_is_dropped(qtbot):
    going_on = threading.Event()
    operation = Operation(lambda progress: going_on.wait(5), "Working")
    done = Log(operation.succeeded)
    with qtbot.waitSignal(operation.cancelled):
        operation.start()
        operation.cancel()
        going_on.set()
    assert not done.calls


def test_a_stopped_operation_has_ended_and_says_nothing(qtbot):
    def work(progress):
        while True:
            progress(0.5, "on and on")
            time.sleep(0.001)

    operation = Operation(work, "Working")
    with qtbot.waitSignal(operation.progressed):
        operation.start()
    everything = [Log(signal) for signal in (operation.cancelled, operation.finished)]
    operation.stop()
    assert not operation.running
    qtbot.wait(20)
    assert [log.calls for log in everything] == [[], []]


def test_an_operation_that_nobody_keeps_still_reports(qtbot):
    done = []
    run_in_background(lambda progress: 7, "Working", on_done=done.append)
    qtbot.waitUntil(lambda: done == [7])


# The render thread


@pytest.fixture
def factory():
    return FakeRendererFactory()


@pytest.fixture
def thread(qapp, factory):
    thread = RenderThread(factory)
    yield thread
    for renderer in factory.made:
        renderer.gate.set()
    thread.stop()


def prepared(qtbot, thread, generation=1, scene=None):
    with qtbot.waitSignal(thread.prepared) as signal:
        thread.prepare(scene or fake_scene(), generation)
    assert signal.args[0] == generation


def submit(thread, generation, number, x=0.0):
    state = ViewerState()
    thread.submit(generation, number, camera(x), state.extras)


def test_renderers_are_made_and_used_on_the_threads_own_thread(qtbot, thread, factory):
    prepared(qtbot, thread)
    with qtbot.waitSignal(thread.rendered) as rendered:
        submit(thread, 1, 1)
    generation, number, frame = rendered.args
    assert (generation, number) == (1, 1)
    assert frame.camera == camera(0.0)
    assert factory.newest.thread.name == "rendering"


def test_only_the_newest_of_the_waiting_cameras_is_rendered(qtbot, thread, factory):
    prepared(qtbot, thread)
    renderer = factory.newest
    renderer.gate.clear()
    submit(thread, 1, 1, 0.1)
    assert renderer.started.wait(5)
    for number in range(2, 10):
        submit(thread, 1, number, number / 10)
    rendered = Log(thread.rendered)
    renderer.gate.set()
    qtbot.waitUntil(lambda: len(rendered.calls) == 2)
    assert [number for _, number, _ in rendered.calls] == [1, 9]
    assert renderer.rendered == [camera(0.1), camera(0.9)]


def test_switching_scenes_in_mid_frame_closes_the_first_renderer_after_its_frame(
    qtbot, thread, factory
):
    prepared(qtbot, thread, 1)
    first = factory.newest
    first.gate.clear()
    submit(thread, 1, 1)
    assert first.started.wait(5)
    thread.prepare(fake_scene("second"), 2)
    submit(thread, 2, 2)  # too early: before it is prepared
    with qtbot.waitSignal(thread.prepared):
        first.gate.set()
    assert first.closed
    assert not factory.newest.closed
    with qtbot.waitSignal(thread.rendered, check_params_cb=lambda g, n, f: g == 2):
        submit(thread, 2, 3)


def test_a_scene_that_cannot_be_prepared_leaves_the_former_one(qtbot, thread, factory):
    prepared(qtbot, thread, 1)
    factory.failures.append(CheckpointError("rendering.out.weight: has NaN in it"))
    with qtbot.waitSignal(thread.prepare_failed) as failed:
        thread.prepare(fake_scene("nan"), 2)
    assert failed.args[0] == 2
    assert failed.args[2] == "rendering.out.weight: has NaN in it"
    with qtbot.waitSignal(thread.rendered):
        submit(thread, 1, 1)
    assert not factory.newest.closed


def test_a_failed_frame_is_reported_and_the_next_one_comes(qtbot, thread, factory):
    prepared(qtbot, thread)
    factory.newest.failures.append(RuntimeError("shapes do not match"))
    with qtbot.waitSignal(thread.render_failed) as failed:
        submit(thread, 1, 1)
    assert failed.args == [1, 1, "Rendering this view failed; details are in the log"]
    with qtbot.waitSignal(thread.rendered):
        submit(thread, 1, 2)


def test_a_device_without_memory_while_rendering_gives_way_to_the_cpu(qtbot, thread, factory):
    with qtbot.waitSignal(thread.prepared):
        thread.prepare(fake_scene(), 1, device="cuda")
    cuda = factory.newest
    cuda.failures.append(DeviceError("CUDA is out of memory: close other programs"))
    changed = Log(thread.device_changed)
    with qtbot.waitSignal(thread.rendered) as rendered:
        submit(thread, 1, 1)
    assert rendered.args[2].camera == camera(0.0)
    assert cuda.closed
    assert factory.newest.facts.device == "cpu"
    [(_, facts, line)] = changed.calls
    assert facts.device == "cpu"
    assert facts.note == line
    assert line == "CUDA is out of memory: close other programs; using the CPU instead"


def test_a_device_without_memory_while_preparing_gives_way_to_the_cpu(qtbot, thread, factory):
    factory.failures.append(DeviceError("CUDA is out of memory"))
    with qtbot.waitSignals([thread.prepared, thread.device_changed], timeout=5000):
        thread.prepare(fake_scene(), 1)
    assert factory.newest.facts.device == "cpu"


def test_a_device_that_was_asked_for_and_is_not_there_is_an_error(qtbot, thread, factory):
    factory.failures.append(DeviceError("CUDA is not there; choose --device cpu"))
    with qtbot.waitSignal(thread.prepare_failed) as failed:
        thread.prepare(fake_scene(), 1, device="cuda")
    assert failed.args[2] == "CUDA is not there; choose --device cpu"


def test_stopping_in_mid_frame_ends_cleanly_and_sends_nothing_more(qtbot, factory):
    thread = RenderThread(factory)
    prepared(qtbot, thread)
    renderer = factory.newest
    rendered = Log(thread.rendered)
    renderer.gate.clear()
    submit(thread, 1, 1)
    assert renderer.started.wait(5)
    threading.Timer(0.05, renderer.gate.set).start()
    thread.stop()
    assert not thread.running
    assert renderer.closed
    qtbot.wait(20)
    assert not rendered.calls


# The session


@pytest.fixture
def state(qapp):
    return ViewerState()


@pytest.fixture
def make_session(state, factory):
    sessions = []

    def make(**options):
        options = {
            "open_scene": fake_opener,
            "create_renderer": factory,
            "warm_up": None,
            **options,
        }
        session = SceneSession(state, **options)
        sessions.append(session)
        return session

    yield make
    for renderer in factory.made:
        renderer.gate.set()
    for session in sessions:
        session.stop()


def opened(qtbot, session, state, name="one.pth"):
    with qtbot.waitSignals([session.opened, state.frame_changed], timeout=5000):
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


def test_a_scene_is_rendered_once_when_it_is_opened(qtbot, make_session, state, factory):
    session = make_session()
    state.scene_changed.connect(lambda _: state.set_panel_extras("panel", Extra.ENTROPY))
    opened(qtbot, session, state)
    qtbot.wait(50)
    assert len(factory.newest.rendered) == 1
    assert state.frame.entropy is not None


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
    with qtbot.waitSignals([state.scene_refreshed, state.frame_changed], timeout=5000):
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
    with qtbot.waitSignal(session.refreshed, timeout=5000):
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
        state.set_camera(camera(1.0))
    assert state.frame.camera == camera(1.0)


def test_missing_intrinsics_are_asked_for(qtbot, make_session):
    def open_scene(path, intrinsics, progress):
        if intrinsics is None:
            raise MissingIntrinsicsError(f"{path}: no intrinsics.txt beside it")
        return fake_scene(path.stem)

    session = make_session(open_scene=open_scene)
    failed = Log(session.open_failed)
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
        state.set_camera(camera(1.0))
    assert state.scene.name == "one"
    assert factory.newest.closed
    assert not first.closed


def test_frames_of_a_closed_scene_never_show(qtbot, make_session, state, factory):
    session = make_session()
    opened(qtbot, session, state)
    renderer = factory.newest
    renderer.started.clear()
    renderer.gate.clear()
    state.set_camera(camera(1.0))
    assert renderer.started.wait(5)
    frames = Log(state.frame_changed)
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
    state.set_camera(camera(1.0))
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
    assert all(camera_ == camera(1.0) for name, camera_ in shown if name == "one")
    assert all(camera_ == state.camera for name, camera_ in shown if name == "two")


def test_late_frames_of_the_open_scene_are_shown(qtbot, make_session, state, factory):
    session = make_session()
    opened(qtbot, session, state)
    renderer = factory.newest
    renderer.started.clear()
    renderer.gate.clear()
    state.set_camera(camera(1.0))
    assert renderer.started.wait(5)
    state.set_camera(camera(2.0))
    cameras = []
    state.frame_changed.connect(lambda frame: cameras.append(frame.camera))
    renderer.gate.set()
    qtbot.waitUntil(lambda: len(cameras) == 2)
    assert cameras == [camera(1.0), camera(2.0)]


def test_a_failure_that_repeats_is_told_once_and_the_last_good_frame_stays(
    qtbot, make_session, state, factory
):
    session = make_session()
    opened(qtbot, session, state)
    good = state.frame
    failures = Log(session.render_failed)
    factory.newest.failures += [RuntimeError("no")] * 3
    for x in (1.0, 2.0, 3.0):
        before = session._answered
        state.set_camera(camera(x))
        qtbot.waitUntil(lambda before=before: session._answered > before)
    assert failures.calls == [("Rendering this view failed; details are in the log",)]
    assert state.frame is good
    with qtbot.waitSignal(state.frame_changed):
        state.set_camera(camera(4.0))


def test_the_session_is_busy_only_when_a_frame_is_late(qtbot, make_session, state, factory):
    session = make_session()
    opened(qtbot, session, state)
    busy = Log(session.busy_changed)
    with qtbot.waitSignal(state.frame_changed):
        state.set_camera(camera(1.0))
    qtbot.wait(200)
    assert not busy.calls
    factory.newest.gate.clear()
    began = time.perf_counter()
    with qtbot.waitSignal(session.busy_changed, timeout=2000):
        state.set_camera(camera(2.0))
    assert time.perf_counter() - began >= 0.14
    assert session.busy
    with qtbot.waitSignal(session.busy_changed):
        factory.newest.gate.set()
    assert busy.calls == [(True,), (False,)]


def test_the_busy_sign_does_not_flicker_while_every_frame_is_late(
    qtbot, make_session, state, factory
):
    factory.delay = 0.2
    session = make_session()
    opened(qtbot, session, state)
    busy = Log(session.busy_changed)
    for step in range(60):
        state.set_camera(camera(step / 100))
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
    state.set_camera(camera(1.0))
    assert renderer.started.wait(5)
    opener = threading.Timer(0.05, renderer.gate.set)
    opener.start()
    session.stop()
    opener.join()
    assert set(threading.enumerate()) <= before
    assert renderer.closed
    state.set_camera(camera(2.0))  # harmless
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


def test_torch_is_warmed_up_off_the_windows_thread_and_said_to_be_ready(
    qtbot, make_session, monkeypatch
):
    monkeypatch.setattr(
        "viewer.workers.rendering.scene_session.prepare_warp", lambda progress: None
    )
    threads = []
    session = make_session(warm_up=lambda progress: threads.append(threading.current_thread()))
    with qtbot.waitSignal(session.torch_ready, timeout=3000):
        pass
    assert threads[0] is not threading.main_thread()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="done on Linux only")
def test_torchs_libraries_are_loaded_before_its_import():
    script = (
        "import sys; from viewer.workers.background.torch_import import load_libraries;"
        "assert load_libraries(); assert 'torch' not in sys.modules;"
        "assert 'libtorch_cpu' in open('/proc/self/maps').read();"
        "import torch; assert float(torch.ones(3).sum()) == 3.0"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


def test_fifty_scenes_opened_and_closed_leave_no_renderer_open(qtbot, make_session, state, factory):
    session = make_session()
    for index in range(50):
        opened(qtbot, session, state, f"scene{index}.pth")
        if index % 3 == 0:
            session.close_scene()
    session.close_scene()
    qtbot.waitUntil(lambda: all(renderer.closed for renderer in factory.made))
    assert len(factory.made) == 50


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="True and None live for ever since 3.12")
def test_signals_and_qt_calls_give_back_the_references_they_take(qapp):
    """PySide6 6.12.0 takes one of True a signal: some 600 signals later Python aborts."""
    state = ViewerState()
    true_before, none_before = sys.getrefcount(True), sys.getrefcount(None)
    for _ in range(100):
        state.pivot_changed.emit(None)
        state.blockSignals(False)
    assert sys.getrefcount(True) > true_before - 50
    assert sys.getrefcount(None) > none_before - 50


def test_a_torch_that_cannot_be_imported_is_told(qtbot):
    def broken(progress):
        raise ImportError("no torch")

    session = SceneSession(ViewerState(), warm_up=broken)
    with qtbot.waitSignal(session.torch_failed, timeout=10_000) as blocker:
        pass
    assert "Loading torch failed" in blocker.args[0]
    session.stop()
