"""Interventions of the window: undo, redo, and forgetting."""

import numpy as np
import pytest

from dvox_core.rendering.interventions import (
    NO_INTERVENTIONS,
    Action,
    ArgMax,
    Box,
    GridEdit,
    Inpainting,
    Interventions,
    Temperature,
    VoxelSet,
)
from dvox_core.rendering.observed_grid import observed_grid
from tests.helpers.fakes import fake_scene
from viewer.state.scene_edits import SceneEdits
from viewer.state.viewer_state import ViewerState

ZERO = GridEdit(Box((0, 0, 0), (2, 2, 2)), Action.ZERO)
NOISE = GridEdit(VoxelSet((1, 5)), Action.NOISE, 3)


@pytest.fixture
def state(qapp):
    return ViewerState()


@pytest.fixture
def edits(state):
    return SceneEdits(state)


def test_every_edit_can_be_undone_and_redone(edits):
    told = []
    edits.interventions_changed.connect(told.append)
    edits.add(ZERO)
    edits.add(NOISE)
    edits.set_inpainting(Inpainting.AGAIN)
    edits.remove(0)
    edits.set_all(NO_INTERVENTIONS, "Clear")
    assert [len(item.edits) for item in told] == [1, 2, 2, 1, 0]
    for expected in reversed(told[:-1]):
        edits.undo_stack.undo()
        assert edits.interventions == expected
    edits.undo_stack.undo()
    assert edits.interventions == NO_INTERVENTIONS
    while edits.undo_stack.canRedo():
        edits.undo_stack.redo()
    assert edits.interventions == told[4]
    assert edits.undo_stack.undoText() == "Clear"


def test_a_slider_that_moves_is_undone_as_one(edits):
    edits.add(ZERO)
    for value in (0.9, 0.8, 0.7):
        edits.set_occlusion(Temperature(value))
    assert edits.interventions == Interventions(Temperature(0.7), (ZERO,))
    edits.undo_stack.undo()
    assert edits.interventions == Interventions(edits=(ZERO,))


def test_an_edit_that_grows_is_undone_as_one_and_the_next_by_itself(edits):
    for upper in (3, 4, 5):
        edit = GridEdit(Box((0, 0, 0), (upper, 2, 2)), Action.ZERO)
        edits.add(edit) if upper == 3 else edits.go_on(edit)
    edits.add(NOISE)
    assert [edit.action for edit in edits.interventions.edits] == [Action.ZERO, Action.NOISE]
    edits.undo_stack.undo()
    assert edits.interventions.edits == (GridEdit(Box((0, 0, 0), (5, 2, 2)), Action.ZERO),)
    edits.undo_stack.undo()
    assert edits.interventions == NO_INTERVENTIONS


def test_what_changes_nothing_is_not_told_and_cannot_be_undone(edits):
    told = []
    edits.interventions_changed.connect(told.append)
    edits.set_inpainting(Inpainting.BYPASSED)
    edits.set_all(NO_INTERVENTIONS, "Clear")
    assert told == []
    assert not edits.undo_stack.canUndo()


def test_another_scene_forgets_them(edits, state):
    edits.set_occlusion(ArgMax())
    state.set_scene(fake_scene())
    assert edits.interventions == NO_INTERVENTIONS
    assert not edits.undo_stack.canUndo()


def test_an_edit_is_rendered_at_once_and_its_frame_says_so(open_window, renderers, qtbot):
    edits = open_window.edits
    edits.add(ZERO)
    qtbot.waitUntil(lambda: open_window.state.frame.interventions == edits.interventions)
    assert renderers.newest.interventions == edits.interventions
    edits.undo_stack.undo()
    qtbot.waitUntil(lambda: open_window.state.frame.interventions == NO_INTERVENTIONS)


def test_the_unedited_view_comes_although_views_are_prefetched(open_window, renderers, qtbot):
    edits, session = open_window.edits, open_window.session
    edits.add(ZERO)
    qtbot.waitUntil(lambda: open_window.state.frame.interventions == edits.interventions)
    unedited, ahead = [], []
    edits.unedited_changed.connect(unedited.append)
    session.prefetched.connect(ahead.append)
    views = [view.camera for view in open_window.state.scene.cameras[:3]]
    renderers.newest.gate.clear()
    session.prefetch(views[:1])
    edits.ask_for_unedited(open_window.state.camera)
    session.prefetch(views)
    renderers.newest.gate.set()
    qtbot.waitUntil(lambda: len(unedited) == 1 and len(ahead) >= len(views))
    assert unedited[0].interventions == NO_INTERVENTIONS
    assert unedited[0].camera == open_window.state.camera
    assert all(frame.interventions == edits.interventions for frame in ahead)


def test_a_previewed_grid_is_rendered_and_not_remembered_and_a_used_one_is_undone(edits):
    one, other = (observed_grid(np.full((2, 4, 4, 4), value), ("a",)) for value in (1.0, 2.0))
    told = []
    edits.interventions_changed.connect(told.append)
    edits.add(ZERO)
    edits.preview_grid(one)
    edits.preview_grid(observed_grid(np.full((2, 4, 4, 4), 1.0), ("a",)))  # the same
    assert edits.interventions == Interventions(edits=(ZERO,), grid=one)
    assert edits.used_grid is None
    assert len(told) == 2
    edits.mark_saved(Interventions(edits=(ZERO,)))
    assert not edits.needs_saving
    edits.preview_grid(None)
    edits.use_grid(other)
    assert edits.needs_saving
    assert edits.interventions.grid == other
    edits.undo_stack.undo()
    assert edits.interventions == Interventions(edits=(ZERO,))
    edits.undo_stack.redo()
    assert edits.used_grid == other
    edits.use_grid(None)
    assert edits.undo_stack.undoText() == "Trained grid"


def test_opening_a_scene_forgets_grid_and_marks(state, edits):
    state.set_scene(fake_scene("a"))
    edits.use_grid(observed_grid(np.ones((2, 4, 4, 4)), ()))
    edits.preview_grid(observed_grid(np.zeros((2, 4, 4, 4)), ()))
    state.mark_views(frozenset({1, 3}))
    state.set_scene(fake_scene("b"))
    assert edits.interventions == NO_INTERVENTIONS
    assert state.marked_views == frozenset()
