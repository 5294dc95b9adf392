"""The card that shows how far the opening of a scene is, with Cancel."""

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsDropShadowEffect,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from viewer.state.viewer_state import ViewerState
from viewer.theme import Spacing
from viewer.workers.rendering.scene_session import SceneSession

DELAY_MS = 200  # what opens faster than this needs no card
WIDTH = 400
STEPS = 1000


class OpeningCard(QFrame):
    """In the middle of its parent; the former scene stays in sight and in use around it."""

    def __init__(self, parent: QWidget, state: ViewerState, session: SceneSession) -> None:
        super().__init__(parent)
        self._parent, self._session = parent, session
        self.setProperty("role", "card")
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(48)
        shadow.setOffset(0, 8)
        shadow.setColor(QColor(0, 0, 0, 160))
        self.setGraphicsEffect(shadow)
        self.setFixedWidth(WIDTH)
        self._title = QLabel()
        self._title.setProperty("role", "section")
        self._text = QLabel()
        self._text.setProperty("role", "muted")
        self.bar = QProgressBar()
        self.bar.setRange(0, STEPS)
        self.bar.setTextVisible(False)
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setToolTip("Give up opening; nothing else changes (Esc)")
        self.cancel_button.clicked.connect(self._cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(Spacing.PAGE, Spacing.SECTION, Spacing.PAGE, Spacing.SECTION)
        column.setSpacing(Spacing.PANEL)
        column.addWidget(self._title)
        column.addWidget(self.bar)
        row = QHBoxLayout()
        row.addWidget(self._text, 1)
        row.addWidget(self.cancel_button)
        column.addLayout(row)
        self._delay = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._delay.timeout.connect(self._appear)
        parent.installEventFilter(self)
        self.hide()
        session.opening_started.connect(self._begin)
        session.opening_progress.connect(self._show_progress)
        for ended in (
            session.opened,
            session.open_failed,
            session.opening_cancelled,
            session.intrinsics_missing,
            state.scene_changed,  # another scene was closed meanwhile, which cancels opening
        ):
            ended.connect(self._end)

    @property
    def text(self) -> str:
        """What is being done."""
        return self._text.text()

    def _begin(self, path: Path) -> None:
        """Show that `path` is being opened, unless it is done in a moment."""
        title = f"Opening {path.name}"
        self._title.setText(
            self.fontMetrics().elidedText(title, Qt.TextElideMode.ElideMiddle, WIDTH - 60)
        )
        self._title.setToolTip(str(path))
        self._text.setText("Starting…")
        self.cancel_button.setEnabled(True)
        self.bar.setValue(0)
        self._delay.start()

    def _show_progress(self, fraction: float, text: str) -> None:
        """Show how far it is, 0…1, and what is being done."""
        self.bar.setValue(round(STEPS * fraction))
        if self.cancel_button.isEnabled():
            line = f"{text}…" if text and not text.endswith("…") else text
            self._text.setText(
                self.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, WIDTH - 160)
            )

    def _end(self, *_: object) -> None:
        """Go away: the scene is open, or opening it failed."""
        self._delay.stop()
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the middle."""
        if watched is self._parent and event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _appear(self) -> None:
        self.adjustSize()
        self._place()
        self.show()
        self.raise_()

    def _place(self) -> None:
        room = self._parent.size() - self.size()
        self.move(room.width() // 2, room.height() // 2)

    def _cancel(self) -> None:
        self.cancel_button.setEnabled(False)
        self._text.setText("Cancelling…")
        self._session.cancel_opening()
