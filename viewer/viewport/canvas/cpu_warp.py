"""Warps on the CPU, at a size that this machine does at display rate."""

import time

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from dvox_core.rendering.reprojection.warp import WarpFunction, fast_warp
from viewer.viewport.canvas.content import Warp
from viewer.widgets.images import array_image

MAX_PIXELS = 256
"""Side of a warped picture: 2 ms a source on one core, where 512 take 8."""

MIN_PIXELS = 96
BUDGET_MS = 8.0
"""What a warp may take of the window's thread, on average."""


class CpuWarp:
    """Makes images of warps; smaller ones where larger ones take too long."""

    def __init__(self) -> None:
        self._warp: WarpFunction | None = None
        self._side = MAX_PIXELS
        self._mean_ms = 0.0

    @property
    def side(self) -> int:
        """The side that warped pictures have at most."""
        return self._side

    def image(self, warp: Warp) -> QImage:
        """The warp, at a size of its own; the best picture as it is until the warp is compiled."""
        self._warp = self._warp or fast_warp()
        if self._warp is None:
            return image_of(warp.sources[0].colors)
        side = min(warp.sources[0].colors.shape[0], self._side)
        started = time.perf_counter()
        pixels = self._warp(warp.sources, warp.weights, warp.target(side))
        self.learn((time.perf_counter() - started) * 1000)
        return image_of(pixels)

    def learn(self, milliseconds: float) -> None:
        """Note what a warp took; where many took too long, make smaller ones from now on.

        Never larger ones again: that would flicker.
        """
        self._mean_ms += (milliseconds - self._mean_ms) / 16
        if self._mean_ms > BUDGET_MS and self._side > MIN_PIXELS:
            self._side = max(self._side * 3 // 4, MIN_PIXELS)
            self._mean_ms = 0.0


def image_of(rgba: NDArray[np.uint8]) -> QImage:
    """Pixels [H, W, 4] as a QImage of its own, in the format that QPainter is fastest with."""
    return array_image(rgba).convertToFormat(QImage.Format.Format_RGB32)
