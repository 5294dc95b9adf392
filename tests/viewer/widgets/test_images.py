"""QImages from arrays."""

import numpy as np
import pytest

from viewer.widgets.images import array_image, color_ramp, premultiplied_image


@pytest.mark.parametrize("channels", [3, 4])
def test_an_image_has_the_array_s_pixels_even_of_a_part_of_it(channels):
    pixels = np.random.default_rng(0).integers(0, 256, (7, 5, channels), dtype=np.uint8)
    part = pixels[1:6, ::2]
    image = array_image(part)
    assert (image.width(), image.height()) == (3, 5)
    for row, column in ((0, 0), (4, 2), (2, 1)):
        assert image.pixelColor(column, row).getRgb()[:3] == tuple(part[row, column, :3].tolist())
        assert image.pixelColor(column, row).alpha() == 255


def test_an_image_keeps_its_pixels_when_the_array_changes():
    pixels = np.full((2, 2, 3), 9, dtype=np.uint8)
    image = array_image(pixels)
    pixels[:] = 200
    assert image.pixelColor(0, 0).red() == 9


def test_a_premultiplied_image_has_opacities():
    pixels = np.array([[[50, 0, 0, 100], [0, 0, 0, 0]]], dtype=np.uint8)
    image = premultiplied_image(pixels)
    assert image.pixelColor(0, 0).alpha() == 100
    assert image.pixelColor(1, 0).alpha() == 0


def test_a_color_ramp_has_256_colours():
    ramp = color_ramp("viridis")
    assert (ramp.width(), ramp.height()) == (256, 1)
    assert ramp.pixelColor(0, 0) != ramp.pixelColor(255, 0)
