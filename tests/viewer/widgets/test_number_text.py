"""Numbers that people type."""

import pytest

from viewer.widgets.number_text import may_become_number, parse_number, parse_whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2.25", 2.25),
        ("2,25", 2.25),
        ("2,14", 2.14),
        ("29.97", 29.97),
        ("29,97", 29.97),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("1.234.567", 1234567.0),
        ("1,234,567", 1234567.0),
        ("1 234,5", 1234.5),
        ("1\u2009280", 1280.0),
        ("-0,5", -0.5),
        ("−0.5", -0.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e-3", 1e-3),
        ("1,5e-3", 1.5e-3),
        ("", None),
        (".", None),
        ("1.2.3", None),
        ("1,23.4", None),
        ("12,34,567", None),
        ("1.5x", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_a_point_and_a_comma_are_both_taken(text, number):
    assert parse_number(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("20", 20),
        ("20,000", 20000),
        ("20.000", 20000),
        ("20\u2009000", 20000),
        ("1.234.567", 1234567),
        ("20.0", 20),
        ("1e3", 1000),
        ("1.9", None),
        ("1,9", None),
        ("0,500", 500),
        ("", None),
        ("1e40", None),
    ],
)
def test_a_whole_number_is_never_made_of_one_with_decimals(text, number):
    assert parse_whole_number(text) == number


@pytest.mark.parametrize(("text", "may"), [("", True), ("-", True), ("1.", True), ("1e", True)])
def test_what_is_being_typed_may_become_a_number(text, may):
    assert may_become_number(text) is may
    assert not may_become_number("x" + text)
