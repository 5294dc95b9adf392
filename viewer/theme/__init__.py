"""Colours, type and spacing: one source for style sheets, plots and GL overlays.

`Theme` holds the colours, `DARK` and `LIGHT` are its two values, and `ThemeManager` keeps the
application in the one that the user or the system chose.
"""

from viewer.theme.fonts import (
    CAPTION_PX,
    HEADING_PX,
    TEXT_PX,
    interface_font,
    monospaced_font,
    tabular,
)
from viewer.theme.manager import ThemeChoice, ThemeManager
from viewer.theme.tokens import (
    CARD_RADIUS,
    CORNER_RADIUS,
    DARK,
    LIGHT,
    MOTION_MS,
    Spacing,
    Theme,
    faded,
    mixed,
)

__all__ = [
    "CAPTION_PX",
    "CARD_RADIUS",
    "CORNER_RADIUS",
    "DARK",
    "HEADING_PX",
    "LIGHT",
    "MOTION_MS",
    "TEXT_PX",
    "Spacing",
    "Theme",
    "ThemeChoice",
    "ThemeManager",
    "faded",
    "interface_font",
    "mixed",
    "monospaced_font",
    "tabular",
]
