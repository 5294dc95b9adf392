"""One-line messages in the window's lower right corner: errors stay, information fades."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPropertyAnimation, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import (
    QGraphicsOpacityEffect,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from viewer.theme import Spacing, ThemeManager
from viewer.theme.icons import icon
from viewer.widgets.notice import NoticeCard

INFO_MS = 5000
MAX_SHOWN = 3
WIDEST = 640  # pixels


class Notifications(QWidget):
    """A stack of messages over the lower right corner of its parent."""

    def __init__(self, themes: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self._themes = themes
        self._messages: list[Message] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(Spacing.CONTROL)
        parent.installEventFilter(self)
        self.hide()

    @property
    def messages(self) -> list["Message"]:
        """What is shown, oldest first."""
        return list(self._messages)

    def show_error(self, text: str, topic: str = "") -> "Message":
        """Show a line that stays until it is dismissed, or one of its topic takes its place."""
        return self._show(text, is_error=True, topic=topic)

    def show_info(
        self,
        text: str,
        action: str = "",
        run: Callable[[], object] | None = None,
        topic: str = "",
    ) -> "Message":
        """Show a line that fades.

        Args:
            text: the line.
            action: what a button for `run` says, if there is one.
            run: what it does.
            topic: a new line of the same topic takes the place of the old one.
        """
        return self._show(text, is_error=False, action=action, run=run, topic=topic)

    def dismiss_newest(self) -> bool:
        """Dismiss the newest message; False if there is none."""
        messages = self.messages
        if messages:
            self._remove(messages[-1])
        return bool(messages)

    def clear(self) -> None:
        """Dismiss all."""
        for message in self.messages:
            self._remove(message)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner of the parent."""
        if watched is self._parent and event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _show(
        self,
        text: str,
        *,
        is_error: bool,
        action: str = "",
        run: Callable[[], object] | None = None,
        topic: str = "",
    ) -> "Message":
        text = " ".join(text.split())
        for message in self.messages:
            # A repeated message moves to the newest place, with new time to read it.
            if message.text == text or (topic and message.topic == topic):
                self._remove(message)
        while len(self.messages) >= MAX_SHOWN:
            infos = [message for message in self.messages if not message.is_error]
            self._remove((infos or self.messages)[0])
        message = Message(text, is_error, self._themes, action)
        message.topic = topic
        message.dismissed.connect(lambda: self._remove(message))
        if run:
            message.acted.connect(run)
            message.acted.connect(lambda: self._remove(message))
        self._column.addWidget(message)
        self._messages.append(message)
        self.show()
        self.raise_()
        self._place()
        return message

    def _remove(self, message: "Message") -> None:
        if message not in self._messages:
            return  # its time ran out while it was being dismissed
        message.stop()
        self._messages.remove(message)
        self._column.removeWidget(message)
        message.hide()
        message.deleteLater()
        self.setVisible(bool(self.messages))
        self._place()

    def _place(self) -> None:
        parent = self._parent
        width = min(WIDEST, parent.width() - 2 * Spacing.PANEL)
        self._column.activate()
        height = sum(message.heightForWidth(width) for message in self.messages)
        height += Spacing.CONTROL * max(0, len(self.messages) - 1)
        self.setGeometry(
            parent.width() - width - Spacing.PANEL,  # the HUD is at the left
            parent.height() - height - Spacing.PANEL,
            width,
            height,
        )


class Message(NoticeCard):
    """One line with an icon, perhaps a button, and a cross."""

    dismissed = Signal()
    acted = Signal()

    def __init__(self, text: str, is_error: bool, themes: ThemeManager, action: str = "") -> None:
        self.close_button = QToolButton()
        super().__init__(themes, "red" if is_error else "accent")
        self.topic = ""
        self.is_error = is_error
        self.set_text(text)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.close_button.setProperty("role", "quiet")
        self.close_button.setToolTip("Dismiss (Esc)")
        self.close_button.setAccessibleName("Dismiss")
        self.close_button.setIconSize(QSize(16, 16))
        self.close_button.clicked.connect(self.dismissed)
        self._row.setAlignment(self._icon, Qt.AlignmentFlag.AlignVCenter)
        if action:
            button = QPushButton(action)
            button.clicked.connect(self.acted)
            self._row.addWidget(button)
        self._row.addWidget(self.close_button)
        self._fade: QPropertyAnimation | None = None
        self._timer = QTimer(self, singleShot=True, interval=INFO_MS)
        self._timer.timeout.connect(self._fade_out)
        if not is_error:
            self._timer.start()

    def stop(self) -> None:
        """Stop timer and animation."""
        self._timer.stop()
        if self._fade:
            self._fade.stop()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Do not fade under the mouse."""
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Start the time to fade again."""
        if not self.is_error and not self._fade:
            self._timer.start()
        super().leaveEvent(event)

    def _fade_out(self) -> None:
        if not self._themes.motion_ms:
            self.dismissed.emit()
            return
        effect = QGraphicsOpacityEffect(self)
        self.setGraphicsEffect(effect)
        self._fade = QPropertyAnimation(effect, b"opacity", self)
        self._fade.setDuration(self._themes.motion_ms)
        self._fade.setStartValue(1.0)
        self._fade.setEndValue(0.0)
        self._fade.finished.connect(self.dismissed)
        self._fade.start()

    def _restyle(self) -> None:
        super()._restyle()
        self.close_button.setIcon(icon("close", self._themes.theme))
