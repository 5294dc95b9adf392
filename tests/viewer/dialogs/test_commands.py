"""Commands found by their names, run, and given other keys."""

import re
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

import viewer
from tests.helpers.windows import press
from viewer.dialogs.commands import Command, CommandDialog, found_commands
from viewer.settings import Settings
from viewer.state.shortcut_keys import ShortcutKeys


def command(title, place="View", keys=(), tip="", enabled=True):
    return Command(title, title, place, tuple(keys), tip, enabled, None, lambda: None)


def titles(found):
    return [one.title for one in found]


def test_words_are_looked_for_in_title_place_keys_and_tip_the_best_first():
    commands = [
        command("Reset the layout", "View, Panels"),
        command("Save the picture…", "File", ("Ctrl+S",)),
        command("Share picture", "File", enabled=False),
        command("Depth", "View", ("2",), "Expected depth, over the picture"),
        command("Preferences…", "File", (), "Theme, motion"),
    ]
    assert titles(found_commands(commands, "picture")) == [
        "Save the picture…",
        "Share picture",
        "Depth",
    ]
    assert titles(found_commands(commands, "file SA")) == ["Save the picture…"]
    assert titles(found_commands(commands, "ctrl+s")) == ["Save the picture…"]
    assert titles(found_commands(commands, "motion")) == ["Preferences…"]
    assert titles(found_commands(commands, "s"))[0] == "Save the picture…"
    assert found_commands(commands, "nothing like it") == []
    assert len(found_commands(commands, "")) == len(commands)


def test_keys_are_kept_between_sessions_and_a_taken_key_names_its_owner(tmp_path):
    defaults = {"save": ("Ctrl+S", "F12"), "split": ("S",), "none": ()}
    keys = ShortcutKeys(Settings.in_folder(tmp_path), defaults)
    heard = []
    keys.changed.connect(heard.append)
    assert keys.owner_of("ctrl+s") == "save"
    assert keys.owner_of("Ctrl+K") is None
    keys.set_keys("split", ["Ctrl+K"])
    keys.set_keys("save", [])
    assert heard == ["split", "save"]
    again = ShortcutKeys(Settings.in_folder(tmp_path), defaults)
    assert again.keys_of("split") == ("Ctrl+K",)
    assert again.keys_of("save") == ()
    assert again.is_changed("save")
    assert again.owner_of("S") is None
    again.reset("save")
    assert again.keys_of("save") == ("Ctrl+S", "F12")
    assert not again.is_changed("save")


def test_a_command_is_found_by_its_name_and_run_by_enter(window, qtbot):
    window.menus.trigger("find_command")
    dialog = window.findChild(CommandDialog)
    every = {action.objectName() for action in window.menus.actions.values()}
    assert every == {c.name for c in window.menus.commands() if c.name}
    assert "Panel: Voxels" in titles(window.menus.commands())
    dialog.search.setText("light")
    assert dialog.chosen.name == "theme_light"
    assert dialog.chosen.place == "View, Theme"
    press(qtbot, dialog, Qt.Key.Key_Return)
    assert window.options.theme == "light"
    qtbot.waitUntil(lambda: window.findChild(CommandDialog) is None)


def test_changed_keys_run_the_command_and_stand_in_menu_tip_and_sheet(window):
    dialog = window.help.find_command()
    dialog.search.setText("preferences")
    assert dialog.chosen.name == "preferences"
    taken = window.menus.actions["open"].shortcut()
    dialog.keys_edit.setKeySequence(taken)
    dialog.keys_edit.editingFinished.emit()
    assert "is taken: Open a scene" in dialog.problem.text()
    dialog.keys_edit.setKeySequence(QKeySequence("Ctrl+Alt+P"))
    dialog.keys_edit.editingFinished.emit()
    action = window.menus.actions["preferences"]
    assert action.shortcut() == QKeySequence("Ctrl+Alt+P")
    assert "Ctrl+Alt+P" in action.toolTip()
    assert any(
        "Ctrl+Alt+P" in shortcut.keys
        for group in window.menus.shortcut_groups()
        for shortcut in group.shortcuts
    )
    assert dialog.reset_button.isVisibleTo(dialog)
    assert "Ctrl+," in dialog.keys_note.text()
    dialog.reset_button.click()
    assert action.shortcut() == QKeySequence("Ctrl+,")
    dialog.reject()


NAMED_ELSEWHERE = {
    "open": lambda window: (window.welcome.open_card, window.status.hint),
    "new_training": lambda window: (window.welcome.train_card, ""),
    "nearest_view": lambda window: (window.docks.panels["compare"].go, ""),
    "path_add_key": lambda window: (window.docks.panels["timeline"].add_key, ""),
    "undo": lambda window: (window.docks.panels["voxels"].editing.undo, ""),
    "pause_training": lambda window: (
        window.docks.panels["training"].run.buttons["pause_training"],
        "",
    ),
    "display_depth": lambda window: (window.viewport.findChild(QWidget, "mode_depth"), ""),
}


def test_tool_tips_and_hints_everywhere_name_the_keys_of_now(window, qtbot):
    for number, (action, places) in enumerate(NAMED_ELSEWHERE.items(), 1):
        own = window.keys.text_of(action)
        widget, _ = places(window)
        assert f"({own})" in widget.toolTip(), action
        window.keys.set_keys(action, [f"Ctrl+Alt+{number}"])
        widget, hint = places(window)
        assert f"(Ctrl+Alt+{number})" in widget.toolTip(), action
        assert own not in widget.toolTip(), action
        assert not hint or f"Ctrl+Alt+{number} opens a scene" in hint
        window.keys.set_keys(action, [])
        assert "(" not in places(window)[0].toolTip(), action


def test_only_fixed_keys_are_written_out_in_tool_tips():
    """Keys that can be changed are read from one place: `ShortcutKeys`."""
    fixed = {"wizard", "viewport/navigation", "mask_editor.py"}  # keys of their own windows
    defaults = {"Ctrl+O", "Ctrl+T", "Ctrl+S", "Ctrl+R", "Ctrl+C", "Ctrl+V", "Ctrl+Z", "Shift+S"}
    defaults |= {*"NCKTVHOXPF", "Ctrl+Shift+Z", "Ctrl+Shift+S", "Ctrl+Shift+Space", "Shift+K"}
    found = []
    for path in Path(viewer.__file__).parent.rglob("*.py"):
        if "actions" in path.parts or any(part in path.as_posix() for part in fixed):
            continue
        for keys in re.findall(r"\(([^()]{1,16})\)\"", path.read_text()):
            if keys in defaults:
                found.append(f"{path.name}: ({keys})")
    assert not found
