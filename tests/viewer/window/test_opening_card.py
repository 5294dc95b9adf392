"""The card that shows how far the opening of a scene is."""

import threading

from PySide6.QtCore import Qt

from tests.helpers.fakes import fake_opener


def test_opening_shows_progress_and_can_be_cancelled(make_window, qtbot, tmp_path):
    proceed = threading.Event()

    def slow(path, intrinsics, progress):
        progress(0.3, "Reading")
        proceed.wait(10)
        progress(0.4, "Reading on")
        return fake_opener(path, intrinsics, progress)

    window = make_window(slow)
    window.files.open(tmp_path / "big.pth")
    qtbot.waitUntil(window.opening_card.isVisible)
    qtbot.waitUntil(lambda: window.opening_card.text == "Reading…")
    assert 0 < window.opening_card.bar.value() < window.opening_card.bar.maximum()
    assert window.status.state_label.text() == "Opening big.pth…"
    assert window.status.hint == "Esc cancels"
    qtbot.mouseClick(window.opening_card.cancel_button, Qt.MouseButton.LeftButton)
    proceed.set()
    qtbot.waitUntil(lambda: not window.opening_card.isVisible())
    assert window.state.scene is None
    assert window.notifications.messages == []


def test_escape_cancels_opening(make_window, qtbot, tmp_path):
    proceed = threading.Event()

    def slow(path, intrinsics, progress):
        while not proceed.wait(0.01):
            progress(0.3, "Reading")
        return fake_opener(path, intrinsics, progress)

    window = make_window(slow)
    window.files.open(tmp_path / "big.pth")
    with qtbot.waitSignal(window.session.opening_cancelled):
        qtbot.keyClick(window, Qt.Key.Key_Escape)
    proceed.set()
    assert window.state.scene is None


def test_closing_the_window_while_a_scene_is_being_opened_ends_all_threads(
    make_window, qtbot, tmp_path
):
    def slow(path, intrinsics, progress):
        for _ in range(1000):
            progress(0.1, "Reading")
            threading.Event().wait(0.01)
        return fake_opener(path, intrinsics, progress)

    window = make_window(slow)
    window.files.open(tmp_path / "big.pth")
    qtbot.wait(50)
    window.close()
    assert not window.isVisible()  # the fixture looks for what is left running
