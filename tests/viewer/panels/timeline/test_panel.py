"""The timeline in a real window: keys, mouse, playing, files, the path over the picture."""

import json

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from dvox_core.geometry.cameras import look_at
from viewer.dialogs.paths import MakePathDialog
from viewer.panels.timeline.panel import angles_to_nearest
from viewer.panels.timeline.track_painter import RULER

LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def paths(open_window, qtbot):
    """The paths of a window whose scene is open and whose curve is ready."""
    paths = open_window.paths
    paths.tools.player.prepare()
    qtbot.waitUntil(lambda: paths.tools.player.ready)
    return paths


@pytest.fixture
def timeline(open_window, paths, qtbot):
    """The timeline of a path with keys at 0, 2 and 4 s: views 0, 1 and 2 of the capture."""
    for view in open_window.state.scene.cameras[:3]:
        open_window.state.set_camera(view.camera)
        paths.tools.editor.set_playhead(paths.tools.editor.path.seconds)
        open_window.menus.actions["path_add_key"].trigger()
    panel = open_window.docks.panels["timeline"]
    qtbot.waitUntil(panel.track.isVisible)
    QTest.qWait(50)
    return panel


def at(point: QPointF) -> QPoint:
    return point.toPoint()


def drag(track, start: QPoint, end: QPoint, modifiers=PLAIN):
    QTest.mousePress(track, LEFT, modifiers, start)
    for share in (0.3, 0.6, 1.0):
        QTest.mouseMove(track, start + (end - start) * share)
    QTest.mouseRelease(track, LEFT, modifiers, end)


def test_the_timeline_is_hidden_until_it_is_wanted(open_window, qtbot):
    panel = open_window.docks.panels["timeline"]
    assert not panel.isVisible()
    open_window.menus.actions["timeline"].trigger()
    assert panel.isVisible()
    assert panel.empty.isVisible()
    assert not panel.play.isEnabled()
    qtbot.mouseClick(panel.close_button, LEFT)
    assert not panel.isVisible()


def test_the_add_key_action_opens_the_timeline_and_adds_the_present_view(open_window, paths):
    open_window.menus.actions["path_add_key"].trigger()
    assert open_window.docks.panels["timeline"].isVisible()
    (key,) = paths.tools.editor.path.keyframes
    assert key.camera == open_window.state.camera


def test_a_click_selects_a_key_and_a_double_click_looks_from_it(timeline, open_window, paths):
    track, editor = timeline.track, paths.tools.editor
    QTest.mouseClick(track, LEFT, PLAIN, at(track.keyframe_place(1)))
    assert editor.selected == (1,)
    assert open_window.state.camera == open_window.state.scene.cameras[2].camera
    QTest.mouseDClick(track, LEFT, PLAIN, at(track.keyframe_place(1)))
    assert np.allclose(
        open_window.state.camera.camera_to_world,
        editor.path.keyframes[1].camera.camera_to_world,
    )
    assert editor.playhead == 2.0


def test_several_keys_are_selected_by_modifiers_and_by_a_band(timeline, paths):
    track, editor = timeline.track, paths.tools.editor
    QTest.mouseClick(track, LEFT, PLAIN, at(track.keyframe_place(0)))
    QTest.mouseClick(track, LEFT, Qt.KeyboardModifier.ShiftModifier, at(track.keyframe_place(2)))
    assert editor.selected == (0, 1, 2)
    QTest.mouseClick(track, LEFT, Qt.KeyboardModifier.ControlModifier, at(track.keyframe_place(1)))
    assert editor.selected == (0, 2)
    middle = at(track.keyframe_place(1))
    drag(track, middle - QPoint(60, 0), middle + QPoint(60, 10))
    assert editor.selected == (1,)


def test_a_drag_moves_a_key_by_whole_frames_and_is_one_step_of_undo(timeline, open_window, paths):
    track, editor = timeline.track, paths.tools.editor
    before = editor.path
    start = at(track.keyframe_place(1))
    pixels = round(0.5 * track.scale.pixels_a_second)
    drag(track, start, start + QPoint(pixels, 0))
    moved = editor.path.times[1]
    assert moved == pytest.approx(2.5, abs=0.05)
    assert moved * editor.path.fps == pytest.approx(round(moved * editor.path.fps))
    assert open_window.menus.actions["undo"].text() == "&Undo “Move a key”"
    open_window.menus.actions["undo"].trigger()
    assert editor.path == before
    open_window.menus.actions["redo"].trigger()
    assert editor.path.times[1] == moved


def test_a_key_that_is_dragged_past_another_changes_places_with_it(timeline, paths):
    track, editor = timeline.track, paths.tools.editor
    key = editor.path.keyframes[1]
    start = at(track.keyframe_place(1))
    drag(track, start, start + QPoint(round(2.5 * track.scale.pixels_a_second), 0))
    assert editor.path.keyframes[2].camera == key.camera
    assert editor.selected == (2,)


