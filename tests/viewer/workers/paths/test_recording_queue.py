"""Recording from the window: dialog, queue, panel, and that its videos equal the command line's."""

import threading

import imageio.v3 as iio
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from tqdm import tqdm

from dvox_core.cli.record import Record
from dvox_core.recording.description import read_description
from dvox_core.rendering.interventions import Uniform
from viewer.app.command import SAMPLE_SCENE
from viewer.workers.paths.recording_queue import RecordingState

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def paths(open_window):
    """The paths of a window with a path of three frames."""
    paths = open_window.paths
    editor = paths.tools.editor
    for view in open_window.state.scene.cameras[:2]:
        open_window.state.set_camera(view.camera)
        editor.set_playhead(editor.path.seconds)
        editor.add_key(view.camera)
    editor.set_fps(10)
    editor.set_seconds(0.3)
    return paths


@pytest.fixture
def dialog(open_window, paths, qtbot, tmp_path):
    """The record dialog, planned, for a file of this test."""
    open_window.menus.actions["record"].trigger()
    dialog = paths.recording.dialog
    dialog.file.setText(str(tmp_path / "video.mp4"))
    qtbot.waitUntil(dialog.record.isEnabled)
    return dialog


def start(qtbot, paths, dialog):
    qtbot.mouseClick(dialog.record, LEFT)
    return paths.tools.recordings.jobs[-1]


def until(qtbot, job, *states):
    qtbot.waitUntil(lambda: job.state in states)


def test_the_dialog_records_a_video_and_the_panel_shows_how_far_it_is(
    open_window, paths, dialog, qtbot, tmp_path
):
    assert "3 frames, 0.30 s" in dialog.summary.text()
    assert "MiB of memory" in dialog.summary.text()
    job = start(qtbot, paths, dialog)
    panel = open_window.docks.panels["recordings"]
    assert panel.isVisible()
    until(qtbot, job, RecordingState.FINISHED)
    frames = iio.imread(tmp_path / "video.mp4")
    assert len(frames) == 3
    card = panel.cards[job]
    assert "3 frames" in card.text.text()
    assert card.watch.isVisibleTo(panel)
    assert not card.pause.isVisibleTo(panel)
    assert "Recorded video.mp4" in open_window.notifications.messages[-1].text


def test_free_and_preset_sizes_are_exactly_what_is_asked_for(dialog, paths, qtbot, tmp_path):
    dialog.size_choice.setCurrentIndex(dialog.size_choice.findText("720p (1280 × 720)"))
    dialog.size_choice.activated.emit(dialog.size_choice.currentIndex())
    assert (dialog.columns.value(), dialog.rows.value()) == (1280, 720)
    dialog.columns.setValue(200)
    dialog.rows.setValue(120)
    assert dialog.size_choice.currentText() == "Free"
    qtbot.waitUntil(dialog.record.isEnabled)
    assert "letterboxed" in dialog.notes.text()
    until(qtbot, start(qtbot, paths, dialog), RecordingState.FINISHED)
    assert iio.imread(tmp_path / "video.mp4").shape[1:3] == (120, 200)


def test_odd_sides_are_refused_before_starting_with_one_line(dialog, qtbot):
    dialog.columns.setValue(201)
    qtbot.waitUntil(lambda: "even sides" in dialog.problem.text())
    assert not dialog.record.isEnabled()
    assert "\n" not in dialog.problem.text()


def test_a_format_gives_the_file_its_suffix(dialog, qtbot, tmp_path):
    dialog.codec.setCurrentIndex(dialog.codec.findData("gif"))
    dialog.codec.activated.emit(dialog.codec.currentIndex())
    assert dialog.target == tmp_path / "video.gif"
    qtbot.waitUntil(dialog.record.isEnabled)


def test_a_files_suffix_chooses_the_format(dialog, qtbot, tmp_path):
    dialog.file.setText(str(tmp_path / "video.webm"))
    qtbot.waitUntil(dialog.record.isEnabled)
    assert dialog.codec.currentData() == "vp9"


