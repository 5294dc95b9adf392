"""Warping pictures by their depth: exact at home, near the truth elsewhere, calm in holes."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from dvox_core.checkpoints.opening import open_scene
from dvox_core.geometry.cameras import Camera, look_at
from dvox_core.model.scene import Scene
from dvox_core.rendering.create import create_renderer
from dvox_core.rendering.frame import BORDER, Frame, without_border
from dvox_core.rendering.reprojection.warp import (
    MARK,
    WarpSource,
    WarpTarget,
    point_seen,
    warp_plainly,
)
from dvox_core.rendering.reprojection.warp_numba import FastWarp
from dvox_core.rendering.reprojection.warp_sources import shrink, warp_source
from dvox_core.rendering.scores import psnr
from tests.helpers.fakes import fake_frame, fake_scene
from tests.helpers.scenes import reference_folder

SAMPLE = Path(__file__).parents[4] / "assets" / "sample.dvox"

Pictures = tuple[Scene, list[dict[int, Frame]]]


def colors_of(frame: Frame) -> np.ndarray:
    trained = without_border(frame.picture)
    colors = np.full((*trained.shape[:2], 4), 255, dtype=np.uint8)
    colors[..., :3] = trained
    return colors


def source_of(scene: Scene, frame: Frame, max_pixels: int = 1 << 30) -> WarpSource:
    return warp_source(frame, colors_of(frame), scene.frustum, scene.pivot, max_pixels)


def target_of(scene: Scene, camera: Camera, side: int | None = None) -> WarpTarget:
    size = scene.config.image_size
    intrinsics = scene.intrinsics.scaled_to(size)
    return WarpTarget(camera, intrinsics, side or size - 2 * BORDER)


def turned(scene: Scene, camera: Camera, degrees: float) -> Camera:
    """The camera moved around the scene's upright axis."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    up = scene.up_axis
    cross = np.cross(np.eye(3), up).T
    turn = np.eye(4)
    turn[:3, :3] = cosine * np.eye(3) + sine * cross + (1 - cosine) * np.outer(up, up)
    turn[:3, 3] = scene.pivot - turn[:3, :3] @ scene.pivot
    return Camera(turn @ camera.camera_to_world)


@cache
def sample_frames() -> Pictures:
    return rendered(open_scene(SAMPLE), 4, (-5, 0, 5))


@cache
def lego_frames() -> Pictures:
    scene = open_scene(reference_folder("lego128") / "checkpoint.pth")
    return rendered(scene, 8, (-5, 0, 5))


def rendered(scene: Scene, count: int, angles: tuple[int, ...]) -> Pictures:
    """Frames of cameras around the scene, each turned by some angles."""
    renderer = create_renderer(scene, "cpu", "float32")
    numbers = np.linspace(0, len(scene.cameras) - 1, min(count, len(scene.cameras))).round()
    bases = [scene.cameras[int(number)].camera for number in numbers]
    while len(bases) < count:  # a file with few cameras: between them
        bases.append(turned(scene, bases[len(bases) % 4], 40))
    frames = [
        {angle: renderer.render(turned(scene, base, angle)) for angle in angles} for base in bases
    ]
    renderer.close()
    return scene, frames


def mean_scores(pictures: Pictures) -> tuple[float, float, float]:
    """PSNR at 0° of the picture turned by 5° as it is, warped, and warped with that of −5°."""
    scene, frames = pictures
    warp = FastWarp()
    scores = []
    for views in frames:
        truth = colors_of(views[0])
        target = target_of(scene, views[0].camera)
        one, other = source_of(scene, views[5]), source_of(scene, views[-5])
        scores.append(
            (
                psnr(colors_of(views[5]), truth),
                psnr(warp([one], [1.0], target), truth),
                psnr(warp([one, other], [0.5, 0.5], target), truth),
            )
        )
    unwarped, warped, blended = np.mean(scores, axis=0)
    return float(unwarped), float(warped), float(blended)


@pytest.mark.parametrize("pictures", [sample_frames, lego_frames])
def test_a_frame_warped_to_its_own_camera_is_itself(pictures) -> None:
    scene, frames = pictures()
    warp = FastWarp()
    for views in frames[:3]:
        frame = views[0]
        warped = warp([source_of(scene, frame)], [1.0], target_of(scene, frame.camera))
        assert np.abs(warped.astype(int) - colors_of(frame)).max() <= 2


def test_warped_by_5_degrees_lego_gains_6_db_and_more_from_two_frames() -> None:
    unwarped, warped, blended = mean_scores(lego_frames())
    assert warped >= unwarped + 6
    assert blended >= warped + 1


def test_warped_by_5_degrees_the_sample_gains_3_db_and_more_from_two_frames() -> None:
    unwarped, warped, blended = mean_scores(sample_frames())
    assert warped >= unwarped + 3
    assert blended >= warped + 1


