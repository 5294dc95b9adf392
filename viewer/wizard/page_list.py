"""The list of pages at the wizard's left: the present one, those done, those reachable."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QSizePolicy, QVBoxLayout

from viewer.theme import Spacing, ThemeManager, interface_font
from viewer.theme.icons import icon
from viewer.wizard.plan import Page

ROW_HEIGHT = 36
BAR_WIDTH = 3
TEXT_LEFT = 42
SIGN_SIDE = 16


class PageList(QFrame):
    """A row a page; a click goes there."""

    chosen = Signal(object)  # Page

    def __init__(self, themes: ThemeManager, pages: Sequence[Page]) -> None:
        super().__init__()
        self.setObjectName("wizardPages")
        self.setProperty("role", "bar")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, Spacing.PAGE - 4, 0, Spacing.PANEL)
        column.setSpacing(0)
        self.rows: dict[Page, PageRow] = {}
        for page in pages:
            row = PageRow(themes, page.title)
            row.clicked.connect(lambda _=False, page=page: self.chosen.emit(page))
            column.addWidget(row)
            self.rows[page] = row
        column.addStretch(1)

    def show_pages(self, present: Page, reachable: set[Page], done: set[Page]) -> None:
        """Show the present page, the reachable ones and those that are done."""
        for page, row in self.rows.items():
            row.show_state(page is present, page in done)
            row.setEnabled(page in reachable)
            there = f"Go to “{page.title}”"
            row.setToolTip(there if page in reachable else "Complete the pages before it first")


class PageRow(QAbstractButton):
    """A page's title, a tick if it is done, a bar if it is the present one."""

    def __init__(self, themes: ThemeManager, title: str) -> None:
        super().__init__()
        self._themes = themes
        self.is_present = False
        self.is_done = False
        self.setText(title)
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.theme_changed.connect(lambda: self.update())

    def show_state(self, present: bool, done: bool) -> None:
        """Show whether it is the present page, and whether it is done."""
        self.is_present, self.is_done = present, done
        self.setAccessibleDescription("done" if done else "")
        self.update()

    def sizeHint(self) -> QSize:
        """A row of the list."""
        return QSize(160, ROW_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the row."""
        theme = self._themes.theme
        with QPainter(self) as painter:
            hovered = self.underMouse() and self.isEnabled()
            if self.is_present or hovered:
                painter.fillRect(self.rect(), QColor(theme.raised))
            if self.is_present:
                painter.fillRect(0, 0, BAR_WIDTH, self.height(), QColor(theme.accent))
            if self.hasFocus():
                painter.setPen(QColor(theme.accent))
                painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
            if self.is_done:
                top = (self.height() - SIGN_SIDE) // 2
                mark = icon("check", theme, "accent")
                painter.drawPixmap(18, top, mark.pixmap(SIGN_SIDE, SIGN_SIDE))
            color = theme.text if self.is_present else theme.muted
            painter.setPen(QColor(color if self.isEnabled() else theme.faint))
            painter.setFont(interface_font(bold=self.is_present))
            box = QRectF(TEXT_LEFT, 0, self.width() - TEXT_LEFT - Spacing.CONTROL, self.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self.text())
