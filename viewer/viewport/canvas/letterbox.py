"""Where the picture lies in the viewport, in whole device pixels."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from dvox_core.rendering.frame import BORDER

Number = TypeVar("Number", float, NDArray[np.float64])

MARGIN = 12
"""Least distance of the picture from the left and right edge, logical pixels."""

ROW_MARGIN = 52
"""Distance from the upper and lower edge where there is room: the mode switch's row."""


@dataclass(frozen=True)
class Rectangle:
    """A rectangle, its origin at the upper left; in device pixels unless said otherwise."""

    x: float
    y: float
    width: float
    height: float

    def scaled(self, factor: float) -> "Rectangle":
        """In units that are 1/factor as large."""
        return Rectangle(
            self.x * factor, self.y * factor, self.width * factor, self.height * factor
        )

    def contains(self, x: float, y: float) -> bool:
        """Whether a point lies inside."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


def letterbox(
    width: float,  # of the canvas, logical pixels
    height: float,
    ratio: float,  # device pixels a logical pixel
    picture_width: int,  # only their proportion counts
    picture_height: int,
) -> Rectangle:
    """The largest rectangle of the picture's proportion inside the margins, centred.

    In whole device pixels, so that OpenGL and QPainter fill the same ones. At least one pixel.
    """
    row_margin = min(ROW_MARGIN, height / 10)
    room_x = max((width - 2 * min(MARGIN, width / 10)) * ratio, 1.0)
    room_y = max((height - 2 * row_margin) * ratio, 1.0)
    scale = min(room_x / picture_width, room_y / picture_height)
    shown_width = max(int(picture_width * scale), 1)
    shown_height = max(int(picture_height * scale), 1)
    return Rectangle(
        (round(width * ratio) - shown_width) // 2,
        (round(height * ratio) - shown_height) // 2,
        shown_width,
        shown_height,
    )


def picture_pixel(x: float, y: float, shown: Rectangle, side: int) -> tuple[float, float]:
    """The pixel (u, v) of the whole side × side picture under a point of the canvas.

    `shown` is where the picture without its border lies, in the point's units. Whole numbers are
    the middles of pixels.
    """
    trained = side - 2 * BORDER
    u = BORDER - 0.5 + (x - shown.x) / shown.width * trained
    v = BORDER - 0.5 + (y - shown.y) / shown.height * trained
    return u, v


def canvas_point(u: Number, v: Number, shown: Rectangle, side: int) -> tuple[Number, Number]:
    """The point of the canvas where pixel (u, v) of the whole picture is shown."""
    trained = side - 2 * BORDER
    x = shown.x + (u - BORDER + 0.5) / trained * shown.width
    y = shown.y + (v - BORDER + 0.5) / trained * shown.height
    return x, y


@dataclass(frozen=True)
class PictureArea:
    """Where the pixels of the picture are shown.

    Attributes:
        place: of the picture without its border, in the viewport's logical pixels.
        side: of the whole picture, in its own pixels.
    """

    place: Rectangle
    side: int

    def point_of(self, u: float, v: float) -> tuple[float, float]:
        """The point of the viewport where a pixel is shown."""
        return canvas_point(u, v, self.place, self.side)

    def pixel_at(self, x: float, y: float) -> tuple[float, float]:
        """The pixel that is shown at a point of the viewport."""
        return picture_pixel(x, y, self.place, self.side)
