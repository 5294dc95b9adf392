"""The grid's placement: cameras outside, most of the grid seen, and the same in every world."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dvox_core.data.placement import coverage, place_grid, up_direction
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Camera, Intrinsics, look_at
from dvox_core.geometry.grid import GridPlacement

INTRINSICS = Intrinsics(120.0, 64.0, 64.0, 128, 128)
NO_POINTS = np.zeros((0, 3))


def rig(
    generator: np.random.Generator,
    count: int,
    radius: float,
    radius_spread: float = 0.0,
    aim_spread: float = 0.0,
) -> list[Camera]:
    """Cameras in the upper hemisphere that look near the origin."""
    cameras = []
    for _ in range(count):
        direction = generator.normal(size=3)
        direction[2] = abs(direction[2])
        direction /= np.linalg.norm(direction)
        distance = radius * (1 + radius_spread * generator.uniform(-1, 1))
        aim = aim_spread * radius * generator.uniform(-1, 1, 3)
        cameras.append(look_at(distance * direction, aim, (0, 0, 1)))
    return cameras


def moved(camera: Camera, rotation: np.ndarray, scale: float, shift: np.ndarray) -> Camera:
    matrix = np.eye(4)
    matrix[:3, :3] = rotation @ camera.rotation
    matrix[:3, 3] = scale * rotation @ camera.position + shift
    return Camera(matrix)


def plain_coverage(camera: Camera, placement: GridPlacement, near_plane: float) -> float:
    """Monte Carlo, one point at a time."""
    generator = np.random.default_rng(0)
    seen = 0
    for offset in generator.uniform(-0.5, 0.5, (1500, 3)):
        point = np.array(placement.center) + placement.scale * offset
        x, y, z = camera.world_to_camera[:3, :3] @ point + camera.world_to_camera[:3, 3]
        u, v = INTRINSICS.focal * x / z + 64.0, INTRINSICS.focal * y / z + 64.0
        far_plane = near_plane + 2 * placement.scale
        seen += near_plane <= z <= far_plane and 0 <= u <= 128 and 0 <= v <= 128
    return seen / 1500


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(3, 40),
    radius=st.floats(0.01, 1000.0),
    radius_spread=st.floats(0.0, 0.7),
    aim_spread=st.floats(0.0, 0.15),
)
def test_all_cameras_are_outside_and_see_the_grid(
    seed: int, count: int, radius: float, radius_spread: float, aim_spread: float
) -> None:
    cameras = rig(np.random.default_rng(seed), count, radius, radius_spread, aim_spread)
    placed = place_grid(cameras, INTRINSICS, NO_POINTS)
    assert not any(placed.placement.contains(camera.position) for camera in cameras)
    assert placed.near_plane > 0
    assert placed.placement.scale > 0
    shares = coverage(cameras, INTRINSICS, placed.placement, placed.near_plane)
    assert shares.max() > 0.3
    if radius_spread < 0.1 and aim_spread < 0.03 and count >= 8:
        assert shares.min() > 0.6


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    scale=st.floats(0.01, 100.0),
    shift=st.tuples(*[st.floats(-100, 100)] * 3),
)
def test_the_placement_moves_with_the_world(
    seed: int, scale: float, shift: tuple[float, float, float]
) -> None:
    generator = np.random.default_rng(seed)
    cameras = rig(generator, 12, 3.0, 0.1, 0.02)
    quarter_turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    first = place_grid(cameras, INTRINSICS, NO_POINTS)
    other = place_grid(
        [moved(camera, quarter_turn, scale, np.array(shift)) for camera in cameras],
        INTRINSICS,
        NO_POINTS,
    )
    expected = scale * quarter_turn @ np.array(first.placement.center) + shift
    np.testing.assert_allclose(other.placement.center, expected, atol=1e-6 * max(scale, 100))
    assert other.placement.scale == pytest.approx(scale * first.placement.scale, rel=1e-4)
    assert other.near_plane == pytest.approx(scale * first.near_plane, rel=0.05)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), side=st.floats(0.3, 1.2))
def test_points_decide_centre_and_side_whatever_lies_around(seed: int, side: float) -> None:
    generator = np.random.default_rng(seed)
    cameras = rig(generator, 20, 4.0)
    middle = generator.uniform(-0.2, 0.2, 3)
    points = middle + side * generator.uniform(-0.5, 0.5, (600, 3))
    surroundings = generator.normal(size=(400, 3))
    surroundings *= generator.uniform(6, 60, (400, 1)) / np.linalg.norm(
        surroundings, axis=1, keepdims=True
    )
    placed = place_grid(cameras, INTRINSICS, np.vstack([points, surroundings]))
    np.testing.assert_allclose(placed.placement.center, middle, atol=0.08 * side)
    assert 1.0 * side <= placed.placement.scale <= 1.25 * side
    assert any("points" in reason for reason in placed.reasons)


def test_a_perfect_rig_is_placed_at_its_middle_and_sees_nearly_all() -> None:
    cameras = rig(np.random.default_rng(0), 60, 4.0)
    placed = place_grid(cameras, INTRINSICS, NO_POINTS)
    np.testing.assert_allclose(placed.placement.center, 0, atol=1e-9)
    assert placed.placement.scale == pytest.approx(4.0 * 128 / 120, rel=1e-6)
    near, far = placed.near_plane, placed.near_plane + 2 * placed.placement.scale
    slack = placed.placement.scale / 24  # coverage is counted on a lattice
    for camera in cameras:
        depths = (placed.placement.corners - camera.position) @ camera.forward
        assert near < depths.min() + slack
        assert depths.max() < far + slack


def test_coverage_counts_what_a_plain_loop_counts() -> None:
    placement = GridPlacement((0.1, 0.2, -0.1), 2.0)
    cameras = rig(np.random.default_rng(3), 6, 2.5, 0.2, 0.1)
    for near_plane in (0.5, 2.0):
        shares = coverage(cameras, INTRINSICS, placement, near_plane)
        plain = [plain_coverage(camera, placement, near_plane) for camera in cameras]
        np.testing.assert_allclose(shares, plain, atol=0.04)


def test_a_camera_that_looks_away_covers_nothing() -> None:
    cameras = [
        look_at((3, 0, 0), (0, 0, 0), (0, 0, 1)),
        look_at((3, 0, 0), (9, 0, 0), (0, 0, 1)),
    ]
    shares = coverage(cameras, INTRINSICS, GridPlacement((0.0, 0.0, 0.0), 1.0), 2.0)
    assert shares[0] > 0.9
    assert shares[1] == 0


def test_one_camera_that_looks_elsewhere_does_not_move_the_grid() -> None:
    cameras = rig(np.random.default_rng(1), 30, 4.0, 0.0, 0.01)
    stray = look_at((4, 0, 1), (40, 90, 5), (0, 0, 1))
    placed = place_grid([*cameras, stray], INTRINSICS, NO_POINTS)
    np.testing.assert_allclose(placed.placement.center, 0, atol=0.1)


def test_parallel_cameras_are_told_to_be_a_guess() -> None:
    cameras = [
        look_at((0.1 * x, 0.1 * z, 0), (0.1 * x, 0.1 * z, 5), (0, -1, 0))
        for x in range(4)
        for z in range(3)
    ]
    placed = place_grid(cameras, INTRINSICS, NO_POINTS)
    assert any("--center" in reason for reason in placed.reasons)
    assert placed.placement.center[2] > 0
    assert (coverage(cameras, INTRINSICS, placed.placement, placed.near_plane) > 0.3).all()


def test_cameras_at_one_place_and_impossible_numbers_are_refused() -> None:
    here = [look_at((0, 0, 0), (x, 1, 0), (0, 0, 1)) for x in range(4)]
    with pytest.raises(CaptureError, match="one place"):
        place_grid(here, INTRINSICS, NO_POINTS)
    cameras = rig(np.random.default_rng(0), 4, 4.0)
    stands_in = tuple(float(value) for value in cameras[0].position)
    with pytest.raises(CaptureError, match="stands in the grid's centre"):
        place_grid(cameras, INTRINSICS, NO_POINTS, center=stands_in)
    with pytest.raises(CaptureError, match="near plane"):
        place_grid(cameras, INTRINSICS, NO_POINTS, near_plane=-1.0)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(3, 30))
def test_up_is_found_from_upright_cameras_in_any_world(seed: int, count: int) -> None:
    generator = np.random.default_rng(seed)
    rotation = np.linalg.qr(generator.normal(size=(3, 3)))[0]
    rotation *= np.sign(np.linalg.det(rotation))
    cameras = [
        moved(camera, rotation, 1.0, np.zeros(3)) for camera in rig(generator, count, 3.0, 0.2)
    ]
    up = up_direction(cameras)
    assert np.linalg.norm(up) == pytest.approx(1)
    assert up @ rotation[:, 2] > 0.9
