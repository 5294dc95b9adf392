"""A slider with two handles over whole numbers."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from superqt import QRangeSlider

from viewer.widgets.inputs import SliderRow


class SpanSlider(SliderRow):
    """From the first to the last of some things; a double click chooses all of them again."""

    changed = Signal(int, int)  # by the user: first, last

    def __init__(self, name: str, tip: str, count: int) -> None:
        self._range = QRangeSlider(Qt.Orientation.Horizontal)  # type: ignore[no-untyped-call]
        super().__init__(self._range, name, f"{tip}\nDouble-click chooses all again")
        self._range.valueChanged.connect(self._on_value_changed)
        self.set_count(count)

    @property
    def span(self) -> tuple[int, int]:
        """First and last."""
        span: Any = self._range.value()  # its class says int, as its parent's does
        return round(span[0]), round(span[1])

    def set_count(self, count: int) -> None:
        """Be over this many things, and choose all."""
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(count - 1, 1))
        self._range.setValue((0, max(count - 1, 1)))
        self.slider.blockSignals(False)
        self.set_label_width(f"{count} … {count}")
        self._write_span()

    def choose(self, first: int, last: int) -> None:
        """Set a span as the user does."""
        self._range.setValue((first, last))

    def reset(self) -> None:
        """Choose all."""
        self.choose(self.slider.minimum(), self.slider.maximum())

    def _on_value_changed(self) -> None:
        self._write_span()
        self.changed.emit(*self.span)

    def _write_span(self) -> None:
        self.label.setText("{} … {}".format(*self.span))