def test_a_folder_that_cannot_be_written_is_said_before_starting(dialog, qtbot, tmp_path):
    (tmp_path / "file").write_text("")
    dialog.file.setText(str(tmp_path / "file" / "video.mp4"))
    qtbot.waitUntil(lambda: "is not a folder" in dialog.problem.text())
    assert not dialog.record.isEnabled()


def test_a_file_that_is_there_is_asked_about(dialog, paths, qtbot, tmp_path):
    (tmp_path / "there.mp4").write_bytes(b"something else")
    dialog.file.setText(str(tmp_path / "there.mp4"))
    qtbot.waitUntil(dialog.record.isEnabled)
    assert dialog.record.text() == "Replace and record"
    assert "is there already" in dialog.notes.text()
    until(qtbot, start(qtbot, paths, dialog), RecordingState.FINISHED)
    assert len(iio.imread(tmp_path / "there.mp4")) == 3


def test_a_path_of_one_key_says_what_is_missing(open_window, paths, qtbot):
    paths.tools.editor.select((1,))
    paths.tools.editor.remove_selected()
    open_window.menus.actions["record"].trigger()
    dialog = paths.recording.dialog
    qtbot.waitUntil(lambda: "one keyframe" in dialog.problem.text())
    dialog.reject()


def test_recordings_wait_for_each_other_and_can_be_paused_cancelled_and_gone_on_with(
    open_window, paths, dialog, renderers, qtbot, tmp_path
):
    recordings = paths.tools.recordings
    gate = threading.Event()
    make = recordings.create_renderer

    def gated(*arguments):
        renderer = make(*arguments)
        renderer.gate = gate
        return renderer

    recordings.create_renderer = gated
    first = start(qtbot, paths, dialog)
    open_window.menus.actions["record"].trigger()
    second_dialog = paths.recording.dialog
    second_dialog.file.setText(str(tmp_path / "video.mp4"))
    assert "is being recorded already" in second_dialog.problem.text()
    assert not second_dialog.record.isEnabled()
    second_dialog.file.setText(str(tmp_path / "second.mp4"))
    qtbot.waitUntil(second_dialog.record.isEnabled)
    assert "waits for the recording before it" in second_dialog.notes.text()
    second = start(qtbot, paths, second_dialog)
    assert (first.state, second.state) == (RecordingState.RECORDING, RecordingState.WAITING)
    cards = open_window.docks.panels["recordings"].cards
    card, indicator = cards[first], open_window.recording_indicator
    assert indicator.isVisible()
    assert indicator.button.text().startswith("Recording")
    assert indicator.button.text().endswith("1 waiting")
    qtbot.waitUntil(lambda: 0 < card.y() < cards[second].y())  # what runs, then the newest
    qtbot.mouseClick(card.pause, LEFT)
    assert first.state is RecordingState.PAUSED
    assert indicator.button.text().startswith("Recording paused")
    gate.set()
    qtbot.mouseClick(card.resume, LEFT)
    qtbot.mouseClick(card.cancel, LEFT)
    until(qtbot, first, RecordingState.CANCELLED, RecordingState.FINISHED)
    until(qtbot, second, RecordingState.FINISHED)
    qtbot.waitUntil(lambda: not indicator.isVisible())
    assert not (tmp_path / "video.mp4").exists() or first.state is RecordingState.FINISHED
    assert len(iio.imread(tmp_path / "second.mp4")) == 3


def test_a_cancelled_recording_leaves_no_file_and_goes_on_from_what_is_kept(
    open_window, paths, dialog, qtbot, tmp_path
):
    recordings = paths.tools.recordings
    seen = threading.Event()
    gate = threading.Event()
    make = recordings.create_renderer

    def gated(*arguments):
        renderer = make(*arguments)
        render = renderer.render

        def one_then_wait(*views):
            if renderer.rendered:
                seen.set()
                assert gate.wait(20)
            return render(*views)

        renderer.render = one_then_wait
        return renderer

    recordings.create_renderer = gated
    job = start(qtbot, paths, dialog)
    qtbot.waitUntil(seen.is_set)
    recordings.cancel(job)
    gate.set()
    until(qtbot, job, RecordingState.CANCELLED)
    assert not (tmp_path / "video.mp4").exists()
    assert "kept" in job.line
    recordings.restart(job)
    until(qtbot, job, RecordingState.FINISHED)
    assert "kept from before" in job.line
    assert len(iio.imread(tmp_path / "video.mp4")) == 3


