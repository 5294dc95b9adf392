"""The compiled loops and their plain twin give the same values and gradients."""

import numpy as np
import pytest
import torch

from dvox_core.geometry.cameras import Camera, Intrinsics, look_at
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE, frustum_for
from dvox_core.geometry.grid import GridPlacement
from dvox_core.radiance_field import kernels_numba, kernels_torch
from dvox_core.radiance_field.field import FARTHEST, Background, RadianceField
from dvox_core.radiance_field.occupancy import Occupancy
from dvox_core.radiance_field.optimizers import (
    CompiledOptimizer,
    Resolution,
    TorchOptimizer,
    compiled_grid,
    sample_room,
    samples_of_a_ray,
)
from dvox_core.radiance_field.rendering import LEAST_LIGHT, ray_weights, render_field
from dvox_core.radiance_field.views import FieldViews, grid_cameras, lens_of, pooled_intrinsics

PLACEMENT = GridPlacement((0.1, -0.2, 0.3), 2.0)
LENS = Intrinsics(22.0, 7.5, 8.25, 16, 16)
COLOR = (0.9, 0.4, 0.2)
RAYS = 300
FROM_OUTSIDE = look_at((2.5, 1.0, 1.5), PLACEMENT.center, (0, 0, 1))
FROM_BESIDE = look_at((0.3, -2.6, -0.4), PLACEMENT.center, (0, 0, 1))
FROM_INSIDE = look_at((0.4, 0.2, 0.3), (2.0, 1.0, 0.5), (0, 0, 1))
ALONG_AN_AXIS = Camera(np.array([[1, 0, 0, 0.1], [0, 1, 0, -0.2], [0, 0, 1, -3], [0, 0, 0, 1.0]]))


