"""Menus: what they offer, their shortcuts, and that they follow the state."""

import pytest
from PySide6.QtWidgets import QMainWindow

from tests.helpers.windows import open_scene
from viewer.actions.action import RECENT_MENU, ActionEntry
from viewer.recent_files import RecentScene
from viewer.state.shortcut_keys import ShortcutKeys
from viewer.state.viewer_state import DisplayMode
from viewer.window.menus import Menus


def test_display_modes_follow_menu_and_state(open_window):
    menus, state = open_window.menus, open_window.state
    menus.actions["display_depth"].trigger()
    assert state.display_mode is DisplayMode.DEPTH
    state.set_display_mode(DisplayMode.ENTROPY)
    assert menus.actions["display_entropy"].isChecked()
    assert not menus.actions["display_depth"].isChecked()


def test_depth_is_not_offered_for_a_model_that_knows_none(window, qtbot, tmp_path):
    open_scene(qtbot, window, tmp_path / "collapse.pth")
    assert window.menus.actions["display_rgb"].isEnabled()
    assert not window.menus.actions["display_depth"].isEnabled()
    assert not window.menus.actions["display_entropy"].isEnabled()


def test_without_a_scene_only_what_works_is_offered(window):
    enabled = {name for name, action in window.menus.actions.items() if action.isEnabled()}
    assert "open" in enabled
    assert not enabled & {"close", "save_picture", "copy_pose", "paste_pose", "hud", "next_view"}


def test_no_shortcut_is_given_twice(window):
    keys = [
        sequence.toString()
        for action in window.menus.actions.values()
        for sequence in action.shortcuts()
    ]
    assert len(keys) == len(set(keys))
    assert "" not in keys


def test_every_action_has_a_tool_tip_and_a_place_in_the_menus(window):
    for name, action in window.menus.actions.items():
        assert action.toolTip(), name
        assert action.associatedObjects(), name


@pytest.fixture
def plain_window(qtbot):
    """A window that has nothing but a menu bar."""
    window = QMainWindow()
    qtbot.addWidget(window)
    return window


def test_an_entry_is_enabled_checked_and_named_by_what_it_asks(plain_window, settings):
    possible, on, name = [False], [True], ["&Undo"]
    entry = ActionEntry(
        "undo",
        "&Edit",
        "&Undo",
        lambda: None,
        is_enabled=lambda: possible[0],
        is_checked=lambda: on[0],
        present_text=lambda: name[0],
    )
    menus = Menus(plain_window.menuBar(), [entry], [], ShortcutKeys(settings))
    menus.refresh()
    action = menus.actions["undo"]
    assert not action.isEnabled()
    assert action.isChecked()
    possible[0], on[0], name[0] = True, False, "&Undo “Add a key”"
    menus.refresh()
    assert action.isEnabled()
    assert not action.isChecked()
    assert action.text() == "&Undo “Add a key”"


def test_running_an_entry_refreshes_the_others(plain_window, settings):
    there = []
    menus = Menus(
        plain_window.menuBar(),
        [
            ActionEntry("make", "&File", "&Make", lambda: there.append(1)),
            ActionEntry("use", "&File", "&Use", lambda: None, is_enabled=lambda: bool(there)),
        ],
        [],
        ShortcutKeys(settings),
    )
    menus.refresh()
    assert not menus.actions["use"].isEnabled()
    menus.trigger("make")
    assert menus.actions["use"].isEnabled()


def test_recent_scenes_stand_before_the_actions_of_their_menu(plain_window, settings, tmp_path):
    opened = []
    clear = ActionEntry("clear", RECENT_MENU, "&Clear this list", lambda: None)
    menus = Menus(plain_window.menuBar(), [clear], [], ShortcutKeys(settings))
    scenes = [RecentScene(tmp_path / name, name, "", 0.0) for name in ("a", "b & c")]
    menus.show_recents(scenes, opened.append)
    menus.show_recents(scenes, opened.append)  # in place of those before
    actions = menus.menu(RECENT_MENU).actions()
    assert [action.text() for action in actions] == ["&1  a", "&2  b && c", "&Clear this list"]
    actions[1].trigger()
    assert opened == [tmp_path / "b & c"]
