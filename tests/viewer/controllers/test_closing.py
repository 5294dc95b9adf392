"""What is asked before the window closes."""

from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QDialog, QLabel, QWidget

from dvox_core.geometry.cameras import look_at
from dvox_core.inspection.edit_files import read_edits
from dvox_core.rendering.interventions import Action, Box, GridEdit
from tests.helpers.fakes import fake_scene
from viewer.controllers.closing import ClosingQuestion
from viewer.controllers.recording import unfinished_recordings
from viewer.workers.paths.recording_queue import RecordingState

ZERO = GridEdit(Box((0, 0, 0), (2, 2, 2)), Action.ZERO)
NOISE = GridEdit(Box((0, 0, 0), (2, 2, 2)), Action.NOISE, 3)


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
    assert ClosingQuestion(asker, tuple, owner).allows_closing()
    assert asker.count == 0


def test_a_question_is_asked_once_at_a_time_and_again_when_it_was_cancelled(owner):
    asker = Asker(owner)
    question = ClosingQuestion(asker, lambda: ("a",), owner)
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
    question = ClosingQuestion(asker, lambda: ("a",), owner)
    question.allows_closing()
    with qtbot.waitSignal(question.agreed):
        asker.agree()
    assert question.allows_closing()
    question.dialog.accept()


def test_a_skipped_question_is_not_asked(owner):
    asker = Asker(owner)
    question = ClosingQuestion(asker, lambda: ("a",), owner)
    question.skip()
    assert question.allows_closing()
    assert asker.count == 0


def test_an_answer_holds_for_what_was_asked_about_only(owner):
    asker, concerns = Asker(owner), ["a"]
    question = ClosingQuestion(asker, lambda: list(concerns), owner)
    question.allows_closing()
    question.dialog.accept()
    asker.agree()
    assert question.allows_closing()
    concerns.append("b")
    assert not question.allows_closing()
    question.dialog.reject()
    concerns[:] = []
    assert question.allows_closing()


def texts_of(dialog):
    return " ".join(label.text() for label in dialog.findChildren(QLabel))


@pytest.fixture
def with_losses(open_window, monkeypatch, tmp_path):
    """A window with an unsaved path, an unsaved edit and a video that is being recorded."""
    target = tmp_path / "a.mp4"
    job = SimpleNamespace(request=SimpleNamespace(target=target), state=RecordingState.RECORDING)
    monkeypatch.setattr(
        "viewer.controllers.path_controllers.unfinished_recordings",
        lambda recordings: unfinished_recordings(SimpleNamespace(jobs=[job])),
    )
    open_window.paths.tools.editor.add_key(open_window.state.camera)
    open_window.paths.tools.editor.add_key(look_at((5, 1, 2), (0, 0, 0), (0, 0, 1)))
    open_window.edits.add(ZERO)
    return open_window


def test_one_question_names_all_that_would_be_lost(with_losses, qtbot):
    window, question = with_losses, with_losses.paths.loss_question
    assert not window.close()
    said = texts_of(question.dialog)
    for words in ("video is being recorded", "camera path is not saved", "1 edit of its voxel"):
        assert words in said
    question.dialog.drop.click()
    qtbot.waitUntil(lambda: not window.isVisible())


def test_what_has_changed_since_the_answer_is_asked_about_again(with_losses, qtbot):
    window, question = with_losses, with_losses.paths.loss_question
    held = ClosingQuestion(Asker(window), lambda: ("training",), window)
    window.closing_questions = (*window.closing_questions, held)
    window.close()
    question.dialog.drop.click()
    qtbot.waitUntil(lambda: held.dialog is not None)  # the next question, which is cancelled
    held.dialog.reject()
    window.edits.add(NOISE)
    held.skip()
    assert not window.close()
    assert "2 edits" in texts_of(question.dialog)
    question.dialog.drop.click()
    qtbot.waitUntil(lambda: not window.isVisible())


def test_all_is_saved_one_after_the_other_before_the_window_closes(
    with_losses, qtbot, monkeypatch, tmp_path
):
    window, question = with_losses, with_losses.paths.loss_question
    asked = []

    def save_in(parent, proposal, filters, chosen):
        asked.append(proposal.name)
        chosen(tmp_path / proposal.name)

    for module in ("path_files", "edit_files"):
        monkeypatch.setattr(f"viewer.controllers.{module}.ask_where_to_save", save_in)
    window.close()
    assert question.dialog.save.text() == "Save all…"
    question.dialog.save.click()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert len(asked) == 2
    assert {path.name for path in tmp_path.iterdir()} >= set(asked)
    scene = window.state.scene or fake_scene()
    assert read_edits(tmp_path / asked[1], scene).edits == (ZERO,)


def test_edits_that_were_saved_or_undone_are_not_asked_about(open_window, qtbot, tmp_path):
    edits, question = open_window.edits, open_window.paths.loss_question
    assert question.allows_closing()
    edits.add(ZERO)
    assert not question.allows_closing()
    question.dialog.reject()
    edits.undo_stack.undo()
    assert question.allows_closing()
    edits.undo_stack.redo()
    open_window.paths.edit_files.save(tmp_path / "a", lambda: None)
    qtbot.waitUntil(lambda: not edits.needs_saving)
    assert (tmp_path / "a.edits.json").is_file()
    assert question.allows_closing()
    edits.add(NOISE)
    assert not question.allows_closing()
    question.dialog.reject()


def test_edits_are_asked_about_before_another_scene_takes_their_place(open_window, qtbot, tmp_path):
    window, check, session = open_window, open_window.files.loss_check, open_window.session
    scene = window.state.scene
    window.edits.add(ZERO)
    window.files.open(tmp_path / "other.dvox")
    assert "1 edit of its voxel" in texts_of(check.dialog)
    check.dialog.cancel.click()
    assert (session.opening, window.state.scene, check.dialog) == (None, scene, None)
    window.files.open(tmp_path / "other.dvox")
    window.files.close()  # the newer wish counts
    check.dialog.drop.click()
    assert (session.opening, window.state.scene) == (None, None)
    assert window.edits.interventions.edits == ()


def test_edits_are_saved_before_another_scene_takes_their_place(
    open_window, qtbot, monkeypatch, tmp_path
):
    window, check, opened = open_window, open_window.files.loss_check, []
    monkeypatch.setattr(
        "viewer.controllers.edit_files.ask_where_to_save",
        lambda parent, proposal, filters, chosen: chosen(tmp_path / "a.edits.json"),
    )
    monkeypatch.setattr(window.session, "open", lambda path, intrinsics: opened.append(path))
    window.edits.add(ZERO)
    window.files.open(tmp_path / "other.dvox")
    assert opened == []
    check.dialog.save.click()
    qtbot.waitUntil(lambda: opened == [tmp_path / "other.dvox"])
    assert read_edits(tmp_path / "a.edits.json", window.state.scene).edits == (ZERO,)
