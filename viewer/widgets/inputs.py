"""Inputs that show their value and leave the wheel to the panel that they stand in."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QSizePolicy,
    QSlider,
    QWidget,
)

from viewer.theme import Spacing, interface_font, tabular
from viewer.widgets.number_fields import DecimalField
from viewer.widgets.widget_row import WidgetRow

STEPS = 1000
SHORT_LABEL = "100 %0"


class Dropdown(QComboBox):
    """A list of named values."""

    chosen = Signal(object)  # by the user: the value

    def __init__(self, entries: Sequence[tuple[str, Any]], name: str, tip: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(tip)
        ignore_wheel(self)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._values = [value for _, value in entries]
        self.addItems([title for title, _ in entries])
        self.activated.connect(lambda index: self.chosen.emit(self._values[index]))

    @property
    def value(self) -> Any:
        """What is chosen."""
        return self._values[self.currentIndex()]

    def set_entries(self, entries: Sequence[tuple[str, Any]]) -> None:
        """Offer others, and keep the value where it is among them; nothing is sent."""
        kept = self._values[self.currentIndex()] if self._values else None
        self._values = [value for _, value in entries]
        self.clear()
        self.addItems([title for title, _ in entries])
        if kept in self._values:
            self.set_value(kept)

    def set_value(self, value: Any) -> None:
        """Set a value; nothing is sent."""
        self.setCurrentIndex(self._values.index(value))

    def choose(self, value: Any) -> None:
        """Choose as the user does."""
        self.set_value(value)
        self.chosen.emit(value)


class SliderRow(WidgetRow):
    """A slider with what it stands at written at its right; a double click resets it."""

    def __init__(self, slider: QSlider, name: str, tip: str) -> None:
        super().__init__()
        self.slider = slider
        slider.setAccessibleName(name)
        self.label = QLabel()
        self.label.setFont(tabular(interface_font()))
        self.label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setToolTip(tip)
        self.add(slider, 1)
        self.add(self.label)
        ignore_wheel(slider)
        slider.installEventFilter(self)

    def reset(self) -> None:
        """Return to the value at first, as the user does."""

    def set_label_width(self, widest: str) -> None:
        """Leave room for this text and a digit more; sliders with short ones end alike."""
        metrics = QFontMetrics(self.label.font())
        self.label.setFixedWidth(
            max(metrics.horizontalAdvance(text) for text in (widest + "0", SHORT_LABEL))
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Reset by a double click."""
        if event.type() == QEvent.Type.MouseButtonDblClick:
            self.reset()
            return True
        return False


