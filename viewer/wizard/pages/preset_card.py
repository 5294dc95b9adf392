"""A preset as a card: what it gives, its purpose, its sizes, and its cost on this machine."""

from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from dvox_core.training.estimates.trial_steps import Measurement
from dvox_core.training.presets import Preset
from viewer.text.units import count, duration, memory_size
from viewer.theme import CARD_RADIUS, Spacing, ThemeManager, interface_font, tabular
from viewer.theme.tokens import mixed

PICTURES = Path(__file__).resolve().parents[3] / "assets" / "presets"
"""One of a test view of the sample as each preset trains it, named after the preset."""

PICTURE_TOP, PICTURE_HEIGHT = 40, 172
PURPOSE_HEIGHT = 62  # four lines: beside each other in the smallest window
HEIGHT = 418
LINE = 18
WRAP = Qt.TextFlag.TextWordWrap
TOP = Qt.AlignmentFlag.AlignTop


class PresetCard(QAbstractButton):
    """Chosen by click, Space or Enter; greyed with the reason where it does not fit."""

    def __init__(self, themes: ThemeManager, preset: Preset) -> None:
        super().__init__()
        self._themes = themes
        self.preset = preset
        self.picture = QPixmap(str(PICTURES / f"{preset.name}.webp"))  # null where there is none
        self._cost: Measurement | None = None
        self._measuring = False
        self.setText(preset.name.capitalize())
        self.setCheckable(True)
        self.setAccessibleName(self.text())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.theme_changed.connect(lambda: self.update())
        self.show_cost(None, False)

    @property
    def reason(self) -> str:
        """Why it cannot be chosen; or ""."""
        return self._cost.problem if self._cost else ""

    def show_cost(self, cost: Measurement | None, measuring: bool) -> None:
        """Show the known cost, and whether it is being measured."""
        self._cost, self._measuring = cost, measuring
        self.setEnabled(cost is None or cost.fits)
        self.setAccessibleDescription("; ".join([self.preset.purpose, *self.lines, self.time]))
        self.setToolTip(self.reason.capitalize() or f"Train with “{self.preset.name}”")
        self.update()

    @property
    def lines(self) -> list[str]:
        """Its sizes, and what it needs."""
        model, cost = self.preset.model, self._cost
        lines = [
            f"{model.image_size} × {model.image_size} px",
            f"{model.grid_size}³ voxels × {model.features}",
        ]
        if cost is not None:
            lines.append(f"{cost.parameters / 1e6:.1f} M parameters")
            lines.append(f"{memory_size(cost.memory_bytes)} of memory")
        return lines

    @property
    def time(self) -> str:
        """How long it takes here, or that this is being measured."""
        if self._cost is not None and self._cost.problem:
            return "does not fit"
        if self._cost is None or (self._measuring and not self._cost.is_measured):
            return "measuring…" if self._measuring else "time unknown"
        seconds = self._cost.step_seconds * self.preset.training.steps
        word = "about" if self._cost.is_measured else "perhaps"
        return f"{word} {duration(seconds)}"

    def sizeHint(self) -> QSize:
        """Four beside each other."""
        return QSize(186, HEIGHT)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter chooses it too; on the chosen one it goes on, as everywhere in the wizard."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self.isChecked():
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card."""
        theme, enabled = self._themes.theme, self.isEnabled()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            chosen = self.isChecked() and enabled
            ground = mixed(theme.panel, theme.accent, 0.12) if chosen else theme.panel
            if self.underMouse() and enabled and not chosen:
                ground = theme.raised
            border = theme.accent if chosen or self.hasFocus() else theme.line
            painter.setBrush(QColor(ground))
            painter.setPen(QPen(QColor(border), 2 if chosen else 1))
            frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
            painter.drawRoundedRect(frame, CARD_RADIUS, CARD_RADIUS)
            text, muted = theme.text if enabled else theme.faint, theme.muted
            left, width = Spacing.PANEL + 2, self.width() - 2 * Spacing.PANEL - 4
            painter.setPen(QColor(text))
            painter.setFont(interface_font(15, bold=True))
            painter.drawText(QRectF(left, 12, width, 22), TOP, self.text())
            painter.setFont(interface_font(12))
            painter.setPen(QColor(muted if enabled else theme.faint))
            self._paint_picture(painter, QRectF(left, PICTURE_TOP, width, PICTURE_HEIGHT))
            y = PICTURE_TOP + PICTURE_HEIGHT + 8
            painter.drawText(
                QRectF(left, y, width, PURPOSE_HEIGHT), int(TOP | WRAP), self.preset.purpose
            )
            painter.setFont(tabular(interface_font(12)))
            y += PURPOSE_HEIGHT + 8
            for line in self.lines:
                painter.drawText(QRectF(left, y, width, LINE), TOP, line)
                y += LINE
            if self.reason:
                painter.setPen(QColor(theme.red))
                painter.setFont(interface_font(11))
                room = QRectF(left, y + 2, width, self.height() - y - 8)
                painter.drawText(room, int(TOP | WRAP), self.reason)
                return
            painter.setPen(QColor(text))
            painter.setFont(tabular(interface_font(15, bold=True)))
            painter.drawText(QRectF(left, self.height() - 50, width, 22), TOP, self.time)
            painter.setPen(QColor(muted))
            painter.setFont(interface_font(11))
            steps = f"for {count(self.preset.training.steps)} steps"
            painter.drawText(QRectF(left, self.height() - 28, width, 16), TOP, steps)

    def _paint_picture(self, painter: QPainter, room: QRectF) -> None:
        """The picture fills the room, cut at its top and bottom; a frame where there is none."""
        outline = QPainterPath()
        outline.addRoundedRect(room, CARD_RADIUS - 2, CARD_RADIUS - 2)
        if self.picture.isNull():
            painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter | WRAP), "no picture")
            return
        painter.save()
        painter.setClipPath(outline)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setOpacity(1.0 if self.isEnabled() else 0.5)
        scale = max(room.width() / self.picture.width(), room.height() / self.picture.height())
        width, height = room.width() / scale, room.height() / scale
        left = (self.picture.width() - width) / 2
        top = (self.picture.height() - height) / 2
        painter.drawPixmap(room, self.picture, QRectF(left, top, width, height))
        painter.restore()
