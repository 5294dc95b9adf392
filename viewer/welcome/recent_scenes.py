"""The recent scenes on the welcome page: a card each, with a picture."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from viewer.recent_files import RecentFiles, RecentScene, names_apart
from viewer.theme import CARD_RADIUS, Spacing, Theme, ThemeManager, interface_font
from viewer.theme.icons import icon
from viewer.theme.tokens import mixed

CARD_WIDTH = 188
CARD_STEP = CARD_WIDTH + Spacing.SECTION
CARD_TEXT_HEIGHT = 54
MAX_CARDS = 6
NOT_FOUND = "not found"


class Recents(QWidget):
    """The recent scenes as cards in up to three columns."""

    chosen = Signal(object)  # Path
    removed = Signal(object)  # Path

    def __init__(self, themes: ThemeManager, recent_files: RecentFiles) -> None:
        super().__init__()
        self._themes = themes
        self._recent_files = recent_files
        self._columns = 3
        self.cards: list[RecentCard] = []
        heading = QLabel("Recent")
        heading.setProperty("role", "section")
        self.empty = EmptyRecents()
        self._grid = QGridLayout()
        self._grid.setSpacing(Spacing.SECTION)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Spacing.PANEL)
        column.addWidget(heading)
        column.addWidget(self.empty)
        column.addLayout(self._grid)
        column.setAlignment(self._grid, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        self.show_scenes([])

    def show_scenes(self, scenes: Sequence[RecentScene]) -> None:
        """Show these, newest first."""
        for card in self.cards:
            self._grid.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = []
        for scene, name in zip(scenes[:MAX_CARDS], names_apart(scenes), strict=False):
            thumbnail = self._recent_files.thumbnail(scene.path)
            card = RecentCard(self._themes, scene, thumbnail, name)
            card.clicked.connect(lambda _=False, card=card: self._choose(card))
            card.removed.connect(self.removed)
            self.cards.append(card)
        self.empty.setVisible(not self.cards)
        self._place()

    def set_columns(self, columns: int) -> None:
        """Use so many columns."""
        if columns != self._columns:
            self._columns = columns
            self._place()

    def _place(self) -> None:
        for card in self.cards:
            self._grid.removeWidget(card)
        shown = min(len(self.cards), max(3, 2 * self._columns))
        for index, card in enumerate(self.cards):
            card.setVisible(index < shown)
            if index < shown:
                self._grid.addWidget(card, *divmod(index, self._columns))
        # As wide without cards as with them, so that the page does not move when the first comes.
        self.setFixedWidth(self._columns * CARD_STEP - Spacing.SECTION)

    def _choose(self, card: "RecentCard") -> None:
        if not card.missing:
            self.chosen.emit(card.scene.path)


class EmptyRecents(QFrame):
    """What is shown before anything was opened."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        text = QLabel("Scenes that you open appear here, with a picture, to be opened again.")
        text.setWordWrap(True)
        text.setProperty("role", "muted")
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(Spacing.PAGE, Spacing.PAGE, Spacing.PAGE, Spacing.PAGE)
        row.addWidget(text)
        self.setMinimumHeight(CARD_WIDTH)


