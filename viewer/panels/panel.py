"""What panels are made of: their context, sections, and tables of facts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from viewer.state.rectangle_request import Marking
from viewer.state.scene_edits import Edits
from viewer.state.selection import Selection
from viewer.state.viewer_state import ViewerState
from viewer.theme import Space, ThemeManager, interface_font, tabular
from viewer.theme.icons import icon
from viewer.workers.comparison.comparison import Comparison
from viewer.workers.paths.path_tools import PathTools
from viewer.workers.runs.run_link import TrainingLink

LABEL_WIDTH = 108  # one column of labels through all sections
PANEL_WIDTH = 372  # six tabs side by side


@dataclass(frozen=True)
class PanelContext:
    """What a panel may know.

    Attributes:
        state: what the window shows.
        selection: what is pointed at and picked.
        edits: what the scene is rendered under.
        marking: asks for a rectangle of the picture.
        themes: the colours.
        say: shows a line that fades.
        warn: shows a line that stays.
        ask_where_to_save: given a proposed name and a name filter, asks for a file and hands it on.
        training: the watched training run.
        comparison: what the open scene is compared with.
        paths: what works on the camera path.
    """

    state: ViewerState
    selection: Selection
    edits: Edits
    marking: Marking
    themes: ThemeManager
    say: Callable[[str], object]
    warn: Callable[[str], object]
    ask_where_to_save: Callable[[str, str, Callable[[Path], object]], object]
    training: TrainingLink
    comparison: Comparison
    paths: PathTools


@dataclass(frozen=True)
class Fact:
    """A line of a table.

    Attributes:
        label: what it is.
        value: with its unit.
        tip: more about it, for the tool tip.
        wraps: whether a long value takes several lines; else it is elided in its middle.
    """

    label: str
    value: str
    tip: str = ""
    wraps: bool = False


class Panel(QScrollArea):
    """A column of sections that scrolls."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__()
        self.context = context
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._content = QWidget()
        self._column = QVBoxLayout(self._content)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self.setWidget(self._content)
        self.setMinimumWidth(260)

    def sizeHint(self) -> QSize:
        """As wide as a dock is at first."""
        return QSize(PANEL_WIDTH, 480)

    def set_shown(self, shown: bool) -> None:
        """Hear whether the panel came into view or went out of it; a tab behind others is out.

        The dock says so: Qt counts a tab that lies behind others as visible.
        """

    def add_section(self, section: "Section") -> None:
        """Put a section below the others."""
        if self._column.count() > 1:
            line = QFrame()
            line.setProperty("role", "line")
            self._column.insertWidget(self._column.count() - 1, line)
        self._column.insertWidget(self._column.count() - 1, section)


class Section(QWidget):
    """A title, a remark at its right, and a column of widgets."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(Space.PANEL, Space.PANEL, Space.PANEL, Space.PANEL)
        self.column.setSpacing(Space.CONTROL)
        heading = QHBoxLayout()
        self._title = QLabel(title)
        self._title.setProperty("role", "section")
        self._remark = QLabel()
        self._remark.setProperty("role", "caption")
        heading.addWidget(self._title)
        heading.addStretch(1)
        heading.addWidget(self._remark)
        self.column.addLayout(heading)

    def set_title(self, text: str) -> None:
        """Write another title."""
        if text != self._title.text():
            self._title.setText(text)

    def set_remark(self, text: str) -> None:
        """Write at the right of the title."""
        if text != self._remark.text():
            self._remark.setText(text)


class ElidedLabel(QLabel):
    """One line that is elided in its middle where it does not fit; the tool tip has it all."""

    def __init__(
        self, text: str = "", elide: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle
    ) -> None:
        super().__init__(text)
        self._elide = elide
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        """May be as narrow as it must."""
        return QSize(0, super().minimumSizeHint().height())

    @property
    def is_elided(self) -> bool:
        """Whether some of the text does not fit."""
        return self.fontMetrics().horizontalAdvance(self.text()) > self.width()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Write the text, elided where it must be."""
        if not self.is_elided:
            super().paintEvent(event)
            return
        with QPainter(self) as painter:
            painter.setPen(self.palette().color(self.foregroundRole()))
            text = self.fontMetrics().elidedText(self.text(), self._elide, self.width())
            painter.drawText(self.rect(), self.alignment(), text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the whole text as a tool tip where it is elided."""
        super().resizeEvent(event)
        if self.is_elided and not self.toolTip():
            self.setToolTip(self.text())


class FactTable(QWidget):
    """Labels at the left in one column, values at the right; rows are kept when values change."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(Space.CONTROL)
        self._grid.setVerticalSpacing(Space.LABEL)
        self._grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        self._grid.setColumnStretch(1, 1)
        self._rows: list[tuple[QLabel, QLabel]] = []
        self._facts: tuple[Fact, ...] = ()
        self._font = tabular(interface_font())

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What it shows."""
        return self._facts

    def set_facts(self, facts: Sequence[Fact]) -> None:
        """Show these; rows whose labels stay are only rewritten."""
        facts = tuple(facts)
        shape = [(fact.label, fact.wraps) for fact in facts]
        if shape != [(fact.label, fact.wraps) for fact in self._facts]:
            self._rebuild(facts)
        for (label, value), fact in zip(self._rows, facts, strict=True):
            if value.text() != fact.value:
                value.setText(fact.value)
            tip = fact.tip
            if isinstance(value, ElidedLabel) and (value.is_elided or not tip):
                tip = f"{fact.value}\n{tip}".strip() if value.is_elided else tip
            value.setToolTip(tip)
            label.setToolTip(fact.tip)
        self._facts = facts

    def _rebuild(self, facts: tuple[Fact, ...]) -> None:
        for row in self._rows:
            for widget in row:
                self._grid.removeWidget(widget)
                widget.hide()
                widget.deleteLater()
        self._rows = []
        for index, fact in enumerate(facts):
            label = QLabel(fact.label)
            label.setProperty("role", "muted")
            label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            value = QLabel() if fact.wraps else ElidedLabel()
            value.setWordWrap(fact.wraps)
            value.setFont(self._font)
            value.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
            value.setTextFormat(Qt.TextFormat.PlainText)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setAccessibleName(fact.label)
            self._grid.addWidget(label, index, 0)
            self._grid.addWidget(value, index, 1)
            self._rows.append((label, value))


class IconButton(QToolButton):
    """A quiet button with an icon that follows the theme."""

    def __init__(self, themes: ThemeManager, icon_name: str, tip: str, text: str = "") -> None:
        super().__init__()
        self._themes = themes
        self._icon_name = icon_name
        self.setToolTip(tip)
        self.setAccessibleName(text or tip.split(":")[0])
        if text:
            self.setText(text)
            self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        else:
            self.setProperty("role", "quiet")
        self.setIconSize(QSize(16, 16))
        themes.theme_changed.connect(self._show_icon)
        self._show_icon()

    def set_icon(self, name: str) -> None:
        """Show another icon."""
        self._icon_name = name
        self._show_icon()

    def _show_icon(self) -> None:
        color = "text" if self.text() else "muted"
        self.setIcon(icon(self._icon_name, self._themes.theme, color))
