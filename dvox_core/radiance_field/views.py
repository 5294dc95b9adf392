"""Pictures with their cameras, as a field is fitted to them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dvox_core.data.box_crop import load_shown
from dvox_core.data.capture import Capture, View
from dvox_core.data.pictures import load_picture, opaque_part
from dvox_core.geometry.cameras import Camera, Intrinsics
from dvox_core.geometry.grid import GridPlacement


@dataclass(frozen=True, eq=False)
class FieldViews:
    """What a field is fitted to.

    Attributes:
        pictures: [N, H, W, 3], uint8, or float32 in 0…1.
        cameras: N of them.
        intrinsics: of the pictures, in their pixels.
        shown: [N, H, W] bool: pixels that a field is fitted to, where the others are padding; None:
            all of them.
    """

    pictures: NDArray[np.uint8] | NDArray[np.float32]
    cameras: tuple[Camera, ...]
    intrinsics: Intrinsics
    shown: NDArray[np.bool_] | None = None

    @property
    def lens(self) -> tuple[float, float, float]:
        """Focal length and principal point (x, y), pixels."""
        return lens_of(self.intrinsics)

    @property
    def value_scale(self) -> float:
        """What a picture's value is multiplied with to lie in 0…1."""
        return 1 / 255 if self.pictures.dtype == np.uint8 else 1.0


def load_field_views(capture: Capture, side: int, split: str = "train") -> FieldViews:
    """The pictures of a split at side × side pixels.

    Raises:
        CaptureError: a picture that cannot be used.
    """
    views = capture.split(split)
    pictures = [load_picture(view.picture_path, side) for view in views]
    return FieldViews(
        pictures=np.stack(pictures) if pictures else np.zeros((0, side, side, 3), dtype=np.uint8),
        cameras=tuple(view.camera for view in views),
        intrinsics=pooled_intrinsics(capture.intrinsics, side),
    )


def load_shown_views(capture: Capture, side: int, split: str = "train") -> FieldViews:
    """As `load_field_views`; what is transparent or padded in a picture is not fitted to.

    Raises:
        CaptureError: a picture that cannot be used.
    """
    views = load_field_views(capture, side, split)
    shown = [_shown(view.picture_path, side) for view in capture.split(split)]
    return views if all(one.all() for one in shown) else replace(views, shown=np.stack(shown))


def shown_parts(views: Sequence[View], side: int) -> NDArray[np.bool_] | None:
    """[N, side, side]: what imported pictures that were padded show, by shown/; None where all.

    Raises:
        CaptureError: a file that cannot be used.
    """
    parts = [load_shown(view.picture_path, side) for view in views]
    if all(part is None for part in parts):
        return None
    whole = np.ones((side, side), dtype=bool)
    return np.stack([whole if part is None else part for part in parts])


def _shown(path: Path, side: int) -> NDArray[np.bool_]:
    alpha = Image.fromarray(opaque_part(path)).resize((side, side), Image.Resampling.BOX)
    return np.asarray(np.asarray(alpha) == 255)


def pooled_intrinsics(intrinsics: Intrinsics, side: int) -> Intrinsics:
    """The camera of pictures shrunk to side × side pixels by area.

    Unlike `Intrinsics.scaled_to`, the authors' scaling, this keeps in mind that pixels are sampled
    at their middle: half a pixel before and after is not the same length.
    """
    x, y = side / intrinsics.width, side / intrinsics.height
    return Intrinsics(
        focal=intrinsics.focal * y,
        principal_x=(intrinsics.principal_x + 0.5) * x - 0.5,
        principal_y=(intrinsics.principal_y + 0.5) * y - 0.5,
        height=side,
        width=side,
    )


def lens_of(intrinsics: Intrinsics) -> tuple[float, float, float]:
    """Focal length and principal point (x, y), pixels."""
    return intrinsics.focal, intrinsics.principal_x, intrinsics.principal_y


def grid_cameras(
    cameras: Sequence[Camera], placement: GridPlacement, side: int
) -> NDArray[np.float64]:
    """[N, 3, 4]: the rotation from each camera's axes to the grid's, and its centre in voxels."""
    result = np.empty((len(cameras), 3, 4))
    for index, camera in enumerate(cameras):
        place = camera.position - np.asarray(placement.center)
        result[index, :, :3] = camera.rotation
        result[index, :, 3] = place / placement.voxel_size(side) + side / 2
    return result
