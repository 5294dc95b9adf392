"""Inputs: sliders, numbers and lists that leave the wheel to what they stand in."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QSpinBox

from viewer.widgets.inputs import Dropdown, PlainSpin, ValueSlider, ignore_wheel
from viewer.widgets.span_slider import SpanSlider


def turn_wheel(widget) -> QWheelEvent:
    """Turn the wheel over a widget by a notch."""
    event = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(0, 120),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    return event


def test_a_slider_shows_its_value_returns_by_double_click_and_ignores_the_wheel(qtbot, qapp):
    slider = ValueSlider("Opacity", "How opaque", 0, 2, 1, lambda value: f"{value:.2f} units")
    qtbot.addWidget(slider)
    slider.show()
    with qtbot.waitSignal(slider.changed):
        slider.slider.setValue(750)
    assert slider.value == pytest.approx(1.5)
    assert slider.label.text() == "1.50 units"
    turn_wheel(slider.slider)
    assert slider.value == pytest.approx(1.5)
    qtbot.mouseDClick(slider.slider, Qt.MouseButton.LeftButton)
    assert slider.value == pytest.approx(1.0)


def test_a_value_set_by_the_program_sends_nothing(qtbot, qapp):
    slider = ValueSlider("Opacity", "How opaque", 0, 2, 1, str)
    qtbot.addWidget(slider)
    with qtbot.assertNotEmitted(slider.changed):
        slider.set_value(0.5)
        slider.set_range(0, 4)
    assert slider.value == pytest.approx(0.5, abs=0.01)


def test_a_span_is_chosen_written_and_reset_by_a_double_click(qtbot, qapp):
    span = SpanSlider("Crop", "What is shown", 12)
    qtbot.addWidget(span)
    span.show()
    assert span.span == (0, 11)
    with qtbot.waitSignal(span.changed) as sent:
        span.choose(2, 5)
    assert sent.args == [2, 5]
    assert span.label.text() == "2 … 5"
    turn_wheel(span.slider)
    assert span.span == (2, 5)
    qtbot.mouseDClick(span.slider, Qt.MouseButton.LeftButton)
    assert span.span == (0, 11)


def test_the_wheel_passes_over_fields_to_what_lies_behind(qtbot, qapp):
    spin, combo = QSpinBox(), QComboBox()
    combo.addItems(["a", "b"])
    ignore_wheel(spin, combo)
    number = PlainSpin("Seconds", "How long", 0, 10, " s")
    choice = Dropdown([("one", 1), ("two", 2)], "Choice", "Which")
    for field in (spin, combo, number, choice):
        qtbot.addWidget(field)
        assert not turn_wheel(field).isAccepted()  # Qt passes it on to the parent
        assert field.focusPolicy() == Qt.FocusPolicy.StrongFocus
    assert (spin.value(), combo.currentIndex(), number.value(), choice.value) == (0, 0, 0, 1)
