"""What a window finds again of the one before it."""

from PySide6.QtGui import (
    QKeySequence,
)

from tests.helpers.windows import open_scene


def test_a_session_is_restored(make_window, scene_file, qtbot):
    first = make_window()
    open_scene(qtbot, first, scene_file)
    first.resize(1111, 777)
    first.docks.toggle_actions[0].trigger()
    assert not first.docks.panels["scene"].isVisible()
    first.options.set_theme("light")
    qtbot.waitUntil(lambda: first.width() == 1111)
    first.close()

    second = make_window()
    assert second.settings.window_geometry.size()
    assert second.settings.theme == "light"
    assert [card.scene.path for card in second.welcome.recents.cards] == [scene_file]
    open_scene(qtbot, second, scene_file)
    assert not second.docks.panels["scene"].isVisible()
    second.docks.reset()
    assert second.docks.panels["scene"].isVisible()


def test_the_layout_of_a_scene_survives_a_close_on_the_welcome_page(make_window, scene_file, qtbot):
    first = make_window()
    open_scene(qtbot, first, scene_file)
    first.docks.toggle_actions[0].trigger()
    first.files.close()
    first.close()
    second = make_window()
    open_scene(qtbot, second, scene_file)
    assert not second.docks.panels["scene"].isVisible()


def test_a_damaged_layout_is_ignored(make_window, settings, scene_file, qtbot):
    settings.dock_layout = QKeySequence("Ctrl+A").toString().encode()
    settings.window_geometry = b"nonsense"
    window = make_window()
    open_scene(qtbot, window, scene_file)
    assert window.docks.panels["scene"].isVisible()
