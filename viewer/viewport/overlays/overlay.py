"""What may be painted over the picture: the base of overlays, and the way from world to widget."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QWidget

from dvox_core.geometry.cameras import Camera, Intrinsics
from viewer.theme import DARK, Theme
from viewer.viewport.canvas.letterbox import Rectangle, canvas_point

NEAREST = 1e-3
"""Depth before which a point is not shown, as a share of its distance."""


@dataclass(frozen=True, eq=False)
class Projection:
    """Where world points are shown in the viewport.

    Attributes:
        camera: the present one, which the hand moves; the network's picture may be behind it.
        intrinsics: of the model's S × S picture.
        place: where the picture without its border lies, in the viewport's logical pixels.
    """

    camera: Camera
    intrinsics: Intrinsics
    place: Rectangle

    def points(self, world: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """World points [N, 3] → viewport points (x, y) [N, 2], and which lie before the camera.

        The points of those that do not are NaN. Points may lie outside of the picture's place.
        """
        offsets = np.atleast_2d(np.asarray(world, dtype=np.float64)) - self.camera.position
        seen = offsets @ self.camera.rotation
        depths = seen[:, 2]
        before = depths > NEAREST * np.linalg.norm(seen, axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            u = self.intrinsics.focal * seen[:, 0] / depths + self.intrinsics.principal_x
            v = self.intrinsics.focal * seen[:, 1] / depths + self.intrinsics.principal_y
        x, y = canvas_point(u, v, self.place, self.intrinsics.width)
        return np.where(before[:, None], np.stack([x, y], axis=1), np.nan), before


class Overlay(QWidget):
    """Something over the picture: as large as the viewport, and deaf to the mouse, unless changed.

    Added by `Viewport.add_overlay`; paints in `paintEvent` from `self.projection` and `self.theme`.
    An overlay that has nothing to paint hides itself, so that it costs nothing.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.projection: Projection | None = None
        self.theme = DARK

    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.theme = theme
        self.update()

    def show_projection(self, projection: Projection | None) -> None:
        """Follow the present camera; None while no scene is open."""
        self.projection = projection
        if self.isVisible():
            self.update()

    def lay_out(self, size: QSize, place: Rectangle) -> None:
        """Take a place in a viewport of `size`, whose picture lies at `place`."""
        self.setGeometry(0, 0, size.width(), size.height())
