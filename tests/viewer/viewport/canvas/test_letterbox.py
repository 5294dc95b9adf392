"""Where the picture lies, in whole device pixels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.viewport.canvas.letterbox import Rectangle, canvas_point, letterbox, picture_pixel


@given(
    width=st.integers(1, 3000),
    height=st.integers(1, 3000),
    ratio=st.sampled_from([1.0, 1.25, 1.5, 2.0, 3.0]),
    picture=st.sampled_from([(118, 118), (502, 502), (400, 300)]),
)
def test_the_letterbox_is_whole_pixels_centred_and_of_the_pictures_shape(
    width, height, ratio, picture
):
    place = letterbox(width, height, ratio, *picture)
    for value in (place.x, place.y, place.width, place.height):
        assert value == int(value)
    device = round(width * ratio), round(height * ratio)
    assert abs(device[0] - place.width - 2 * place.x) <= 1
    assert abs(device[1] - place.height - 2 * place.y) <= 1
    if place.width > 20 and place.height > 20:
        assert place.width / place.height == pytest.approx(picture[0] / picture[1], rel=0.06)
        assert place.x >= 0
        assert place.y >= 0
        # As large as it can be: one side has no more room than its margin.
        spare_x = width * ratio - place.width - 2 * min(12, width / 10) * ratio
        spare_y = height * ratio - place.height - 2 * min(52, height / 10) * ratio
        assert min(spare_x, spare_y) < 1.5 * max(picture) / min(picture)


def test_known_letterboxes():
    assert letterbox(1040, 720, 1.0, 118, 118) == Rectangle(212, 52, 616, 616)
    assert letterbox(1040, 720, 2.0, 118, 118) == Rectangle(424, 104, 1232, 1232)
    assert letterbox(400, 1000, 1.0, 118, 118) == Rectangle(12, 312, 376, 376)


@given(st.floats(0, 127), st.floats(0, 127))
def test_pixels_and_points_are_each_others_inverse(u, v):
    shown = Rectangle(10, 20, 590, 590)
    assert np.allclose(picture_pixel(*canvas_point(u, v, shown, 128), shown, 128), (u, v))


def test_the_corner_of_the_shown_picture_is_the_corner_of_the_first_trained_pixel():
    shown = Rectangle(10, 20, 1180, 1180)
    assert picture_pixel(10, 20, shown, 128) == (4.5, 4.5)
    assert picture_pixel(1190, 1200, shown, 128) == (122.5, 122.5)
    assert canvas_point(5, 5, shown, 128) == (15, 25)  # ten screen pixels a picture pixel
