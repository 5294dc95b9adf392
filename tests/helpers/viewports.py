"""What tests of the viewport share."""

from pathlib import Path

import numpy as np
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget

from dvox_core.geometry.cameras import Camera
from viewer.viewport.navigation.camera_motion import OrbitPose, orbit


def open_scene(qtbot, viewport, name="ball.pth"):
    with qtbot.waitSignal(viewport.picture_shown):
        viewport.session.open(Path(name))


def overlay(viewport, name):
    return viewport.findChild(QWidget, name)


def pixel(image: QImage, x, y):
    return QColor(image.pixel(int(x), int(y))).getRgb()[:3]


def turned(viewport, degrees) -> Camera:
    """The start view turned around the scene."""
    scene = viewport.state.scene
    start = OrbitPose(scene.start_camera, scene.pivot)
    return orbit(start, scene.up_axis, np.radians(degrees), 0.0).camera


def seen(viewport) -> np.ndarray:
    """What lies in the picture's place, [H, W, 3], without what lies over it."""
    viewport.repaint()
    widget = viewport.canvas.widget
    image = (
        widget.grabFramebuffer() if hasattr(widget, "grabFramebuffer") else widget.grab().toImage()
    )
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    pixels = rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)
    place = viewport.canvas.place.scaled(viewport.devicePixelRatioF())
    ring = widget.pos() * viewport.devicePixelRatioF()
    top, left = round(place.y) - ring.y(), round(place.x) - ring.x()
    return pixels[top : top + round(place.height), left : left + round(place.width)].copy()
