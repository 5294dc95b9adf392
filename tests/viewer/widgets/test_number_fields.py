"""Fields for numbers, typed into with real keys in several languages."""

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox

from viewer.widgets.number_fields import DecimalField, WholeNumberField

LANGUAGES = ["en_US", "de_DE", "fr_FR", "ar_EG", "C"]


@pytest.fixture(params=LANGUAGES)
def language(request):
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    yield request.param
    QLocale.setDefault(before)


def number_field(qtbot, *, decimals=2, low=0.0, high=1000.0, suffix=" s", value=7.0):
    field = DecimalField()
    field.setDecimals(decimals)
    field.setRange(low, high)
    field.setSuffix(suffix)
    field.setValue(value)
    return shown(qtbot, field)


def whole_field(qtbot, *, low=0, high=1_000_000, suffix=" px", value=7, grouped=False):
    field = WholeNumberField()
    field.setRange(low, high)
    field.setSuffix(suffix)
    field.setGroupSeparatorShown(grouped)
    field.setValue(value)
    return shown(qtbot, field)


def shown(qtbot, field):
    field.setKeyboardTracking(False)
    qtbot.addWidget(field)
    field.show()
    return field


def type_into(qtbot, field, text):
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    return field.value()


@pytest.mark.parametrize(
    ("text", "value"),
    [("2.25", 2.25), ("2,25", 2.25), ("2,14", 2.14), ("1.9", 1.9), ("29,97", 29.97), ("9", 9.0)],
)
def test_decimals_are_taken_with_point_and_comma(qtbot, language, text, value):
    field = number_field(qtbot)
    assert type_into(qtbot, field, text) == value
    assert field.text() == f"{value:.2f} s"


@pytest.mark.parametrize("text", ["1.2.3", "1,23.4", "", "-", "."])
def test_what_is_no_number_is_refused_as_a_whole(qtbot, language, text):
    field = number_field(qtbot)
    assert type_into(qtbot, field, text) == 7.0
    assert field.text() == "7.00 s"


@pytest.mark.parametrize("text", ["1.9", "1,9", "19,95"])
def test_a_whole_number_field_refuses_decimals(qtbot, language, text):
    field = whole_field(qtbot)
    assert type_into(qtbot, field, text) == 7
    assert field.text() == "7 px"


@pytest.mark.parametrize("text", ["20000", "20,000", "20.000", "20 000"])
def test_groups_are_taken_in_whole_numbers(qtbot, language, text):
    field = whole_field(qtbot, grouped=True)
    assert type_into(qtbot, field, text) == 20000
    assert field.text() == "20\u2009000 px"
    field.stepUp()
    assert field.value() == 20001


def test_no_digit_is_dropped_while_it_is_typed(qtbot, language):
    field = number_field(qtbot, high=120.0)
    field.selectAll()
    qtbot.keyClicks(field, "150")
    assert field.lineEdit().text() == "150 s"
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert field.value() == 120.0  # the nearest that is allowed, not 15
    assert type_into(qtbot, field, "2.3456") == 2.35


def test_a_text_for_a_special_value_is_kept(qtbot, language):
    field = whole_field(qtbot, low=1, value=1)
    field.setSpecialValueText("None")
    assert field.text() == "None"
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert (field.value(), field.text()) == (1, "None")
    assert type_into(qtbot, field, "8") == 8


def test_prefix_and_suffix_do_not_disturb(qtbot, language):
    field = whole_field(qtbot, suffix="th view")
    field.setPrefix("Every ")
    assert type_into(qtbot, field, "12") == 12
    assert field.text() == "Every 12th view"


def test_no_other_field_for_numbers_is_used_in_the_window():
    import ast
    from pathlib import Path

    import viewer

    found = []
    for path in Path(viewer.__file__).parent.rglob("*.py"):
        if path.name == "number_fields.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            based = isinstance(node, ast.ClassDef) and [
                base.id for base in node.bases if isinstance(base, ast.Name)
            ]
            name = node.func.id if called else ""
            if {name, *(based or ())} & {QDoubleSpinBox.__name__, QSpinBox.__name__}:
                found.append(f"{path.name}:{node.lineno}")
    assert not found
    assert issubclass(DecimalField, QAbstractSpinBox)
