"""Type: the interface font at 13 px, captions, headings, tabular and monospaced figures."""

from PySide6.QtGui import QFont, QFontDatabase

TEXT_PX = 13
CAPTION_PX = 11
HEADING_PX = 18


def interface_font(pixels: int = TEXT_PX, *, bold: bool = False) -> QFont:
    """The system's interface font."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    font.setPixelSize(pixels)
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    font.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    return font


def tabular(font: QFont) -> QFont:
    """The same font with figures of one width, so that changing values do not jump."""
    numbers = QFont(font)
    numbers.setFeature(QFont.Tag("tnum"), 1)
    return numbers


def monospaced_font(pixels: int = 12) -> QFont:
    """The system's monospaced font, for the HUD and the log."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(pixels)
    font.setStyleHint(QFont.StyleHint.Monospace)
    return font
