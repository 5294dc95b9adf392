"""The consistency probe."""

from dataclasses import replace

import numpy as np
import pytest

from dvox_core.inspection.trust.consistency import aside_cameras, probe_consistency
from dvox_core.rendering.frame import Frame
from tests.helpers.fakes import fake_scene

PLANE_DEPTH = 4.0


class PaintedPlane:
    """Renders a wall across the pivot whose colours are fixed in space, or are the camera's own."""

    def __init__(self, scene, *, is_consistent):
        self.scene, self.is_consistent = scene, is_consistent
        self.count = 0

    def render(self, camera, extras=None, between_stages=lambda: None) -> Frame:
        self.count += 1
        side = self.scene.config.image_size
        lens = self.scene.intrinsics.scaled_to(side)
        _, points = self._meet(camera, lens, np.arange(side, dtype=float))
        wave = 0.5 + 0.4 * np.sin(3 * points[..., 0]) * np.cos(2 * points[..., 2])
        if not self.is_consistent:
            wave = np.full_like(wave, 0.3 * (self.count % 3))
        picture = np.repeat((255 * wave).astype(np.uint8)[..., None], 3, axis=-1)
        rays = self.scene.intrinsics.scaled_to(64)
        map_depth = self._meet(camera, rays, np.arange(64, dtype=float))[0].astype(np.float32)
        return Frame(camera, picture, map_depth, map_depth, {})

    def _meet(self, camera, lens, pixels):
        """Where rays meet the plane through the pivot that the start camera faces."""
        x = (pixels[None, :] - lens.principal_x) / lens.focal
        y = (pixels[:, None] - lens.principal_y) / lens.focal
        x, y = np.broadcast_arrays(x, y)
        rays = np.stack([x, y, np.ones_like(x)], axis=-1) @ camera.rotation.T
        normal = self.scene.start_camera.forward
        depth = ((self.scene.pivot - camera.position) @ normal) / (rays @ normal)
        return depth, camera.position + rays * depth[..., None]


@pytest.fixture(scope="module")
def scene():
    return fake_scene(views=3)


def test_the_neighbours_stand_aside_at_the_same_distance(scene):
    camera = scene.start_camera
    first, second = aside_cameras(scene, camera, scene.pivot, 3.0)
    for other in (first, second):
        assert camera.angle_to(other) == pytest.approx(3.0)
        away = np.linalg.norm(other.position - scene.pivot)
        assert away == pytest.approx(np.linalg.norm(camera.position - scene.pivot))
    assert first.angle_to(second) == pytest.approx(6.0)


def test_what_is_painted_alike_from_aside_agrees_and_what_is_not_disagrees(scene):
    wall = PaintedPlane(scene, is_consistent=True)
    frame = wall.render(scene.start_camera)
    agreed = probe_consistency(scene, wall, frame, scene.pivot)
    side = scene.config.image_size
    assert agreed.disagreement.shape == (side - 10, side - 10)
    assert agreed.mean < 0.01
    assert np.isfinite(agreed.disagreement).mean() > 0.9
    flicker = PaintedPlane(scene, is_consistent=False)
    frame = flicker.render(scene.start_camera)
    disagreed = probe_consistency(scene, flicker, frame, scene.pivot)
    assert disagreed.mean == pytest.approx(0.3, abs=0.02)  # 0.3 to the one side, 0.3 to the other


def test_rays_that_meet_nothing_and_points_hidden_from_both_sides_have_no_value(scene):
    wall = PaintedPlane(scene, is_consistent=True)
    frame = wall.render(scene.start_camera)
    nothing = np.full((64, 64), np.nan, dtype=np.float32)
    assert np.isnan(
        probe_consistency(scene, wall, replace(frame, contribution_depth=nothing), scene.pivot).mean
    )
    behind = replace(frame, contribution_depth=frame.contribution_depth + 1.0)
    assert np.isnan(probe_consistency(scene, wall, behind, scene.pivot).disagreement).mean() > 0.9
    with pytest.raises(ValueError, match="depth"):
        probe_consistency(scene, wall, replace(frame, contribution_depth=None), scene.pivot)
