"""Icons in the theme's colours, from the Material Design font of qtawesome.

qtawesome itself is not imported: it brings qtpy, which goes through every class of Qt and took
0.17 s of each start, and then reads twelve fonts. Its font and its table of names are all it takes.
"""

import functools
import importlib.util
import json
from pathlib import Path

import shiboken6
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from viewer.theme.tokens import Theme

SHARE = 0.875  # of its square that a character is high, as in qtawesome
FONT, NAMES = "materialdesignicons6-webfont-*.ttf", "materialdesignicons6-webfont-charmap-*.json"


def icon(name: str, theme: Theme, color: str = "muted") -> QIcon:
    """An icon by its Material Design name, e.g. "folder-open-outline".

    Args:
        name: as listed by qtawesome under "mdi6".
        theme: whose colours.
        color: the name of a token of `theme`.

    Raises:
        KeyError: there is no icon of that name.
    """
    glyph = chr(int(_codes()[name], 16))
    return QIcon(_Glyph(glyph, QColor(getattr(theme, color)), QColor(theme.faint)))


class _Glyph(QIconEngine):
    """Draws a character of the font, at whatever size is asked for."""

    def __init__(self, glyph: str, color: QColor, disabled: QColor) -> None:
        super().__init__()
        self._glyph, self._color, self._disabled = glyph, color, disabled

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw it as high as a rectangle."""
        font = QFont(_family())
        font.setPixelSize(max(round(SHARE * rect.height()), 1))
        painter.save()
        painter.setFont(font)
        painter.setPen(self._disabled if mode is QIcon.Mode.Disabled else self._color)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._glyph)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """A picture of it."""
        picture = QPixmap(size)
        picture.fill(Qt.GlobalColor.transparent)
        with QPainter(picture) as painter:
            self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        return picture

    def clone(self) -> QIconEngine:
        """Another one that draws the same, for an icon of its own."""
        copy = _Glyph(self._glyph, self._color, self._disabled)
        # PySide gives it to nobody: without these it would be freed before the icon has it. Once
        # an icon has freed one, its wrapper is empty.
        _copies[:] = [*filter(shiboken6.isValid, _copies), copy]
        return copy


_copies: list[_Glyph] = []


def _file(pattern: str) -> Path:
    package = importlib.util.find_spec("qtawesome")
    # Its folders, not its module: a bundled program may have the one without the other.
    folders = [] if package is None else package.submodule_search_locations or []
    return max(path for folder in folders for path in (Path(folder) / "fonts").glob(pattern))


@functools.cache
def _codes() -> dict[str, str]:
    """Names with their characters' numbers, hexadecimal."""
    codes: dict[str, str] = json.loads(_file(NAMES).read_text(encoding="utf-8"))
    return codes


@functools.cache
def _family() -> str:
    number = QFontDatabase.addApplicationFont(str(_file(FONT)))
    return QFontDatabase.applicationFontFamilies(number)[0]
