"""A worker that answers the newest question."""

import threading

import pytest

from dvox_core.errors import UserError
from viewer.workers.background.latest_answer import LatestAnswer


@pytest.fixture
def make_worker(qapp):
    workers = []

    def make(answer):
        workers.append(LatestAnswer(answer, "Answering"))
        return workers[-1]

    yield make
    for worker in workers:
        worker.stop()


def test_a_newer_question_takes_the_place_of_one_that_waits(make_worker, qtbot):
    gate, asked, answers = threading.Event(), [], []

    def answer(question):
        asked.append(question)
        gate.wait(10)
        return 10 * question

    worker = make_worker(answer)
    worker.answered.connect(answers.append)
    worker.ask(1)
    qtbot.waitUntil(lambda: asked == [1])
    worker.ask(2)
    worker.ask(3)
    gate.set()
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert (asked, answers) == ([1, 3], [10, 30])


def test_answers_come_on_the_thread_that_asks(make_worker, qtbot):
    threads = []
    worker = make_worker(lambda _: threading.current_thread())
    worker.answered.connect(lambda there: threads.extend((there, threading.current_thread())))
    worker.ask(1)
    qtbot.waitUntil(lambda: len(threads) == 2)
    assert threads[0] is not threading.current_thread()
    assert threads[1] is threading.current_thread()


def test_a_failure_is_told_once_and_the_worker_goes_on(make_worker, qtbot):
    told, answers = [], []

    def answer(question):
        if question < 0:
            raise UserError("a scene without voxels; open another")
        return question

    worker = make_worker(answer)
    worker.failed.connect(told.append)
    worker.answered.connect(answers.append)
    for number, question in enumerate((-1, -2, 5)):
        worker.ask(question)
        qtbot.wait(30 if number < 2 else 1)
    qtbot.waitUntil(lambda: answers == [5])
    assert told == ["a scene without voxels; open another"]


def test_nothing_is_sent_after_stop_and_a_question_begins_anew(make_worker, qtbot):
    answers = []
    worker = make_worker(lambda question: question)
    worker.answered.connect(answers.append)
    assert not worker.running
    worker.ask(1)
    worker.stop()
    assert not worker.running
    qtbot.wait(20)
    assert answers == []
    worker.ask(2)
    qtbot.waitUntil(lambda: answers == [2])


def test_leaving_waits_for_no_answer_and_sends_none(make_worker, qtbot):
    gate, asked, ended, answers = threading.Event(), [], [], []

    def answer(question):
        asked.append(question)
        if question == 1:
            gate.wait(60)
            ended.append(question)
        return question

    worker = make_worker(answer)
    worker.answered.connect(answers.append)
    worker.ask(1)
    qtbot.waitUntil(lambda: asked == [1])
    worker.leave()
    assert not worker.running
    assert not ended  # it is still at work
    worker.ask(2)
    qtbot.waitUntil(lambda: answers == [2])
    gate.set()
    qtbot.waitUntil(lambda: ended == [1])
    qtbot.wait(20)
    assert answers == [2]
