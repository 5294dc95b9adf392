"""The slices and the cloud: axes, clicks, keys, enlarging, cameras, rays."""

import threading

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from dvox_core.rendering.interventions import Box
from tests.helpers.voxel_panel import SCENES, SIDE
from viewer.panels.voxels import cloud_view
from viewer.panels.voxels.linked_views import LinkedVoxelViews
from viewer.plots.library import PlotLibrary
from viewer.state.selection import Pixel, Voxel
from viewer.view3d.opengl_speed import OpenGLSpeed


def test_views_are_never_windows_of_their_own(qtbot, monkeypatch):
    asked = []
    monkeypatch.setattr(PlotLibrary, "make_soon", lambda self, pieces: asked.append(pieces))
    monkeypatch.setattr(OpenGLSpeed, "measure", lambda self: asked.append(self))
    views = LinkedVoxelViews()
    qtbot.addWidget(views)
    views.enlarge(views.slices[0])
    views.enlarge(None)
    assert not asked  # as nothing was shown


def test_slices_show_their_voxels_with_axes_growing_right_and_up(open_panel, qtbot):
    _, panel = open_panel()
    slices = panel.grid.quad.slices
    qtbot.waitUntil(lambda: all(view.ready() and view._look is not None for view in slices))
    rgba = panel.found.rgba
    picks = (lambda c, r: rgba[6, r, c], lambda c, r: rgba[r, 6, c], lambda c, r: rgba[r, c, 6])

    def all_show_their_voxels():
        for view, pick in zip(slices, picks, strict=True):
            image = view.grab().toImage()
            for column, up in ((1, 2), (9, 1), (3, 8)):  # away from lines and name
                place = [0, 0, 0]
                place[view.axis.across], place[view.axis.up] = column, up
                place[view.axis.through] = 6
                point = view.point_of_voxel(tuple(place)) * image.devicePixelRatio()
                shown = image.pixelColor(int(point.x()), int(point.y())).getRgb()[:3]
                assert shown == pytest.approx([int(c) for c in pick(column, up)[:3]], abs=2)

    qtbot.waitUntil(all_show_their_voxels)


def test_arrow_keys_step_through_voxels_and_slices(open_panel, qtbot):
    window, panel = open_panel()
    view = panel.grid.quad.slices[0]
    qtbot.waitUntil(lambda: view._look is not None)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_PageDown):
        QTest.keyClick(view, key)
    assert window.selection.voxel == Voxel(7, 8, 5)


def test_a_double_click_enlarges_a_slice_and_shrinks_it(open_panel, qtbot):
    _, panel = open_panel()
    quad = panel.grid.quad
    small = quad.slices[2].width()
    QTest.mouseDClick(quad.slices[2], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: quad.slices[2].width() > 1.8 * small)
    assert not quad.space.isVisible()
    QTest.mouseDClick(quad.slices[2], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: quad.slices[2].width() < 1.2 * small)
    assert quad.space.isVisible()


def test_threshold_and_crop_leave_voxels_out_of_the_cloud(open_panel, qtbot):
    _, panel = open_panel()
    qtbot.waitUntil(lambda: panel.cloud is not None)
    strength = panel.found.answer.volume.strength
    panel.grid.threshold.choose(0.6)
    qtbot.waitUntil(lambda: not (panel.cloud[..., 3] > 0)[strength < 0.59].any())
    assert (panel.cloud[..., 3] > 0)[strength > 0.62].all()
    panel.grid.crops_shown.setChecked(True)
    crops = [panel.grid.column.indexOf(crop.parentWidget()) for crop in panel.grid.crops]
    cloud, export = (
        panel.grid.column.indexOf(row) for row in (panel.grid._cloud_row, panel.export_row)
    )
    assert [cloud, *crops] == list(range(cloud, cloud + 4))
    assert crops[-1] < export
    panel.grid.crops[0].choose(0, 3)
    qtbot.waitUntil(lambda: not panel.cloud[:, :, 4:, 3].any())
    assert panel.cloud[:, :, :4, 3].any()


def test_the_cloud_is_cast_and_follows_the_picture_if_asked_to(open_panel, qtbot):
    window, panel = open_panel()
    space = panel.grid.quad.space
    qtbot.waitUntil(lambda: space.paints_by_opengl or space.cast_count > 0)
    panel.grid.follows.setChecked(True)
    qtbot.waitUntil(lambda: space.projection() is not None)
    projection = space.projection()
    assert projection.camera == window.state.camera
    world = np.asarray(SCENES["robot.dvox"].placement.corners)
    expected, _ = window.viewport._overlays[0].projection.points(world)
    place = window.viewport.canvas.place
    points, _ = projection.points(world)
    # The same picture, but for its size and where it lies.
    scale = (points[1] - points[0]) / (expected[1] - expected[0])
    assert scale[0] == pytest.approx(scale[1], rel=1e-3)
    assert place.width > 0


def test_a_cloud_that_takes_long_at_first_says_so(open_panel, qtbot, monkeypatch):
    may_end = threading.Event()

    def cast_slowly(_question):
        may_end.wait(60)
        return np.zeros((2, 2, 4), np.uint8)

    monkeypatch.setattr(cloud_view, "_cast", cast_slowly)
    monkeypatch.setattr(cloud_view, "PATIENCE_MS", 0)
    _, panel = open_panel()
    space = panel.grid.quad.space
    qtbot.waitUntil(lambda: space.paints_by_opengl or space.is_preparing)
    may_end.set()
    qtbot.waitUntil(lambda: space.paints_by_opengl or space.cast_count > 0)
    assert not space.is_preparing


def test_a_click_into_the_cloud_selects_what_one_sees_there(open_panel, qtbot):
    window, panel = open_panel()
    space = panel.grid.quad.space
    panel.marker.set_box(Box((5, 5, 5), (7, 7, 7)))
    panel.grid.threshold.choose(0.95)
    panel.grid.opacity.choose(1.0)
    qtbot.waitUntil(lambda: panel.cloud is not None and panel.cloud[5, 5, 5, 3] > 0)
    qtbot.wait(30)
    middle = SCENES["robot.dvox"].placement.grid_to_world(SIDE) @ (5.5, 5.5, 5.5, 1)
    x, y = space.projection().points(middle[:3])[0][0]
    place = space.place_at(QPointF(x, y))
    assert place is not None
    assert all(4 <= value <= 7 for value in place)
    qtbot.mouseClick(space, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(y)))
    assert window.selection.voxel is not None


def test_a_click_on_a_camera_looks_from_it(open_panel, qtbot):
    window, panel = open_panel()
    panel.grid.cameras.setChecked(True)
    space = panel.grid.quad.space
    space.zoom(0.4)
    qtbot.waitUntil(lambda: space._look is not None and space._look.shows_cameras)
    view = SCENES["robot.dvox"].cameras[1]
    x, y = space.projection().points(view.camera.position)[0][0]
    assert space.camera_at(QPointF(x, y)) is view
    qtbot.mouseClick(space, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(y)))
    assert window.state.camera == view.camera


def test_pinned_rays_are_drawn_through_the_grid(open_panel, qtbot):
    window, panel = open_panel()
    window.selection.pin(Pixel(64, 64))
    space = panel.grid.quad.space
    qtbot.waitUntil(lambda: space._look is not None and len(space._look.rays) == 1)
    ends, color = space._look.rays[0]
    assert ends[0] == pytest.approx(window.state.camera.position)
    assert color == window.themes.theme.pins[0]
