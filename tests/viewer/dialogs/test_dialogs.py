"""Dialogs: shortcuts, about, preferences, and that all of them fit a small screen."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QFileDialog, QLabel, QPushButton

from viewer.dialogs.about import CITATION
from viewer.dialogs.closing import UnsavedDialog
from viewer.dialogs.dialog import Dialog
from viewer.dialogs.shortcuts import GESTURES


def test_the_shortcuts_sheet_lists_every_shortcut_and_gesture(window, qtbot):
    dialog = window.help.show_shortcuts()
    texts = {label.text() for label in dialog.findChildren(QLabel)}
    for action in window.menus.actions.values():
        for sequence in action.shortcuts():
            assert sequence.toString(sequence.SequenceFormat.NativeText) in texts
    for gesture in GESTURES.shortcuts:
        assert gesture.text in texts
    dialog.close()


def test_the_question_mark_opens_the_shortcuts_sheet(open_window, qtbot):
    open_window.viewport.setFocus()
    open_window.activateWindow()
    qtbot.waitUntil(open_window.isActiveWindow)
    qtbot.keyClick(open_window.windowHandle(), "?")
    qtbot.waitUntil(lambda: QGuiApplication.modalWindow() is not None)
    open_window.findChild(type(open_window.help.show_shortcuts())).close()


def test_about_cites_the_paper_and_copies_it(window, qtbot):
    dialog = window.help.show_about()
    assert "Sitzmann" in CITATION
    assert "torch" in dialog.versions
    button = next(b for b in dialog.findChildren(QPushButton) if "citation" in b.text())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == CITATION
    dialog.close()


def test_the_guide_stands_beside_the_window_with_its_headings(window):
    guide = window.help.show_guide()
    assert not guide.isModal()
    assert "<kbd>" not in guide.text.toPlainText()
    headings = [guide.contents.item(row).text().strip() for row in range(guide.contents.count())]
    assert "Opening a scene" in headings
    guide.contents.setCurrentRow(headings.index("Opening a scene"))
    assert guide.text.textCursor().block().text() == "Opening a scene"
    guide.close()


def test_preferences_are_applied_at_once_and_kept(window, qtbot):
    dialog = window.options.show_preferences()
    dialog.theme.setCurrentIndex(dialog.theme.findData("light"))
    dialog.theme.activated.emit(dialog.theme.currentIndex())
    assert not window.themes.theme.is_dark
    for box in dialog.findChildren(QCheckBox):
        box.click()
    assert window.settings.hud
    assert window.viewport.hud_visible
    assert not window.settings.reproject
    assert not window.viewport.reprojects
    assert not window.settings.motion
    assert window.themes.motion_ms == 0
    dialog.close()


def test_enter_presses_the_button_that_has_the_focus_and_else_the_main_one(window, qtbot):
    question = UnsavedDialog(
        window, [("A path", "Two keys.")], save="Save", drop="Close", cancel_tip="Stay"
    )
    pressed = []
    for button in (question.cancel, question.drop, question.save):
        button.clicked.connect(lambda _=False, button=button: pressed.append(button))
    for focused, expected in (
        (None, question.save),
        (question.drop, question.drop),
        (question.cancel, question.cancel),
    ):
        question.show()
        qtbot.waitActive(question)
        if focused is not None:
            focused.setFocus()
        qtbot.keyClick(question.focusWidget(), Qt.Key.Key_Return)
        assert pressed[-1] is expected
    question.deleteLater()


def test_enter_loses_nothing_where_nothing_can_be_saved(window, qtbot):
    question = UnsavedDialog(window, [("Videos", "One.")], save="", drop="Close", cancel_tip="Stay")
    dropped = []
    question.dropped.connect(lambda: dropped.append(True))
    question.show()
    qtbot.waitActive(question)
    qtbot.keyClick(question.focusWidget(), Qt.Key.Key_Return)
    assert not dropped
    question.show()
    question.drop.setFocus()
    qtbot.keyClick(question.drop, Qt.Key.Key_Return)
    assert dropped
    question.deleteLater()


def test_the_open_dialog_starts_in_the_last_folder_and_opens_what_is_chosen(
    window, scene_file, qtbot
):
    window.settings.last_folder = scene_file.parent
    window.files.ask()
    dialog = window.findChild(QFileDialog)
    assert dialog.directory().absolutePath() == str(scene_file.parent)
    with qtbot.waitSignal(window.session.opened):
        dialog.fileSelected.emit(str(scene_file))
    dialog.close()


@pytest.mark.parametrize("name", ["shortcuts", "about", "preferences"])
def test_dialogs_fit_a_small_screen_and_cut_no_text(window, qtbot, name):
    window.menus.trigger(name)
    (dialog,) = window.findChildren(Dialog)
    qtbot.wait(30)
    assert dialog.width() <= 1000
    assert dialog.height() <= 680
    for label in dialog.findChildren(QLabel):
        needed = label.heightForWidth(label.width()) if label.wordWrap() else label.minimumHeight()
        assert label.height() >= needed, label.text()
        if not label.wordWrap():
            assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width() + 1
    dialog.close()
