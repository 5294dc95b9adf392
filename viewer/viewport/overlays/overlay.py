"""What is painted over the picture: the base of overlays, and the projection they share."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QWidget

from dvox_core.geometry.cameras import Camera, Intrinsics
from viewer.theme import DARK, Theme
from viewer.view3d.projection import Projection
from viewer.viewport.canvas.letterbox import PictureArea, Rectangle, canvas_point


def picture_projection(
    camera: Camera,  # the present one; the network's picture may be behind it
    intrinsics: Intrinsics,  # of the model's S × S picture
    place: Rectangle,  # of the picture without its border, in the viewport's logical pixels
) -> Projection:
    """Where world points are shown over the picture."""
    left, _ = canvas_point(0.0, 0.0, place, intrinsics.width)
    right, _ = canvas_point(1.0, 0.0, place, intrinsics.width)
    origin = canvas_point(intrinsics.principal_x, intrinsics.principal_y, place, intrinsics.width)
    return Projection(camera, intrinsics.focal * (right - left), origin)


class Overlay(QWidget):
    """Something over the picture: as large as the viewport, transparent to the mouse by default.

    Added by `Viewport.add_overlay`; paints in `paintEvent` from `self.projection` (of the world),
    `self.area` (of the picture's pixels) and `self.theme`.
    An overlay that has nothing to paint hides itself, so that it costs nothing.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.projection: Projection | None = None
        self.area: PictureArea | None = None
        self.theme = DARK

    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.theme = theme
        self.update()

    def show_projection(self, projection: Projection | None, area: PictureArea | None) -> None:
        """Follow the present camera; None while no scene is open."""
        self.projection, self.area = projection, area
        if self.isVisible():
            self.update()

    def lay_out(self, size: QSize, place: Rectangle) -> None:
        """Take a place in a viewport of `size`, whose picture lies at `place`."""
        self.setGeometry(0, 0, size.width(), size.height())
