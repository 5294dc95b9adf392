"""The welcome page: open a scene, train one, or go on with a recent one."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QGridLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from viewer.recent_files import RecentFiles, RecentScene
from viewer.state.key_tips import add_keys_to_tip, follow_keys
from viewer.state.shortcut_keys import ShortcutKeys
from viewer.theme import CORNER_RADIUS, Spacing, ThemeManager, interface_font
from viewer.theme.icons import icon
from viewer.welcome.recent_scenes import CARD_STEP, Recents, paint_card

CHOICES_WIDTH = 380
DWELL_MS = 80
"""A mouse that crosses a card leaves it sooner."""


class WelcomePage(QScrollArea):
    """What one can do, at the left, and what one did, at the right."""

    scene_expected = Signal()  # the mouse rests on what opens one
    open_requested = Signal()
    train_requested = Signal()
    sample_requested = Signal()
    scene_requested = Signal(object)  # Path of a recent scene
    removal_requested = Signal(object)  # Path of a recent scene to forget

    def __init__(
        self,
        themes: ThemeManager,
        recent_files: RecentFiles,
        keys: ShortcutKeys,
        sample_details: str = "",  # '' where the program comes without a sample scene
    ) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its cards have the keys
        self._themes = themes
        self.setObjectName("welcome")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.open_card = ChoiceCard(
            themes,
            "folder-open-outline",
            "Open a scene…",
            "",
            "Open a trained scene from a file",
            primary=True,
        )
        self.train_card = ChoiceCard(
            themes,
            "creation-outline",
            "Train a scene…",
            "",
            "Train a scene from your own pictures",
        )
        self.sample_card = ChoiceCard(
            themes,
            "cube-outline",
            "Sample scene",
            sample_details,
            "Open the scene that comes with the program",
        )
        self.sample_card.setVisible(bool(sample_details))
        for card, action, details in (
            (self.open_card, "open", ".dvox, or the authors' .pth"),
            (self.train_card, "new_training", "photos, video, COLMAP, transforms.json"),
        ):
            add_keys_to_tip(card, keys, action)
            follow_keys(card, keys, action, partial(_show_details, card, details))
        self.open_card.clicked.connect(self.open_requested)
        self.train_card.clicked.connect(self.train_requested)
        self.sample_card.clicked.connect(self.sample_requested)
        self.recents = Recents(themes, recent_files)
        self.recents.chosen.connect(self.scene_requested)
        self.recents.removed.connect(self.removal_requested)
        self._former = QVBoxLayout()
        self._build()
        self._dwell = QTimer(self, singleShot=True, interval=DWELL_MS)
        self._dwell.timeout.connect(self.scene_expected)
        self._openers = (self.open_card, self.sample_card, self.recents)
        for widget in self._openers:
            widget.installEventFilter(self)

    def show_recents(self, scenes: Sequence[RecentScene]) -> None:
        """Show these as cards."""
        self.recents.show_scenes(scenes)

    def add_above_recents(self, widget: QWidget) -> None:
        """Put something above the recent scenes."""
        self._former.insertWidget(0, widget)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note what the mouse rests on: it will be clicked soon.

        A scroll area watches its contents too, which are all of the page.
        """
        if event.type() == QEvent.Type.Enter and watched in self._openers:
            if watched is not self.recents or self.recents.cards:
                self._dwell.start()
        elif event.type() == QEvent.Type.Leave:
            self._dwell.stop()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the recent scenes as many columns as there is room for."""
        super().resizeEvent(event)
        room = self.viewport().width() - CHOICES_WIDTH - 2 * Spacing.PAGE - self._gap
        self.recents.set_columns(max(1, min(3, (room + Spacing.SECTION) // CARD_STEP)))

    @property
    def _gap(self) -> int:
        return 64 if self.viewport().width() >= 1200 else 40

    def _build(self) -> None:
        title = QLabel("Novel views,\nand what the network believes")
        title.setWordWrap(True)
        title.setFont(interface_font(26, bold=True))
        remark = QLabel(
            "Open a trained scene and turn it with the mouse, or train one from your own pictures."
        )
        remark.setWordWrap(True)
        remark.setProperty("role", "muted")
        hint = QLabel("…or drop a file anywhere in this window")
        hint.setProperty("role", "muted")
        choices = QWidget()
        choices.setFixedWidth(CHOICES_WIDTH)
        column = QVBoxLayout(choices)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Spacing.PANEL)
        column.addWidget(title)
        column.addWidget(remark)
        column.addSpacing(Spacing.LABEL)
        for card in (self.open_card, self.train_card, self.sample_card):
            column.addWidget(card)
        column.addWidget(hint)
        column.addStretch(1)
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(Spacing.PAGE, Spacing.PAGE, Spacing.PAGE, Spacing.PAGE)
        grid.setColumnStretch(0, 1)
        grid.setColumnMinimumWidth(2, 40)
        grid.setColumnStretch(4, 1)
        grid.setRowStretch(0, 2)
        grid.setRowStretch(2, 3)  # a little above the middle, where the eye looks first
        grid.setHorizontalSpacing(0)
        grid.addWidget(choices, 1, 1, Qt.AlignmentFlag.AlignTop)
        self._former.setSpacing(0)
        self._former.addWidget(self.recents)
        self._former.addStretch(1)
        grid.addLayout(self._former, 1, 3, Qt.AlignmentFlag.AlignTop)
        self.setWidget(page)


def _show_details(card: "ChoiceCard", details: str, keys: str) -> None:
    card.set_details(" · ".join(filter(None, (details, keys))))


class ChoiceCard(QAbstractButton):
    """A large button: an icon, a title and a line about it."""

    def __init__(
        self,
        themes: ThemeManager,
        icon_name: str,
        title: str,
        details: str,
        tip: str,
        primary: bool = False,
    ) -> None:
        super().__init__()
        self._primary = primary
        self._themes = themes
        self._icon_name = icon_name
        self._details = details
        self.setText(title)
        self.setToolTip(tip)
        self.setAccessibleName(title)
        self.setAccessibleDescription(details)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.theme_changed.connect(lambda: self.update())

    def sizeHint(self) -> QSize:
        """As wide as the column."""
        return QSize(CHOICES_WIDTH, 66)

    def set_details(self, text: str) -> None:
        """Write another line below the title."""
        self._details = text
        self.setAccessibleDescription(text)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses it too."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card."""
        theme = self._themes.theme
        enabled = self.isEnabled()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_card(painter, self, theme, self._primary)
            square = QRectF(16, (self.height() - 36) / 2, 36, 36)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.raised))
            painter.drawRoundedRect(square, CORNER_RADIUS, CORNER_RADIUS)
            picture = icon(self._icon_name, theme, "accent" if enabled else "faint")
            picture.paint(painter, square.adjusted(8, 8, -8, -8).toRect())
            left, width = 68, self.width() - 68 - Spacing.PANEL
            painter.setPen(QColor(theme.text if enabled else theme.muted))
            painter.setFont(interface_font(14, bold=True))
            box = QRectF(left, 12, width, 20)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self.text())
            painter.setPen(QColor(theme.muted))
            painter.setFont(interface_font(12))
            details = painter.fontMetrics().elidedText(
                self._details, Qt.TextElideMode.ElideRight, width
            )
            painter.drawText(QRectF(left, 34, width, 18), Qt.AlignmentFlag.AlignVCenter, details)
