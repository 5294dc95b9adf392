"""Scales of maps: other colours, a locked range, inverted, logarithmic."""

import numpy as np
import pytest

from dvox_core.rendering import colormaps
from dvox_core.rendering.map_scale import EVEN_MAPS, MapScale
from dvox_core.rendering.pictures import EMPTY_COLOR, Legend, colors_of

LEGEND = Legend("Weight", "weight", "magma", 0.0, 0.5)


def test_an_untouched_scale_changes_nothing():
    assert MapScale().applied_to(LEGEND) == LEGEND
    assert not MapScale().is_locked


def test_a_locked_range_stays_and_colours_are_exchanged_and_turned_round():
    scale = MapScale("cividis", is_inverted=True).locked(0.1, 0.2)
    shown = scale.applied_to(LEGEND)
    assert (shown.low, shown.high, shown.colormap) == (0.1, 0.2, "cividis_r")
    assert scale.unlocked().applied_to(LEGEND).high == 0.5
    assert MapScale().locked(1.0, 1.0).applied_to(LEGEND).high > 1.0
    values = np.array([0.1, 0.2])
    turned = colors_of(values, shown)[:, :3]
    assert (turned == colormaps.table("cividis")[[255, 0]]).all()
    back = MapScale(is_inverted=True).applied_to(Legend("", "", "cividis_r", 0, 1))
    assert back.colormap == "cividis"


def test_on_a_logarithmic_scale_equal_ratios_are_equal_steps():
    shown = MapScale(is_logarithmic=True).locked(0.01, 1.0).applied_to(LEGEND)
    assert shown.is_logarithmic
    values = np.array([0.0, 0.01, 0.1, 1.0, np.nan])
    colors = colors_of(values, shown)[:, :3]
    assert (colors[:4] == colormaps.table("magma")[[0, 0, 128, 255]]).all()
    assert tuple(colors[4]) == EMPTY_COLOR


def test_a_logarithmic_scale_from_nought_shows_three_decades():
    shown = MapScale(is_logarithmic=True).applied_to(LEGEND)
    assert (shown.low, shown.high) == pytest.approx((0.0005, 0.5))


@pytest.mark.parametrize("name", [name for _, name in EVEN_MAPS if name != "gray"])
def test_the_maps_that_are_offered_are_perceptually_even(name):
    """Lightness (Rec. 709 luma of linear light, cube root) rises steadily from end to end."""
    linear = (colormaps.table(name) / 255.0) ** 2.2
    lightness = np.cbrt(linear @ [0.2126, 0.7152, 0.0722])
    steps = np.diff(lightness[::8])
    assert (steps > 0).all()
    assert steps.max() < 4 * steps.mean()
