"""Numbers at ticks: short, and different from each other."""

import numpy as np
import pytest

from viewer.plots.chart import sound_range
from viewer.plots.tick_texts import log_tick_texts, tick_texts


@pytest.mark.parametrize(
    ("values", "spacing", "texts"),
    [
        ([0, 0.25, 0.5], 0.25, ["0.00", "0.25", "0.50"]),
        ([0, 50, 100], 50, ["0", "50", "100"]),
        ([1e9, 1.02e9, 1.1e9], 2e7, ["1e9", "1.02e9", "1.1e9"]),
        ([0, 2e-9, 4e-9], 2e-9, ["0", "2e-9", "4e-9"]),
        ([-3e5, 0, 3e5], 3e5, ["-3e5", "0", "3e5"]),
        ([], 1.0, []),
    ],
)
def test_ticks_have_as_many_digits_as_tell_them_apart(values, spacing, texts):
    assert tick_texts(values, spacing) == texts


def test_of_a_logarithmic_axis_all_ticks_or_some_or_powers_are_written():
    ticks = [np.log10(value) for value in range(1, 11)]
    assert log_tick_texts(ticks, 0.5)[:3] == ["1", "2", "3"]
    assert log_tick_texts(ticks, 2.0) == ["1", "2", "", "", "5", "", "", "", "", "10"]
    assert log_tick_texts(ticks, 6.0) == ["1", *[""] * 8, "10"]
    assert log_tick_texts([-9, -2, np.log10(5e-5), 5], 0.1) == ["1e-9", "0.01", "5e-5", "1e5"]


def test_every_range_can_be_shown():
    assert sound_range((0.0, 1e-9)) == (0.0, 1e-9)
    assert sound_range((3.0, 1.0)) == (3.0, 1.0)
    assert sound_range((float("nan"), 1.0)) == sound_range((0.0, float("inf"))) == (0.0, 1.0)
    for value in (0.0, 1e-12, -7.0, 1e12):
        low, high = sound_range((value, value))
        assert low < value < high
