"""Icons drawn from qtawesome's font, as qtawesome draws them."""

import gc

import pytest
import qtawesome
from PySide6.QtGui import QIcon, QPixmap

from viewer.theme import DARK, LIGHT
from viewer.theme.icons import _copies, icon


@pytest.mark.parametrize("theme", [DARK, LIGHT])
@pytest.mark.parametrize("mode", [QIcon.Mode.Normal, QIcon.Mode.Disabled, QIcon.Mode.Active])
def test_icons_look_as_qtawesome_draws_them(qapp, theme, mode):
    for name in ("close", "folder-open-outline"):
        theirs = qtawesome.icon(f"mdi6.{name}", color=theme.accent, color_disabled=theme.faint)
        for side in (16, 33):
            pictures = [
                one.pixmap(side, side, mode).toImage()
                for one in (icon(name, theme, "accent"), theirs)
            ]
            assert pictures[0] == pictures[1]
            assert any(
                pictures[0].pixelColor(x, y).alpha() for x in range(side) for y in range(side)
            )


def test_an_icon_that_there_is_not_is_an_error(qapp):
    with pytest.raises(KeyError, match="no-such-icon"):
        icon("no-such-icon", DARK)


def test_icons_that_are_copied_and_changed_draw_on_without_filling_memory(qapp):
    shown = icon("close", DARK)
    before = shown.pixmap(16, 16).toImage()
    for _ in range(20):
        copy = QIcon(shown)
        copy.addPixmap(QPixmap(4, 4))  # Qt clones what draws them
        gc.collect()
        assert copy.pixmap(16, 16).toImage() == before
    assert len(_copies) == 1  # the last one's
    del copy
    assert shown.pixmap(16, 16).toImage() == before
