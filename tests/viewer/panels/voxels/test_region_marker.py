"""Marking voxels: box, brush, and a part of the picture."""

import pyqtgraph
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from dvox_core.inspection.rectangle import PictureRectangle
from dvox_core.inspection.voxel_questions import VoxelQuantity
from dvox_core.rendering.interventions import Box
from tests.helpers.voxel_panel import SIDE, answered, drag
from viewer.panels.voxels.region_marker import Tool


def test_a_box_is_drawn_in_one_slice_and_bounded_in_another(open_panel, qtbot):
    _, panel = open_panel()
    z, y, _ = panel.grid.quad.slices
    qtbot.waitUntil(lambda: z._look is not None)
    panel.marking.choose_tool(Tool.BOX)
    drag(z, (2, 3, 6), (6, 8, 6))
    assert panel.marker.region == Box((2, 3, 0), (7, 9, SIDE))
    drag(y, (2, 6, 4), (6, 6, 9))
    assert panel.marker.region == Box((2, 3, 4), (7, 9, 10))
    assert panel.marking.count_label.text().startswith("180 voxels")


def test_a_click_draws_no_box_and_marks_are_undone_a_drag_at_a_time(open_panel, qtbot):
    window, panel = open_panel()
    z = panel.grid.quad.slices[0]
    qtbot.waitUntil(lambda: z._look is not None)
    panel.marking.choose_tool(Tool.BOX)
    drag(z, (2, 3, 6), (6, 8, 6))
    first = panel.marker.region
    drag(z, (9, 9, 6), (9, 9, 6))
    assert panel.marker.region == first
    drag(z, (5, 5, 6), (7, 7, 6))
    assert panel.marker.region != first
    window.menus.actions["undo"].trigger()
    assert panel.marker.region == first
    panel.marking.clear.click()
    assert panel.marker.region is None
    window.menus.actions["undo"].trigger()
    assert panel.marker.region == first
    window.menus.actions["undo"].trigger()
    assert panel.marker.region is None


def test_the_wheel_steps_through_the_slices(open_panel, qtbot):
    _, panel = open_panel()
    z = panel.grid.quad.slices[0]
    qtbot.waitUntil(lambda: z.ready() and z._look is not None)
    before = panel.place
    middle = QPointF(z.width() / 2, z.height() / 2)
    for _ in range(2):  # half a notch each
        wheel = QWheelEvent(
            middle,
            z.mapToGlobal(middle),
            QPoint(),
            QPoint(0, 60),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(z.view.viewport(), wheel)
    assert panel.place == (*before[:2], before[2] + 1)


def test_the_handles_of_the_box_resize_it(open_panel, qtbot, monkeypatch):
    monkeypatch.setitem(pyqtgraph.CONFIG_OPTIONS, "mouseRateLimit", 0)  # it drops quick moves
    _, panel = open_panel()
    z = panel.grid.quad.slices[0]
    panel.marking.choose_tool(Tool.BOX)
    panel.marker.set_box(Box((2, 3, 4), (7, 9, 10)))
    qtbot.waitUntil(lambda: z.ready() and z._box.isVisible())
    z.grab()  # lays it out
    right = max(z._box.getHandles(), key=lambda handle: handle.scenePos().x())
    start = QPointF(right.scenePos())
    end = z.point_of(9.0, z.place_at(start).y())
    under = z.view.viewport()
    for kind, at in (
        (QEvent.Type.MouseButtonPress, start),
        (QEvent.Type.MouseMove, (start + end) / 2),
        (QEvent.Type.MouseMove, end),
        (QEvent.Type.MouseButtonRelease, end),
    ):
        held = Qt.MouseButton.NoButton if "Release" in kind.name else Qt.MouseButton.LeftButton
        event = QMouseEvent(
            kind,
            at,
            under.mapToGlobal(at),
            Qt.MouseButton.LeftButton,
            held,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(under, event)
    (x, _, z_low), (far_x, _, z_high) = panel.marker.region.lower, panel.marker.region.upper
    assert (x, far_x) == (2, 9)
    assert (z_low, z_high) == (4, 10)  # across the slice nothing has changed
    panel.marking.choose_tool(Tool.SELECT)
    qtbot.waitUntil(lambda: not z._box.isVisible())


def test_the_brush_paints_a_ball_and_shift_takes_away(open_panel, qtbot):
    _, panel = open_panel()
    z = panel.grid.quad.slices[0]
    qtbot.waitUntil(lambda: z._look is not None)
    panel.marking.choose_tool(Tool.BRUSH)
    panel.marking.radius.choose(1.0)
    drag(z, (5, 5, 6), (5, 5, 6))
    assert panel.marker.count == 7  # a voxel and its six neighbours
    drag(z, (5, 5, 6), (5, 5, 6), Qt.KeyboardModifier.ShiftModifier)
    assert panel.marker.count == 0
    assert panel.marker.region is None


@pytest.mark.parametrize("way", ["rays", "gradient"])
def test_a_part_of_the_picture_is_followed_back_and_marked(open_panel, qtbot, way):
    window, panel = open_panel()
    panel.marking.way.set_value(way)
    panel.marking.part.click()
    assert window.marking.wanted
    qtbot.waitUntil(lambda: window.state.frame.visibility is not None)
    window.marking.finish(PictureRectangle(40, 40, 80, 80))
    qtbot.waitUntil(lambda: panel.tasks.heat is not None)
    qtbot.waitUntil(lambda: panel.marker.count > 0)
    heat, mask = panel.tasks.heat, panel.marker.mask
    assert heat[mask].sum() >= 0.6 * heat.sum() * 0.999
    assert heat[mask].min() >= heat[~mask].max()
    qtbot.waitUntil(lambda: answered(panel, VoxelQuantity.ATTRIBUTION))
    few = panel.marker.count
    panel.marking.share.choose(0.9)
    assert panel.marker.count > few