def patchy_field(side: int, outer_side: int = 0, seed: int = 0) -> RadianceField:
    """Random colours; dense, thin and empty parts."""
    random = np.random.default_rng(seed)

    def rows(count: int) -> np.ndarray:
        values = random.normal(0.5, 0.3, (count, count, count, 4)).astype(np.float32)
        values[..., 0] = random.normal(3.5, 2.0, (count, count, count))
        coarse = random.random((count // 4,) * 3) < 0.6
        empty = coarse.repeat(4, 0).repeat(4, 1).repeat(4, 2)
        values[..., 0][empty] = -2.0
        return values

    background = Background(COLOR, rows(outer_side) if outer_side else None)
    return RadianceField.from_rows(PLACEMENT, rows(side), background)


def optimizers(
    field: RadianceField, threads: int = 1
) -> tuple[CompiledOptimizer, TorchOptimizer, FieldViews]:
    random = np.random.default_rng(1)
    cameras = (FROM_OUTSIDE, FROM_BESIDE, FROM_INSIDE, ALONG_AN_AXIS)
    views = FieldViews(
        random.integers(256, size=(len(cameras), 16, 16, 3)).astype(np.uint8), cameras, LENS
    )
    resolution = Resolution(
        side=field.side,
        outer_side=field.background.side,
        rays=RAYS,
        background=COLOR,
        pressure=3e-3,
        least_light=1e-3,
        betas=(0.9, 0.99),
        epsilon=0.1,  # so that Adam is smooth: rounding of tiny gradients must not be enlarged
    )
    places = grid_cameras(cameras, PLACEMENT, field.side)
    rows = field.bricks()
    compiled = CompiledOptimizer(resolution, rows.copy(), views, places, threads)
    plain = TorchOptimizer(resolution, rows.copy(), views, places, torch.device("cpu"))
    compiled.look()
    plain.look()
    return compiled, plain, views


def some_rays(views: FieldViews, seed: int = 2) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    count = len(views.cameras) * 16 * 16
    return random.integers(count, size=RAYS), random.random(RAYS)


def compiled_gradient(
    field: RadianceField, views: FieldViews, pixels: np.ndarray, offsets: np.ndarray, shares: int
) -> tuple[np.ndarray, np.ndarray]:
    """Losses [R] and the gradient [rows, 4] by the compiled loops."""
    rows, losses = field.bricks(), np.empty(RAYS, dtype=np.float32)
    occupancy = Occupancy(field.side, field.background.side)
    occupancy.update(rows)
    samples = sample_room(RAYS * samples_of_a_ray(field.side, field.background.side))
    count = kernels_numba.trace_rays(
        compiled_grid(rows, occupancy),
        (
            grid_cameras(views.cameras, PLACEMENT, field.side),
            views.lens,
            views.pictures,
            np.float32(views.value_scale),
        ),
        pixels,
        offsets,
        tuple(np.float32(value) for value in COLOR),
        np.float32(3e-3),
        np.float32(1e-3),
        0,
        RAYS,
        samples,
        losses,
    )
    total = np.zeros_like(rows)
    sides = (field.side, field.background.side)
    for share in range(shares):
        kernels_numba.scatter(samples, count, sides, field.side**3, share, shares, total)
    return losses, total.reshape(-1, 4)


@pytest.mark.parametrize("outer_side", [0, 16])
@pytest.mark.parametrize("shares", [1, 3])
def test_losses_and_gradients_are_those_of_the_plain_twin(outer_side: int, shares: int) -> None:
    field = patchy_field(24, outer_side)
    _, plain, views = optimizers(field)
    pixels, offsets = some_rays(views)
    losses, gradient = compiled_gradient(field, views, pixels, offsets, shares)
    expected_losses, expected = plain.gradient(pixels, offsets)
    assert np.abs(expected.numpy()).max() > 0.1
    if outer_side:
        assert np.abs(expected.numpy()[field.side**3 :]).max() > 0.1
    np.testing.assert_allclose(losses, expected_losses.numpy(), atol=1e-5, rtol=1e-5)
    np.testing.assert_allclose(gradient, expected.numpy(), atol=1e-5, rtol=1e-5)


def test_the_gradient_is_the_slope_of_the_loss() -> None:
    field = patchy_field(16)
    _, plain, views = optimizers(field)
    pixels, offsets = some_rays(views)
    _, gradient = compiled_gradient(field, views, pixels, offsets, 1)
    row = int(np.abs(gradient[:, 0]).argmax())
    sums = []
    for change in (-1e-2, 1e-2):
        plain._values[row, 0] += change
        losses, _ = plain.gradient(pixels, offsets)
        plain._values[row, 0] -= change
        sums.append(losses.double().sum())
    # The pressure's part of the gradient is far below the tolerance.
    assert gradient[row, 0] == pytest.approx(float(sums[1] - sums[0]) / 2e-2, rel=0.05)


@pytest.mark.parametrize("outer_side", [0, 16])
def test_steps_are_those_of_the_plain_twin(outer_side: int) -> None:
    compiled, plain, views = optimizers(patchy_field(16, outer_side))
    for number in range(3):
        pixels, offsets = some_rays(views, seed=number)
        losses = compiled.step(pixels, offsets, (0.01, 0.005), number)
        expected = plain.step(pixels, offsets, (0.01, 0.005), number)
        np.testing.assert_allclose(losses, expected, atol=1e-4, rtol=1e-4)
        if number == 0:
            np.testing.assert_allclose(compiled.rows(), plain.rows(), atol=1e-5)
    # A ray that ends a sample earlier in one of them moves a few rows otherwise.
    assert np.quantile(np.abs(compiled.rows() - plain.rows()), 0.999) < 1e-5
    assert np.abs(compiled.rows() - patchy_field(16, outer_side).bricks()).max() > 0.01


def test_a_step_does_not_depend_on_the_number_of_threads() -> None:
    rows = []
    for threads in (1, 2, 3):
        compiled, _, views = optimizers(patchy_field(16, 16), threads)
        for number in range(3):
            compiled.step(*some_rays(views, seed=number), (0.1, 0.05), number)
        rows.append(compiled.rows())
        compiled.close()
    np.testing.assert_array_equal(rows[0], rows[1])
    np.testing.assert_array_equal(rows[0], rows[2])


@pytest.mark.parametrize("outer_side", [0, 16])
@pytest.mark.parametrize("camera", [FROM_OUTSIDE, FROM_INSIDE, ALONG_AN_AXIS])
def test_pictures_are_those_of_the_plain_twin(outer_side: int, camera: Camera) -> None:
    field, side = patchy_field(24, outer_side), 20
    view = render_field(field, camera, LENS, side, threads=2)
    light, cosines = plain_light(field, camera, pooled_intrinsics(LENS, side), side)
    passing = light.passing[:, None].numpy()
    colors = light.colors.numpy() + passing * np.array(COLOR, dtype=np.float32)
    np.testing.assert_allclose(view.rgb.reshape(-1, 3), colors, atol=1e-5)
    weights = light.weights * light.in_cube
    alpha = weights.sum(dim=1).numpy()
    np.testing.assert_allclose(view.alpha.reshape(-1), alpha, atol=1e-5)
    depth = (weights * light.places).sum(dim=1) / weights.sum(dim=1) * cosines * field.voxel_size
    np.testing.assert_allclose(view.depth.reshape(-1), depth.nan_to_num(0.0).numpy(), atol=1e-4)


def test_plane_weights_are_those_of_the_plain_twin() -> None:
    field = patchy_field(24, 16)
    frustum = frustum_for(LENS, 1.2, PLACEMENT, 12)
    found = ray_weights(field, FROM_OUTSIDE, frustum, threads=2)
    alone = RadianceField(PLACEMENT, field.density, field.color, Background(COLOR))
    light, cosines = plain_light(alone, FROM_OUTSIDE, frustum.map_intrinsics, FEATURE_MAP_SIDE)
    planes = light.places * cosines[:, None] * field.voxel_size - frustum.near_plane
    planes = (planes / frustum.voxel_size).clamp(0, frustum.plane_count - 1)
    lower = planes.long().clamp(max=frustum.plane_count - 2)
    share = (planes - lower).float()
    expected = torch.zeros(len(lower), frustum.plane_count)
    expected.scatter_add_(1, lower, light.weights * (1 - share))
    expected.scatter_add_(1, lower + 1, light.weights * share)
    weights = found.weights.reshape(frustum.plane_count, -1)
    np.testing.assert_allclose(weights.T, expected.numpy(), atol=1e-5)
    np.testing.assert_allclose(found.remainder.reshape(-1), light.passing.numpy(), atol=1e-5)
    assert found.weights.max() > 0.3


def plain_light(
    field: RadianceField, camera: Camera, intrinsics: Intrinsics, side: int
) -> tuple[kernels_torch.TorchLight, torch.Tensor]:
    """What the pixels of a picture see, by the plain twin; and depth for each voxel along rays."""
    rows = field.bricks()
    occupancy = Occupancy(field.side, field.background.side)
    occupancy.update(rows)
    grid = kernels_torch.TorchGrid(
        torch.from_numpy(rows.reshape(-1, 4)),
        torch.from_numpy(occupancy.cells),
        field.side,
        field.background.side,
        FARTHEST,
    )
    camera_rows = torch.from_numpy(grid_cameras([camera], PLACEMENT, field.side))
    rows_, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    origins, directions, cosines = kernels_torch.pixel_rays(
        camera_rows.expand(side * side, 3, 4),
        lens_of(intrinsics),
        columns.reshape(-1).double(),
        rows_.reshape(-1).double(),
    )
    half = torch.full((side * side,), 0.5, dtype=torch.float64)
    return kernels_torch.cast_rays(grid, origins, directions, half, LEAST_LIGHT), cosines
