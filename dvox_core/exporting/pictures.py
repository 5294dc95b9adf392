"""Pictures of a frame at any size: resampled, with opacity where a ray meets a surface."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.frustum import Frustum
from dvox_core.rendering.frame import Frame
from dvox_core.rendering.pictures import enlarge, has_surface

Bytes = NDArray[np.uint8]

Resampling = Literal["lanczos", "bicubic", "bilinear", "nearest"]
RESAMPLINGS: tuple[Resampling, ...] = get_args(Resampling)


@dataclass(frozen=True)
class PictureOptions:
    """How a picture is saved.

    Attributes:
        side: pixels a side.
        resampling: by which the network's pixels become these.
        with_border: keep the untrained border; RGB alone has one.
        transparent: where no ray meets a surface.
        with_legend: burn the legend in, where the mode has one.
    """

    side: int
    resampling: Resampling = "lanczos"
    with_border: bool = False
    transparent: bool = False
    with_legend: bool = False


def resized(
    rgba: Bytes,  # [N, N, 4]
    side: int,
    resampling: Resampling,
) -> Bytes:
    """[side, side, 4]; colours count by their opacity, so that nothing hidden shines through."""
    if rgba.shape[:2] == (side, side):
        return rgba
    from PIL import Image  # resizes arrays; no file is read or written by it

    image = Image.fromarray(np.ascontiguousarray(rgba)).convert("RGBa")  # premultiplied
    method = Image.Resampling[resampling.upper()]
    return np.array(image.resize((side, side), method).convert("RGBA"))


def surface_opacity(frame: Frame, frustum: Frustum) -> Bytes | None:
    """[S − 10, S − 10]: 255 where a ray meets a surface, 0 where it meets none; None without depth.

    A ray meets none where its depth weights are spread over all planes, or fall on nothing: what
    they gather there is a background's colour. Between rays it is linear.
    """
    met = has_surface(frame, frustum)
    if met is None:
        return None
    share = enlarge(met.astype(np.float32), frame.picture.shape[0])
    return np.asarray(np.rint(np.clip(share, 0, 1) * 255), dtype=np.uint8)


def with_opacity(rgba: Bytes, opacity: Bytes) -> Bytes:
    """The same colours with these opacities [N, N]."""
    return np.concatenate([rgba[..., :3], opacity[..., None]], axis=2)


def whole_picture(frame: Frame) -> Bytes:
    """[S, S, 4]: what the network painted, its untrained border too."""
    side = frame.picture.shape[0]
    return np.concatenate([frame.picture, np.full((side, side, 1), 255, np.uint8)], axis=2)
