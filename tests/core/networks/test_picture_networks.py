"""The networks of the learned baselines: shapes, sizes, and what poses do to them."""

import math

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from dvox_core.geometry.cameras import Camera, Intrinsics, look_at
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE, Frustum
from dvox_core.geometry.nearest_views import by_viewing_direction
from dvox_core.geometry.view_directions import direction_map
from dvox_core.networks.picture_coder import REACH, PictureDecoder, innermost_features
from dvox_core.networks.pix2pix import Pix2PixNetwork
from dvox_core.networks.pix2pix_discriminator import Pix2PixDiscriminator
from dvox_core.networks.tatarchenko import TatarchenkoNetwork, pose_numbers
from dvox_core.networks.worrall import WorrallNetwork, relative_rotations, turned_codes

INTRINSICS = Intrinsics(focal=150.0, principal_x=60.0, principal_y=70.0, height=128, width=128)
CENTER = torch.tensor([1.0, 2.0, 3.0])
SCALE = torch.tensor([4.0])


def pose(rotation: Rotation, place=(0.0, 0.0, 0.0)) -> torch.Tensor:
    matrix = torch.eye(4)
    matrix[:3, :3] = torch.from_numpy(rotation.as_matrix()).float()
    matrix[:3, 3] = torch.tensor(place)
    return matrix[None]


@pytest.fixture
def poses() -> list[torch.Tensor]:
    return [pose(rotation) for rotation in Rotation.random(3, random_state=0)]


@pytest.mark.parametrize("side", [64, 128, 256])
def test_pictures_come_out_at_the_side_that_goes_in(side: int) -> None:
    pictures = torch.rand(2, 3, side, side) - 0.5
    for network in (TatarchenkoNetwork(side, 4, 30), WorrallNetwork(side, 4, 30)):
        codes = network.encoder(pictures)
        assert codes.shape == (2, 30)
        told = torch.zeros(2, 24) if isinstance(network, TatarchenkoNetwork) else torch.eye(3)[None]
        painted = network.decode(codes, told)
        assert painted.shape == pictures.shape
        assert painted.abs().max() <= 0.5
    assert Pix2PixNetwork(side, 4)(pictures).shape == pictures.shape


def test_the_discriminator_of_pix2pix_has_the_published_size_and_patches_of_70_pixels() -> None:
    network = Pix2PixDiscriminator().eval()
    assert sum(parameter.numel() for parameter in network.parameters()) == 2_768_705
    pairs = torch.rand(1, 6, 256, 256).requires_grad_()
    scores = network(pairs)
    assert scores.shape == (1, 1, 30, 30)
    scores[0, 0, 15, 15].backward()
    assert pairs.grad is not None
    for axis in (0, 1):
        seen = pairs.grad.abs().sum(dim=(0, 1)).sum(dim=axis).nonzero()
        assert int(seen.max() - seen.min()) + 1 == 70


def test_white_and_black_are_within_an_autoencoders_reach_where_it_still_learns() -> None:
    decoder = PictureDecoder(64, 4)
    torch.nn.init.zeros_(decoder.picture_conv.weight)
    bias = decoder.picture_conv.bias
    assert bias is not None
    for color in (-0.5, 0.5):
        torch.nn.init.constant_(bias, math.atanh(color / REACH))
        bias.grad = None
        picture = decoder(torch.zeros(1, innermost_features(4)))
        assert picture.detach().unique().item() == pytest.approx(color)
        picture.mean().backward()
        assert bias.grad is not None
        assert bias.grad.sum() > 0.25  # of ⅔ at most; none is left where tanh ends


def test_the_innermost_map_of_pix2pix_is_one_pixel() -> None:
    network = Pix2PixNetwork(128, 4)
    innermost = network.generator
    while innermost.inside is not None:
        innermost = innermost.inside
    sides = []
    innermost.down.register_forward_hook(lambda *hooked: sides.append(hooked[2].shape[-2:]))
    network(torch.rand(2, 3, 128, 128))
    assert sides == [(1, 1)]


def test_pix2pix_of_published_sizes_has_the_published_parameters() -> None:
    with torch.device("meta"):
        counts = {side: Pix2PixNetwork(side, 64) for side in (128, 256)}
    millions = {
        side: sum(parameter.numel() for parameter in network.parameters()) / 1e6
        for side, network in counts.items()
    }
    assert millions[256] == pytest.approx(54.4, abs=0.05)
    assert millions[128] == pytest.approx(41.8, abs=0.05)


