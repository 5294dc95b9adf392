"""What is asked before the window closes."""

import pytest
from PySide6.QtWidgets import QDialog, QWidget

from dvox_core.geometry.cameras import look_at
from viewer.controllers.closing import ClosingQuestion
from viewer.workers.paths.recording_queue import RecordingQueue


@pytest.fixture
def owner(qtbot):
    """A window that asks."""
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


class Asker:
    """Makes dialogs, and keeps what they call when the window may close."""

    def __init__(self, owner):
        self.owner, self.agree, self.count = owner, None, 0

    def __call__(self, agree):
        self.agree = agree
        self.count += 1
        return QDialog(self.owner)


def test_nothing_is_asked_where_nothing_would_be_lost(owner):
    asker = Asker(owner)
    assert ClosingQuestion(asker, lambda: False, owner).allows_closing()
    assert asker.count == 0


def test_a_question_is_asked_once_at_a_time_and_again_when_it_was_cancelled(owner):
    asker = Asker(owner)
    question = ClosingQuestion(asker, lambda: True, owner)
    assert not question.allows_closing()
    assert not question.allows_closing()
    assert asker.count == 1
    question.dialog.reject()
    assert question.dialog is None
    assert not question.allows_closing()
    assert asker.count == 2
    question.dialog.reject()


def test_a_question_that_was_answered_is_not_asked_again(owner, qtbot):
    asker = Asker(owner)
    question = ClosingQuestion(asker, lambda: True, owner)
    question.allows_closing()
    with qtbot.waitSignal(question.agreed):
        asker.agree()
    assert question.allows_closing()
    question.dialog.accept()


def test_a_skipped_question_is_not_asked(owner):
    asker = Asker(owner)
    question = ClosingQuestion(asker, lambda: True, owner)
    question.skip()
    assert question.allows_closing()
    assert asker.count == 0


def test_an_unsaved_path_is_asked_about_when_its_recording_was_given_up(
    open_window, qtbot, monkeypatch
):
    recordings, saving = open_window.paths.closing_questions
    monkeypatch.setattr(RecordingQueue, "unfinished", 1)
    open_window.paths.tools.editor.add_key(open_window.state.camera)
    open_window.paths.tools.editor.add_key(look_at((5, 1, 2), (0, 0, 0), (0, 0, 1)))
    assert not open_window.close()
    assert saving.dialog is None
    recordings.dialog.drop.click()
    qtbot.waitUntil(lambda: saving.dialog is not None)
    assert open_window.isVisible()
    saving.dialog.drop.click()
    qtbot.waitUntil(lambda: not open_window.isVisible())
