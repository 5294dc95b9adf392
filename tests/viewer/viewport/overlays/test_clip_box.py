"""The clip box: handles in the picture that cut the grid."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from dvox_core.inspection.edit_files import read_edits, write_edits
from dvox_core.rendering.interventions import Action, Box, GridEdit, Interventions, Outside
from tests.helpers.fakes import fake_scene
from viewer.viewport.overlays.clip_box import moved_face

SIDE = fake_scene().voxel_config.grid_size


def test_a_face_stays_in_the_grid_and_a_voxel_from_the_opposite_one():
    box = Box((2, 2, 2), (8, 8, 8))
    assert moved_face(box, 0, False, 5, 16) == Box((5, 2, 2), (8, 8, 8))
    assert moved_face(box, 0, False, 11, 16) == Box((7, 2, 2), (8, 8, 8))
    assert moved_face(box, 2, True, 99, 16) == Box((2, 2, 2), (8, 8, 16))
    assert moved_face(box, 1, True, -4, 16) == Box((2, 2, 2), (8, 3, 8))
    assert moved_face(box, 1, False, -4, 16) == Box((2, 0, 2), (8, 8, 8))


def test_outside_is_all_but_the_box_and_is_kept_in_edit_files(tmp_path):
    box = Box((1, 2, 3), (5, 6, 7))
    assert (Outside(box).mask(9) == ~box.mask(9)).all()
    scene = fake_scene()
    wanted = Interventions(edits=(GridEdit(Outside(box), Action.ZERO),))
    write_edits(tmp_path / "a.edits.json", wanted, scene)
    assert read_edits(tmp_path / "a.edits.json", scene) == wanted


@pytest.fixture
def clipping(open_window, qtbot):
    """A window with the clip box on."""
    open_window.menus.actions["clip_box"].trigger()
    qtbot.waitUntil(open_window.clip_box.overlay.isVisible)
    return open_window


def drag(handle, by):
    middle = QPoint(handle.width() // 2, handle.height() // 2)
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=middle)
    start = handle.mapToParent(middle)
    for share in (0.3, 0.7, 1.0):  # the handle moves along with the face
        target = start + QPoint(round(by.x() * share), round(by.y() * share))
        QTest.mouseMove(handle, handle.mapFromParent(target))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton)


def test_a_dragged_handle_cuts_the_grid_in_the_picture_and_is_undone_as_one(clipping, qtbot):
    overlay, edits = clipping.clip_box.overlay, clipping.edits
    assert edits.clip is None  # nothing is cut yet
    handle = overlay.handles[5]  # the upper face along z
    projection = overlay.projection
    tops = np.array([[SIDE / 2, SIDE / 2, SIDE], [SIDE / 2, SIDE / 2, SIDE - 6.0]])
    here, there = projection.points(overlay.world(tops))[0]
    drag(handle, QPointF(*(there - here)))
    assert edits.clip == Box((0, 0, 0), (SIDE, SIDE, SIDE - 6))
    qtbot.waitUntil(lambda: clipping.state.frame.interventions.edits == edits.interventions.edits)
    QTest.keyClick(handle, Qt.Key.Key_Down)
    assert edits.clip.upper[2] == SIDE - 7
    edits.undo_stack.undo()
    assert edits.clip.upper[2] == SIDE - 6
    edits.undo_stack.undo()
    assert edits.clip is None


def test_taking_the_box_away_shows_the_whole_grid_again(clipping):
    overlay, edits = clipping.clip_box.overlay, clipping.edits
    overlay.move_face(0, True, 9, begins=True)
    assert edits.clip == Box((0, 0, 0), (9, SIDE, SIDE))
    assert edits.needs_saving
    clipping.menus.actions["clip_box"].trigger()
    assert edits.clip is None
    assert not overlay.isVisible()
    assert not any(handle.isVisible() for handle in overlay.handles)
    edits.undo_stack.undo()
    assert edits.clip == Box((0, 0, 0), (9, SIDE, SIDE))