@pytest.mark.parametrize(("degrees", "side"), [(4, 64), (25, 118)])
def test_the_fast_warp_draws_what_the_plain_one_does(degrees, side) -> None:
    scene = fake_scene()
    cameras = [turned(scene, scene.start_camera, angle) for angle in (degrees, -8)]
    sources = [source_of(scene, fake_frame(scene, camera)) for camera in cameras]
    target = target_of(scene, scene.start_camera, side)
    plain = warp_plainly(sources, [0.7, 0.3], target)
    fast = FastWarp()(sources, [0.7, 0.3], target)
    assert np.abs(plain.astype(int) - fast).max() <= 1


def test_any_depth_leaves_the_own_camera_unchanged() -> None:
    scene = fake_scene()
    frame = fake_frame(scene, scene.start_camera)
    wild = np.random.default_rng(0).uniform(2.0, 6.0, (64, 64)).astype(np.float32)
    wild[::7, ::5] = np.nan
    frame = replace(frame, contribution_depth=wild)
    warped = FastWarp()([source_of(scene, frame)], [1.0], target_of(scene, frame.camera))
    assert np.abs(warped.astype(int) - colors_of(frame)).max() <= 2


def test_without_depth_the_picture_moves_as_a_plane_at_the_pivot() -> None:
    scene = fake_scene(occlusion=False)
    frame = fake_frame(scene, scene.start_camera)
    matrix = frame.camera.camera_to_world.copy()
    depth = float((scene.pivot - frame.camera.position) @ frame.camera.forward)
    focal = scene.intrinsics.scaled_to(128).focal
    matrix[:3, 3] += frame.camera.right * (7 * depth / focal)  # 7 pixels to the right
    warped = FastWarp()([source_of(scene, frame)], [1.0], target_of(scene, Camera(matrix)))
    shifted = colors_of(frame)[:, 7:]
    assert np.abs(warped[:, :-12].astype(int) - shifted[:, :-5]).max() <= 1


def test_what_a_ball_uncovers_is_filled_from_behind_it_and_softly_marked() -> None:
    scene = fake_scene()
    frame = fake_frame(scene, scene.start_camera)  # a ball before white
    far = np.where(np.isfinite(frame.contribution_depth), frame.contribution_depth, 5.5)
    frame = replace(frame, contribution_depth=far.astype(np.float32))
    camera = turned(scene, frame.camera, 25)
    warped = FastWarp()([source_of(scene, frame)], [1.0], target_of(scene, camera))[..., :3]
    white = without_border(fake_frame(scene, camera).picture).min(axis=2) >= 245
    # Nowhere black or far from white where the truth is white, but at the soft silhouette.
    beside = warped[white].min(axis=1)
    assert np.percentile(beside, 4) >= 245 * (1 - MARK) - 12
    assert (beside < 240).any()  # marked


def test_a_second_frame_fills_the_holes_of_the_first() -> None:
    scene = fake_scene()
    target = target_of(scene, scene.start_camera)
    right, left = (
        source_of(scene, fake_frame(scene, turned(scene, scene.start_camera, angle)))
        for angle in (25, -30)
    )
    truth = colors_of(fake_frame(scene, scene.start_camera))
    warp = FastWarp()
    alone = psnr(warp([right], [1.0], target), truth)
    filled = psnr(warp([right, left], [1.0, 0.02], target), truth)
    assert filled > alone


def test_a_camera_that_looks_away_sees_no_garbage() -> None:
    scene = fake_scene()
    source = source_of(scene, fake_frame(scene, scene.start_camera))
    away = look_at(scene.pivot + (4, 0, 0), scene.pivot + (8, 0, 0), (0, 0, 1))
    inside = look_at(scene.pivot, scene.pivot + (1, 0.2, 0), (0, 0, 1))
    for camera in (away, inside):
        target = target_of(scene, camera, 40)
        plain = warp_plainly([source], [1.0], target)
        assert np.abs(plain.astype(int) - FastWarp()([source], [1.0], target)).max() <= 1


def test_the_point_under_a_pixel_of_another_camera_is_the_one_it_sees() -> None:
    scene = fake_scene()
    frame = fake_frame(scene, scene.start_camera)
    camera = turned(scene, scene.start_camera, 12)
    target = target_of(scene, camera)
    surface = np.isfinite(frame.contribution_depth)
    point = point_seen(frame, surface, target, 63.0, 66.0)
    radius = 0.3 * scene.placement.scale
    assert np.linalg.norm(point - scene.pivot) == pytest.approx(radius, rel=0.02)
    seen = camera.world_to_camera[:3, :3] @ (point - camera.position)
    lens = target.intrinsics
    assert lens.focal * seen[0] / seen[2] + lens.principal_x == pytest.approx(63.0)
    assert lens.focal * seen[1] / seen[2] + lens.principal_y == pytest.approx(66.0)
    assert point_seen(frame, surface, target, 8.0, 8.0) is None


def test_large_pictures_are_averaged_down_in_whole_blocks() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (9, 9, 4)).astype(np.uint8)
    small = shrink(pixels, 2)
    assert small.shape == (4, 4, 4)
    assert np.allclose(small[1, 2], pixels[2:4, 4:6].reshape(4, 4).mean(axis=0), atol=0.51)
    scene = fake_scene(side=256)
    source = source_of(scene, fake_frame(scene, scene.start_camera), max_pixels=128)
    assert source.colors.shape == (123, 123, 4)
