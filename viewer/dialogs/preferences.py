"""Preferences: the look of the window, and how it is steered; every change is seen at once."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QWidget

from viewer.settings import Settings
from viewer.state.key_tips import add_keys_to_tip
from viewer.state.navigation_options import SPEEDS, MouseScheme, NavigationOptions
from viewer.state.shortcut_keys import ShortcutKeys
from viewer.theme import Spacing, ThemeChoice
from viewer.widgets.dialog import Dialog
from viewer.widgets.form_grid import FormGrid
from viewer.widgets.inputs import ValueSlider


class PreferencesDialog(Dialog):
    """Tells what was changed; the window applies and keeps it."""

    theme_chosen = Signal(str)
    hud_chosen = Signal(bool)
    reproject_chosen = Signal(bool)
    motion_chosen = Signal(bool)
    reopening_chosen = Signal(bool)
    navigation_chosen = Signal(object)  # NavigationOptions

    def __init__(
        self, parent: QWidget, settings: Settings, navigation: NavigationOptions, keys: ShortcutKeys
    ) -> None:
        super().__init__(parent, "Preferences", width=500)
        self._navigation = navigation
        self.theme = QComboBox()
        for choice in ThemeChoice:
            self.theme.addItem(choice.title, choice.value)
        self.theme.setCurrentIndex(self.theme.findData(settings.theme))
        self.theme.setToolTip("Colours of the window; the picture stays as it is")
        self.hud = _box("Show figures over the picture", settings.hud)
        self.hud.setToolTip("Frames per second, times and device")
        self.reproject = _box("Reproject while the network works", settings.reproject)
        self.reproject.setToolTip("Follow the hand with true pictures warped by their depth")
        add_keys_to_tip(self.hud, keys, "hud")
        add_keys_to_tip(self.reproject, keys, "reproject")
        self.motion = _box("Let messages fade and views fly", settings.motion)
        self.motion.setToolTip("Switch off for changes without motion")
        self.reopens = _box("Begin where I left", settings.reopens)
        self.reopens.setToolTip(
            "Open the scene that was open at the end, at its view and in its mode"
        )
        self._make_steering(navigation)
        self._lay_out()
        close = self.add_button("Close", primary=True)
        close.clicked.connect(self.accept)
        self.theme.activated.connect(lambda _: self.theme_chosen.emit(self.theme.currentData()))
        self.hud.toggled.connect(self.hud_chosen)
        self.reproject.toggled.connect(self.reproject_chosen)
        self.motion.toggled.connect(self.motion_chosen)
        self.reopens.toggled.connect(self.reopening_chosen)

    def _make_steering(self, options: NavigationOptions) -> None:
        self.scheme = QComboBox()
        for scheme in MouseScheme:
            self.scheme.addItem(scheme.title, scheme)
        self.scheme.setCurrentIndex(self.scheme.findData(options.scheme))
        self.scheme_text = QLabel(options.scheme.text[0].upper() + options.scheme.text[1:])
        self.scheme_text.setProperty("role", "caption")
        self.scheme_text.setWordWrap(True)
        self.speed = ValueSlider(
            "Speed", "How fast mouse, wheel and keys move the camera", *SPEEDS, 1.0, _times
        )
        self.speed.set_value(options.speed)
        self.wheel = QComboBox()
        for text, to_cursor in (("To the pivot", False), ("To the point under the mouse", True)):
            self.wheel.addItem(text, to_cursor)
        self.wheel.setCurrentIndex(int(options.wheel_to_cursor))
        self.inverts_drag = _box("Invert turning up and down", options.inverts_drag)
        self.inverts_wheel = _box("Invert the wheel", options.inverts_wheel)
        self.scheme.activated.connect(lambda _: self._steer(scheme=self.scheme.currentData()))
        self.speed.changed.connect(lambda value: self._steer(speed=value))
        self.wheel.activated.connect(
            lambda _: self._steer(wheel_to_cursor=bool(self.wheel.currentData()))
        )
        self.inverts_drag.toggled.connect(lambda on: self._steer(inverts_drag=on))
        self.inverts_wheel.toggled.connect(lambda on: self._steer(inverts_wheel=on))

    def _steer(self, **changes: Any) -> None:
        self._navigation = replace(self._navigation, **changes)
        text = self._navigation.scheme.text
        self.scheme_text.setText(text[0].upper() + text[1:])
        self.navigation_chosen.emit(self._navigation)

    def _lay_out(self) -> None:
        grid = FormGrid()
        grid.setVerticalSpacing(Spacing.PANEL)
        rows: tuple[tuple[str, QWidget], ...] = (
            ("Theme", self.theme),
            ("Picture", self.hud),
            ("", self.reproject),
            ("Motion", self.motion),
            ("Start", self.reopens),
            ("Mouse like", self.scheme),
            ("", self.scheme_text),
            ("Speed", self.speed),
            ("Wheel goes", self.wheel),
            ("", self.inverts_wheel),
            ("Drag", self.inverts_drag),
        )
        for text, widget in rows:
            if text:
                grid.add_field(text, widget)
            else:
                grid.add_row(None, widget)
        self.column.addLayout(grid)


def _box(text: str, checked: bool) -> QCheckBox:
    box = QCheckBox(text)
    box.setChecked(checked)
    return box


def _times(factor: float) -> str:
    return f"× {factor:.2f}"
