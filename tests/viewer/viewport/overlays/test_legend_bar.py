"""The legend of colours."""

from dvox_core.rendering.pictures import (
    Legend,
)
from viewer.viewport.overlays.legend_bar import value_texts


def test_the_legends_values_have_as_many_digits_as_tell_them_apart():
    def texts(low, high):
        return value_texts(Legend("", "", "viridis", low, high))

    assert texts(0.0, 6.0) == ("0.0", "3.0", "6.0")
    assert texts(2.1, 4.9) == ("2.10", "3.50", "4.90")
    assert texts(100.0, 300.0) == ("100", "200", "300")
