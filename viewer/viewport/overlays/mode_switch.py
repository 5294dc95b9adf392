"""The segmented switch of display modes."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from viewer.state.key_tips import add_keys_to_tip
from viewer.state.shortcut_keys import ShortcutKeys
from viewer.state.viewer_state import DisplayMode
from viewer.theme import CORNER_RADIUS, DARK, Theme

TIPS = {
    DisplayMode.RGB: "The network's picture",
    DisplayMode.DEPTH: "Expected depth along the optical axis, in world units",
    DisplayMode.ENTROPY: "How undecided the network is about depth, in bits",
    DisplayMode.OUTSIDE: "The weight that falls outside the voxel grid: where the view is made up",
    DisplayMode.TRUST: "How far the picture can be trusted, by what the training views have seen",
}

KEYS = {
    Qt.Key.Key_1: DisplayMode.RGB,
    Qt.Key.Key_2: DisplayMode.DEPTH,
    Qt.Key.Key_3: DisplayMode.ENTROPY,
    Qt.Key.Key_4: DisplayMode.OUTSIDE,
    Qt.Key.Key_5: DisplayMode.TRUST,
}

HEIGHT = 32
SIDE_PX, NARROW_SIDE_PX = 13, 3  # beside a title

SHORT_TITLES = {DisplayMode.OUTSIDE: "Outside"}
"""Where there is no room for all titles in full."""


class ModeSwitch(QFrame):
    """One button a display mode; exactly one is down."""

    chosen = Signal(object)  # DisplayMode

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("modeSwitch")
        self.setAccessibleName("Display mode")
        self.setFixedHeight(HEIGHT)
        self._group = QButtonGroup(self)
        self._buttons: dict[DisplayMode, QToolButton] = {}
        self._theme = DARK
        self._is_narrow = False
        row = QHBoxLayout(self)
        row.setContentsMargins(1, 1, 1, 1)
        row.setSpacing(0)
        keys = {mode: key for key, mode in KEYS.items()}
        for mode in DisplayMode:
            button = QToolButton(self)
            button.setText(mode.title)
            button.setCheckable(True)
            button.setObjectName(f"mode_{mode.value}")
            button.setProperty("end", _end(mode))
            # Not by clicking: the keys stay with the picture.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setToolTip(f"{TIPS[mode]} ({chr(keys[mode])})")
            button.setAccessibleName(f"Display mode {mode.title}")
            button.setAccessibleDescription(TIPS[mode])
            button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Expanding)
            button.clicked.connect(lambda _=False, mode=mode: self.chosen.emit(mode))
            self._group.addButton(button)
            self._buttons[mode] = button
            row.addWidget(button)

    def follow_keys(self, keys: ShortcutKeys) -> None:
        """Let tool tips name the keys of the window's actions."""
        for mode, button in self._buttons.items():
            button.setToolTip(TIPS[mode])
            add_keys_to_tip(button, keys, f"display_{mode.value}")

    def show_mode(self, mode: DisplayMode) -> None:
        """Press the button of `mode`."""
        self._buttons[mode].setChecked(True)

    def button(self, mode: DisplayMode) -> QToolButton:
        """The button of `mode`."""
        return self._buttons[mode]

    def fit(self, room: int) -> None:
        """Be narrow where a viewport has less room than all titles need."""
        is_narrow = self._width_in_full > room
        if is_narrow != self._is_narrow:
            self._is_narrow = is_narrow
            self.apply_theme(self._theme)

    @property
    def _width_in_full(self) -> int:
        return sum(self._button_width(mode.title, mode, SIDE_PX) for mode in DisplayMode) + 2

    def _button_width(self, title: str, mode: DisplayMode, side: int) -> int:
        # Bold is wider: room for it in every state, so that nothing jumps.
        font = self._buttons[mode].font()
        font.setBold(True)
        return QFontMetrics(font).horizontalAdvance(title) + 2 * side + 8

    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        side = NARROW_SIDE_PX if self._is_narrow else SIDE_PX
        inner = CORNER_RADIUS - 1
        self.setStyleSheet(f"""
            #modeSwitch {{
                background: {theme.panel}; border: 1px solid {theme.line};
                border-radius: {CORNER_RADIUS}px;
            }}
            #modeSwitch QToolButton {{
                background: transparent; color: {theme.text}; border: 1px solid transparent;
                border-radius: 0; padding: 0 {side}px; margin: 0;
                border-right: 1px solid {theme.line};
            }}
            #modeSwitch QToolButton:hover {{ background: {theme.raised}; }}
            #modeSwitch QToolButton:checked {{
                background: {theme.accent}; color: {theme.on_accent}; font-weight: 600;
            }}
            #modeSwitch QToolButton[end="first"] {{
                border-top-left-radius: {inner}px; border-bottom-left-radius: {inner}px;
            }}
            #modeSwitch QToolButton[end="last"] {{
                border-top-right-radius: {inner}px; border-bottom-right-radius: {inner}px;
                border-right: 1px solid transparent;
            }}
            #modeSwitch QToolButton:focus {{ border: 1px solid {theme.accent}; }}
            #modeSwitch QToolButton:checked:focus {{ border: 1px solid {theme.text}; }}
        """)
        for mode, button in self._buttons.items():
            button.ensurePolished()
            title = SHORT_TITLES.get(mode, mode.title) if self._is_narrow else mode.title
            button.setText(title)
            button.setMinimumWidth(self._button_width(title, mode, side))
        self.adjustSize()


def _end(mode: DisplayMode) -> str:
    modes = list(DisplayMode)
    return {0: "first", len(modes) - 1: "last"}.get(modes.index(mode), "")
