"""What panels are made of: what they may use, and sections in a column that scrolls."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from viewer.state.rectangle_request import RectangleRequest
from viewer.state.scene_edits import SceneEdits
from viewer.state.selection import Selection
from viewer.state.shortcut_keys import ShortcutKeys
from viewer.state.viewer_state import ViewerState
from viewer.theme import Spacing, ThemeManager
from viewer.workers.comparison.comparison import Comparison
from viewer.workers.paths.path_tools import PathTools
from viewer.workers.rendering.renderer_stack import RendererFactory
from viewer.workers.runs.run_link import RunLink
from viewer.workers.trust.trust_finder import TrustFinder

PANEL_WIDTH = 372  # six tabs side by side


@dataclass(frozen=True)
class PanelContext:
    """What a panel may use.

    Attributes:
        state: what the window shows.
        selection: what is pointed at and chosen.
        edits: what the scene is rendered under.
        rectangle_request: asks for a rectangle of the picture.
        themes: the colours.
        show_info: shows a line that fades.
        show_error: shows a line that stays.
        ask_where_to_save: asks for a file, given a proposed name and a name filter, and calls the
            third argument with its path.
        training: the watched training run.
        comparison: what the open scene is compared with.
        paths: what works on the camera path.
        trust: finds out how far views can be trusted.
        create_renderer: makes renderers of scenes.
        keys: of the window's actions.
    """

    state: ViewerState
    selection: Selection
    edits: SceneEdits
    rectangle_request: RectangleRequest
    themes: ThemeManager
    show_info: Callable[[str], object]
    show_error: Callable[[str], object]
    ask_where_to_save: Callable[[str, str, Callable[[Path], object]], object]
    training: RunLink
    comparison: Comparison
    paths: PathTools
    trust: TrustFinder
    create_renderer: RendererFactory
    keys: ShortcutKeys


class Panel(QScrollArea):
    """A column of sections that scrolls."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__()
        self.context = context
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what stands in it has the keys
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
        """The first width of a dock."""
        return QSize(PANEL_WIDTH, 480)

    def set_in_view(self, in_view: bool) -> None:
        """Called when the panel comes into view or goes out of it; a tab behind others is out.

        The dock calls it: Qt counts a tab that lies behind others as visible.
        """

    def show_content(self, shown: bool) -> None:
        """Show the sections, or an empty panel."""
        self._content.setVisible(shown)

    def add_section(self, section: "Section") -> None:
        """Put a section below the others."""
        if self._column.count() > 1:
            section.separator = QFrame()
            section.separator.setProperty("role", "line")
            self._column.insertWidget(self._column.count() - 1, section.separator)
            if section.is_hidden:
                section.separator.hide()
        self._column.insertWidget(self._column.count() - 1, section)


class Section(QWidget):
    """A title, a remark at its right, and a column of widgets.

    Attributes:
        separator: the line above it, if any; hidden with it, so that two never meet.
        is_hidden: whether somebody hid it.
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        self.separator: QFrame | None = None
        self.is_hidden = False
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(Spacing.PANEL, Spacing.PANEL, Spacing.PANEL, Spacing.PANEL)
        self.column.setSpacing(Spacing.CONTROL)
        heading = QHBoxLayout()
        self._title = QLabel(title)
        self._title.setProperty("role", "section")
        self._remark = QLabel()
        self._remark.setProperty("role", "caption")
        heading.addWidget(self._title)
        heading.addStretch(1)
        heading.addWidget(self._remark)
        self._heading = heading
        self.column.addLayout(heading)

    def set_corner(self, widget: QWidget) -> None:
        """Put a small widget at the right of the title."""
        self._heading.addWidget(widget)

    def setVisible(self, visible: bool) -> None:
        """Show or hide the line above it too."""
        super().setVisible(visible)
        self.is_hidden = not visible
        if self.separator is not None:
            self.separator.setVisible(visible)

    def set_title(self, text: str) -> None:
        """Set the title."""
        if text != self._title.text():
            self._title.setText(text)

    def set_remark(self, text: str) -> None:
        """Set the text at the right of the title."""
        if text != self._remark.text():
            self._remark.setText(text)
