"""Makes menus and shortcuts from the list of actions, and keeps them enabled and checked."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QLabel, QMenu, QMenuBar, QWidget

from viewer.actions.action import PANELS_MENU, RECENT_MENU, ActionEntry
from viewer.dialogs.commands import Command
from viewer.dialogs.shortcuts import GESTURES, TIMELINE_GESTURES, Shortcut, ShortcutGroup
from viewer.recent_files import RecentScene, names_apart
from viewer.state.shortcut_keys import ShortcutKeys, with_keys


class Menus:
    """The menus of a bar.

    Attributes:
        actions: by name.
        keys: that run them.
    """

    def __init__(
        self,
        bar: QMenuBar,
        entries: Iterable[ActionEntry],
        panel_toggles: Sequence[QAction],
        keys: ShortcutKeys,
    ) -> None:
        """Fill `bar`; the shortcuts work in the whole window that it belongs to."""
        self._bar, self._window = bar, bar.window()
        self._entries = tuple(entries)
        self._panel_toggles = tuple(panel_toggles)
        self.keys = keys
        self._menus: dict[str, QMenu] = {}
        self._groups: dict[str, QActionGroup] = {}
        self._recents: list[QAction] = []
        self.actions: dict[str, QAction] = {}
        for entry in self._entries:
            self._add(entry)
        self._insert_first(PANELS_MENU, panel_toggles)
        keys.changed.connect(self._show_keys)
        keys.set_defaults({entry.name: entry.shortcuts for entry in self._entries})

    def menu(self, path: str) -> QMenu:
        """The menu of a path of titles, e.g. "&View/&Theme"; made when first asked for."""
        if path not in self._menus:
            parent, _, title = path.rpartition("/")
            menu = (self.menu(parent) if parent else self._bar).addMenu(title)
            menu.setToolTipsVisible(True)
            menu.aboutToShow.connect(self.refresh)
            self._menus[path] = menu
        return self._menus[path]

    def context_menu(self, names: Iterable[str], parent: QWidget) -> QMenu:
        """A menu of some of the actions, e.g. for the picture; "" makes a line."""
        self.refresh()
        menu = QMenu(parent)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in names:
            if name:
                menu.addAction(self.actions[name])
            else:
                menu.addSeparator()
        return menu

    def trigger(self, name: str) -> None:
        """Run an action as if its menu entry had been chosen."""
        self.actions[name].trigger()

    def refresh(self) -> None:
        """Enable what can be done now, and check what is on."""
        for entry in self._entries:
            action = self.actions[entry.name]
            action.setEnabled(entry.is_enabled())
            if entry.is_checked:
                action.setChecked(entry.is_checked())
            if entry.present_text:
                action.setText(entry.present_text())

    def show_recents(
        self, scenes: Sequence[RecentScene], open_scene: Callable[[Path], object]
    ) -> None:
        """List the recent scenes whose files are there."""
        menu = self.menu(RECENT_MENU)
        for action in self._recents:
            menu.removeAction(action)
            action.deleteLater()
        self._recents = []
        for number, (scene, text) in enumerate(zip(scenes, names_apart(scenes), strict=True), 1):
            name = text.replace("&", "&&")
            action = QAction(f"&{number}  {name}" if number < 10 else name, menu)
            action.setToolTip(str(scene.path))
            action.triggered.connect(lambda _=False, path=scene.path: open_scene(path))
            self._recents.append(action)
        self._insert_first(RECENT_MENU, self._recents)
        menu.menuAction().setEnabled(bool(scenes))
        self.refresh()

    def shortcut_groups(self) -> list[ShortcutGroup]:
        """What the shortcuts sheet lists: the gestures, then menu by menu."""
        groups: dict[str, list[Shortcut]] = {}
        for entry in self._entries:
            keys = _native(self.actions[entry.name])
            if keys:
                title = entry.menu.split("/")[0].replace("&", "")
                text = entry.text.replace("&", "").rstrip("…")
                groups.setdefault(title, []).append(Shortcut(keys, text))
        listed = [ShortcutGroup(title, tuple(lines)) for title, lines in groups.items()]
        return [GESTURES, TIMELINE_GESTURES, *listed]

    def commands(self) -> list[Command]:
        """Every action and every panel, as they are now."""
        self.refresh()
        found = []
        for entry in self._entries:
            action = self.actions[entry.name]
            found.append(
                Command(
                    entry.name,
                    _plain(action.text()),
                    _plain(entry.menu).replace("/", ", "),
                    _native(action),
                    entry.tip,
                    action.isEnabled(),
                    action.isChecked() if action.isCheckable() else None,
                    action.trigger,
                )
            )
        place = _plain(PANELS_MENU).replace("/", ", ")
        for toggle in self._panel_toggles:
            title = f"Panel: {_plain(toggle.text())}"
            found.append(
                Command(
                    *("", title, place, _native(toggle), toggle.toolTip(), toggle.isEnabled()),
                    is_checked=toggle.isChecked(),
                    run=toggle.trigger,
                )
            )
        return found

    def _insert_first(self, path: str, actions: Sequence[QAction]) -> None:
        menu = self.menu(path)
        present = menu.actions()
        if present:
            menu.insertActions(present[0], list(actions))
        else:
            menu.addActions(list(actions))

    def _add(self, entry: ActionEntry) -> None:
        menu = self.menu(entry.menu)
        if entry.starts_group and menu.actions():
            menu.addSeparator()
        action = QAction(entry.text, self._window)
        action.setObjectName(entry.name)
        action.setStatusTip("")
        if entry.is_checked:
            action.setCheckable(True)
        if entry.group:
            group = self._groups.setdefault(entry.group, QActionGroup(self._window))
            group.addAction(action)
        action.triggered.connect(lambda _=False: self._run(entry))
        menu.addAction(action)
        # On the window too, so that shortcuts work while the menu bar is hidden.
        self._window.addAction(action)
        self.actions[entry.name] = action

    def _show_keys(self, name: str) -> None:
        """Let an action's keys run it, and its tool tip name them."""
        action = self.actions[name]
        entry = next(entry for entry in self._entries if entry.name == name)
        action.setShortcuts([QKeySequence(key) for key in self.keys.keys_of(name)])
        action.setToolTip(with_keys(entry.tip, self.keys.text_of(name)))

    def _run(self, entry: ActionEntry) -> None:
        entry.run()
        self.refresh()


def _native(action: QAction) -> tuple[str, ...]:
    """An action's keys as this system writes them."""
    return tuple(
        keys.toString(QKeySequence.SequenceFormat.NativeText) for keys in action.shortcuts()
    )


def _plain(text: str) -> str:
    """A menu's text without its mnemonics."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")


def add_titles(bar: QMenuBar, program: str) -> QLabel:
    """Put the program's name at the left of the menus; a label for the scene's at their right."""
    brand = QLabel(program, bar)  # PySide leaves a corner widget to its owner
    brand.setObjectName("brand")
    title = QLabel()
    title.setObjectName("sceneTitle")
    for label in (brand, title):
        label.setFixedHeight(bar.sizeHint().height() - 2)
    bar.setCornerWidget(brand, Qt.Corner.TopLeftCorner)
    bar.setCornerWidget(title, Qt.Corner.TopRightCorner)
    return title
