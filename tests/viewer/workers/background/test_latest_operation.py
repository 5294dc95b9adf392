"""One operation at a time: the latest replaces the one that runs, or waits for its end."""

import gc
import threading
import weakref

import pytest

from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import run_in_background


@pytest.fixture
def latest(qapp):
    latest = LatestOperation()
    yield latest
    latest.stop()


class Work:
    """An operation that goes on until its gate is opened."""

    def __init__(self, result):
        self.result = result
        self.gate = threading.Event()
        self.outcomes = []
        self.operation = None

    def start(self):
        self.operation = run_in_background(
            self._run, "Working", on_done=self.outcomes.append, on_failed=self.outcomes.append
        )
        self.operation.cancelled.connect(lambda: self.outcomes.append("cancelled"))
        return self.operation

    def _run(self, progress):
        self.gate.wait(10)
        progress(0.5, "half")
        return self.result


def test_a_replaced_operation_reports_to_nobody(latest, qtbot):
    first, second = Work(1), Work(2)
    latest.replace(first.start)
    latest.replace(second.start)
    assert second.operation.running
    with qtbot.waitSignal(latest.ended):
        second.gate.set()
    with qtbot.waitSignal(first.operation.finished):
        first.gate.set()
    assert (first.outcomes, second.outcomes) == ([], [2])
    assert not latest.is_busy


def test_a_queued_operation_begins_when_the_former_one_has_ended(latest, qtbot):
    works = [Work(number) for number in range(3)]
    for work in works:
        latest.queue(work.start)
    assert works[1].operation is works[2].operation is None
    for work in works:
        work.gate.set()
    qtbot.waitUntil(lambda: not latest.is_busy)
    # The second one's place was taken while it waited.
    assert [work.outcomes for work in works] == [[0], [], [2]]


def test_a_slot_may_ask_for_the_next_operation(latest, qtbot):
    for ask in (latest.replace, latest.queue):
        first, second = Work(1), Work(2)
        busy = []

        def go_on(_, ask=ask, second=second, busy=busy):
            busy.append(latest.is_busy)
            ask(second.start)

        ask(first.start)
        first.operation.succeeded.connect(go_on)
        first.gate.set()
        second.gate.set()
        qtbot.waitUntil(lambda second=second: second.outcomes == [2])
        assert busy == [False]
        qtbot.waitUntil(lambda: not latest.is_busy)


def test_cancelling_is_reported_and_forgets_what_waits(latest, qtbot):
    first, second = Work(1), Work(2)
    latest.queue(first.start)
    latest.queue(second.start)
    latest.cancel()
    with qtbot.waitSignal(latest.ended):
        first.gate.set()
    assert first.outcomes == ["cancelled"]
    assert second.operation is None


def test_stopping_waits_for_abandoned_operations_too(latest, qtbot):
    first, second = Work(1), Work(2)
    latest.replace(first.start)
    latest.replace(second.start)
    first.gate.set()
    second.gate.set()
    latest.stop()
    assert not first.operation.running
    assert not second.operation.running
    assert first.outcomes == second.outcomes == []


def test_an_operation_that_is_over_is_held_by_nobody(qtbot, latest):
    made = []

    def start():
        operation = run_in_background(lambda progress: 7, "Working")
        made.append(weakref.ref(operation))
        return operation

    with qtbot.waitSignal(latest.ended):
        latest.queue(start)
    gc.collect()
    assert made[0]() is None
