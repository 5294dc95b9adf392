"""What is likely wrong with a capture is told in a line, within the first stage."""

from dataclasses import replace

import numpy as np
import pytest

from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Intrinsics
from dvox_core.geometry.grid import GridPlacement
from dvox_core.radiance_field.checks import (
    border_color,
    doubt_about,
    mean_picture_psnr,
    require_sound_views,
)
from dvox_core.radiance_field.config import FieldConfig, FieldStage
from dvox_core.radiance_field.fitting import FieldFitter
from dvox_core.radiance_field.lens_check import find_principal_point, moved
from dvox_core.radiance_field.views import FieldViews, load_field_views
from tests.helpers.captures import HALF_EDGE, PLACEMENT, cube_capture, cube_picture, ring_camera

COARSE = FieldConfig(stages=(FieldStage(32, 100, 2048, 0.5, 0.05, 0.2),))


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> FieldViews:
    capture = cube_capture(tmp_path_factory.mktemp("cube"), train=16)
    return load_field_views(capture, 64)


def doubt(views: FieldViews, placement: GridPlacement = PLACEMENT) -> str:
    fitter = FieldFitter(views, placement, COARSE, 0, threads=1)
    steps = [fitter.step() for _ in range(COARSE.steps)]
    return doubt_about(fitter.field, views, float(np.mean([step.psnr for step in steps[-20:]])))


def test_a_sound_capture_raises_no_doubt(views: FieldViews) -> None:
    require_sound_views(views, PLACEMENT)
    assert doubt(views) == ""


def test_poses_of_other_pictures_are_doubted(views: FieldViews) -> None:
    shuffled = np.random.default_rng(0).permutation(len(views.cameras))
    wrong = replace(views, cameras=tuple(views.cameras[number] for number in shuffled))
    assert "poses" in doubt(wrong)


def test_a_box_beside_the_object_is_doubted(views: FieldViews) -> None:
    assert "grid" in doubt(views, GridPlacement((0.0, 0.0, 9.0), 1.0))


def test_pictures_of_more_than_the_box_are_told_apart_from_wrong_poses(views: FieldViews) -> None:
    busy = views.pictures.copy()
    white = (busy == 255).all(axis=-1)
    busy[white] = np.random.default_rng(0).integers(128, size=(int(white.sum()), 3))
    tight = GridPlacement(PLACEMENT.center, 2 * HALF_EDGE)
    assert "surroundings" in doubt(replace(views, pictures=busy), tight)


def test_one_view_is_refused(views: FieldViews) -> None:
    alone = replace(views, pictures=views.pictures[:1], cameras=views.cameras[:1])
    with pytest.raises(CaptureError, match="1 training view:"):
        require_sound_views(alone, PLACEMENT)


def test_pictures_of_one_tone_are_refused(views: FieldViews) -> None:
    with pytest.raises(CaptureError, match="contrast"):
        require_sound_views(replace(views, pictures=np.full_like(views.pictures, 17)), PLACEMENT)


def test_cameras_in_the_box_are_refused(views: FieldViews) -> None:
    with pytest.raises(CaptureError, match="16 of 16 cameras are inside"):
        require_sound_views(views, GridPlacement(PLACEMENT.center, 9.0))


def test_the_borders_tell_the_colour_behind(views: FieldViews) -> None:
    found = border_color(views)
    assert found.color == pytest.approx((1, 1, 1))
    assert found.is_plain
    noise = np.random.default_rng(0).integers(256, size=views.pictures.shape).astype(np.uint8)
    assert not border_color(replace(views, pictures=noise)).is_plain


def test_the_mean_picture_of_two_tones_is_half_way() -> None:
    pictures = np.zeros((2, 8, 8, 3), dtype=np.float32)
    pictures[1] = 1
    stub = FieldViews(pictures, (), None)  # type: ignore[arg-type]
    assert mean_picture_psnr(stub) == pytest.approx(-10 * np.log10(0.25))


def test_a_principal_point_that_is_stated_wrong_is_found() -> None:
    lens = Intrinsics(102.4, 31.5, 31.5, 64, 64)
    heights = (-0.3, 0.1, 0.6)  # cameras at one height see a shift along y as one of the object
    cameras = tuple(ring_camera(index, 24, heights[index % 3]) for index in range(24))
    views = FieldViews(np.stack([cube_picture(camera, lens) for camera in cameras]), cameras, lens)
    right = find_principal_point(views, PLACEMENT, COARSE, threads=1)
    wrong = find_principal_point(moved(views, (0.5, 0.0)), PLACEMENT, COARSE, threads=1)
    assert right.shift == pytest.approx((0, 0), abs=0.15)
    assert wrong.shift[0] < -0.2
    assert wrong.shift[1] == pytest.approx(0, abs=0.15)
    assert wrong.gain_db > right.gain_db
