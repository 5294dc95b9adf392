"""Icons drawn from qtawesome's font, as qtawesome draws them."""

import pytest
import qtawesome
from PySide6.QtGui import QIcon

from viewer.theme import DARK, LIGHT
from viewer.theme.icons import icon


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
