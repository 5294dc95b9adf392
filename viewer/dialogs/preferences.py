"""Preferences: the look of the window; every change is seen at once."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QWidget

from viewer.dialogs.dialog import Dialog
from viewer.settings import Settings
from viewer.theme import Spacing, ThemeChoice


class PreferencesDialog(Dialog):
    """Tells what was changed; the window applies and keeps it."""

    theme_chosen = Signal(str)
    hud_chosen = Signal(bool)
    reproject_chosen = Signal(bool)
    motion_chosen = Signal(bool)

    def __init__(self, parent: QWidget, settings: Settings) -> None:
        super().__init__(parent, "Preferences", width=440)
        self.theme = QComboBox()
        for choice in ThemeChoice:
            self.theme.addItem(choice.title, choice.value)
        self.theme.setCurrentIndex(self.theme.findData(settings.theme))
        self.theme.setToolTip("Colours of the window; the picture stays as it is")
        self.hud = QCheckBox("Show figures over the picture")
        self.hud.setChecked(settings.hud)
        self.hud.setToolTip("Frames per second, times and device (H)")
        self.reproject = QCheckBox("Reproject while the network works")
        self.reproject.setChecked(settings.reproject)
        self.reproject.setToolTip(
            "Follow the hand with true pictures warped by their depth (Shift+R)"
        )
        self.motion = QCheckBox("Let messages fade and views fly")
        self.motion.setChecked(settings.motion)
        self.motion.setToolTip("Switch off for changes without motion")
        grid = QGridLayout()
        grid.setHorizontalSpacing(Spacing.SECTION)
        grid.setVerticalSpacing(Spacing.PANEL)
        label = QLabel("Theme")
        label.setProperty("role", "muted")
        label.setBuddy(self.theme)
        grid.addWidget(label, 0, 0)
        grid.addWidget(self.theme, 0, 1)
        picture = QLabel("Picture")
        picture.setProperty("role", "muted")
        grid.addWidget(picture, 1, 0)
        grid.addWidget(self.hud, 1, 1)
        motion = QLabel("Motion")
        motion.setProperty("role", "muted")
        grid.addWidget(self.reproject, 2, 1)
        grid.addWidget(motion, 3, 0)
        grid.addWidget(self.motion, 3, 1)
        grid.setColumnStretch(1, 1)
        self.column.addLayout(grid)
        close = self.add_button("Close", primary=True)
        close.clicked.connect(self.accept)
        self.theme.activated.connect(lambda _: self.theme_chosen.emit(self.theme.currentData()))
        self.hud.toggled.connect(self.hud_chosen)
        self.reproject.toggled.connect(self.reproject_chosen)
        self.motion.toggled.connect(self.motion_chosen)