def test_the_pose_numbers_of_a_camera_over_the_centre_are_known() -> None:
    over = torch.eye(4)[None].clone()
    over[0, :3, 3] = CENTER + SCALE * torch.tensor([0.0, 0.0, 1.0])
    expected = [1.0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1]
    assert pose_numbers(over, over, CENTER, SCALE)[0].tolist() == expected * 2


def test_a_code_stays_as_it_is_where_the_view_does(poses) -> None:
    codes = torch.randn(1, 30)
    same = relative_rotations(pose(Rotation.identity()), pose(Rotation.identity()))
    assert torch.equal(turned_codes(codes, same), codes)


def test_turning_a_code_twice_is_turning_it_once_by_both(poses) -> None:
    a, b, c = poses
    codes = torch.randn(1, 30)
    twice = turned_codes(turned_codes(codes, relative_rotations(b, a)), relative_rotations(c, b))
    torch.testing.assert_close(twice, turned_codes(codes, relative_rotations(c, a)))
    there_and_back = turned_codes(
        turned_codes(codes, relative_rotations(b, a)), relative_rotations(a, b)
    )
    torch.testing.assert_close(there_and_back, codes)


def test_turning_a_code_keeps_its_vectors_lengths(poses) -> None:
    codes = torch.randn(1, 30)
    turned = turned_codes(codes, relative_rotations(poses[0], poses[1]))
    torch.testing.assert_close(turned.view(10, 3).norm(dim=1), codes.view(10, 3).norm(dim=1))


def test_a_quarter_turn_about_z_sends_x_to_y() -> None:
    quarter = torch.from_numpy(Rotation.from_euler("z", 90, degrees=True).as_matrix()).float()
    turned = turned_codes(torch.tensor([[1.0, 0.0, 0.0]]), quarter[None])
    torch.testing.assert_close(turned, torch.tensor([[0.0, 1.0, 0.0]]))


def test_turning_the_world_changes_nothing_for_worrall_and_something_for_tatarchenko(poses) -> None:
    world = torch.eye(4)[None].clone()
    world[0, :3, :3] = poses[2][0, :3, :3]
    source, target = poses[0], poses[1]
    codes = torch.randn(1, 30)
    torch.manual_seed(0)
    worrall, tatarchenko = WorrallNetwork(64, 4, 30), TatarchenkoNetwork(64, 4, 30)
    before = worrall.decode(codes, relative_rotations(target, source))
    after = worrall.decode(codes, relative_rotations(world @ target, world @ source))
    torch.testing.assert_close(before, after, atol=1e-5, rtol=0)
    told = [
        tatarchenko.decode(codes, pose_numbers(t, s, torch.zeros(3), SCALE))
        for t, s in ((target, source), (world @ target, world @ source))
    ]
    assert (told[0] - told[1]).abs().max() > 1e-3


def test_directions_are_unit_vectors_and_the_optical_axis_at_the_principal_point() -> None:
    camera = look_at((1.0, -3.0, 2.0), (0.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    directions = direction_map(camera, INTRINSICS, 128)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=0), 1, atol=1e-6)
    np.testing.assert_allclose(directions[:, 70, 60], camera.forward, atol=1e-6)


def test_directions_do_not_change_when_the_camera_moves_without_turning() -> None:
    camera = look_at((1.0, -3.0, 2.0), (0.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    moved = camera.camera_to_world.copy()
    moved[:3, 3] += (5.0, 6.0, 7.0)
    np.testing.assert_array_equal(
        direction_map(camera, INTRINSICS, 64), direction_map(Camera(moved), INTRINSICS, 64)
    )


def test_directions_at_the_feature_maps_side_are_the_frustums_rays() -> None:
    camera = look_at((1.0, -3.0, 2.0), (0.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    rays = Frustum(INTRINSICS, 1.0, 0.1, 64).rays().reshape(FEATURE_MAP_SIDE, FEATURE_MAP_SIDE, 3)
    turned = rays @ camera.rotation.T
    turned /= np.linalg.norm(turned, axis=-1, keepdims=True)
    directions = direction_map(camera, INTRINSICS, FEATURE_MAP_SIDE)
    np.testing.assert_allclose(directions.transpose(1, 2, 0), turned, atol=1e-6)


def test_views_come_by_their_direction_and_equal_ones_by_their_distance() -> None:
    camera = look_at((0.0, -3.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    far = look_at((0.0, -9.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    near = look_at((0.0, -4.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    aside = look_at((1.0, -3.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    assert by_viewing_direction(camera, [aside, far, near]).tolist() == [2, 1, 0]
