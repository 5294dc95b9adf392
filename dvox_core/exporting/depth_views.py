"""Renders views with depth and trust for every pixel, as exports use them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dvox_core.errors import UserError
from dvox_core.geometry.cameras import Camera, Intrinsics
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import BORDER, Extra, Frame, without_border
from dvox_core.rendering.pictures import enlarge, surface_depths
from dvox_core.rendering.renderer import Renderer

Progress = Callable[[float, str], object]
"""Told a share of 0…1 and what is being done; what it raises ends the export."""


@dataclass(frozen=True)
class NamedCamera:
    """A view to render: the camera, and a name that is safe for files."""

    name: str
    camera: Camera


@dataclass(frozen=True, eq=False)
class DepthView:
    """A rendered view of N × N pixels, N = S − 10: the untrained border is left out.

    Attributes:
        name: safe for files.
        intrinsics: of these N × N pixels.
        picture: [N, N, 3] uint8.
        depth: [N, N] float32, along the optical axis in world units, NaN where a ray meets
            nothing; linear between the network's 64 × 64 rays.
        trust: [N, N] float32 in 0…1: 1 − the entropy of the depth weights as a share of the
            greatest possible one.
    """

    name: str
    camera: Camera
    intrinsics: Intrinsics
    picture: NDArray[np.uint8]
    depth: NDArray[np.float32]
    trust: NDArray[np.float32]

    def points(self) -> NDArray[np.float32]:
        """[N, N, 3]: where every pixel's surface is, in the world; NaN without one."""
        return np.asarray(unproject(self.depth, self.intrinsics, self.camera), dtype=np.float32)

    def at(
        self,
        points: NDArray[np.float32],  # [M, 3], in the world
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32], NDArray[np.bool_]]:
        """Pixel rows and columns, depths, and whether they are in the picture, of points; [M]."""
        transform = self.camera.world_to_camera.astype(np.float32)
        seen = points @ transform[:3, :3].T + transform[:3, 3]
        depths: NDArray[np.float32] = seen[:, 2]
        lens = self.intrinsics
        with np.errstate(divide="ignore", invalid="ignore"):
            u = seen[:, 0] / depths * lens.focal + lens.principal_x
            v = seen[:, 1] / depths * lens.focal + lens.principal_y
        inside = (depths > 0) & (u > -0.5) & (u < lens.width - 0.5)
        inside &= (v > -0.5) & (v < lens.height - 0.5)
        columns = np.where(inside, np.rint(u), 0).astype(np.intp)
        rows = np.where(inside, np.rint(v), 0).astype(np.intp)
        return rows, columns, depths, inside


def shown_intrinsics(scene: Scene) -> Intrinsics:
    """The pinhole camera of a scene's pictures without their border."""
    whole = scene.intrinsics.scaled_to(scene.config.image_size)
    return Intrinsics(
        focal=whole.focal,
        principal_x=whole.principal_x - BORDER,
        principal_y=whole.principal_y - BORDER,
        height=whole.height - 2 * BORDER,
        width=whole.width - 2 * BORDER,
    )


def unproject(
    depth: NDArray[np.float32],  # [H, W]
    intrinsics: Intrinsics,
    camera: Camera,
) -> NDArray[np.float64]:
    """[H, W, 3]: the points in the world that pixels of these depths show."""
    rows, columns = np.indices(depth.shape)
    seen = np.stack(
        [
            (columns - intrinsics.principal_x) / intrinsics.focal * depth,
            (rows - intrinsics.principal_y) / intrinsics.focal * depth,
            depth,
        ],
        axis=-1,
    )
    return np.asarray(seen @ camera.rotation.T + camera.position)


def render_depth_views(
    scene: Scene, renderer: Renderer, views: Sequence[NamedCamera], progress: Progress
) -> list[DepthView]:
    """Render views, in order.

    Raises:
        UserError: the model knows no depth.
    """
    require_depth(scene)
    rendered = []
    for number, view in enumerate(views):
        progress(number / len(views), f"rendering view {number + 1} of {len(views)}")
        rendered.append(depth_view(scene, view, renderer.render(view.camera, Extra.ENTROPY)))
    return rendered


def require_depth(scene: Scene) -> None:
    """Refuse a scene whose model tells no depth.

    Raises:
        UserError: with what to do.
    """
    if not scene.config.knows_depth:
        raise UserError(
            f"{scene.name}: has no depth to export, as it was trained without the occlusion "
            "network; open a scene that has one"
        )


def depth_view(scene: Scene, view: NamedCamera, frame: Frame) -> DepthView:
    """What exports need of a frame that carries its entropy."""
    depths = surface_depths(frame, scene.frustum)
    assert depths is not None, "a scene without depth was let through"
    assert frame.entropy is not None, "a frame without entropy was let through"
    side = frame.picture.shape[0]
    share = frame.entropy / np.float32(np.log2(scene.frustum.plane_count))
    return DepthView(
        name=view.name,
        camera=view.camera,
        intrinsics=shown_intrinsics(scene),
        picture=np.ascontiguousarray(without_border(frame.picture)),
        depth=enlarge(depths, side),
        trust=np.clip(1 - enlarge(share, side), 0, 1),
    )
