"""3D widgets: turning, zooming, clicks, and both painters showing the same."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage

from dvox_core.errors import UserError
from dvox_core.geometry.grid import GridPlacement
from dvox_core.inspection.volume_casting import cast_volume
from dvox_core.inspection.volume_view import VolumeView
from tests.helpers.signals import EventCounter
from viewer.plots.export import save_picture
from viewer.theme import DARK
from viewer.view3d.opengl_speed import opengl_speed
from viewer.view3d.opengl_support import opengl_problem
from viewer.view3d.orbit_camera import Orbit
from viewer.view3d.projection import Projection
from viewer.view3d.shapes import Dots, Label, Lines, Sheets, Volume, box_lines
from viewer.view3d.space_view import SpaceView

BOX = GridPlacement((0.0, 0.0, 0.0), 1.0)
FIRST = Orbit((0.0, 0.0, 0.0), 4.0, 0.6, 0.45, (0.0, 0.0, 1.0))
SIDE = 240


class Space(SpaceView):
    """Shows what it is given."""

    def __init__(self):
        super().__init__("space", "tip")
        self.orbit = FIRST
        self.shown = [box_lines(BOX.corners, "#ffffff")]
        self.clicks, self.orders = [], []
        self.resize(SIDE, SIDE)

    def shapes(self):
        return self.shown

    def projection(self):
        middle = (self.width() / 2, self.height() / 2)
        return Projection(self.orbit.camera, 500.0, middle, 1e-3 * self.orbit.distance)

    def reset(self):
        self._set_orbit(FIRST)

    def clicked_at(self, point):
        self.clicks.append(point)

    def order_volume(self, order):
        self.orders.append(order)


@pytest.fixture
def space(qtbot, qapp):
    made = Space()
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: made._flat is not None or made._opengl is not None)
    return made


def test_the_menu_saves_what_is_seen_as_png(space, qtbot, tmp_path):
    words = [action.text() for action in space.make_menu().actions() if action.text()]
    assert words == ["Show all", "Copy picture", "Save picture as PNG…"]
    save_picture(space, tmp_path / "space.png")
    picture = QImage(str(tmp_path / "space.png"))
    assert (picture.width(), picture.height()) == (2 * SIDE, 2 * SIDE)
    colors = {picture.pixelColor(x, y).name() for x in range(2 * SIDE) for y in range(2 * SIDE)}
    assert DARK.viewport in colors
    assert len(colors) > 1  # the box too
    with pytest.raises(UserError, match=r"space\.jpg: a picture is saved as \.png"):
        save_picture(space, tmp_path / "space.jpg")


def test_a_refresh_is_painted_once_by_flat_items(space, qtbot, monkeypatch):
    if space._flat is None:
        pytest.skip("OpenGL paints here")
    qtbot.wait(50)  # what showing it brought about
    paints = EventCounter(QEvent.Type.Paint)
    space._flat.viewport().installEventFilter(paints)
    space.turn(0.1, 0.0)
    qtbot.waitUntil(lambda: paints.count > 0)
    qtbot.wait(50)
    assert paints.count == 1


def test_a_drag_turns_and_a_click_does_not(space, qtbot):
    qtbot.mousePress(space, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    qtbot.mouseMove(space, QPoint(90, 50))
    qtbot.mouseRelease(space, Qt.MouseButton.LeftButton, pos=QPoint(90, 50))
    assert space.orbit.azimuth != FIRST.azimuth
    assert space.clicks == []
    qtbot.mouseClick(space, Qt.MouseButton.LeftButton, pos=QPoint(70, 80))
    assert space.clicks == [QPointF(70, 80)]
    qtbot.mouseDClick(space, Qt.MouseButton.LeftButton, pos=QPoint(70, 80))
    assert space.orbit == FIRST


def test_keys_turn_zoom_and_return_to_the_first_view(space, qtbot):
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Plus):
        qtbot.keyClick(space, key)
    assert space.orbit.azimuth < FIRST.azimuth
    assert space.orbit.elevation > FIRST.elevation
    assert space.orbit.distance < FIRST.distance
    qtbot.keyClick(space, Qt.Key.Key_Home)
    assert space.orbit == FIRST


def test_a_volume_is_ordered_where_opengl_does_not_paint_it(space, qtbot):
    volume = Volume(np.zeros((4, 4, 4, 4), np.float32), BOX)
    space.shown = [volume]
    space.refresh()
    if space.paints_by_opengl:
        assert space.orders == []
    else:
        assert space.orders[-1].volume is volume
        assert (space.orders[-1].width, space.orders[-1].height) == (SIDE, SIDE)


def test_labels_and_an_empty_view_are_painted(space):
    space.shown = [Label(np.zeros(3), "middle", "#ffffff")]
    space.refresh()
    image = space.grab().toImage()
    near = [image.pixelColor(x, y).value() for x in range(100, 140) for y in range(110, 130)]
    assert max(near) > 150
    space.shown = []
    space.refresh()
    assert space.grab().toImage().pixelColor(SIDE // 2, SIDE // 2).name() == DARK.viewport


def everything():
    """Shapes of every kind, and the voxels among them."""
    cloud = np.zeros((8, 8, 8, 4), np.float32)
    cloud[2:6, 2:6, 2:6] = (0.9, 0.3, 0.1, 0.6)
    points = np.random.default_rng(0).uniform(-0.4, 0.4, (20, 3))
    sheet = np.array([(-0.5, -0.5, 0), (0.5, -0.5, 0), (0.5, 0.5, 0), (-0.5, 0.5, 0.0)])
    return [
        box_lines(BOX.corners, "#ffffff"),
        Sheets(sheet[None], "#5aa9ff", 60),
        Volume(cloud, BOX),
        Dots(points, "#ff6b8b", np.linspace(4, 10, 20)),
        Lines(np.full((1, 3), -0.4), np.full((1, 3), 0.4), "#9be564"),
    ]


def pixels(image):
    """[H, W, 3] of a QImage."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).astype(float)


