"""Figures, theme and full screen."""

from PySide6.QtCore import Qt

from tests.helpers.windows import press


def test_the_hud_is_switched_by_key_and_menu_and_kept(open_window, qtbot):
    window = open_window
    window.viewport.setFocus()
    assert not window.viewport.hud_visible  # nothing covers the picture at first
    press(qtbot, window, Qt.Key.Key_H)
    assert window.viewport.hud_visible
    assert window.settings.hud
    assert window.menus.actions["hud"].isChecked()
    window.menus.actions["hud"].trigger()
    assert not window.viewport.hud_visible
    assert not window.settings.hud


def test_the_theme_changes_at_once_and_is_kept(open_window):
    open_window.menus.actions["theme_light"].trigger()
    assert not open_window.themes.theme.is_dark
    assert open_window.settings.theme == "light"
    assert open_window.menus.actions["theme_light"].isChecked()


def test_full_screen_shows_only_the_picture_and_escape_leaves_it(open_window, qtbot):
    window = open_window
    press(qtbot, window, Qt.Key.Key_F11)
    qtbot.waitUntil(window.isFullScreen)
    assert not window.menuBar().isVisible()
    assert not window.statusBar().isVisible()
    assert not window.docks.panels["scene"].isVisible()
    press(qtbot, window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.isFullScreen())
    assert window.menuBar().isVisible()
    assert window.docks.panels["scene"].isVisible()
