"""One cell of the table: a system's picture of a view with its score, or how far it is."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from dvox_core.evaluation.tables.formats import Figure
from viewer.theme import CORNER_RADIUS, Spacing, ThemeManager, interface_font, mixed, tabular
from viewer.workers.tables.table_reader import SeenCell

SMALLEST_SIDE, LARGEST_SIDE = 96, 192
BAR_HEIGHT = 4

STATES = {
    "waiting": "Waiting",
    "training": "Training",
    "scoring": "Being scored",
    "failed": "Failed",
    "done": "",
}


class CellCard(QAbstractButton):
    """A picture with a score below; a click opens the scene at that view."""

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self._themes = themes
        self._picture: QImage | None = None
        self._pair: tuple[Figure, Figure] | None = None
        self._cell: SeenCell | None = None
        self._side = SMALLEST_SIDE
        self._is_truth = False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        themes.theme_changed.connect(lambda _: self.update())

    @property
    def cell(self) -> SeenCell | None:
        """What is shown; None for the truth."""
        return self._cell

    def show_cell(self, cell: SeenCell, pair: tuple[Figure, Figure], title: str) -> None:
        """Show a system's cell with its figures (PSNR, SSIM)."""
        self._cell, self._pair, self._picture = cell, pair, cell.picture
        is_open = cell.scene is not None
        self.setEnabled(is_open or cell.picture is not None)
        about = self.caption() or STATES[cell.progress.state]
        self.setAccessibleName(f"{title} on {cell.key.capture}: {about}")
        lines = [f"{title} on {cell.key.capture}", about]
        if cell.problem:
            lines.append(cell.problem)
        elif is_open:
            lines.append(f"Click: open its scene{f' at {cell.view}' if cell.view else ''}")
        self.setToolTip("\n".join(lines))
        self.update()

    def show_truth(self, picture: QImage | None, capture: str) -> None:
        """Show the true picture of the column's view."""
        self._picture, self._cell, self._pair = picture, None, None
        self._is_truth = True
        self.setEnabled(False)
        self.setToolTip(f"The true picture, of {capture}" if picture else "")
        self.setAccessibleName(f"The truth on {capture}")
        self.update()

    def caption(self) -> str:
        """What stands below the picture."""
        cell = self._cell
        if cell is None or self._pair is None:
            return ""
        state, share = cell.progress.state, cell.progress.share
        if state == "done":
            return " / ".join(figure.text for figure in self._pair)
        if self._picture is None and state == "waiting" and cell.progress.psnr is None:
            return ""  # it stands in the picture's place
        text = STATES[state]
        if state == "training":
            text += f" {100 * share:.0f} %"
        if state in ("training", "waiting") and cell.progress.psnr is not None:
            text += f", {cell.progress.psnr:.1f} dB"
        return text

    def set_side(self, side: int) -> None:
        """Set the picture's side, pixels."""
        self._side = side
        self.setFixedSize(self.sizeHint())

    def sizeHint(self) -> QSize:
        """The picture and a line of text."""
        if self._is_truth:
            return QSize(self._side, self._side)
        text = QFontMetrics(self._font(False)).height()
        return QSize(self._side, self._side + Spacing.LABEL + text + Spacing.LABEL)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture, or the state where there is none, and the caption."""
        theme = self._themes.theme
        square = QRectF(0.5, 0.5, self._side - 1, self._side - 1)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            if self._picture is not None:
                painter.drawImage(square, self._picture)
            else:
                painter.setPen(QColor(theme.line))
                painter.setBrush(QColor(theme.panel))
                painter.drawRoundedRect(square, CORNER_RADIUS, CORNER_RADIUS)
                self._paint_state(painter, square)
            focused = self.hasFocus() or (self.underMouse() and self.isEnabled())
            if focused:
                painter.setPen(QPen(QColor(theme.accent), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(square.adjusted(0.5, 0.5, -0.5, -0.5))
            self._paint_caption(painter)

    def _paint_state(self, painter: QPainter, square: QRectF) -> None:
        theme, cell = self._themes.theme, self._cell
        if cell is None:
            painter.setPen(QColor(theme.faint))
            painter.setFont(self._font(False))
            flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(square, flags, "With the first scores")
            return
        state = cell.progress.state
        color = theme.red if state == "failed" else theme.faint
        painter.setPen(QColor(color))
        painter.setFont(self._font(False))
        inner = square.adjusted(Spacing.CONTROL, Spacing.CONTROL, -Spacing.CONTROL, -Spacing.PANEL)
        text = cell.problem if state == "failed" else STATES[state]
        flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
        painter.drawText(inner, flags, text)
        if state in ("training", "scoring"):
            bar = QRectF(
                square.left() + Spacing.CONTROL,
                square.bottom() - Spacing.PANEL,
                square.width() - 2 * Spacing.CONTROL,
                BAR_HEIGHT,
            )
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.raised))
            painter.drawRoundedRect(bar, BAR_HEIGHT / 2, BAR_HEIGHT / 2)
            bar.setWidth(max(BAR_HEIGHT, bar.width() * cell.progress.share))
            painter.setBrush(QColor(theme.accent))
            painter.drawRoundedRect(bar, BAR_HEIGHT / 2, BAR_HEIGHT / 2)

    def _paint_caption(self, painter: QPainter) -> None:
        """The figures, each bold where it is its column's best; or the state."""
        theme, cell = self._themes.theme, self._cell
        if cell is None or self._pair is None:
            return
        if cell.progress.state == "done":
            first, second = self._pair
            parts = [(first.text, first.is_best), (" / ", False), (second.text, second.is_best)]
        else:
            parts = [(self.caption(), False)]
        fonts = [self._font(bold) for _, bold in parts]
        widths = [
            QFontMetrics(font).horizontalAdvance(text)
            for (text, _), font in zip(parts, fonts, strict=True)
        ]
        left = max(0.0, (self._side - sum(widths)) / 2)
        top, height = self._side + Spacing.LABEL, self.height() - self._side - Spacing.LABEL
        quiet = mixed(theme.muted, theme.text, 0.3)
        for (text, bold), font, width in zip(parts, fonts, widths, strict=True):
            painter.setFont(font)
            painter.setPen(QColor(theme.text if bold else quiet))
            painter.drawText(QRectF(left, top, width + 1, height), Qt.AlignmentFlag.AlignTop, text)
            left += width

    def _font(self, bold: bool) -> QFont:
        font = tabular(interface_font())
        font.setBold(bold)
        return font