class RecentCard(QAbstractButton):
    """A recent scene: its picture, name and a few words; marked where its file is gone."""

    removed = Signal(object)  # Path

    def __init__(
        self, themes: ThemeManager, scene: RecentScene, thumbnail: Path, name: str
    ) -> None:
        """Show a scene under a name that tells it from the others."""
        super().__init__()
        self._themes = themes
        self.scene = scene
        self.missing = not scene.path.exists()
        self._picture = QPixmap.fromImage(QImage(str(thumbnail)))
        self.setText(name)
        self.setToolTip(
            f"{scene.path}\nThe file is gone: remove it from this list, or put it back"
            if self.missing
            else str(scene.path)
        )
        self.setAccessibleName(f"Recent scene {scene.name}")
        self.setFixedSize(CARD_WIDTH, CARD_WIDTH + CARD_TEXT_HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        if not self.missing:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.remove_button = QToolButton(self)
        self.remove_button.setProperty("role", "quiet")
        self.remove_button.setToolTip("Remove from this list; the file itself stays (Delete)")
        self.remove_button.setAccessibleName(f"Remove {scene.name} from the list")
        self.remove_button.setIconSize(QSize(14, 14))
        self.remove_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.remove_button.clicked.connect(self._remove)
        self.remove_button.adjustSize()
        self.remove_button.move(
            CARD_WIDTH - self.remove_button.width() - 6, CARD_WIDTH + (CARD_TEXT_HEIGHT - 24) // 2
        )
        self.remove_button.setVisible(self.missing)
        themes.theme_changed.connect(self._restyle)
        self._restyle()

    def caption(self, measure: QFontMetrics, room: int) -> str:
        """The second line; the day is left out rather than cut where it does not fit."""
        if self.missing:
            return NOT_FOUND
        whole = ", ".join(filter(None, (self.scene.caption, day(self.scene.opened))))
        return whole if measure.horizontalAdvance(whole) <= room else self.scene.caption

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens it, Delete forgets it."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() == Qt.Key.Key_Delete:
            self._remove()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to open or to forget it."""
        menu = self.context_menu()
        menu.popup(event.globalPos() if not event.globalPos().isNull() else self._corner())

    def context_menu(self) -> QMenu:
        """The menu of the right button."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        opening = menu.addAction("Open")
        opening.setEnabled(not self.missing)
        opening.triggered.connect(self.click)
        menu.addAction("Remove from this list").triggered.connect(self._remove)
        return menu

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card."""
        theme = self._themes.theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            paint_card(painter, self, theme)
            self._paint_picture(painter)
            left = Spacing.PANEL
            room = CARD_WIDTH - 2 * left - (20 if self.missing else 0)
            small = interface_font(12)
            caption = self.caption(QFontMetrics(small), room)
            for text, font, color, top in (
                (self.text(), interface_font(bold=True), theme.text, 8),
                (caption, small, theme.red if self.missing else theme.muted, 28),
            ):
                painter.setFont(font)
                painter.setPen(QColor(color))
                line = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
                box = QRectF(left, CARD_WIDTH + top, room, 18)
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, line)

    def _paint_picture(self, painter: QPainter) -> None:
        theme = self._themes.theme
        area = QRectF(1, 1, CARD_WIDTH - 2, CARD_WIDTH - 1)
        rounded = QPainterPath()
        rounded.setFillRule(Qt.FillRule.WindingFill)
        rounded.addRoundedRect(area, CARD_RADIUS - 1, CARD_RADIUS - 1)
        rounded.addRect(area.adjusted(0, CARD_RADIUS, 0, 0))  # only the upper corners are round
        painter.save()
        painter.setClipPath(rounded)
        painter.fillRect(area, QColor(theme.viewport))
        if self._picture.isNull() or self.missing:
            name = "file-question-outline" if self.missing else "cube-outline"
            middle = QRectF(0, 0, 48, 48)
            middle.moveCenter(area.center())
            icon(name, theme, "faint").paint(painter, middle.toRect())
        else:
            painter.drawPixmap(area, self._picture, QRectF(self._picture.rect()))
        painter.restore()

    def _corner(self) -> QPoint:
        return self.mapToGlobal(self.rect().center())

    def _remove(self) -> None:
        self.removed.emit(self.scene.path)

    def _restyle(self) -> None:
        self.remove_button.setIcon(icon("close", self._themes.theme))
        self.update()


def day(seconds: float, now: datetime | None = None) -> str:
    """When something was, e.g. "today 14:02", "yesterday", "3 May"; empty if it makes no sense."""
    now = now or datetime.now()
    try:
        then = datetime.fromtimestamp(seconds)
    except (OverflowError, OSError, ValueError):
        return ""
    days = (now.date() - then.date()).days
    if days == 0:
        return f"today {then:%H:%M}"
    if days == 1:
        return "yesterday"
    return f"{then.day} {then:%b}" + (f" {then.year}" if then.year != now.year else "")


def paint_card(
    painter: QPainter, card: QAbstractButton, theme: Theme, primary: bool = False
) -> None:
    """The surface and outline of a card, in the colours of its state."""
    surface, outline = theme.panel, theme.line
    if card.isEnabled():
        if card.isDown():
            surface = theme.background
        elif card.underMouse():
            surface = mixed(theme.panel, theme.raised, 0.7)
            outline = mixed(theme.line, theme.accent, 0.5)
        if card.hasFocus():
            outline = theme.accent
        elif primary:  # paler than the focus, which is to be told from it
            outline = mixed(theme.line, theme.accent, 0.5)
    width = 2.0 if card.hasFocus() else 1.0
    painter.setPen(QPen(QColor(outline), width))
    painter.setBrush(QColor(surface))
    box = QRectF(card.rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2)
    painter.drawRoundedRect(box, CARD_RADIUS, CARD_RADIUS)