def test_a_failure_is_one_line_in_the_panel_and_can_be_tried_again(
    open_window, paths, dialog, qtbot, renderers
):
    from dvox_core.errors import DeviceError

    renderers.failures.append(DeviceError("the device's memory does not suffice; use the CPU"))
    job = start(qtbot, paths, dialog)
    until(qtbot, job, RecordingState.FAILED)
    card = open_window.docks.panels["recordings"].cards[job]
    assert card.text.text() == "the device's memory does not suffice; use the CPU"
    qtbot.mouseClick(card.restart, LEFT)
    until(qtbot, job, RecordingState.FINISHED)
    qtbot.mouseClick(card.remove, LEFT)
    assert paths.tools.recordings.jobs == []


def test_edits_are_rendered_only_if_chosen_and_are_written_into_the_video(
    open_window, paths, renderers, qtbot, tmp_path
):
    open_window.edits.set_occlusion(Uniform())
    for name, edited in (("plain.mp4", False), ("edited.mp4", True)):
        open_window.menus.actions["record"].trigger()
        dialog = paths.recording.dialog
        assert dialog.edited.isVisible()
        dialog.edited.setChecked(edited)
        dialog.file.setText(str(tmp_path / name))
        qtbot.waitUntil(dialog.record.isEnabled)
        until(qtbot, start(qtbot, paths, dialog), RecordingState.FINISHED)
        under = renderers.newest.interventions.occlusion
        assert (under == Uniform()) is edited
        assert ("edits" in read_description(tmp_path / name)) is edited


def test_closing_the_window_asks_about_a_recording(open_window, paths, dialog, qtbot):
    recordings = paths.tools.recordings
    make = recordings.create_renderer
    gate = threading.Event()

    def gated(*arguments):
        assert gate.wait(20)
        return make(*arguments)

    recordings.create_renderer = gated
    job = start(qtbot, paths, dialog)
    open_window.close()
    assert open_window.isVisible()
    asked = paths.loss_question.dialog.findChildren(QLabel)
    assert any("is being recorded" in label.text() for label in asked)
    qtbot.mouseClick(paths.loss_question.dialog.cancel, LEFT)
    gate.set()
    until(qtbot, job, RecordingState.FINISHED)


def test_the_windows_recording_equals_the_command_lines(make_window, qtbot, tmp_path, monkeypatch):
    from dvox_core.camera_paths.files import write_path
    from dvox_core.checkpoints.opening import open_scene
    from dvox_core.rendering.create import create_renderer

    window = make_window(lambda path, intrinsics, progress: open_scene(path))
    with qtbot.waitSignal(window.session.opened):
        window.files.open(SAMPLE_SCENE)
    paths = window.paths
    scene = window.state.scene
    for view in scene.cameras[:2]:
        paths.tools.editor.set_playhead(paths.tools.editor.path.seconds)
        paths.tools.editor.add_key(view.camera)
    paths.tools.editor.set_fps(10)
    paths.tools.editor.set_seconds(0.2)
    write_path(tmp_path / "path.json", paths.tools.editor.path, scene.intrinsics)
    paths.tools.recordings.create_renderer = create_renderer
    window.menus.actions["record"].trigger()
    dialog = paths.recording.dialog
    dialog.file.setText(str(tmp_path / "window.mp4"))
    qtbot.waitUntil(dialog.record.isEnabled)
    job = start(qtbot, paths, dialog)
    qtbot.waitUntil(lambda: job.state.is_over)
    assert job.state is RecordingState.FINISHED, job.line
    monkeypatch.setattr(tqdm, "monitor_interval", 0)  # a thread that watches the bar
    command = Record(SAMPLE_SCENE, out=tmp_path / "line.mp4", path=tmp_path / "path.json")
    assert command.run() == 0
    assert np.array_equal(iio.imread(tmp_path / "window.mp4"), iio.imread(tmp_path / "line.mp4"))
