"""The path editor: every change with undo and redo, and what stays what it was."""

import pytest

from tests.helpers.fakes import fake_scene
from viewer.controllers.undo import UndoController
from viewer.state.path_editor import PathEditor
from viewer.state.scene_edits import SceneEdits
from viewer.state.viewer_state import ViewerState

VIEWS = [view.camera for view in fake_scene().cameras]


@pytest.fixture
def editor(qapp):
    """A path of three keys at 0, 2 and 4 s."""
    editor = PathEditor()
    for camera in VIEWS[:3]:
        editor.set_playhead(editor.path.seconds)
        editor.add_key(camera)
    return editor


def test_keys_are_added_after_the_last_one(editor):
    assert editor.path.times == (0.0, 2.0, 4.0)
    assert [key.camera for key in editor.path.keyframes] == VIEWS[:3]
    assert editor.selected == (2,)
    assert editor.playhead == 4.0


def test_a_key_is_added_at_the_playhead_between_two_keys(editor):
    editor.set_playhead(1.5)
    assert editor.add_key(VIEWS[5]) == 1
    assert editor.path.times == (0.0, 1.5, 2.0, 4.0)


def test_a_key_is_added_half_way_to_the_next_where_the_playhead_stands_on_one(editor):
    editor.set_playhead(2.0)
    assert editor.add_key(VIEWS[5]) == 2
    assert editor.path.times == (0.0, 2.0, 3.0, 4.0)


def test_a_key_on_a_loops_way_back_leaves_its_duration(editor):
    editor.set_loop(True)
    whole = editor.path.seconds
    editor.set_playhead(5.0)
    editor.add_key(VIEWS[5])
    assert editor.path.times[-1] == 5.0
    assert editor.path.seconds == pytest.approx(whole)


CHANGES = {
    "add": lambda editor: editor.add_key(VIEWS[6]),
    "retake": lambda editor: editor.retake(1, VIEWS[6]),
    "delete": lambda editor: editor.remove_selected(),
    "duplicate": lambda editor: editor.duplicate_selected(),
    "move": lambda editor: editor.move_selected(0.5),
    "reorder": lambda editor: editor.move_in_order(-1),
    "time": lambda editor: editor.set_key_seconds(3.0),
    "tension": lambda editor: editor.set_tension(0.5),
    "ease": lambda editor: editor.set_ease(1.0),
    "loop": lambda editor: editor.set_loop(True),
    "fps": lambda editor: editor.set_fps(24),
    "duration": lambda editor: editor.set_seconds(9),
    "reverse": lambda editor: editor.reverse(),
    "new": lambda editor: editor.begin_anew(),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_is_undone_and_made_again(editor, name):
    before, selected = editor.path, editor.selected
    CHANGES[name](editor)
    after, selected_after = editor.path, editor.selected
    assert after != before
    editor.undo_stack.undo()
    assert (editor.path, editor.selected) == (before, selected)
    editor.undo_stack.redo()
    assert (editor.path, editor.selected) == (after, selected_after)


def test_changes_of_one_gesture_are_undone_as_one(editor):
    before = editor.path
    for tension in (0.1, 0.2, 0.3):
        editor.set_tension(tension)
    assert editor.path.keyframes[2].tension == 0.3
    editor.undo_stack.undo()
    assert editor.path == before


def test_the_selection_and_the_playhead_stay_within_the_path(editor):
    editor.select((0, 1, 2, 7))
    assert editor.selected == (0, 1, 2)
    editor.remove_selected()
    assert editor.path.keyframes == ()
    assert editor.selected == ()
    assert editor.playhead == 0.0


def test_a_path_needs_saving_until_a_file_has_it(editor, tmp_path):
    assert editor.needs_saving
    editor.mark_saved(editor.path, tmp_path / "path.json")
    assert not editor.needs_saving
    editor.set_fps(25)
    assert editor.needs_saving
    editor.undo_stack.undo()
    assert not editor.needs_saving


def test_the_change_made_last_is_undone_first_whatever_it_changed(qapp, editor):
    from dvox_core.rendering.interventions import NO_INTERVENTIONS, Uniform

    edits = SceneEdits(ViewerState())
    undoing = UndoController([editor.undo_stack, edits.undo_stack])
    path = editor.path
    edits.set_occlusion(Uniform())
    assert undoing.undo() == "Depth weights"
    assert edits.interventions == NO_INTERVENTIONS
    assert editor.path == path
    assert undoing.undo() == "Add a key"
    assert len(editor.path.keyframes) == 2
    assert undoing.can_redo
    assert undoing.redo() == "Add a key"
    assert editor.path == path
    assert undoing.redo() == "Depth weights"
    assert undoing.undo() == "Depth weights"
    editor.undo_stack.undo()  # from elsewhere
    assert undoing.redo_text == "Add a key"
    edits.set_occlusion(Uniform())
    editor.set_fps(17)
    assert [undoing.undo() for _ in range(3)][1:] == ["Depth weights", "Add a key"]
