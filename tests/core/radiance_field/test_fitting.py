"""Fitting finds a known object, resumes exactly, and its pieces have known answers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from dvox_core.errors import CaptureError, CheckpointError
from dvox_core.radiance_field.config import FieldConfig, FieldStage
from dvox_core.radiance_field.field import RadianceField
from dvox_core.radiance_field.fitting import FieldFitter, seconds_per_step, whole_tiles
from dvox_core.radiance_field.rendering import render_field
from dvox_core.radiance_field.views import FieldViews, load_field_views
from tests.helpers.captures import HALF_EDGE, PLACEMENT, cube_capture

SMALL = FieldConfig(
    stages=(
        FieldStage(16, 80, 2048, 0.5, 0.05, 0.5),
        FieldStage(32, 120, 2048, 0.3, 0.05, 0.3),
    ),
)
TINY = FieldConfig(
    stages=(
        FieldStage(8, 4, 256, 0.5, 0.05, 0.5, outer_side=8),
        FieldStage(16, 4, 256, 0.3, 0.05, 0.3, outer_side=8),
        FieldStage(24, 4, 256, 0.3, 0.05, 0.3, outer_side=16),
    ),
    occupancy_every=3,
)


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> FieldViews:
    capture = cube_capture(tmp_path_factory.mktemp("cube"), train=16)
    return load_field_views(capture, 64)


@pytest.fixture(scope="module")
def fitted(views: FieldViews) -> RadianceField:
    fitter = FieldFitter(views, PLACEMENT, SMALL, 0, threads=1)
    while not fitter.is_done:
        fitter.step()
    return fitter.field


def test_a_cube_is_found_where_it_is(fitted: RadianceField) -> None:
    middle = (np.arange(fitted.side) - fitted.side / 2) * fitted.voxel_size
    distance = np.abs(np.stack(np.meshgrid(middle, middle, middle, indexing="ij"))).max(axis=0)
    opacity = fitted.opacity()
    outside = distance > HALF_EDGE + 2.5 * fitted.voxel_size
    shell = np.abs(distance - HALF_EDGE) < fitted.voxel_size
    assert opacity[outside].mean() < 0.05  # what no camera sees stays at 0.018
    assert opacity[shell].mean() > 0.25


def test_a_fitted_field_shows_what_the_pictures_show(
    views: FieldViews, fitted: RadianceField
) -> None:
    for picture, camera in zip(views.pictures[:4], views.cameras[:4], strict=True):
        view = render_field(fitted, camera, views.intrinsics, 64, threads=1)
        error = np.square(view.rgb - picture / np.float32(255)).mean()
        assert -10 * np.log10(error) > 22
        assert view.alpha[(picture == 255).all(axis=-1)].mean() < 0.2  # a thin white fog stays
        assert view.alpha[32, 32] > 0.95
        expected = 3 - HALF_EDGE / np.abs(camera.forward).max()
        assert view.depth[32, 32] == pytest.approx(expected, abs=0.25)  # its faces are plain


@pytest.mark.parametrize("stop", [2, 4, 6, 9])
def test_a_resumed_fit_is_the_same_to_the_bit(views: FieldViews, stop: int) -> None:
    whole = FieldFitter(views, PLACEMENT, TINY, 7, threads=1)
    steps = [whole.step() for _ in range(TINY.steps)]
    begun = FieldFitter(views, PLACEMENT, TINY, 7, threads=2)
    for _ in range(stop):
        begun.step()
    state = begun.state()
    begun.step()  # the state is a copy
    resumed = FieldFitter(views, PLACEMENT, TINY, 7, threads=1)
    resumed.load_state(state)
    assert [resumed.step() for _ in range(TINY.steps - stop)] == steps[stop:]
    np.testing.assert_array_equal(resumed.field.bricks(), whole.field.bricks())


def test_another_seed_takes_other_rays(views: FieldViews) -> None:
    losses = [FieldFitter(views, PLACEMENT, TINY, seed, threads=1).step().loss for seed in (0, 1)]
    assert losses[0] != losses[1]


def test_a_state_of_other_stages_is_refused(views: FieldViews) -> None:
    state = FieldFitter(views, PLACEMENT, TINY, 0, threads=1).state()
    other = FieldFitter(views, PLACEMENT, replace(TINY, pressure=0.5), 0, threads=1)
    with pytest.raises(CheckpointError, match="configuration"):
        other.load_state(state)


def test_a_state_is_plain_values_and_tensors(views: FieldViews, tmp_path: Path) -> None:
    fitter = FieldFitter(views, PLACEMENT, TINY, 0, threads=1)
    fitter.step()
    torch.save(fitter.state(), tmp_path / "state.pt")
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    FieldFitter(views, PLACEMENT, TINY, 0, threads=1).load_state(state)


def test_a_configuration_comes_back_from_json() -> None:
    assert FieldConfig.from_json(SMALL.to_json()) == SMALL


def test_progress_counts_the_steps_of_all_stages(views: FieldViews) -> None:
    fitter = FieldFitter(views, PLACEMENT, TINY, 0, threads=1)
    seen = []
    while not fitter.is_done:
        seen.append((fitter.stage, fitter.step().stage, round(fitter.progress * TINY.steps)))
    assert seen == [(step // 4, step // 4, step + 1) for step in range(TINY.steps)]


def test_each_stage_is_measured(views: FieldViews) -> None:
    seconds = seconds_per_step(FieldFitter(views, PLACEMENT, TINY, 0, threads=1), steps=1)
    assert len(seconds) == 3
    assert min(seconds) > 0


def test_rays_are_of_tiles_that_are_shown_whole() -> None:
    shown = np.zeros((2, 8, 10), dtype=bool)
    shown[1, 2:7, 3:8] = True
    corners = [divmod(int(number) - 80, 10) for number in whole_tiles(shown, 4)]
    assert corners == [(2, 3), (2, 4), (3, 3), (3, 4)]
    with pytest.raises(CaptureError, match="the pictures show nothing"):
        whole_tiles(shown, 6)


def test_padding_is_not_fitted_to(views: FieldViews) -> None:
    shown = np.ones(views.pictures.shape[:3], dtype=bool)
    shown[:, :, 48:] = False
    spoilt = views.pictures.copy()
    spoilt[:, :, 48:] = 0
    one = FieldFitter(replace(views, shown=shown), PLACEMENT, TINY, 0, threads=1)
    other = FieldFitter(replace(views, pictures=spoilt, shown=shown), PLACEMENT, TINY, 0, threads=1)
    for _ in range(6):
        assert one.step() == other.step()
