"""The HUD: how fast the picture comes, what makes it, and where it is seen from."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from dvox_core.geometry.cameras import Camera
from dvox_core.remote.link import LinkFigures
from dvox_core.rendering.frame import Frame
from dvox_core.rendering.renderer import RendererFacts
from viewer.text.remote import frame_text, line_text
from viewer.theme import CORNER_RADIUS, DARK, Theme, monospaced_font
from viewer.viewport.reprojection.reprojector import ReprojectionFacts
from viewer.widgets.kept_picture import KeptPicture

PADDING = 10
LINE_GAP = 3
NONE = "–"
STAGE_COLUMNS = 46

Line = list[tuple[str, bool]]
"""Pieces of a line, and whether each is a value (bright) or a word (muted)."""


@dataclass(frozen=True)
class HudFacts:
    """What the HUD shows; None is what is not known now."""

    shown_fps: float | None = None
    network_fps: float | None = None
    frame: Frame | None = None
    renderer: RendererFacts | None = None
    canvas: str = ""
    canvas_note: str = ""
    camera: Camera | None = None
    pivot_distance: float | None = None
    reprojection: ReprojectionFacts | None = None  # None while it is switched off
    remote: LinkFigures | None = None  # of a scene on another machine


def hud_lines(facts: HudFacts) -> list[Line]:
    """The lines, with numbers of fixed width."""
    frame = facts.frame
    lines: list[Line] = [
        [
            (_figure(facts.shown_fps, 3, 0), True),
            (" fps shown  ", False),
            (_figure(facts.network_fps, 5, 1), True),
            (" fps network  ", False),
            (_figure(frame.total_ms if frame else None, 4, 0), True),
            (" ms", False),
        ]
    ]
    if frame:
        lines += _stage_lines(frame)
    made_by: Line = []
    if facts.renderer:
        renderer = facts.renderer
        precision = frame.made_by if frame and frame.made_by else renderer.precision
        precision += ", draft" if frame and frame.draft else ""
        made_by.append((f"{renderer.device} · {precision} · ", False))
    made_by.append((facts.canvas, False))
    if facts.canvas_note:
        made_by.append((f" ({facts.canvas_note})", False))
    lines.append(made_by)
    if facts.remote is not None:
        lines.append([(line_text(facts.remote), True)])
        frame_line = frame_text(facts.remote)
        lines += [[(frame_line, False)]] if frame_line else []
    lines.append(_behind(facts))
    if facts.reprojection is not None:
        lines.append(_reprojected(facts.reprojection))
    return lines


def _behind(facts: HudFacts) -> Line:
    """How far the newest network frame is from the present view."""
    angle = distance = None
    if facts.frame is not None and facts.camera is not None:
        angle = facts.frame.camera.angle_to(facts.camera)
        distance = facts.frame.camera.distance_to(facts.camera)
    return [
        ("pivot ", False),
        (_figure(facts.pivot_distance, 6, 3), True),
        ("  network behind ", False),
        (_figure(angle, 5, 1), True),
        ("°", False),
        (_figure(distance, 7, 3), True),
    ]


def _reprojected(facts: ReprojectionFacts) -> Line:
    """Of the frame that is seen: its age, and how far it was warped."""
    return [
        ("frame ", False),
        (_figure(facts.age_s, 4, 1), True),
        (" s old, warped ", False),
        (_figure(facts.degrees, 5, 1), True),
        ("°  ", False),
        (f"{facts.kept_frames:4d}", True),
        (" kept, ", False),
        (_figure(facts.kept_bytes / 2**20, 5, 1), True),
        (" MiB", False),
    ]


def _stage_lines(frame: Frame) -> list[Line]:
    """Milliseconds by stage, as many on a line as fit beside each other."""
    lines: list[Line] = [[]]
    columns = 0
    for name, milliseconds in frame.stages_ms.items():
        pieces: Line = [(f"{name} ", False), (f"{milliseconds:3.0f}", True), ("  ", False)]
        length = sum(len(piece) for piece, _ in pieces)
        if columns and columns + length > STAGE_COLUMNS + 2:
            lines.append([])
            columns = 0
        lines[-1] += pieces
        columns += length
    return [line for line in lines if line]


def plain_text(lines: list[Line]) -> str:
    """The lines without their looks, for assistive programs."""
    return "\n".join("".join(piece for piece, _ in line).rstrip() for line in lines)


class Hud(QWidget):
    """Paints lines of numbers on a dim plate; takes no mouse events."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setObjectName("hud")
        self.setAccessibleName("Speed and position of the picture")
        self._theme = DARK
        self._lines: list[Line] = []
        self._columns = 0  # the widest the lines have been: the plate does not breathe
        self._is_compact = False
        self.setFont(monospaced_font(12))
        self.kept = KeptPicture(self, self._draw)

    def show_facts(self, facts: HudFacts) -> None:
        """Show `facts`; repaints only what differs."""
        self._take_lines(hud_lines(facts))

    def _take_lines(self, lines: list[Line]) -> None:
        if lines == self._lines:
            return
        self._lines = lines
        text = plain_text(lines)
        widths = [len(line) for line in plain_text(self._shown_lines).splitlines()]
        self._columns = max(self._columns, *widths)
        self.setAccessibleDescription(text)
        if self.sizeHint() != self.size():
            self.resize(self.sizeHint())
        self.kept.outdate()

    def set_compact(self, compact: bool) -> None:
        """Show only how fast the picture comes: a small window has no room for the rest."""
        if compact != self._is_compact:
            self._is_compact, self._columns = compact, 0
            lines, self._lines = self._lines, []
            if lines:
                self._take_lines(lines)

    @property
    def _shown_lines(self) -> list[Line]:
        return self._lines[:1] if self._is_compact else self._lines

    def forget_width(self) -> None:
        """Be as narrow as the next lines allow: another scene is shown."""
        self._columns = 0

    def text(self) -> str:
        """The text that it shows."""
        return plain_text(self._lines)

    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.kept.outdate()

    def sizeHint(self) -> QSize:
        """Room for every line."""
        metrics = QFontMetricsF(self.font())
        width = self._columns * metrics.horizontalAdvance("0") + 2 * PADDING
        lines = max(len(self._shown_lines), 1)
        height = lines * metrics.height() + (lines - 1) * LINE_GAP + 2 * (PADDING - 2)
        return QSize(int(width + 0.999), int(height + 0.999))

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint the plate and the lines."""
        self.kept.paint()

    def _draw(self, painter: QPainter) -> None:
        paint_plate(painter, QRectF(self.rect()), self._theme)
        metrics = QFontMetricsF(self.font())
        bright, muted = QColor(self._theme.text), QColor(self._theme.muted)
        y = PADDING - 2 + metrics.ascent()
        for line in self._shown_lines:
            x = float(PADDING)
            for piece, is_value in line:
                painter.setPen(bright if is_value else muted)
                painter.drawText(round(x), round(y), piece)
                x += metrics.horizontalAdvance(piece)
            y += metrics.height() + LINE_GAP


def paint_plate(painter: QPainter, place: QRectF, theme: Theme) -> None:
    """The dim plate that overlays write on; opaque enough over a white picture."""
    color = QColor(theme.panel)
    color.setAlphaF(0.9)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(place, CORNER_RADIUS, CORNER_RADIUS)


def _figure(value: float | None, width: int, digits: int) -> str:
    return NONE.rjust(width) if value is None else f"{value:{width}.{digits}f}"
