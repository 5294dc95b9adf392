"""Fields for numbers that understand a point and a comma in every language.

Qt's own take the system's language. In German they read 2.25 as 225, and in English 2,14 as 214;
in a field for whole numbers 1.9 becomes 19, and a digit too many is dropped as it is typed. Here
what was typed stays until it is done, and is then taken as it is, or refused as a whole.
"""

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox

from viewer.widgets.number_text import may_become_number, parse_number, parse_whole_number

THIN_SPACE = "\u2009"

TEXT_LEFT_PX = 7
"""Where text begins in the other fields: a style sheet's padding does not move that of these."""

Result = tuple[QValidator.State, str, int]


class DecimalField(QDoubleSpinBox):
    """A number with decimals; more of them than it keeps are rounded."""

    def __init__(self) -> None:
        super().__init__()
        self.lineEdit().setTextMargins(TEXT_LEFT_PX, 0, 0, 0)

    def textFromValue(self, value: float) -> str:
        """With a point, whatever the language."""
        return f"{value:.{self.decimals()}f}"

    def valueFromText(self, text: str) -> float:
        """What was typed; the present value where that is no number."""
        if text and text == self.specialValueText():
            return self.minimum()
        number = parse_number(_bare(self, text))
        return self.value() if number is None else round(number, self.decimals())

    def validate(self, text: str, position: int) -> Result:
        """Whether it is a number, or may become one."""
        number = parse_number(_bare(self, text))
        return _judged(self, text, position, number)

    def fixup(self, text: str) -> str:
        """The nearest number that is allowed; the present one where it is none."""
        number = parse_number(_bare(self, text))
        value = self.value() if number is None else number
        nearest = min(max(value, self.minimum()), self.maximum())
        return f"{self.prefix()}{self.textFromValue(nearest)}{self.suffix()}"


class WholeNumberField(QSpinBox):
    """A whole number."""

    def __init__(self) -> None:
        super().__init__()
        self.lineEdit().setTextMargins(TEXT_LEFT_PX, 0, 0, 0)

    def textFromValue(self, value: int) -> str:
        """With thin gaps between groups, where they are shown, whatever the language."""
        return f"{value:,}".replace(",", THIN_SPACE) if self.isGroupSeparatorShown() else str(value)

    def valueFromText(self, text: str) -> int:
        """What was typed; the present value where that is no whole number."""
        if text and text == self.specialValueText():
            return self.minimum()
        number = parse_whole_number(_bare(self, text))
        return self.value() if number is None else number

    def validate(self, text: str, position: int) -> Result:
        """Whether it is a whole number, or may become one."""
        number = parse_whole_number(_bare(self, text))
        return _judged(self, text, position, number)

    def fixup(self, text: str) -> str:
        """The nearest number that is allowed; the present one where it is none."""
        number = parse_whole_number(_bare(self, text))
        value = self.value() if number is None else number
        nearest = min(max(value, self.minimum()), self.maximum())
        return f"{self.prefix()}{self.textFromValue(nearest)}{self.suffix()}"


def _bare(field: DecimalField | WholeNumberField, text: str) -> str:
    """Without prefix and suffix."""
    return text.removeprefix(field.prefix()).removesuffix(field.suffix()).strip()


def _judged(
    field: DecimalField | WholeNumberField, text: str, position: int, number: float | None
) -> Result:
    if (text and text == field.specialValueText()) or (
        number is not None and field.minimum() <= number <= field.maximum()
    ):
        state = QValidator.State.Acceptable
    elif number is not None or may_become_number(_bare(field, text)):
        state = QValidator.State.Intermediate
    else:
        state = QValidator.State.Invalid
    return state, text, position
