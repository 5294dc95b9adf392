"""A slider with two handles over whole numbers, its span written at its right."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget
from superqt import QRangeSlider

from viewer.theme import Spacing, interface_font, tabular


class SpanSlider(QWidget):
    """From the first to the last of a row of things; a double click takes all of them again."""

    changed = Signal(int, int)  # by the user: first, last

    def __init__(self, name: str, tip: str, count: int) -> None:
        super().__init__()
        self.slider = QRangeSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(name)
        self.slider.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.label = QLabel()
        self.label.setFont(tabular(interface_font()))
        self.label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for widget in (self.slider, self.label):
            widget.setToolTip(f"{tip}\nDouble-click takes all again")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Spacing.CONTROL)
        row.addWidget(self.slider, 1)
        row.addWidget(self.label)
        self.slider.installEventFilter(self)
        self.slider.valueChanged.connect(self._tell)
        self.set_count(count)

    @property
    def span(self) -> tuple[int, int]:
        """First and last."""
        first, last = self.slider.value()
        return int(first), int(last)

    def set_count(self, count: int) -> None:
        """Be over this many things, and take all."""
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(count - 1, 1))
        self.slider.setValue((0, max(count - 1, 1)))
        self.slider.blockSignals(False)
        metrics = QFontMetrics(self.label.font())
        self.label.setFixedWidth(metrics.horizontalAdvance(f"{count} … {count}0"))
        self._show()

    def choose(self, first: int, last: int) -> None:
        """Take a span as if the user had."""
        self.slider.setValue((first, last))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave the wheel to the panel; take all by a double click."""
        if event.type() == QEvent.Type.Wheel:
            event.ignore()
            return True
        if event.type() == QEvent.Type.MouseButtonDblClick:
            self.choose(self.slider.minimum(), self.slider.maximum())
            return True
        return False

    def _tell(self) -> None:
        self._show()
        self.changed.emit(*self.span)

    def _show(self) -> None:
        self.label.setText("{} … {}".format(*self.span))
