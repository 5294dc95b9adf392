"""The shortcuts sheet: every key and mouse gesture on one page."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from viewer.dialogs.dialog import Dialog
from viewer.theme import Spacing

COLUMNS = 3
COLUMN_WIDTH = 272


@dataclass(frozen=True)
class Shortcut:
    """Keys or a gesture, and what it does."""

    keys: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class ShortcutGroup:
    """Shortcuts under a title."""

    title: str
    shortcuts: tuple[Shortcut, ...]


GESTURES = ShortcutGroup(
    "In the picture",
    (
        Shortcut(("Left drag",), "Orbit around the pivot"),
        Shortcut(("Right drag", "Shift+drag"), "Pan"),
        Shortcut(("Wheel",), "Move nearer, or away"),
        Shortcut(("Double-click",), "Turn around this point"),
        Shortcut(("Arrow keys",), "Orbit in steps"),
        Shortcut(("W A S D Q E",), "Fly; with Shift faster"),
        Shortcut(("Keypad 1 3 7",), "Front, right, top; Ctrl: opposite"),
        Shortcut(("Esc",), "Cancel, leave full screen"),
    ),
)

TIMELINE_GESTURES = ShortcutGroup(
    "In the timeline",
    (
        Shortcut(("← →",), "A frame back, or on"),
        Shortcut(("Shift+← →",), "To the next key"),
        Shortcut(("Alt+← →",), "Move the selected keys"),
        Shortcut(("Space",), "Play; in the picture too"),
        Shortcut(("Ctrl+wheel",), "Look closer"),
    ),
)


class ShortcutsDialog(Dialog):
    """All groups in three columns."""

    def __init__(self, parent: QWidget, groups: Sequence[ShortcutGroup]) -> None:
        super().__init__(parent, "Shortcuts", width=3 * COLUMN_WIDTH + 4 * Spacing.PAGE)
        columns = QGridLayout()
        columns.setHorizontalSpacing(Spacing.PAGE)
        heights = [0] * COLUMNS
        boxes = [QVBoxLayout() for _ in heights]
        for number, box in enumerate(boxes):
            box.setSpacing(Spacing.SECTION)
            columns.addLayout(box, 0, number)
            columns.setColumnStretch(number, 1)
            columns.setColumnMinimumWidth(number, COLUMN_WIDTH)
        # The longest first, so that the columns end alike: all fit a small screen.
        for group in sorted(groups, key=lambda group: -len(group.shortcuts)):
            shorter = heights.index(min(heights))
            boxes[shorter].addLayout(_group_layout(group))
            heights[shorter] += len(group.shortcuts) + 2
        for box in boxes:
            box.addStretch(1)
        self.column.addLayout(columns)
        close = self.add_button("Close", primary=True)
        close.clicked.connect(self.accept)


def _group_layout(group: ShortcutGroup) -> QVBoxLayout:
    rows = QVBoxLayout()
    rows.setSpacing(5)
    title = QLabel(group.title)
    title.setProperty("role", "section")
    rows.addWidget(title)
    for shortcut in group.shortcuts:
        row = QHBoxLayout()
        row.setSpacing(Spacing.LABEL)
        text = QLabel(shortcut.text)
        text.setProperty("role", "muted")
        row.addWidget(text)
        row.addSpacing(Spacing.PANEL)
        row.addStretch(1)
        for name in shortcut.keys:
            label = QLabel(name)
            label.setProperty("role", "keys")
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            row.addWidget(label)
        rows.addLayout(row)
    return rows
