"""Finds commands by their names, runs them, and changes their keys."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QWidget,
)

from viewer.state.shortcut_keys import ShortcutKeys
from viewer.theme import Spacing
from viewer.widgets.dialog import Dialog

MAX_SHOWN = 300
LIST_HEIGHT = 380
ROW_HEIGHT = 34


@dataclass(frozen=True)
class Command:
    """Something that can be done.

    Attributes:
        name: the action's; "" where its keys cannot be changed.
        title: what it is called.
        place: where it is otherwise: "View, Theme".
        keys: that run it, as this system writes them.
        tip: what it does.
        is_enabled: whether it can be done now.
        is_checked: whether it is on; None where it is neither on nor off.
        run: does it.
    """

    name: str
    title: str
    place: str
    keys: tuple[str, ...]
    tip: str
    is_enabled: bool
    is_checked: bool | None
    run: Callable[[], object]


def found_commands(commands: Sequence[Command], text: str) -> list[Command]:
    """Those that have every word of `text`, the best first.

    A word counts most at the beginning of the title, then of a word of it, then in it, then in
    the place, the keys or the tip. Ties stay in their order, and what can be done now goes first.
    """
    words = text.lower().split()
    ranked = []
    for number, command in enumerate(commands):
        ranks = [_rank(command, word) for word in words]
        if None not in ranks:
            total = sum(rank for rank in ranks if rank is not None)
            ranked.append((total, not command.is_enabled, number, command))
    ranked.sort(key=lambda entry: entry[:3])
    return [command for *_, command in ranked]


def _rank(command: Command, word: str) -> int | None:
    title = command.title.lower()
    if title.startswith(word):
        return 0
    if any(part.startswith(word) for part in title.replace("-", " ").split()):
        return 1
    if word in title:
        return 2
    if word in command.place.lower() or any(word in key.lower() for key in command.keys):
        return 3
    return 4 if word in command.tip.lower() else None


class CommandDialog(Dialog):
    """A search field over a list; Enter runs what is chosen, below its keys can be changed."""

    def __init__(
        self,
        parent: QWidget,
        commands: Callable[[], Sequence[Command]],
        keys: ShortcutKeys,
    ) -> None:
        super().__init__(parent, "Find a command", width=620)
        self._read, self._keys = commands, keys
        self._commands = list(commands())
        self.search = QLineEdit()
        self.search.setPlaceholderText("What to do: a word of its name, its menu or its keys")
        self.search.setAccessibleName("Search commands")
        self.search.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.list.setAccessibleName("Commands")
        self.list.setMinimumHeight(LIST_HEIGHT)
        self.list.setUniformItemSizes(True)
        self.column.addWidget(self.search)
        self.column.addWidget(self.list, 1)
        self.tip = self.add_text("", "muted")
        self.tip.setMinimumHeight(2 * self.tip.fontMetrics().lineSpacing())
        self._add_keys_row()
        self.problem = self.add_text("", "error")
        self.problem.setMinimumHeight(self.problem.fontMetrics().lineSpacing())
        close = self.add_button("Close")
        close.clicked.connect(self.reject)
        self.run_button = self.add_button("Do it", primary=True)
        self.run_button.clicked.connect(self.run_chosen)
        self.search.textChanged.connect(lambda _: self.show_found())
        self.search.installEventFilter(self)
        self.list.currentRowChanged.connect(lambda _: self._show_chosen())
        self.list.itemDoubleClicked.connect(lambda _: self.run_chosen())
        self.show_found()
        self.search.setFocus()

    @property
    def chosen(self) -> Command | None:
        """The command that is chosen in the list."""
        item = self.list.currentItem()
        command: Command | None = None if item is None else item.data(Qt.ItemDataRole.UserRole)
        return command

    def show_found(self) -> None:
        """List what the search finds; the first is chosen."""
        found = found_commands(self._commands, self.search.text())[:MAX_SHOWN]
        self.list.clear()
        for command in found:
            item = QListWidgetItem()
            item.setData(Qt.ItemDataRole.UserRole, command)
            row = _CommandRow(command, bool(command.name) and self._keys.is_changed(command.name))
            item.setSizeHint(QSize(0, ROW_HEIGHT))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, row.words)
            self.list.addItem(item)
            self.list.setItemWidget(item, row)
        if found:
            self.list.setCurrentRow(0)
        self._show_chosen()

    def run_chosen(self) -> None:
        """Close, and do what is chosen."""
        command = self.chosen
        if command is None or not command.is_enabled:
            return
        self.accept()
        command.run()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrow keys in the search field choose in the list; Esc leaves the field of keys."""
        escapes = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if watched is self.keys_edit and escapes and event.type() is QEvent.Type.KeyPress:
            self._show_chosen()
            self.search.setFocus()
            return True
        if watched is self.search and isinstance(event, QKeyEvent):
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
            step = steps.get(Qt.Key(event.key()))
            if step and event.type() is QEvent.Type.KeyPress:
                row = min(max(self.list.currentRow() + step, 0), self.list.count() - 1)
                self.list.setCurrentRow(row)
                return True
        return super().eventFilter(watched, event)

    # Keys

    def _add_keys_row(self) -> None:
        self.keys_edit = QKeySequenceEdit()
        self.keys_edit.setMaximumSequenceLength(1)
        self.keys_edit.setClearButtonEnabled(True)
        self.keys_edit.setAccessibleName("Keys of the chosen command")
        self.keys_edit.setToolTip("Click here and press the keys that are to run the command")
        self.keys_label = QLabel("Keys")
        self.keys_label.setProperty("role", "muted")
        self.keys_note = QLabel()
        self.keys_note.setProperty("role", "caption")
        row = QHBoxLayout()
        row.setSpacing(Spacing.CONTROL)
        row.addWidget(self.keys_label)
        row.addWidget(self.keys_edit)
        row.addWidget(self.keys_note, 1)
        self.column.addLayout(row)
        self.reset_button = self.add_button("Reset its keys", at_left=True)
        self.reset_button.setToolTip("Give the command the program's own keys again")
        self.reset_button.clicked.connect(self._reset_keys)
        self.keys_edit.installEventFilter(self)
        self.keys_edit.editingFinished.connect(self._change_keys)

    def _show_chosen(self) -> None:
        command = self.chosen
        self.problem.setText("")
        self.tip.setText(command.tip if command else "Nothing is called so; try fewer letters.")
        self.run_button.setEnabled(command is not None and command.is_enabled)
        name = command.name if command else ""
        keys = self._keys.keys_of(name) if name else ()
        self.keys_edit.setEnabled(bool(name))
        self.keys_edit.blockSignals(True)
        self.keys_edit.setKeySequence(QKeySequence(keys[0]) if keys else QKeySequence())
        self.keys_edit.blockSignals(False)
        is_changed = bool(name) and self._keys.is_changed(name)
        self.reset_button.setVisible(is_changed)
        self.keys_note.setText(_own_keys(self._keys.defaults_of(name)) if is_changed else "")

    def _change_keys(self) -> None:
        command = self.chosen
        if command is None or not command.name:
            return
        key = self.keys_edit.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        first, *others = self._keys.keys_of(command.name) or ("",)
        if key == first:
            return
        owner = self._keys.owner_of(key) if key else None
        if owner not in (None, command.name):
            title = next((c.title for c in self._commands if c.name == owner), owner)
            self.problem.setText(f"{key} is taken: {title}. Give that other keys first.")
            return
        self._keys.set_keys(command.name, [key, *(k for k in others if k != key)] if key else [])
        self._read_again(command.name)

    def _reset_keys(self) -> None:
        command = self.chosen
        if command is None:
            return
        for key in self._keys.defaults_of(command.name):
            owner = self._keys.owner_of(key)
            if owner not in (None, command.name):
                title = next((c.title for c in self._commands if c.name == owner), owner)
                self.problem.setText(f"{key} is taken: {title}. Give that other keys first.")
                return
        self._keys.reset(command.name)
        self._read_again(command.name)

    def _read_again(self, name: str) -> None:
        """Show the commands as they are now, with the same one chosen."""
        self._commands = list(self._read())
        self.show_found()
        for row in range(self.list.count()):
            if self.list.item(row).data(Qt.ItemDataRole.UserRole).name == name:
                self.list.setCurrentRow(row)


class _CommandRow(QWidget):
    """Title, place and keys in a line; changed keys carry a sign."""

    def __init__(self, command: Command, is_changed: bool) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(Spacing.CONTROL, 0, Spacing.CONTROL, 0)
        row.setSpacing(Spacing.CONTROL)
        sign = "✓ " if command.is_checked else ""
        title = QLabel(f"{sign}{command.title}")
        if not command.is_enabled:
            title.setProperty("role", "muted")
        place = QLabel(command.place)
        place.setProperty("role", "caption")
        row.addWidget(title)
        row.addWidget(place)
        row.addStretch(1)
        if is_changed:
            changed = QLabel("changed")
            changed.setProperty("role", "caption")
            row.addWidget(changed)
        for keys in command.keys:
            label = QLabel(keys)
            label.setProperty("role", "keys")
            row.addWidget(label, 0, Qt.AlignmentFlag.AlignVCenter)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.words = ", ".join((command.title, command.place, *command.keys))


def _own_keys(keys: Sequence[str]) -> str:
    return f"The program's own: {', '.join(keys)}" if keys else "By itself it has none"