def test_the_ruler_scrubs(timeline, open_window, paths):
    track, editor = timeline.track, paths.tools.editor
    x = round(track.scale.x(1.0))
    QTest.mousePress(track, LEFT, PLAIN, QPoint(x, RULER // 2))
    QTest.mouseRelease(track, LEFT, PLAIN, QPoint(x, RULER // 2))
    assert editor.playhead == pytest.approx(1.0, abs=0.05)
    assert open_window.state.camera == paths.tools.player.curve().camera_at(editor.playhead)


def test_the_timelines_keys_step_jump_move_select_duplicate_and_delete(timeline, paths, qtbot):
    track, editor = timeline.track, paths.tools.editor
    qtbot.keyClick(track, Qt.Key.Key_Home)
    assert editor.playhead == 0.0
    qtbot.keyClick(track, Qt.Key.Key_Right)
    assert editor.playhead == pytest.approx(1 / 30)
    qtbot.keyClick(track, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert editor.playhead == 2.0
    assert editor.selected == (1,)
    qtbot.keyClick(track, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert editor.path.times[1] == pytest.approx(2 + 1 / 30)
    qtbot.keyClick(track, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert len(editor.path.keyframes) == 4
    qtbot.keyClick(track, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert editor.selected == (0, 1, 2, 3)
    qtbot.keyClick(track, Qt.Key.Key_Delete)
    assert editor.path.keyframes == ()
    qtbot.waitUntil(timeline.empty.isVisible)


def test_the_row_of_the_selected_key_changes_time_tension_and_ease(timeline, paths, qtbot):
    editor, row = paths.tools.editor, timeline.keyframe_row
    editor.select((1,))
    qtbot.waitUntil(lambda: row.title.text() == "Key 2 of 3")
    row.seconds.setValue(1.25)
    row.tension.choose(0.5)
    row.ease.choose(1.0)
    key = editor.path.keyframes[1]
    assert (key.seconds, key.tension, key.ease) == (1.25, pytest.approx(0.5, abs=0.002), 1.0)
    qtbot.mouseClick(row.buttons["path_later"], LEFT)
    assert editor.selected == (2,)
    qtbot.mouseClick(row.buttons["path_delete"], LEFT)
    assert len(editor.path.keyframes) == 2


def test_duration_and_frames_a_second_and_loop_are_the_paths(timeline, paths, qtbot):
    editor = paths.tools.editor
    for field in (timeline.seconds, timeline.fps, timeline.keyframe_row.seconds):
        text = field.fontMetrics().horizontalAdvance(field.text())
        assert field.lineEdit().width() > text
    timeline.seconds.setValue(8)
    assert editor.path.times == (0.0, 4.0, 8.0)
    timeline.fps.setValue(24)
    assert editor.path.fps == 24
    qtbot.mouseClick(timeline.loop, LEFT, pos=QPoint(8, timeline.loop.height() // 2))
    assert editor.path.closes


def test_playing_goes_in_real_time_to_the_end(timeline, open_window, paths, qtbot):
    editor, player = paths.tools.editor, paths.tools.player
    editor.set_seconds(0.3)
    player.seek(0.0)
    with qtbot.waitSignals([player.playing_changed, player.playing_changed]):
        qtbot.keyClick(open_window.viewport, Qt.Key.Key_Space)
    assert editor.playhead == pytest.approx(0.3)
    assert open_window.state.camera == player.curve().camera_at(0.3)


def test_the_hand_ends_playing(timeline, open_window, paths):
    editor, player = paths.tools.editor, paths.tools.player
    editor.set_seconds(60)
    player.seek(0.0)
    player.play()
    assert player.playing
    open_window.state.set_camera(open_window.state.scene.cameras[5].camera)
    assert not player.playing


def test_playing_says_how_many_frames_the_network_renders(timeline, paths, qtbot):
    player = paths.tools.player
    paths.tools.editor.set_seconds(60)
    player.seek(0.0)
    player.play()
    player.rate_changed.emit(7.2, 30.0)
    qtbot.waitUntil(lambda: "7 of 30 fps" in timeline.keyframe_row.remark.text())
    player.pause()
    qtbot.waitUntil(lambda: "fps" not in timeline.keyframe_row.remark.text())


def test_keys_get_their_pictures_without_being_asked_for(timeline, open_window, paths, qtbot):
    keys = paths.tools.editor.path.keyframes
    pictures = paths.tools.pictures
    qtbot.waitUntil(lambda: all(pictures.of(key.camera) for key in keys))


def test_the_angle_to_the_nearest_view_is_that_of_the_slow_way(open_window, paths, qtbot):
    scene = open_window.state.scene
    paths.generators.ask("orbit").make.click()
    qtbot.waitUntil(lambda: bool(paths.tools.editor.path.keyframes))
    cameras = [key.camera for key in paths.tools.editor.path.keyframes]
    found = angles_to_nearest(cameras, [view.camera for view in scene.cameras])
    slow = [min(camera.angle_to(view.camera) for view in scene.cameras) for camera in cameras]
    assert np.allclose(found, slow, atol=1e-4)


@pytest.mark.parametrize(
    "name", ["orbit", "turntable", "spiral", "figure_eight", "dolly", "through"]
)
def test_paths_are_made_by_rule_and_undo_brings_the_former_back(open_window, paths, qtbot, name):
    editor = paths.tools.editor
    editor.add_key(open_window.state.camera)
    open_window.menus.trigger(f"path_{name}")
    (dialog,) = open_window.findChildren(MakePathDialog)
    dialog.fields["seconds"].setValue(7)
    with qtbot.waitSignal(editor.path_changed):
        qtbot.mouseClick(dialog.make, LEFT)
    assert len(editor.path.keyframes) > 1
    assert editor.path.seconds == pytest.approx(7)
    open_window.menus.actions["undo"].trigger()
    assert len(editor.path.keyframes) == 1


def test_a_path_goes_between_chosen_views(open_window, paths, qtbot):
    dialog = paths.generators.ask_for_views()
    for index in range(dialog.views.count()):
        on = index in (1, 2)
        dialog.views.item(index).setCheckState(
            Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
        )
    with qtbot.waitSignal(paths.tools.editor.path_changed):
        qtbot.mouseClick(dialog.make, LEFT)
    keys = paths.tools.editor.path.keyframes
    views = open_window.state.scene.cameras
    assert (keys[0].camera, keys[-1].camera) == (views[1].camera, views[2].camera)


def test_captured_moves_become_a_path_and_rests_stay_rests(open_window, paths, qtbot):
    now = [100.0]
    paths.tools.capture._clock = lambda: now[0]
    open_window.menus.actions["path_capture"].trigger()
    views = [view.camera for view in open_window.state.scene.cameras]
    for seconds, camera in ((100.5, views[1]), (101.0, views[2]), (104.0, views[3])):
        now[0] = seconds
        open_window.state.set_camera(camera)
    now[0] = 104.5
    with qtbot.waitSignal(paths.tools.editor.path_changed):
        open_window.menus.actions["path_capture"].trigger()
    path = paths.tools.editor.path
    assert path.seconds == pytest.approx(4.5)
    resting = [key.seconds for key in path.keyframes if key.camera == views[2]]
    assert resting[0] == pytest.approx(1.0)
    assert resting[-1] == pytest.approx(3.9, abs=0.11)
    assert path.keyframes[-1].camera == views[3]


def test_capturing_without_moving_says_so(open_window, paths):
    open_window.menus.actions["path_capture"].trigger()
    open_window.menus.actions["path_capture"].trigger()
    assert "Nothing was captured" in open_window.notifications.messages[-1].text
    assert paths.tools.editor.path.keyframes == ()


# Files


def test_a_path_is_saved_and_opened_again_as_it_was(timeline, open_window, paths, qtbot, tmp_path):
    editor = paths.tools.editor
    editor.set_fps(24)
    editor.set_loop(True)
    saved = editor.path
    open_window.menus.actions["path_save"].trigger()
    dialog = open_window.findChild(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "path.json"))
    dialog.close()
    qtbot.waitUntil(lambda: not editor.needs_saving)
    assert json.loads((tmp_path / "path.json").read_text())["fps"] == 24
    open_window.menus.actions["path_new"].trigger()
    paths.files.open(tmp_path / "path.json")
    qtbot.waitUntil(lambda: bool(editor.path.keyframes))
    assert editor.path.times == saved.times
    assert (editor.path.fps, editor.path.loop) == (24, True)
    assert editor.file == tmp_path / "path.json"


def test_a_path_of_another_program_is_saved_beside_its_file(
    timeline, open_window, paths, qtbot, tmp_path
):
    editor, foreign = paths.tools.editor, tmp_path / "flight.json"
    matrix = open_window.state.camera.camera_to_world
    for content in (
        {"frames": [{"transform_matrix": matrix.tolist()}] * 2},
        {"camera_path": [{"camera_to_world": matrix.ravel().tolist()}] * 2},
    ):
        text = json.dumps(content)
        foreign.write_text(text)
        paths.files.open(foreign)
        qtbot.waitUntil(lambda: len(editor.path.keyframes) == 2)
        editor.select([0])
        editor.remove_selected()
        open_window.menus.actions["path_save"].trigger()
        dialog = open_window.findChildren(QFileDialog)[-1]
        assert dialog.selectedFiles() == [str(tmp_path / "flight_dvox.json")]
        dialog.close()
        dialog.deleteLater()
        assert foreign.read_text() == text


def test_a_broken_path_file_is_one_clear_line_and_changes_nothing(
    timeline, open_window, paths, qtbot, tmp_path
):
    before = paths.tools.editor.path
    (tmp_path / "broken.json").write_text("{")
    paths.files.open(tmp_path / "broken.json")
    qtbot.waitUntil(lambda: bool(open_window.notifications.messages))
    assert "broken.json" in open_window.notifications.messages[-1].text
    assert "\n" not in open_window.notifications.messages[-1].text
    assert paths.tools.editor.path == before


def test_a_dropped_path_is_opened(open_window, paths, qtbot, tmp_path):
    from dvox_core.camera_paths.files import write_path
    from dvox_core.camera_paths.path import CameraPath
    from viewer.controllers.dropped_files import recognise_drop

    scene = open_window.state.scene
    made = CameraPath().appended(scene.cameras[0].camera).appended(scene.cameras[1].camera)
    write_path(tmp_path / "dropped.json", made, scene.intrinsics)
    open_window.files.open_dropped(recognise_drop([tmp_path / "dropped.json"]))
    qtbot.waitUntil(lambda: len(paths.tools.editor.path.keyframes) == 2)
    assert open_window.docks.panels["timeline"].isVisible()


def test_the_path_stays_when_another_scene_is_opened(timeline, open_window, paths, qtbot, tmp_path):
    before = paths.tools.editor.path
    with qtbot.waitSignal(open_window.session.opened):
        open_window.files.open(tmp_path / "other.dvox")
    assert paths.tools.editor.path == before
    assert "is kept" in open_window.notifications.messages[-1].text


def test_closing_the_window_asks_about_a_path_that_is_not_saved(
    timeline, open_window, paths, qtbot
):
    open_window.close()
    assert open_window.isVisible()
    dialog = paths.loss_question.dialog
    qtbot.mouseClick(dialog.cancel, LEFT)
    assert open_window.isVisible()
    open_window.close()
    qtbot.mouseClick(paths.loss_question.dialog.drop, LEFT)
    assert not open_window.isVisible()


# Over the picture


def test_a_click_on_a_key_over_the_picture_selects_it(timeline, open_window, paths):
    editor = paths.tools.editor
    scene = open_window.state.scene
    editor.select(())
    above = scene.pivot + np.array([0.5, 0.0, 14.0])
    open_window.state.set_camera(look_at(above, scene.pivot, scene.up_axis))
    found = [
        (index, place)
        for index, place in paths.display.overlay.keyframe_places
        if open_window.viewport.rect().contains(at(place))
    ]
    assert found
    index, place = found[0]
    before = open_window.state.camera
    QTest.mouseClick(open_window.viewport, LEFT, PLAIN, at(place))
    assert editor.selected == (index,)
    assert open_window.state.camera == before
    QTest.mouseDClick(open_window.viewport, LEFT, PLAIN, at(place))
    assert np.allclose(open_window.state.camera.position, scene.cameras[index].camera.position)


def test_the_sphere_orbits_by_a_drag_and_flies_to_a_view_by_a_click(open_window, paths, qtbot):
    sphere, state = paths.display.sphere, open_window.state
    assert sphere.isVisible()
    before = state.camera
    drag(sphere, QPoint(58, 58), QPoint(70, 58))
    assert state.camera != before
    distance = np.linalg.norm(state.camera.position - state.pivot)
    assert distance == pytest.approx(np.linalg.norm(before.position - state.pivot))
    index, place = next(
        (index, place)
        for index in range(len(state.scene.cameras))
        if (place := sphere.view_place(index)) is not None
    )
    QTest.mouseClick(sphere, LEFT, PLAIN, at(place))
    qtbot.waitUntil(lambda: state.camera == state.scene.cameras[index].camera)


def test_the_sphere_is_hidden_by_its_action_and_that_is_remembered(open_window, paths, settings):
    open_window.menus.actions["orbit_sphere"].trigger()
    assert not paths.display.sphere.isVisible()
    assert not settings.orbit_sphere


class Paintings(QObject):
    """Counts how often a widget is painted."""

    count = 0

    def eventFilter(self, watched, event):  # noqa: N802
        self.count += event.type() == QEvent.Type.Paint
        return False


def test_the_sphere_is_not_painted_while_nothing_moves(open_window, paths, qtbot):
    paintings = Paintings()
    paths.display.sphere.installEventFilter(paintings)
    paths.display.sphere.update()
    qtbot.waitUntil(lambda: paintings.count > 0)
    QTest.qWait(50)
    paintings.count = 0
    QTest.qWait(200)
    assert paintings.count == 0