class ValueSlider(SliderRow):
    """A slider over numbers.

    Args:
        low, high: the ends.
        default: what a double click returns to.
        write: how a value is shown, with its unit.
        whole: only whole numbers.
    """

    changed = Signal(float)  # by the user

    def __init__(
        self,
        name: str,
        tip: str,
        low: float,
        high: float,
        default: float,
        write: Callable[[float], str],
        *,
        whole: bool = False,
    ) -> None:
        tip = f"{tip}\nDouble-click returns to {write(default)}"
        super().__init__(QSlider(Qt.Orientation.Horizontal), name, tip)
        self._low, self._high, self._default = low, high, default
        self._write, self._whole = write, whole
        self.slider.valueChanged.connect(self._on_value_changed)
        self.set_range(low, high)
        self.set_value(default)

    @property
    def value(self) -> float:
        """Where it stands."""
        steps = max(self.slider.maximum(), 1)
        return self._low + (self._high - self._low) * self.slider.value() / steps

    def set_range(self, low: float, high: float) -> None:
        """Set other ends; the value stays where it can."""
        value = self.value
        self._low, self._high = low, high
        self.slider.blockSignals(True)
        self.slider.setMaximum(round(high - low) if self._whole else STEPS)
        self.slider.setPageStep(max(self.slider.maximum() // 16, 1))
        self.slider.blockSignals(False)
        self.set_label_width(max((self._write(end) for end in (low, high)), key=len))
        self.set_value(value)

    def set_value(self, value: float) -> None:
        """Set a value; nothing is sent."""
        share = (value - self._low) / (self._high - self._low) if self._high > self._low else 0.0
        self.slider.blockSignals(True)
        self.slider.setValue(round(min(max(share, 0.0), 1.0) * self.slider.maximum()))
        self.slider.blockSignals(False)
        self._write_value()

    def set_value_unless_near(self, value: float) -> None:
        """Set a value, unless the present one differs only by rounding."""
        if abs(value - self.value) > 1.5 * (self._high - self._low) / STEPS:
            self.set_value(value)

    def choose(self, value: float) -> None:
        """Set a value as the user does."""
        self.set_value(value)
        self.changed.emit(self.value)

    def reset(self) -> None:
        """Return to the default."""
        self.choose(self._default)

    def _on_value_changed(self) -> None:
        self._write_value()
        self.changed.emit(self.value)

    def _write_value(self) -> None:
        text = self._write(self.value)
        if text != self.label.text():
            self.label.setText(text)


def number_slider(name: str, tip: str, low: int = 0, high: int = 1) -> ValueSlider:
    """A slider over whole numbers that starts at the lowest."""
    return ValueSlider(name, tip, low, high, low, lambda value: f"{value:.0f}", whole=True)


class LabelledRow(WidgetRow):
    """Widgets beside each other behind a label; labels of one width stand in a column."""

    def __init__(self, text: str, width: int) -> None:
        self._label = QLabel(text)
        self._label.setProperty("role", "muted")
        self._label.setMinimumWidth(width)
        super().__init__(self._label)

    def set_tip(self, tip: str) -> None:
        """Say at the label too what stands beside it."""
        self._label.setToolTip(tip)

    def set_label(self, text: str) -> None:
        """Set the label's text."""
        self._label.setText(text)


def labelled(text: str, *widgets: QWidget, width: int = 64) -> LabelledRow:
    """Widgets behind a label; lists, sliders and numbers take the room that there is."""
    row = LabelledRow(text, width)
    row.set_tip(next((widget.toolTip() for widget in widgets if widget.toolTip()), ""))
    for widget in widgets:
        row.add(widget, 1 if isinstance(widget, Dropdown | SliderRow | DecimalField) else 0)
    return row


SPIN_WIDTH = 80  # of a number with its unit


class PlainSpin(DecimalField):
    """A number with its unit and no more digits than it needs."""

    def __init__(
        self, name: str, tip: str, low: float, high: float, unit: str, digits: int = 2
    ) -> None:
        super().__init__()
        self.setRange(low, high)
        self.setDecimals(digits)
        self.setSuffix(unit)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setProperty("role", "plain")
        self.lineEdit().setTextMargins(Spacing.LABEL, 0, 0, 0)
        self.setKeyboardTracking(False)  # what is being typed is no value yet
        self.setFont(tabular(interface_font()))
        self.setFixedWidth(SPIN_WIDTH)
        ignore_wheel(self)

    def textFromValue(self, value: float) -> str:
        """Without needless zeros."""
        return (
            f"{value:.{self.decimals()}f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"
        )

    def show_value(self, value: float) -> None:
        """Show a value; nothing is sent."""
        if abs(value - self.value()) > 0.5 * 10 ** -self.decimals():
            self.blockSignals(True)
            self.setValue(value)
            self.blockSignals(False)


class WheelGuard(QObject):
    """Keeps the wheel from changing a field that it only passes over while scrolling."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave the wheel to what lies behind the field."""
        if event.type() == QEvent.Type.Wheel:
            event.ignore()
            return True
        return False


def ignore_wheel(*fields: QWidget) -> None:
    """Let the wheel scroll what lies behind these; click and Tab reach them, the wheel does not."""
    for field in fields:
        field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        field.installEventFilter(WheelGuard(field))