def test_flat_items_show_the_cast_volume_where_it_is(qtbot, qapp):
    from viewer.view3d.flat_painter import FlatPainter

    space = Space()
    qtbot.addWidget(space)
    painter, view = FlatPainter(space), space.projection()
    painter.resize(SIDE, SIDE)
    shapes = everything()
    painter.show_shapes(shapes, view, DARK.viewport)
    painter.show_volume_picture(cast(shapes[2], view))
    shown = pixels(painter.grab().toImage())
    middle = shown[SIDE // 2 - 8 : SIDE // 2 + 8, SIDE // 2 - 30 : SIDE // 2 - 14].mean(axis=(0, 1))
    assert middle[0] > 1.5 * middle[2]


def cast(volume, view):
    """The volume's picture with colours that are not multiplied by opacity."""
    x, y = view.origin
    rgba = cast_volume(
        volume.cloud,
        volume.placement,
        VolumeView(view.camera, view.scale, x - 0.5, y - 0.5, SIDE, SIDE),
    )
    opacity = np.maximum(rgba[..., 3:], 1) / 255
    rgba[..., :3] = np.minimum(rgba[..., :3] / opacity, 255)
    return rgba


@pytest.mark.gl
def test_both_painters_show_the_same(qtbot, qapp):
    if opengl_problem(allow_software=True):
        pytest.skip("no OpenGL here")
    from viewer.view3d.flat_painter import FlatPainter
    from viewer.view3d.opengl_painter import OpenGLPainter

    space = Space()
    qtbot.addWidget(space)
    view, shapes, pictures = space.projection(), everything(), []
    for kind in (FlatPainter, OpenGLPainter):
        painter = kind(space)
        painter.resize(SIDE, SIDE)
        space.show()
        painter.show()
        painter.show_shapes(shapes, view, DARK.viewport)
        if kind is FlatPainter:
            painter.show_volume_picture(cast(shapes[2], view))
            pictures.append(pixels(painter.grab().toImage()))
        else:
            pictures.append(pixels(painter.grabFramebuffer()))
        painter.hide()
    # Edges are smoothed by one alone: means of 4 × 4 pixels are compared.
    one, other = (
        picture.reshape(SIDE // 4, 4, SIDE // 4, 4, 3).mean(axis=(1, 3)) for picture in pictures
    )
    assert np.abs(one - other).mean() < 4
    for channel in range(3):
        assert np.corrcoef(one[..., channel].ravel(), other[..., channel].ravel())[0, 1] > 0.95


def test_without_windows_opengl_is_not_measured(qapp):
    if qapp.platformName() != "offscreen":
        pytest.skip("there are windows here")
    opengl_speed().measure()
    assert not opengl_speed().suffices
