"""Lines through maps, and the values on them."""

import numpy as np
import pytest

from viewer.widgets.line_profile import (
    LineProfile,
    column_profile,
    line_angle,
    row_profile,
    value_range,
)

VALUES = np.arange(12.0).reshape(3, 4)


def test_rows_and_columns_are_the_maps_own_at_the_places_of_its_axes():
    row = row_profile((3, 4), 1, "column of rays", 0.0, 64.0)
    assert row.values(VALUES).tolist() == [4, 5, 6, 7]
    assert row.places.tolist() == [8, 24, 40, 56]
    assert row.edges.tolist() == [0, 16, 32, 48, 64]
    # Depth grows upwards: the first row is the farthest.
    column = column_profile((3, 4), 2, "metric depth", 5.0, 2.0)
    assert column.values(VALUES).tolist() == [2, 6, 10]
    assert column.edges.tolist() == [5, 4, 3, 2]
    assert column.nearest(2.4) == 2
    assert (row.ends, column.ends) == (((0, 1), (3, 1)), ((2, 0), (2, 2)))


def test_a_slanted_line_takes_nearest_entries_and_nothing_from_outside_the_map():
    along = np.array([-1.0, 0.4, 1.6, 2.4, np.nan, 9.0])
    line = LineProfile("ray", "depth", along, along, np.arange(7.0))
    found = line.values(VALUES)
    np.testing.assert_array_equal(found, [np.nan, 0, 10, 10, np.nan, np.nan])
    colors = line.values(np.stack([VALUES, -VALUES, 0 * VALUES], axis=-1))
    assert colors[2].tolist() == [10, -10, 0]
    assert np.isnan(colors[0]).all()


def test_a_line_beside_the_map_has_no_ends_and_one_entry_is_as_wide_as_the_map():
    nowhere = LineProfile("ray", "depth", np.full(2, np.nan), np.zeros(2), np.arange(3.0))
    assert nowhere.ends is None
    assert row_profile((3, 1), 0, "", 0.0, 1.0).edges.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("last", "angle"), [((5, 1), 0), ((1, 9), 90), ((1, -9), 90), ((0, 1), 0), ((2, 2), 45)]
)
def test_lines_have_one_angle_whichever_way_they_are_gone_along(last, angle):
    assert line_angle((1.0, 1.0), last) == pytest.approx(angle)


def test_a_range_is_the_legends_unless_values_lie_outside_and_is_never_empty():
    assert value_range(np.array([0.2, 0.4]), (0.0, 1.0)) == (0.0, 1.0)
    assert value_range(np.array([0.2, 1.4, np.nan, np.inf]), (0.0, 1.0)) == (0.0, 1.4)
    assert value_range(np.array([np.nan]), None) == (0.0, 1.0)
    for constant in (0.0, 1e-9, -3.0, 1e9):
        low, high = value_range(np.full(4, constant), None)
        assert low < constant < high
