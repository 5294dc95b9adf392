"""Operations: outcomes come as signals on the window's thread."""

import logging
import sys
import threading
import time
import weakref

from PySide6.QtCore import QThread, QTimer

from dvox_core.errors import CheckpointError
from tests.helpers.signals import SignalLog
from viewer.app.application import GIL_SECONDS
from viewer.workers.background.operation import Operation, run_in_background


def test_an_operation_reports_on_the_windows_thread(qtbot):
    window_thread = threading.current_thread()
    worked_on = []

    def work(progress):
        worked_on.append(threading.current_thread())
        progress(0.5, "half")
        return 42

    operation = Operation(work, "Working")
    progressed, done = SignalLog(operation.progressed), SignalLog(operation.succeeded)
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
    done, progressed = SignalLog(operation.succeeded), SignalLog(operation.progressed)
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
    done = SignalLog(operation.succeeded)
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
    everything = [SignalLog(signal) for signal in (operation.cancelled, operation.finished)]
    operation.stop()
    assert not operation.running
    qtbot.wait(20)
    assert [log.calls for log in everything] == [[], []]


def test_an_operation_that_nobody_keeps_still_reports(qtbot):
    done = []
    run_in_background(lambda progress: 7, "Working", on_done=done.append)
    qtbot.waitUntil(lambda: done == [7])


def test_an_operation_is_freed_by_the_windows_thread_and_never_by_its_own(qtbot):
    freed_by = []

    def begin():
        operation = run_in_background(
            lambda _: sum(range(2000)), "Working", on_done=lambda _: QTimer.singleShot(0, go_on)
        )
        weakref.finalize(operation, lambda: freed_by.append(threading.current_thread()))

    def go_on():
        if len(freed_by) < 100:
            begin()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(GIL_SECONDS)
    try:
        begin()
        qtbot.waitUntil(lambda: len(freed_by) >= 100)
    finally:
        sys.setswitchinterval(interval)
    qtbot.waitUntil(lambda: not Operation._alive)
    assert set(freed_by) == {threading.main_thread()}
