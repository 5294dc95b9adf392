"""The trust meter: how far the present view is from what the network was trained on."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.theme import CAPTION_PX, DARK, Theme, interface_font, mixed, tabular

FAR_DEGREES = 30.0
NEAR_DEGREES = 8.0
HEIGHT = 34


class TrustMeter(QWidget):
    """A bar from 0° to `FAR_DEGREES` and more, with a mark at the angle to the nearest view."""

    def __init__(self) -> None:
        super().__init__()
        self.setFont(tabular(interface_font(CAPTION_PX)))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            "How far the camera is turned from the nearest view of the capture: near one (left) "
            "the picture can be trusted, far from all (right) the network guesses"
        )
        self.degrees: float | None = None
        self.theme = DARK
        self.nearest = "a view of the capture"

    def show_angle(
        self, degrees: float | None, theme: Theme, nearest: str = "a view of the capture"
    ) -> None:
        """Show an angle, or none; at 0° stands what the nearest view is."""
        if (degrees, theme, nearest) != (self.degrees, self.theme, self.nearest):
            self.degrees, self.theme, self.nearest = degrees, theme, nearest
            angle = "unknown" if degrees is None else f"{degrees:.1f} degrees"
            self.setAccessibleName(f"Angle to the nearest view: {angle}")
            self.update()

    @property
    def color(self) -> str:
        """Green near a view, amber, red far from all."""
        return trust_color(self.degrees or 0.0, self.theme)

    def sizeHint(self) -> QSize:
        """A bar and a line of figures."""
        return QSize(200, HEIGHT)

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint bar, mark and ends."""
        bar = QRectF(1, 4, self.width() - 2, 8)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.theme.raised))
            painter.drawRoundedRect(bar, 4, 4)
            if self.degrees is not None:
                share = min(self.degrees / FAR_DEGREES, 1.0)
                filled = QRectF(bar)
                filled.setWidth(max(share * bar.width(), 8))
                painter.setBrush(QColor(self.color))
                painter.drawRoundedRect(filled, 4, 4)
            painter.setPen(QPen(QColor(self.theme.muted)))
            row = QRectF(0, 15, self.width(), HEIGHT - 15)
            painter.drawText(row, Qt.AlignmentFlag.AlignLeft, f"0°, {self.nearest}")
            end = f"{FAR_DEGREES:.0f}° and more, guessed"
            painter.drawText(row, Qt.AlignmentFlag.AlignRight, end)


def trust_color(degrees: float, theme: Theme) -> str:
    """Green near a view, amber, red far from all."""
    share = min(degrees / FAR_DEGREES, 1.0)
    near = NEAR_DEGREES / FAR_DEGREES
    if share <= near:
        return mixed(theme.green, theme.amber, share / near)
    return mixed(theme.amber, theme.red, (share - near) / (1 - near))
