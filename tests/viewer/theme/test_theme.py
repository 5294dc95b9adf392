"""The theme: tokens, contrast, the style sheet, and following the user's choice."""

import re

import pytest
from PySide6.QtGui import QPalette

from viewer.theme import DARK, LIGHT, ThemeChoice, ThemeManager
from viewer.theme.style_sheet import ICONS, style_sheet
from viewer.theme.tokens import contrast, mixed

THEMES = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])


def test_contrast_of_black_on_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)


@THEMES
def test_text_is_readable_on_every_surface(theme):
    for surface in (theme.background, theme.panel, theme.raised):
        for writing in (theme.text, theme.muted):
            assert contrast(writing, surface) >= 4.5, (writing, surface)
    assert contrast(theme.on_accent, theme.accent) >= 4.5


@THEMES
def test_every_name_in_the_style_sheet_is_resolved(theme):
    sheet = style_sheet(theme)
    assert "@" not in sheet
    assert theme.panel in sheet
    assert sheet.count("{") == sheet.count("}")


@THEMES
def test_every_picture_in_the_style_sheet_exists(theme):
    names = re.findall(r"url\((.*?)\)", style_sheet(theme))
    assert names
    for name in names:
        assert (ICONS / name.rsplit("/", 1)[1]).is_file(), name


def test_light_pins_are_the_dark_ones_twenty_percent_darker():
    for dark, light in zip(DARK.pins, LIGHT.pins, strict=True):
        assert light == mixed(dark, "#000000", 0.2)


def test_a_choice_changes_palette_and_style_sheet_and_tells_once(qapp, qtbot):
    themes = ThemeManager(qapp, ThemeChoice.DARK)
    told = []
    themes.theme_changed.connect(told.append)
    assert themes.theme is DARK
    themes.set_choice(ThemeChoice.LIGHT)
    assert told == [LIGHT]
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == LIGHT.panel
    assert LIGHT.raised in qapp.styleSheet()
    themes.set_choice(ThemeChoice.LIGHT)
    assert told == [LIGHT]
    themes.set_choice(ThemeChoice.DARK)
    assert told == [LIGHT, DARK]


def test_motion_can_be_switched_off(qapp):
    themes = ThemeManager(qapp, ThemeChoice.DARK)
    assert 120 <= themes.motion_ms <= 200
    themes.set_motion(False)
    assert themes.motion_ms == 0
