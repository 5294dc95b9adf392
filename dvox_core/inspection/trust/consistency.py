"""The consistency probe: does the scene paint the same from a little to the side?

The view is rendered from two cameras turned a little about the pivot to either side, and what they
show is carried back by this view's depth. Where they disagree, the picture flickers in motion.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from scipy.spatial.transform import Rotation

from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE as P
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import BORDER, Frame, without_border
from dvox_core.rendering.pictures import enlarge
from dvox_core.rendering.renderer import BetweenStages, Renderer, go_on

ASIDE_DEGREES = 2.0

HIDDEN_STEP = 2.0
"""What lies more than so many voxels behind what the other camera sees there is hidden from it."""


@dataclass(frozen=True, eq=False)
class Consistency:
    """How far a view and its neighbours agree.

    Attributes:
        disagreement: [S − 10, S − 10] float32, mean |difference| over channels and both sides,
            0…1; NaN where the ray meets nothing, or neither side sees the point.
        mean: over the pixels that have a value; NaN where none has.
    """

    disagreement: NDArray[np.float32]
    mean: float


def aside_cameras(
    scene: Scene, camera: Camera, pivot: NDArray[np.float64], degrees: float = ASIDE_DEGREES
) -> tuple[Camera, Camera]:
    """The camera turned about `pivot` [3] and the scene's upright axis, to either side."""
    first, second = (_turned(camera, pivot, scene.up_axis, sign * degrees) for sign in (-1, 1))
    return first, second


def probe_consistency(
    scene: Scene,
    renderer: Renderer,
    frame: Frame,
    pivot: NDArray[np.float64],
    between_stages: BetweenStages = go_on,
) -> Consistency:
    """Render a view's two neighbours and compare; two frames' time.

    Raises:
        ValueError: the frame has no depth.
    """
    sides = [
        _carried_back(scene, frame, renderer.render(camera, between_stages=between_stages))
        for camera in aside_cameras(scene, frame.camera, pivot)
    ]
    known = np.isfinite(sides)
    total = np.where(known, sides, 0).sum(axis=0)
    count = known.sum(axis=0)
    disagreement = np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)
    seen = disagreement[np.isfinite(disagreement)]
    return Consistency(disagreement, float(seen.mean()) if seen.size else float("nan"))


def _carried_back(scene: Scene, frame: Frame, aside: Frame) -> NDArray[np.float64]:
    """[S − 10, S − 10]: |this view − what the other shows of the same points|, NaN where hidden."""
    if frame.contribution_depth is None or aside.contribution_depth is None:
        raise ValueError("the frames have no depth")
    side = len(frame.picture)
    lens = scene.intrinsics.scaled_to(side)
    pixels = np.arange(BORDER, side - BORDER, dtype=np.float64)
    depth = enlarge(frame.contribution_depth, side).astype(np.float64)
    x = (pixels[None, :] - lens.principal_x) / lens.focal * depth
    y = (pixels[:, None] - lens.principal_y) / lens.focal * depth
    points = np.stack([x, y, depth], axis=-1)
    motion = aside.camera.world_to_camera @ frame.camera.camera_to_world
    points = points @ motion[:3, :3].T + motion[:3, 3]
    there = np.where(points[..., 2] > 0, points[..., 2], np.nan)
    u = points[..., 0] / there * lens.focal + lens.principal_x
    v = points[..., 1] / there * lens.focal + lens.principal_y
    inner = (u >= BORDER) & (u <= side - 1 - BORDER) & (v >= BORDER) & (v <= side - 1 - BORDER)
    places = np.stack([np.where(inner, v, 0), np.where(inner, u, 0)])
    seen = np.stack(
        [map_coordinates(channel, places, order=1) for channel in _channels(aside.picture)], axis=-1
    )
    rays = np.where(np.isfinite(aside.contribution_depth), aside.contribution_depth, np.inf)
    at_ray = np.minimum(np.rint(places * (P / side)), P - 1).astype(int)
    surface = rays[at_ray[0], at_ray[1]]
    step = HIDDEN_STEP * scene.frustum.voxel_size
    shown = inner & (there <= surface + step)
    difference = np.abs(seen - without_border(frame.picture)).mean(axis=-1) / 255
    return np.where(shown, difference, np.nan)


def _channels(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    return np.moveaxis(picture.astype(np.float64), -1, 0)


def _turned(
    camera: Camera, pivot: NDArray[np.float64], axis: NDArray[np.float64], degrees: float
) -> Camera:
    motion = np.eye(4)
    motion[:3, :3] = Rotation.from_rotvec(axis * np.radians(degrees)).as_matrix()
    motion[:3, 3] = pivot - motion[:3, :3] @ pivot
    return Camera(motion @ camera.camera_to_world)
