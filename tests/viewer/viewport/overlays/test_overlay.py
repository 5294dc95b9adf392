"""Overlays: where world points are shown, and when overlays are told so."""

import numpy as np
from PySide6.QtGui import QColor, QPainter

from dvox_core.geometry.cameras import Intrinsics, look_at
from viewer.viewport.canvas.letterbox import Rectangle, canvas_point
from viewer.viewport.overlays.overlay import Overlay, picture_projection

INTRINSICS = Intrinsics(focal=140.0, principal_x=64.0, principal_y=60.0, height=128, width=128)
PLACE = Rectangle(100, 50, 590, 590)


def test_a_point_on_the_optical_axis_is_shown_at_the_principal_point():
    camera = look_at((0.0, -3.0, 0.0), target=(0.0, 0.0, 0.0), up=(0.0, 0.0, 1.0))
    points, depths = picture_projection(camera, INTRINSICS, PLACE).points([[0.0, 0.0, 0.0]])
    assert np.allclose(depths, 3.0)
    assert np.allclose(points[0], canvas_point(64.0, 60.0, PLACE, 128))


def test_a_point_behind_the_camera_is_shown_nowhere():
    camera = look_at((0.0, -3.0, 0.0), target=(0.0, 0.0, 0.0), up=(0.0, 0.0, 1.0))
    projection = picture_projection(camera, INTRINSICS, PLACE)
    points, depths = projection.points([[0.0, -4.0, 0.0], [0.5, 0.0, 0.5]])
    assert (depths > 0).tolist() == [False, True]
    assert np.isnan(points[0]).all()
    assert points[1, 0] > canvas_point(64.0, 60.0, PLACE, 128)[0]  # to the right
    assert points[1, 1] < canvas_point(64.0, 60.0, PLACE, 128)[1]  # and above


class Dots(Overlay):
    def paintEvent(self, _):  # noqa: N802
        points, _ = self.projection.points(np.zeros((1, 3)))
        with QPainter(self) as painter:
            painter.fillRect(int(points[0, 0]) - 3, int(points[0, 1]) - 3, 7, 7, QColor("red"))


def test_an_overlay_follows_the_camera_and_lies_over_the_picture(window, qtbot, tmp_path):
    dots = Dots()
    window.viewport.add_overlay(dots)
    assert dots.projection is None
    with qtbot.waitSignal(window.session.opened):
        window.files.open(tmp_path / "scene.dvox")
    dots.show()
    assert dots.projection.camera == window.state.camera
    window.views.step(1)
    assert dots.projection.camera == window.state.camera
    assert dots.size() == window.viewport.size()
    x, y = (int(value) for value in dots.projection.points(np.zeros((1, 3)))[0][0])
    shown = window.viewport.grab().toImage()
    ratio = window.viewport.devicePixelRatioF()
    assert shown.pixelColor(int(x * ratio), int(y * ratio)) == QColor("red")
    window.files.close()
    assert dots.projection is None
