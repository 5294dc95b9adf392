"""The table's cells in rows of systems and columns of captures, with means at the right."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from dvox_core.evaluation.tables.formats import MISSING, Figure
from viewer.tables.cell_card import LARGEST_SIDE, SMALLEST_SIDE, CellCard
from viewer.theme import Spacing, ThemeManager
from viewer.widgets.labels import ElidedLabel
from viewer.workers.tables.table_reader import SeenTable, system_title

TITLE_WIDTH = 132
MEAN_WIDTH = 108
TRUTH = "Truth"


class CellGrid(QScrollArea):
    """All cells; built anew only when the plan changes, else filled in as they come."""

    cell_chosen = Signal(object)  # SeenCell
    side_by_side_requested = Signal(str)  # the capture's name

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its cells have the keys
        self._themes = themes
        self._shape: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        self.cards: dict[tuple[str, str], CellCard] = {}
        self.buttons: dict[str, QPushButton] = {}
        self._truths: dict[str, CellCard] = {}
        self._means: list[QLabel] = []
        self._notes = QLabel()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)

    def show_table(self, seen: SeenTable) -> None:
        """Show what is known now."""
        plan = seen.table.plan
        if self._shape != (plan.systems, plan.captures):
            self._shape = (plan.systems, plan.captures)
            self._build(seen)
        has_mean = len(seen.titles) > len(plan.captures)
        for row, system in zip(seen.rows, plan.systems, strict=True):
            for number, capture in enumerate(plan.captures):
                card = self.cards[capture, system]
                card.show_cell(seen.cells[capture, system], row.pairs[number], row.title)
        for name, card in self._truths.items():
            card.show_truth(seen.truths.get(name), name)
            can_turn = any(seen.cells[name, system].scene for system in plan.systems)
            self.buttons[name].setEnabled(can_turn)
        if has_mean:
            for label, row in zip(self._means, seen.rows, strict=True):
                label.setText(" / ".join(_marked(figure) for figure in row.pairs[-1]))
        self._notes.setText("\n".join(seen.notes))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the pictures the room there is."""
        super().resizeEvent(event)
        self._fit()

    def _build(self, seen: SeenTable) -> None:
        plan = seen.table.plan
        self.cards, self._truths, self.buttons, self._means = {}, {}, {}, []
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(Spacing.PAGE, Spacing.SECTION, Spacing.PAGE, Spacing.SECTION)
        column.setSpacing(Spacing.SECTION)
        grid = QGridLayout()
        grid.setHorizontalSpacing(Spacing.PANEL)
        grid.setVerticalSpacing(Spacing.PANEL)
        grid.setColumnMinimumWidth(0, TITLE_WIDTH)
        for number, capture in enumerate(plan.captures, 1):
            grid.addWidget(self._heading(capture), 0, number)
            self._truths[capture] = CellCard(self._themes)
            grid.addWidget(self._truths[capture], 1, number)
        grid.addWidget(_row_title(TRUTH, ""), 1, 0, Qt.AlignmentFlag.AlignTop)
        for number, system in enumerate(plan.systems, 2):
            title = system_title(system)
            grid.addWidget(_row_title(title, "PSNR / SSIM"), number, 0, Qt.AlignmentFlag.AlignTop)
            for place, capture in enumerate(plan.captures, 1):
                card = CellCard(self._themes)
                card.clicked.connect(lambda _=False, card=card: self._choose(card))
                self.cards[capture, system] = card
                grid.addWidget(card, number, place)
            if len(seen.titles) > len(plan.captures):
                self._add_mean(grid, number, len(plan.captures) + 1)
        grid.setColumnStretch(len(plan.captures) + 2, 1)
        column.addLayout(grid)
        self._notes = QLabel()
        self._notes.setWordWrap(True)
        self._notes.setProperty("role", "muted")
        self._notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self._notes)
        column.addStretch(1)
        self.setWidget(page)
        self._fit()

    def _heading(self, capture: str) -> QWidget:
        heading = QWidget()
        column = QVBoxLayout(heading)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Spacing.LABEL)
        name = ElidedLabel(capture)
        name.setProperty("role", "section")
        button = QPushButton("Side by side")
        button.setToolTip(f"Turn the systems on {capture} together, under one camera")
        button.clicked.connect(lambda: self.side_by_side_requested.emit(capture))
        self.buttons[capture] = button
        column.addWidget(name)
        column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        return heading

    def _add_mean(self, grid: QGridLayout, row: int, place: int) -> None:
        if row == 2:
            heading = QLabel("Mean")
            heading.setProperty("role", "section")
            grid.addWidget(heading, 0, place, Qt.AlignmentFlag.AlignTop)
        label = QLabel(MISSING)
        label.setTextFormat(Qt.TextFormat.RichText)
        label.setMinimumWidth(MEAN_WIDTH)
        self._means.append(label)
        grid.addWidget(label, row, place, Qt.AlignmentFlag.AlignVCenter)

    def _choose(self, card: CellCard) -> None:
        if card.cell is not None:
            self.cell_chosen.emit(card.cell)

    def _fit(self) -> None:
        _, captures = self._shape
        if not captures:
            return
        room = self.viewport().width() - 2 * Spacing.PAGE - TITLE_WIDTH
        if self._means:
            room -= MEAN_WIDTH + Spacing.PANEL
        side = room // len(captures) - Spacing.PANEL
        side = min(LARGEST_SIDE, max(SMALLEST_SIDE, side))
        for card in (*self.cards.values(), *self._truths.values()):
            card.set_side(side)


def _row_title(title: str, below: str) -> QWidget:
    widget = QWidget()
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(Spacing.LABEL)
    name = QLabel(title)
    name.setWordWrap(True)
    name.setProperty("role", "section")
    column.addWidget(name)
    if below:
        caption = QLabel(below)
        caption.setProperty("role", "caption")
        column.addWidget(caption)
    return widget


def _marked(figure: Figure) -> str:
    return f"<b>{figure.text}</b>" if figure.is_best else figure.text
