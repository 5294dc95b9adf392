"""Commands searched by name: all that menus, panels and preferences offer, in one list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from viewer.theme import Spacing

SIZE = QSize(560, 420)
ROW_HEIGHT = 34
MOVING_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


@dataclass(frozen=True)
class Command:
    """Something that can be done.

    Attributes:
        text: its name.
        place: where else it is found: "View › Panels".
        keys: its shortcuts, as they are shown.
        tip: what it does; it is searched too.
        run: does it.
        is_enabled: whether it can be done now.
    """

    text: str
    place: str
    keys: str
    tip: str
    run: Callable[[], object]
    is_enabled: bool = True


def found_commands(commands: Sequence[Command], wanted: str) -> list[Command]:
    """Those that hold every word; the name counts more than place and tip, its beginning most.

    What cannot be done now comes after what can.
    """
    words = wanted.lower().split()

    def rank(command: Command) -> tuple[int, ...] | None:
        name, rest = command.text.lower(), f"{command.place} {command.tip}".lower()
        if not all(word in name or word in rest for word in words):
            return None
        missing = sum(word not in name for word in words)
        late = sum(not any(part.startswith(word) for part in name.split()) for word in words)
        first = 0 if not words or name.startswith(words[0]) else 1
        return int(not command.is_enabled), missing, late, first

    ranked = [(ranks, command) for command in commands if (ranks := rank(command)) is not None]
    return [command for _, command in sorted(ranked, key=lambda pair: pair[0])]


class CommandPalette(QDialog):
    """A field and a list; Enter or a click does what is chosen."""

    def __init__(self, parent: QWidget, commands: Sequence[Command]) -> None:
        super().__init__(parent)
        self._commands = commands
        self.setWindowTitle("Commands")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(SIZE.boundedTo(parent.size()))
        self.field = QLineEdit()
        self.field.setPlaceholderText("Search all commands, panels and settings")
        self.field.setAccessibleName("Search commands")
        self.field.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.list.setAccessibleName("Commands found")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the field keeps the keys
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.none = QLabel("Nothing of that name.")
        self.none.setProperty("role", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(Spacing.PANEL, Spacing.PANEL, Spacing.PANEL, Spacing.PANEL)
        column.setSpacing(Spacing.CONTROL)
        for widget in (self.field, self.none, self.list):
            column.addWidget(widget)
        self.field.textChanged.connect(self._find)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._run)
        self._find("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows move in the list, and Enter do what is chosen there."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in MOVING_KEYS:
                self.list.event(event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                item = self.list.currentItem()
                if item is not None:
                    self._run(item)
                return True
        return super().eventFilter(watched, event)

    def _find(self, wanted: str) -> None:
        self.list.clear()
        found = found_commands(self._commands, wanted)
        for command in found:
            item = QListWidgetItem()
            item.setSizeHint(QSize(0, ROW_HEIGHT))
            item.setData(Qt.ItemDataRole.UserRole, command)
            item.setToolTip(command.tip)
            if not command.is_enabled:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(item)
            self.list.setItemWidget(item, _row(command))
        self.none.setVisible(not found)
        self.list.setVisible(bool(found))
        if found and found[0].is_enabled:
            self.list.setCurrentRow(0)

    def _run(self, item: QListWidgetItem) -> None:
        command: Command = item.data(Qt.ItemDataRole.UserRole)
        if command.is_enabled:
            self.accept()
            command.run()


def _row(command: Command) -> QWidget:
    row = QWidget()
    row.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    line = QHBoxLayout(row)
    line.setContentsMargins(Spacing.CONTROL, 0, Spacing.CONTROL, 0)
    line.setSpacing(Spacing.CONTROL)
    name = QLabel(command.text)
    name.setProperty("role", "" if command.is_enabled else "faint")
    place = QLabel(command.place)
    place.setProperty("role", "caption")
    line.addWidget(name)
    line.addWidget(place)
    line.addStretch(1)
    if command.keys:
        keys = QLabel(command.keys)
        keys.setProperty("role", "keys")
        line.addWidget(keys)
    return row
