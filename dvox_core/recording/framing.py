"""Places the network's square picture in a video's frame: scaled, letterboxed or cropped."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image  # resizes arrays; no file is read or written by it

from dvox_core.geometry.cameras import Intrinsics
from dvox_core.geometry.frustum import Frustum
from dvox_core.recording.settings import Color, Fit, Mode
from dvox_core.rendering.frame import BORDER, Frame
from dvox_core.rendering.pictures import (
    EMPTY_COLOR,
    DepthRange,
    Picture,
    depth_picture,
    entropy_picture,
    rgb_picture,
)

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Placement:
    """Where the picture comes to lie in a frame of `width` × `height` pixels.

    Attributes:
        scale: video pixels a picture pixel.
        left, top: of the picture's corner, video pixels; negative where it is cropped.
    """

    width: int
    height: int
    scale: float
    left: float
    top: float

    def covers(self, side: int) -> bool:
        """Whether a picture of side × side pixels covers the whole frame."""
        right, bottom = self.left + side * self.scale, self.top + side * self.scale
        return (
            max(self.left, self.top) < 0.5
            and right > self.width - 0.5
            and bottom > self.height - 0.5
        )


def place(
    intrinsics: Intrinsics,  # of the picture with its border, in its pixels
    width: int,
    height: int,
    vertical_fov: float | None,  # degrees of the frame's height; None for all of the picture
    fit: Fit,
) -> Placement:
    """Where the picture without its border belongs.

    Without a field of view it lies in the middle, as large as `fit` says. With one, its principal
    point lies in the middle and its scale is the one at which the frame spans that angle; "crop"
    enlarges it from there until it covers the frame.
    """
    side = intrinsics.width - 2 * BORDER
    if vertical_fov is None:
        ratios = width / side, height / side
        scale = max(ratios) if fit == "crop" else min(ratios)
        return Placement(
            width, height, scale, (width - side * scale) / 2, (height - side * scale) / 2
        )
    scale = height / 2 / np.tan(np.radians(vertical_fov) / 2) / intrinsics.focal
    # The sample at pixel u is the middle of an area from u to u + 1.
    across = intrinsics.principal_x + 0.5 - BORDER
    down = intrinsics.principal_y + 0.5 - BORDER
    if fit == "crop":
        nearest = min(across, side - across) / width, min(down, side - down) / height
        scale = max(scale, 0.5 / min(nearest))
    return Placement(
        width, height, float(scale), width / 2 - across * scale, height / 2 - down * scale
    )


def framed(
    picture: Bytes,  # [N, N, 3], without its border
    placement: Placement,
    background: Color,
) -> Bytes:
    """[height, width, 3]: the picture where `placement` has it, `background` around it."""
    side = picture.shape[0]
    columns = _covered(placement.left, side * placement.scale, placement.width)
    rows = _covered(placement.top, side * placement.scale, placement.height)
    frame = np.empty((placement.height, placement.width, 3), dtype=np.uint8)
    frame[:] = background
    if columns is None or rows is None:
        return frame
    left, right = _source(columns, placement.left, placement.scale, side)
    top, bottom = _source(rows, placement.top, placement.scale, side)
    size = columns[1] - columns[0], rows[1] - rows[0]
    image = Image.fromarray(picture)
    box = (left, top, right, bottom)
    scaled = np.asarray(image.resize(size, Image.Resampling.LANCZOS, box))
    frame[rows[0] : rows[1], columns[0] : columns[1]] = scaled
    return frame


def _covered(start: float, length: float, whole: int) -> tuple[int, int] | None:
    """First and last + 1 pixel of a stretch within 0…whole; None where there is none."""
    first, last = max(round(start), 0), min(round(start + length), whole)
    return (first, last) if last > first else None


def _source(covered: tuple[int, int], start: float, scale: float, side: int) -> tuple[float, float]:
    """What of the picture's side those pixels show, in picture pixels."""
    first, last = (float(np.clip((edge - start) / scale, 0, side)) for edge in covered)
    return first, last


@dataclass(frozen=True)
class FrameComposer:
    """Makes a video's frame of a network's frame; the same colours as in the window.

    Attributes:
        intrinsics: of the picture with its border, in its pixels.
        depths: the range of depth colours, the same for the whole video.
    """

    mode: Mode
    width: int
    height: int
    fit: Fit
    background: Color
    intrinsics: Intrinsics
    frustum: Frustum
    depths: DepthRange

    def compose(self, frame: Frame, vertical_fov: float | None) -> Bytes:
        """[height, width, 3] uint8."""
        if self.mode == "side-by-side":
            half = self.width // 2
            parts = (
                self._fill(rgb_picture(frame), half, vertical_fov, self.background),
                self._fill(self._depth(frame), half, vertical_fov, EMPTY_COLOR),
            )
            return np.concatenate(parts, axis=1)
        if self.mode == "rgb":
            return self._fill(rgb_picture(frame), self.width, vertical_fov, self.background)
        picture = self._depth(frame) if self.mode == "depth" else self._entropy(frame)
        return self._fill(picture, self.width, vertical_fov, self.background)

    def placement(self, vertical_fov: float | None) -> Placement:
        """Where the picture lies in its frame, or in its half of it."""
        width = self.width // 2 if self.mode == "side-by-side" else self.width
        return place(self.intrinsics, width, self.height, vertical_fov, self.fit)

    def _fill(
        self, picture: Picture, width: int, vertical_fov: float | None, background: Color
    ) -> Bytes:
        placement = place(self.intrinsics, width, self.height, vertical_fov, self.fit)
        return framed(np.ascontiguousarray(picture.rgba[..., :3]), placement, background)

    def _depth(self, frame: Frame) -> Picture:
        picture = depth_picture(frame, self.frustum, self.depths)
        assert picture is not None, "a scene without depth was let through"
        return picture

    def _entropy(self, frame: Frame) -> Picture:
        picture = entropy_picture(frame, self.frustum)
        assert picture is not None, "a frame without entropy was let through"
        return picture
