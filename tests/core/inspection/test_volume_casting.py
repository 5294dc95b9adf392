"""A volume seen from outside, against the plain way of casting rays."""

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from dvox_core.geometry.cameras import look_at
from dvox_core.geometry.grid import GridPlacement
from dvox_core.inspection.volume_casting import STEP, cast_volume
from dvox_core.inspection.volume_view import VolumeView

SIDE = 8
PLACEMENT = GridPlacement((0.1, -0.2, 0.3), 2.0)


def view_from(position, target=(0.1, -0.2, 0.3), focal=60.0, size=40):
    camera = look_at(position, target, (0, 0, 1))
    return VolumeView(camera, focal, size / 2 - 0.5, size / 2 - 0.5, size, size)


def plainly(volume, view):
    """The same, ray by ray and sample by sample, by scipy's interpolation."""
    to_grid = PLACEMENT.world_to_grid(SIDE) @ view.camera.camera_to_world
    premultiplied = volume.astype(np.float64)
    premultiplied[..., :3] *= premultiplied[..., 3:]
    picture = np.zeros((view.height, view.width, 4))
    origin = to_grid[:3, 3]
    for row in range(view.height):
        for column in range(view.width):
            x = (column - view.center_x) / view.focal
            y = (row - view.center_y) / view.focal
            way = to_grid[:3, :3] @ (x, y, 1)
            way /= np.linalg.norm(way)
            ends = np.array([(-0.5 - origin) / way, (SIDE - 0.5 - origin) / way])
            near, far = max(ends.min(axis=0).max(), 0), ends.max(axis=0).min()
            left = 1.0
            for at in np.arange(near + STEP / 2, far, STEP):
                point = (origin + at * way)[::-1, None]
                r, g, b, a = (
                    map_coordinates(premultiplied[..., k], point, order=1, mode="nearest")[0]
                    for k in range(4)
                )
                if a > 1e-9:
                    opacity = 1 - (1 - min(a, 0.999)) ** STEP
                    picture[row, column, :3] += left * opacity / a * np.array([r, g, b])
                    picture[row, column, 3] += left * opacity
                    left *= 1 - opacity
    return picture


@pytest.mark.parametrize("position", [(3.0, 2.0, 1.5), (-2.5, 0.4, -1.0), (0.2, -0.1, 0.4)])
def test_it_is_what_the_plain_way_gives(position):
    random = np.random.default_rng(5)
    volume = random.random((SIDE, SIDE, SIDE, 4)).astype(np.float32)
    volume[..., 3] *= random.random((SIDE,) * 3) > 0.6
    volume[..., 3] *= 0.5
    view = view_from(position)
    expected = plainly(volume, view)
    picture = cast_volume(volume, PLACEMENT, view) / 255
    assert expected[..., 3].max() > 0.5
    # A ray ends once next to nothing is left of its light.
    assert np.abs(picture - expected).max() < 0.03
    assert np.abs(picture - expected).mean() < 0.004


def test_an_opaque_cube_shows_its_colour_and_nothing_around_it():
    volume = np.zeros((SIDE, SIDE, SIDE, 4), dtype=np.float32)
    volume[2:6, 2:6, 2:6] = (0.2, 0.6, 1.0, 1.0)
    picture = cast_volume(volume, PLACEMENT, view_from((5, 0, 0.3)))
    assert picture[20, 20, :3] == pytest.approx([51, 153, 255], abs=6)
    assert picture[20, 20, 3] > 245
    assert (picture[0] == 0).all()
    assert (picture[:, 0] == 0).all()


def test_a_view_that_looks_away_is_empty():
    volume = np.ones((SIDE, SIDE, SIDE, 4), dtype=np.float32)
    assert (cast_volume(volume, PLACEMENT, view_from((4, 0, 0), target=(9, 0, 0))) == 0).all()


def test_a_smaller_picture_shows_the_same():
    volume = np.random.default_rng(1).random((SIDE, SIDE, SIDE, 4)).astype(np.float32)
    view = view_from((3.0, 2.0, 1.5), size=64, focal=90.0)
    whole = cast_volume(volume, PLACEMENT, view).astype(float)
    half = cast_volume(volume, PLACEMENT, view.scaled(0.5)).astype(float)
    means = whole.reshape(32, 2, 32, 2, 4).mean(axis=(1, 3))
    assert half.shape == (32, 32, 4)
    assert np.abs(half - means).mean() < 6
