"""Every faster piece of the training step against its plain twin."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from dvox_core.geometry.cameras import Intrinsics, look_at
from dvox_core.geometry.frustum import Frustum, frustum_for
from dvox_core.geometry.grid import GridPlacement
from dvox_core.geometry.lifting import lift_features, project_voxels
from dvox_core.geometry.resampling import camera_to_grid_transform, view_volume
from dvox_core.geometry.row_sums import prepare_row_sum, sum_rows
from dvox_core.networks.integration import IntegrationNetwork
from dvox_core.networks.occlusion import OcclusionNetwork
from dvox_core.training.steps.acceleration import accelerate
from dvox_core.training.steps.fast_step import integrate
from dvox_core.training.steps.fast_views import (
    ViewSampler,
    collapse_views,
    dense_volume,
    gather_views,
)
from dvox_core.training.steps.lifting_rows import lifting_matrix
from dvox_core.training.steps.picture_norm import PictureNorm
from dvox_core.training.steps.plane_conv import plane_conv

CPU = torch.device("cpu")
SIDE = 8
PLACEMENT = GridPlacement((0.1, -0.2, 0.0), 1.0)
INTRINSICS = Intrinsics(90.0, 31.0, 33.0, 64, 64)


def camera_to_world(turn: float) -> torch.Tensor:
    position = (1.5 * turn, -1.4, 0.6)
    return torch.from_numpy(look_at(position, (0, 0, 0), (0, 0, 1)).camera_to_world.copy())


def frustum() -> Frustum:
    return frustum_for(INTRINSICS, 0.9, PLACEMENT, SIDE)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(1, 30), st.integers(1, 8), st.integers(0, 10_000))
def test_row_sums_and_their_gradient_are_those_of_a_matrix_product(
    outputs: int, rows: int, terms: int, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    numbers = torch.randint(0, rows, (outputs, terms), generator=generator)
    weights = torch.randn(outputs, terms, generator=generator)
    weights[torch.rand(outputs, terms, generator=generator) < 0.3] = 0.0
    values = torch.randn(rows, 5, generator=generator, requires_grad=True)
    matrix = torch.zeros(outputs, rows)
    matrix.index_put_(
        (torch.arange(outputs)[:, None].expand_as(numbers), numbers), weights, accumulate=True
    )
    upstream = torch.randn(outputs, 5, generator=generator)
    expected = matrix @ values
    (expected_gradient,) = torch.autograd.grad(expected, values, upstream)
    summed = sum_rows(values, prepare_row_sum(numbers, weights, rows))
    (gradient,) = torch.autograd.grad(summed, values, upstream)
    torch.testing.assert_close(summed, expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(gradient, expected_gradient, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("turn", [-0.3, 0.0, 4.0])
def test_lifting_by_rows_is_lifting_by_gathers(turn: float) -> None:
    transform = camera_to_grid_transform(camera_to_world(turn), PLACEMENT, SIDE)
    u, v, seen = project_voxels(INTRINSICS, torch.linalg.inv(transform), SIDE)
    features = torch.randn(6, 64, 64)
    matrix = lifting_matrix(u, v, seen, 64, 64)
    lifted = sum_rows(features.flatten(1).T.contiguous(), matrix)
    expected = lift_features(features, u, v, seen)
    torch.testing.assert_close(lifted.T.reshape(expected.shape), expected)
    assert expected.abs().max() > 0


def test_view_volumes_by_rows_are_those_by_gathers_with_their_gradient() -> None:
    grid = torch.randn(5, SIDE, SIDE, SIDE, requires_grad=True)
    poses = [camera_to_world(-0.2), camera_to_world(0.4)]
    expected = torch.stack(
        [
            view_volume(grid, frustum(), camera_to_grid_transform(pose, PLACEMENT, SIDE))
            for pose in poses
        ]
    )
    upstream = torch.randn(expected.shape)
    (expected_gradient,) = torch.autograd.grad(expected, grid, upstream)
    sampler = ViewSampler(frustum(), PLACEMENT, SIDE, CPU)
    views = [sampler.samples(key, pose) for key, pose in enumerate(poses)]
    rows = grid.flatten(1).T.contiguous()
    volume = dense_volume(gather_views(rows, views, 2 * SIDE))
    (gradient,) = torch.autograd.grad(volume, grid, upstream)
    torch.testing.assert_close(volume, expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(gradient, expected_gradient, atol=1e-3, rtol=1e-3)
    assert (expected != 0).any()


@pytest.mark.parametrize("shape", [(3, 4, 8, 6, 4), (2, 5, 7, 3), (2, 96, 6, 6)])
def test_picture_norm_is_batch_norm_picture_by_picture(shape: tuple[int, ...]) -> None:
    kind = nn.BatchNorm3d if len(shape) == 5 else nn.BatchNorm2d
    norm = kind(shape[1]).double()
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    twin = PictureNorm(copy.deepcopy(norm))
    maps = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    upstream = torch.randn(shape, dtype=torch.float64)
    expected = torch.cat([norm(picture[None]) for picture in maps])
    result = twin(maps)
    torch.testing.assert_close(result, expected)
    gradients = torch.autograd.grad(result, [maps, twin.weight, twin.bias], upstream)
    expected_gradients = torch.autograd.grad(expected, [maps, norm.weight, norm.bias], upstream)
    torch.testing.assert_close(gradients, expected_gradients)
    torch.testing.assert_close(twin.state_dict(), norm.state_dict())
    torch.testing.assert_close(twin.eval()(maps), norm.eval()(maps))


@pytest.mark.parametrize("channels", [1, 4, 9])
def test_a_plane_convolution_is_the_3d_convolution(channels: int) -> None:
    volume = torch.randn(2, channels, 5, 6, 7, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(4, channels, 3, 3, 3, dtype=torch.float64, requires_grad=True)
    padded = nn.functional.pad(volume, (1,) * 6, mode="replicate")
    expected = nn.functional.conv3d(padded, weight)
    result = plane_conv(volume, weight)
    upstream = torch.randn_like(expected)
    torch.testing.assert_close(result, expected)
    torch.testing.assert_close(
        torch.autograd.grad(result, [volume, weight], upstream),
        torch.autograd.grad(expected, [volume, weight], upstream),
    )


def test_collapsing_by_rows_is_the_occlusion_network() -> None:
    network = OcclusionNetwork(5, 2 * SIDE).train()
    twin = copy.deepcopy(network)
    accelerate(twin, CPU)
    grid = torch.randn(SIDE**3, 5)
    sampler = ViewSampler(frustum(), PLACEMENT, SIDE, CPU)
    poses = [camera_to_world(-0.2), camera_to_world(0.4)]
    samples = [sampler.samples(key, pose) for key, pose in enumerate(poses)]
    views = gather_views(grid, samples, 2 * SIDE)
    volume = dense_volume(views)
    expected = [network(picture[None]) for picture in volume]
    result = collapse_views(twin, None, views)
    for name in ("features", "relative_depth", "visibility"):
        torch.testing.assert_close(
            getattr(result, name),
            torch.cat([getattr(one, name) for one in expected]),
            atol=1e-4,
            rtol=1e-3,
        )
    torch.testing.assert_close(twin.state_dict(), network.state_dict(), atol=1e-4, rtol=1e-3)


def test_joined_convolutions_integrate_as_the_network_does() -> None:
    network = IntegrationNetwork(5, dropout=0.0).double()
    lifted = torch.randn(1, 5, SIDE, SIDE, SIDE, dtype=torch.float64, requires_grad=True)
    grid = torch.randn(1, 5, SIDE, SIDE, SIDE, dtype=torch.float64)
    expected = network(lifted, grid).grid
    result = integrate(network, lifted, grid).grid
    torch.testing.assert_close(result, expected)
    parameters = [lifted, *network.parameters()]
    upstream = torch.randn_like(expected)
    torch.testing.assert_close(
        torch.autograd.grad(result, parameters, upstream),
        torch.autograd.grad(expected, parameters, upstream),
    )
