"""The row below the timeline: values and actions of the selected keyframes."""

from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from viewer.state.path_editor import PathEditor
from viewer.theme import Spacing, ThemeManager, interface_font, tabular
from viewer.widgets.icon_button import IconButton
from viewer.widgets.inputs import PlainSpin, ValueSlider

WIDEST_SLIDER = 190
BUTTONS = {
    "path_jump": ("eye-outline", "Look from the selected key (Enter)"),
    "path_retake": ("camera-retake-outline", "Retake: give the selected key the present view"),
    "path_earlier": ("arrow-left", "Change places with the key before"),
    "path_later": ("arrow-right", "Change places with the key after"),
    "path_duplicate": ("content-copy", "Duplicate the selected keys (Ctrl+D)"),
    "path_delete": ("trash-can-outline", "Delete the selected keys (Delete)"),
}


class KeyframeRow(QWidget):
    """Time, tension and ease of the selected keyframes; the path's tension without any."""

    def __init__(self, editor: PathEditor, themes: ThemeManager) -> None:
        super().__init__()
        self._editor = editor
        self.title = QLabel()
        self.title.setFont(tabular(interface_font()))
        self.title.setFixedWidth(
            QFontMetrics(self.title.font()).horizontalAdvance("Key 000 of 000")
        )
        self.seconds = PlainSpin("Time of the key", "When the camera is there", 0, 36000, " s")
        self.tension = ValueSlider(
            "Tension",
            "How the way bends at the key: −1 wide, 0 round, 1 a corner. "
            "Without a selected key, of the whole path",
            -1.0,
            1.0,
            0.0,
            lambda value: f"{value:+.2f}".replace("-", "−") if abs(value) >= 0.005 else "0.00",
        )
        self.ease = ValueSlider(
            "Ease",
            "How far the camera slows down at the key: 0 passes, 1 comes to rest",
            0.0,
            1.0,
            0.0,
            lambda value: f"{value:.2f}",
        )
        self.remark = QLabel()
        self.remark.setProperty("role", "caption")
        self.remark.setFont(tabular(interface_font(11)))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Spacing.CONTROL)
        row.addWidget(self.title)
        row.addWidget(self.seconds)
        for text, slider in (("Tension", self.tension), ("Ease", self.ease)):
            label = QLabel(text)
            label.setProperty("role", "muted")
            slider.setMaximumWidth(WIDEST_SLIDER)
            row.addSpacing(Spacing.CONTROL)
            row.addWidget(label)
            row.addWidget(slider, 2)
        row.addSpacing(Spacing.CONTROL)
        self.buttons: dict[str, IconButton] = {}
        for name, (icon_name, tip) in BUTTONS.items():
            button = IconButton(themes, icon_name, tip)
            self.buttons[name] = button
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.remark)
        self.seconds.valueChanged.connect(editor.set_key_seconds)
        self.tension.changed.connect(editor.set_tension)
        self.ease.changed.connect(editor.set_ease)

    def refresh(self) -> None:
        """Show the selected keyframes' values."""
        path, selected = self._editor.path, self._editor.selected
        count = len(path.keyframes)
        one = len(selected) == 1
        if one:
            self.title.setText(f"Key {selected[0] + 1} of {count}")
            self.seconds.show_value(path.times[selected[0]])
        else:
            self.title.setText(
                f"{len(selected)} of {count} keys" if selected else "Whole path" if count else ""
            )
        # The first key is at 0 s, whatever happens.
        self.seconds.setEnabled(one and selected[0] > 0)
        first = path.keyframes[selected[0]] if selected else None
        own = first.tension if first is not None else None
        self.tension.set_value_unless_near(path.tension if own is None else own)
        self.tension.setEnabled(count > 0)
        self.ease.set_value_unless_near(first.ease if first else 0.0)
        self.ease.setEnabled(bool(selected))
        for name, button in self.buttons.items():
            single = name in ("path_jump", "path_retake", "path_earlier", "path_later")
            button.setEnabled(one if single else bool(selected))
        if one:
            self.buttons["path_earlier"].setEnabled(selected[0] > 0)
            self.buttons["path_later"].setEnabled(selected[0] < count - 1)

    def show_remark(self, text: str) -> None:
        """Write at the right."""
        if text != self.remark.text():
            self.remark.setText(text)
