"""The tokens: every colour, radius and distance that the window uses."""

import enum
from dataclasses import dataclass

from PySide6.QtGui import QColor


@dataclass(frozen=True)
class Theme:
    """Colours as #rrggbb strings, ready for QColor, style sheets and plots.

    Attributes:
        background: behind everything; the welcome page.
        viewport: around the picture; nearly black in the dark theme.
        panel: docks, menus, bars, cards.
        raised: buttons, fields, the hovered row.
        line: separators and outlines.
        text, muted, faint: writing; faint is for what may be overlooked (disabled, decoration).
        accent: selection, the primary action, the network.
        on_accent: writing on the accent.
        amber: the present camera, expected depth, a stale picture.
        green: most likely, good.
        red: error, unseen.
        pins: the pinned rays' colours, in order.
    """

    name: str
    is_dark: bool
    background: str
    viewport: str
    panel: str
    raised: str
    line: str
    text: str
    muted: str
    faint: str
    accent: str
    on_accent: str
    amber: str
    green: str
    red: str
    pins: tuple[str, ...]


DARK = Theme(
    name="dark",
    is_dark=True,
    background="#16181c",
    viewport="#101114",
    panel="#1d2026",
    raised="#262a32",
    line="#323843",
    text="#e4e7ec",
    muted="#98a1b0",
    faint="#6b7483",
    accent="#5aa9ff",
    on_accent="#0c1420",
    amber="#ffb454",
    green="#6fcf97",
    red="#ff6b6b",
    pins=("#5aa9ff", "#ff6b8b", "#9be564", "#5ad4e6", "#ffb454"),
)

LIGHT = Theme(
    name="light",
    is_dark=False,
    background="#f4f5f7",
    viewport="#e4e6ea",
    panel="#ffffff",
    raised="#eceef2",
    line="#d5d9e0",
    text="#1c2027",
    muted="#56606e",
    faint="#8a93a1",
    accent="#1a6fd4",
    on_accent="#ffffff",
    amber="#b36b00",
    green="#1d8a4f",
    red="#c93434",
    pins=("#4887cc", "#cc566f", "#7cb750", "#48aab8", "#cc9043"),  # the dark ones, 20 % darker
)


class Spacing(enum.IntEnum):
    """Distances in pixels, all on a grid of 4."""

    LABEL = 4  # between a label and its value
    CONTROL = 8  # between controls
    PANEL = 12  # inside panels
    SECTION = 16  # between groups
    PAGE = 24  # inside dialogs and pages


CORNER_RADIUS = 6
CARD_RADIUS = 10
MOTION_MS = 150
"""How long things move; 0 where motion is switched off (`ThemeManager.motion_ms`)."""


def mixed(first: str, second: str, share: float) -> str:
    """The colour `share` (0…1) of the way from `first` to `second`, as #rrggbb."""
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def faded(color: str, alpha: int) -> QColor:
    """A colour with an opacity of 0…255."""
    pale = QColor(color)
    pale.setAlpha(alpha)
    return pale


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours, 1…21 (WCAG 2)."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: str) -> float:
    linear = []
    for channel in _channels(color):
        value = channel / 255
        linear.append(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
