"""Where the frustum's planes begin to cut the scene, and a hint before all of it is gone."""

import numpy as np

from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene

MARGIN = 0.1
"""How far before the planes the wheel slows, as a share of the grid's side."""

SLOWNESS = 0.25
"""What is left of a notch of the wheel from there on."""

NEAR_HINT = "The nearest depth plane cuts the front of the scene away: move back, or reset the view"
FAR_HINT = "The last depth plane cuts the back of the scene away: move closer, or reset the view"


class DepthLimits:
    """Depths of the grid's centre at which a scene is seen whole.

    Taken for whole is the ball that touches the grid's faces, as corners are empty as a rule; and
    whatever the capture's cameras saw, as the scene was trained on it.
    """

    def __init__(self, scene: Scene) -> None:
        frustum, self._side = scene.frustum, scene.placement.scale
        self._middle = np.asarray(scene.placement.center)
        radius, margin = self._side / 2, MARGIN * self._side
        seen = [self.depth(view.camera) for view in scene.cameras]
        seen.append(self.depth(scene.start_camera))
        self.nearest = min(frustum.near_plane + radius, *seen)
        self.farthest = max(frustum.far_plane - radius, *seen)
        self._slow_nearest = min(frustum.near_plane + radius + margin, *seen)
        self._slow_farthest = max(frustum.far_plane - radius - margin, *seen)

    def depth(self, camera: Camera) -> float:
        """Of the grid's centre, along the optical axis, world units."""
        return float((self._middle - camera.position) @ camera.forward)

    def hint(self, camera: Camera) -> str:
        """What is cut, and what to do about it; "" where the scene is seen whole."""
        depth, rounding = self.depth(camera), 1e-6 * self._side
        if depth < self.nearest - rounding:
            return NEAR_HINT
        return FAR_HINT if depth > self.farthest + rounding else ""

    def is_near_limit(self, camera: Camera, *, nearer: bool) -> bool:
        """Whether a plane that cuts the scene comes near, on the way towards it or away."""
        depth = self.depth(camera)
        return depth < self._slow_nearest if nearer else depth > self._slow_farthest
