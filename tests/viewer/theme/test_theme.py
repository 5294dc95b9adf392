"""The theme: tokens, contrast, the style sheet, and following the user's choice."""

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from viewer.theme import DARK, LIGHT, ThemeChoice, ThemeManager
from viewer.theme.style_sheet import ICONS, style_sheet
from viewer.theme.tokens import contrast, mixed
from viewer.widgets.focus_order import tab_stops
from viewer.widgets.number_fields import DecimalField
from viewer.widgets.span_slider import SpanSlider

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


def stops():
    """One of each kind that takes the keys by Tab, as the program uses them."""
    primary, quiet, sign = QPushButton("Save"), QToolButton(), QPushButton("Recording 45 %")
    for button, role in ((primary, "primary"), (quiet, "quiet"), (sign, "sign")):
        button.setProperty("role", role)
    pressed, checked, chosen = QPushButton("On"), QCheckBox("On"), QRadioButton("This")
    pressed.setCheckable(True)
    for button in (pressed, checked, chosen):
        button.setChecked(True)
    listed = QListWidget()
    listed.addItems(["one", "two"])
    listed.setCurrentRow(0)
    span = SpanSlider("Planes", "Which planes", 24)
    return {
        "button": QPushButton("Open"),
        "primary button": primary,
        "quiet button": quiet,
        "button that is down": pressed,
        "tool button": QToolButton(),
        "check box": QCheckBox("Off"),
        "checked box": checked,
        "radio button": chosen,  # those of a group that are not take the keys by arrows
        "line": QLineEdit("text"),
        "number": DecimalField(),
        "choice": QComboBox(),
        "text": QPlainTextEdit("text"),
        "slider": QSlider(Qt.Orientation.Horizontal),
        "list": listed,
        "span": span,
    }


@pytest.mark.parametrize("choice", [ThemeChoice.DARK, ThemeChoice.LIGHT])
def test_whatever_has_the_keys_shows_it(qapp, qtbot, choice):
    themes = ThemeManager(qapp, choice)
    window = QWidget()
    qtbot.addWidget(window)
    column, widgets = QVBoxLayout(window), stops()
    resting = QPushButton("elsewhere")
    for widget in (resting, *widgets.values()):
        column.addWidget(widget)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    for name, widget in widgets.items():
        resting.setFocus()
        before = widget.grab().toImage()
        stop = tab_stops(widget)[0]
        stop.setFocus(Qt.FocusReason.TabFocusReason)
        assert stop.hasFocus(), name
        after = widget.grab().toImage()
        changed = sum(
            before.pixel(x, y) != after.pixel(x, y)
            for x in range(after.width())
            for y in range(after.height())
        )
        assert changed >= 24, (name, changed)
    themes.set_choice(ThemeChoice.DARK)


def test_motion_can_be_switched_off(qapp):
    themes = ThemeManager(qapp, ThemeChoice.DARK)
    assert 120 <= themes.motion_ms <= 200
    themes.set_motion(False)
    assert themes.motion_ms == 0
