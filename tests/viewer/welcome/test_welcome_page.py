"""The welcome page."""

from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QImage

from viewer.welcome.recent_scenes import RecentCard, day


@pytest.fixture
def recents(recent_files, tmp_path, qapp):
    """Two recent scenes, of which one is gone."""
    there, gone = tmp_path / "there.dvox", tmp_path / "gone.dvox"
    there.write_bytes(b"x")
    recent_files.add_scene(gone, "gone", "128²")
    recent_files.add_scene(there, "there", "256²")
    picture = QImage(64, 64, QImage.Format.Format_RGB888)
    picture.fill(0xAA3311)
    recent_files.save_thumbnail(there, picture)
    return there, gone


def test_without_recents_the_page_says_what_would_be_there(window):
    assert window.stack.currentWidget() is window.welcome
    assert window.welcome.recents.empty.isVisible()
    assert window.welcome.recents.cards == []


def test_training_can_be_begun_from_the_page(window):
    assert window.welcome.train_card.isEnabled()
    assert "Ctrl+T" in window.welcome.train_card.toolTip()
    assert window.welcome.sample_card.isHidden()


def test_a_scene_is_expected_where_the_mouse_rests_on_what_opens_one(recents, window, qtbot):
    page = window.welcome
    page._dwell.stop()  # the screen's own mouse may rest on a card
    QCoreApplication.sendEvent(page.widget(), QEvent(QEvent.Type.Enter))
    assert not page._dwell.isActive()
    QCoreApplication.sendEvent(page.recents, QEvent(QEvent.Type.Enter))
    QCoreApplication.sendEvent(page.recents, QEvent(QEvent.Type.Leave))
    assert not page._dwell.isActive()
    with qtbot.waitSignal(page.scene_expected):
        QCoreApplication.sendEvent(page.open_card, QEvent(QEvent.Type.Enter))


def test_a_click_on_a_recent_scene_opens_it(recents, window, qtbot):
    card = window.welcome.recents.cards[0]
    with qtbot.waitSignal(window.session.opened):
        qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert window.state.scene.path == recents[0]
    assert window.stack.currentWidget() is window.viewport


def test_the_keyboard_opens_a_recent_scene(recents, window, qtbot):
    card = window.welcome.recents.cards[0]
    card.setFocus()
    with qtbot.waitSignal(window.session.opened):
        qtbot.keyClick(card, Qt.Key.Key_Return)


def test_a_recent_scene_shows_its_picture(recents, window):
    card = window.welcome.recents.cards[0]
    middle = card.grab().toImage().pixelColor(card.width() // 2, card.width() // 2)
    assert middle.name() == "#aa3311"


def test_a_missing_recent_scene_says_so_opens_nothing_and_can_be_removed(recents, window, qtbot):
    card = window.welcome.recents.cards[1]
    assert card.missing
    assert "gone" in card.toolTip()
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert window.session.opening is None
    assert card.remove_button.isVisible()
    qtbot.mouseClick(card.remove_button, Qt.MouseButton.LeftButton)
    assert [card.scene.name for card in window.welcome.recents.cards] == ["there"]
    assert [scene.name for scene in window.recent_files.scenes] == ["there"]


def test_delete_removes_a_recent_scene_from_the_list_but_not_its_file(recents, window, qtbot):
    qtbot.keyClick(window.welcome.recents.cards[0], Qt.Key.Key_Delete)
    assert recents[0].exists()
    assert [scene.name for scene in window.recent_files.scenes] == ["gone"]


def test_the_sample_scene_opens(make_window, scene_file, qtbot):
    window = make_window(sample=scene_file)
    assert window.welcome.sample_card.isVisible()
    with qtbot.waitSignal(window.session.opened):
        qtbot.mouseClick(window.welcome.sample_card, Qt.MouseButton.LeftButton)


def test_a_single_card_stands_at_the_left(window, recent_files, tmp_path, qtbot):
    recent_files.add_scene(tmp_path / "a", "a", "")
    window.files.recents_changed.emit()
    qtbot.waitUntil(lambda: window.welcome.recents.cards[0].x() == 0)


@pytest.mark.parametrize(("width", "columns"), [(1024, 2), (1440, 3), (2400, 3), (760, 1)])
def test_cards_fill_as_many_columns_as_there_is_room_for(
    window, recent_files, tmp_path, qtbot, width, columns
):
    for number in range(6):
        recent_files.add_scene(tmp_path / str(number), str(number), "")
    window.files.recents_changed.emit()
    window.resize(width, 800)
    cards = window.welcome.recents.cards
    qtbot.waitUntil(lambda: len({card.x() for card in cards if card.isVisible()}) == columns)
    page = window.welcome.widget()
    qtbot.waitUntil(lambda: page.width() <= window.welcome.viewport().width())


@pytest.mark.parametrize(
    ("then", "text"),
    [
        (datetime(2026, 5, 3, 14, 2), "today 14:02"),
        (datetime(2026, 5, 2, 23, 59), "yesterday"),
        (datetime(2026, 1, 9), "9 Jan"),
        (datetime(2024, 1, 9), "9 Jan 2024"),
    ],
)
def test_days_are_written_as_people_say_them(then, text):
    assert day(then.timestamp(), now=datetime(2026, 5, 3, 18, 0)) == text


def test_an_impossible_day_is_left_out():
    assert day(1e300) == ""


def test_a_caption_that_does_not_fit_loses_its_day_first(recent_files, themes, qtbot):
    recent_files.add_scene(Path(__file__), "a", "256², .dvox")
    card = RecentCard(themes, recent_files.scenes[0], Path("none.png"), "lego")
    qtbot.addWidget(card)
    measure = card.fontMetrics()
    assert "today" in card.caption(measure, 1000)
    assert card.caption(measure, 90) == "256², .dvox"
