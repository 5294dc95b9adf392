"""Changes shortcuts: a list of commands, and a field that takes the keys as they are pressed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QKeySequenceEdit,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from viewer.dialogs.dialog import Dialog
from viewer.theme import Spacing

Native = QKeySequence.SequenceFormat.NativeText
NAME, KEYS, DEFAULT = range(3)


@dataclass(frozen=True)
class ShortcutOfAction:
    """The shortcuts of an action.

    Attributes:
        name: of the action; never changes.
        text: what it is called, with its menu: "View › Orbit sphere".
        keys: that it has.
        default: that it has at first.
    """

    name: str
    text: str
    keys: tuple[str, ...]
    default: tuple[str, ...]


class ShortcutEditor(Dialog):
    """Sends every change at once; keys that another command has are refused with its name."""

    changed = Signal(str, object)  # name of the action, its keys: tuple[str, ...]

    def __init__(self, parent: QWidget, shortcuts: Sequence[ShortcutOfAction]) -> None:
        super().__init__(parent, "Change shortcuts", width=620)
        self._shortcuts = {shortcut.name: shortcut for shortcut in shortcuts}
        self._keys: dict[str, tuple[str, ...]] = {each.name: each.keys for each in shortcuts}
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search commands")
        self.search.setAccessibleName("Search commands")
        self.search.setClearButtonEnabled(True)
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels(["Command", "Shortcut", "At first"])
        self.tree.setRootIsDecorated(False)
        self.tree.setAccessibleName("Commands and their shortcuts")
        self.tree.setMinimumHeight(260)
        self._items: dict[str, QTreeWidgetItem] = {}
        for shortcut in shortcuts:
            item = QTreeWidgetItem([shortcut.text, "", shown(shortcut.default)])
            item.setData(NAME, Qt.ItemDataRole.UserRole, shortcut.name)
            self.tree.addTopLevelItem(item)
            self._items[shortcut.name] = item
            self._show(shortcut.name)
        self.tree.setColumnWidth(NAME, 310)
        self.tree.setColumnWidth(KEYS, 130)
        self.field = QKeySequenceEdit()
        self.field.setMaximumSequenceLength(1)
        self.field.setAccessibleName("Keys of the chosen command")
        self.field.setToolTip("Press the keys that the chosen command is to have")
        self.none = QPushButton("None")
        self.none.setToolTip("Take the shortcut away")
        self.reset = QPushButton("As at first")
        self.reset.setToolTip("Give the chosen command the keys that it had at first")
        self.verdict = self.add_text(" ", "muted")
        row = QHBoxLayout()
        row.setSpacing(Spacing.CONTROL)
        row.addWidget(self.field, 1)
        row.addWidget(self.none)
        row.addWidget(self.reset)
        self.column.insertWidget(0, self.search)
        self.column.insertWidget(1, self.tree, 1)
        self.column.insertLayout(2, row)
        self.reset_all = self.add_button("All as at first", at_left=True)
        close = self.add_button("Close", primary=True)
        close.clicked.connect(self.accept)
        self.search.textChanged.connect(self._find)
        self.tree.currentItemChanged.connect(lambda *_: self._on_chosen())
        self.field.editingFinished.connect(self._on_pressed)
        self.none.clicked.connect(lambda: self._set(self.chosen, ()))
        self.reset.clicked.connect(self._reset_chosen)
        self.reset_all.clicked.connect(self._reset_all)
        self.tree.setCurrentItem(self.tree.topLevelItem(0))

    @property
    def chosen(self) -> str:
        """The name of the chosen action; "" for none."""
        item = self.tree.currentItem()
        return "" if item is None else str(item.data(NAME, Qt.ItemDataRole.UserRole))

    def _on_chosen(self) -> None:
        keys = self._keys.get(self.chosen, ())
        self.field.setKeySequence(QKeySequence(keys[0]) if keys else QKeySequence())
        self.verdict.setText(" ")

    def _on_pressed(self) -> None:
        keys = self.field.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        name = self.chosen
        if not keys or not name or self._keys[name][:1] == (keys,):
            return
        owner = owner_of(keys, self._keys, name)
        if owner:
            self.verdict.setText(
                f"{shown((keys,))} belongs to “{self._shortcuts[owner].text}”; take it away there "
                "first"
            )
            self._on_refused()
        else:
            self._set(name, (keys,))

    def _on_refused(self) -> None:
        text = self.verdict.text()
        self._on_chosen()
        self.verdict.setText(text)

    def _reset_chosen(self) -> None:
        name = self.chosen
        default = self._shortcuts[name].default if name else ()
        taken = [(keys, owner_of(keys, self._keys, name)) for keys in default]
        clash = next(((keys, owner) for keys, owner in taken if owner), None)
        if clash is None:
            self._set(name, default)
        else:
            self.verdict.setText(
                f"{shown((clash[0],))} belongs to “{self._shortcuts[clash[1]].text}” now; take it "
                "away there first"
            )

    def _reset_all(self) -> None:
        for name, shortcut in self._shortcuts.items():
            if self._keys[name] != shortcut.default:
                self._set(name, shortcut.default)

    def _set(self, name: str, keys: tuple[str, ...]) -> None:
        if name and self._keys[name] != keys:
            self._keys[name] = keys
            self._show(name)
            self.changed.emit(name, keys)
        self._on_chosen()

    def _show(self, name: str) -> None:
        item, keys = self._items[name], self._keys[name]
        differs = keys != self._shortcuts[name].default
        item.setText(KEYS, shown(keys))
        font = item.font(KEYS)
        font.setBold(differs)
        item.setFont(KEYS, font)

    def _find(self, wanted: str) -> None:
        words = wanted.lower().split()
        for name, item in self._items.items():
            text = f"{self._shortcuts[name].text} {shown(self._keys[name])}".lower()
            item.setHidden(not all(word in text for word in words))


def owner_of(keys: str, owners: Mapping[str, Sequence[str]], but: str) -> str:
    """The name of another action than `but` that has these keys; "" for none."""
    return next((name for name, known in owners.items() if name != but and keys in known), "")


def shown(keys: Sequence[str]) -> str:
    """Keys as they are written here, e.g. "Ctrl+Z, Ctrl+Y"."""
    return ", ".join(QKeySequence(each).toString(Native) for each in keys)
