"""The nearest-view baseline."""

from pathlib import Path

import numpy as np
import pytest

from dvox_core.baselines.nearest_view import NearestViewRenderer
from dvox_core.data.pictures import load_picture
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import look_at
from dvox_core.rendering.frame import Extra
from tests.helpers.captures import PLACEMENT, cube_capture, ring_camera


def test_it_shows_the_training_picture_taken_from_nearest(tmp_path: Path) -> None:
    capture = cube_capture(tmp_path, train=8, test=1)
    views = capture.split("train")
    renderer = NearestViewRenderer(views, capture.placement, 128)
    for index in range(8):
        beside = ring_camera(0, 1, 0.5) if index == 0 else ring_camera(index, 8, 0.6)
        frame = renderer.render(beside, Extra.FLOAT_PICTURE)
        truth = load_picture(views[index].picture_path, 128)
        np.testing.assert_array_equal(frame.picture, truth)
        np.testing.assert_allclose(frame.float_picture, truth / 255, atol=1e-6)
    assert frame.depth is None
    assert renderer.facts.backend == "nearest view"


def test_turning_and_moving_both_count(tmp_path: Path) -> None:
    capture = cube_capture(tmp_path, train=4, test=1)
    views = capture.split("train")
    renderer = NearestViewRenderer(views, PLACEMENT, 128)
    # At view 0's place, but looking almost as view 1 does: place and direction differ by 90° each.
    position = views[0].camera.position
    looking_away = look_at(position, position + views[1].camera.forward, (0, 0, 1))
    assert renderer.nearest(looking_away) in (views[0], views[1])
    assert renderer.nearest(views[2].camera) is views[2]
    moved = look_at(position * 0.9 + [0.1, 0.1, 0], (0, 0, 0), (0, 0, 1))
    assert renderer.nearest(moved) is views[0]


def test_without_training_views_there_is_no_baseline() -> None:
    with pytest.raises(CaptureError, match="no training views"):
        NearestViewRenderer((), PLACEMENT, 128)
