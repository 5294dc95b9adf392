"""A scene on another machine in the window: a scene like any other, also when the line breaks."""

import json
import os
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from dvox_core.checkpoints.opening import open_scene
from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.remote import link
from dvox_core.remote.bookmarks import place_named
from dvox_core.rendering.create import create_renderer
from dvox_core.rendering.interventions import Interventions, Temperature
from dvox_core.training.run.commands import Command
from dvox_core.training.run.run_directory import RunDirectory
from dvox_core.training.run.status import Status
from tests.helpers.remote import SERVE
from tests.helpers.scenes import random_scene
from viewer.state.viewer_state import DisplayMode
from viewer.workers.rendering.render_thread import default_renderer
from viewer.workers.rendering.scene_opener import read_scene

SAMPLE_RUN = Path(__file__).parents[4] / "assets" / "sample_run"


@pytest.fixture
def renderers():
    """The program's own, for `window`."""
    return default_renderer


@pytest.fixture
def scene_file(tmp_path):
    path = tmp_path / "there" / "lego.dvox"
    path.parent.mkdir()
    write_scene(path, random_scene())
    return path


def settled(window) -> bool:
    frame = window.state.frame
    return frame is not None and not frame.draft and frame.camera == window.state.camera


def test_a_scene_on_another_machine_is_a_scene_like_any_other(
    qtbot, make_window, scene_file, monkeypatch, tmp_path
) -> None:
    monkeypatch.setenv("DVOX_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(link, "PAUSES_S", (0.2,))
    here = create_renderer(open_scene(scene_file), "cpu", "float32")
    window = make_window(read_scene)
    window.files.open(place_named(f"pipe:{SERVE}", str(scene_file)))
    qtbot.waitUntil(lambda: settled(window))
    state = window.state
    assert state.scene.name == "random"
    assert state.frame.camera == state.camera
    assert np.array_equal(state.frame.picture, here.render(state.camera).picture)
    assert [scene.name for scene in window.recent_files.scenes] == ["random"]
    assert "on env" in window.recent_files.scenes[0].caption
    # Moved: compressed first, then losslessly.
    drafts = []
    state.frame_changed.connect(lambda frame: drafts.append(frame.draft))
    state.set_camera(state.scene.cameras[1].camera)
    qtbot.waitUntil(lambda: settled(window))
    assert drafts[0]
    assert not drafts[-1]
    # Depth weights of another temperature, and a display mode that asks for more.
    changed = Interventions(Temperature(4.0))
    window.session.set_interventions(changed)
    qtbot.waitUntil(lambda: settled(window) and state.frame.interventions == changed)
    here.intervene(changed)
    assert np.array_equal(state.frame.picture, here.render(state.camera).picture)
    state.set_display_mode(DisplayMode.OUTSIDE)
    qtbot.waitUntil(lambda: settled(window) and state.frame.outside_share is not None)
    # The voxel panel computes here, on tensors that it fetches.
    assert state.scene.weights.load("inpainted_grid", "grid")["grid"].shape[-1] == 12
    assert "env · " in window.remote_indicator.label.text()
    assert "env · " in window.viewport._hud_updater.hud.text()

    # The other side is killed: the last picture stays, and the newest view comes by itself.
    held = window.remote_indicator._state.scene.weights.scene.link
    said = []
    for name in ("show_info", "show_error"):
        monkeypatch.setattr(window.notifications, name, lambda text, topic="": said.append(text))
    held.connection()._process.kill()
    qtbot.waitUntil(lambda: not held.state.is_connected)
    assert state.frame is not None
    state.set_camera(state.scene.cameras[2].camera)
    qtbot.waitUntil(lambda: settled(window) and state.frame.camera == state.camera)
    assert state.frame.interventions == changed
    qtbot.waitUntil(lambda: "env: connected again" in said)
    assert any("trying again in" in line and "killed" in line for line in said)

    process = held.connection()._process
    window.close()
    assert process.poll() is not None


def test_what_cannot_be_opened_there_is_one_line(
    qtbot, make_window, scene_file, monkeypatch, tmp_path
) -> None:
    monkeypatch.setenv("DVOX_CACHE", str(tmp_path / "cache"))
    window = make_window(read_scene)
    with qtbot.waitSignal(window.session.open_failed) as failed:
        window.files.open(place_named(f"pipe:{SERVE}", f"{scene_file}.gone"))
    assert "not found on that machine" in failed.args[1]
    with qtbot.waitSignal(window.session.open_failed) as failed:
        window.files.open(place_named("pipe:false", str(scene_file)))
    assert "ended with 1 before it answered" in failed.args[1]


def test_a_run_on_another_machine_is_followed_and_told_what_to_do(
    qtbot, make_window, monkeypatch, tmp_path
) -> None:
    monkeypatch.setenv("DVOX_CACHE", str(tmp_path / "cache"))
    run = RunDirectory(tmp_path / "there" / "lego")
    shutil.copytree(SAMPLE_RUN, run.path)
    run.write_status(Status("training", step=7, host="gpubox", updated=time.time()))
    write_scene(run.scene_path, random_scene())
    window = make_window(read_scene)
    training = window.training_link.state
    window.files.open(place_named(f"pipe:{SERVE}", str(run.path)))
    qtbot.waitUntil(lambda: settled(window) and training.status.state == "training")
    assert window.live_scene.is_shown
    assert training.config == run.read_config()
    with run.log_path.open("a") as log:
        log.write(
            json.dumps({"time": 1.0, "event": "note", "step": 8, "message": "halfway"}) + "\n"
        )
    qtbot.waitUntil(lambda: any("halfway" in line.text for line in training.lines))
    window.training.toggle_pause()
    commands = []
    qtbot.waitUntil(lambda: commands.extend(run.commands.take()) or bool(commands))
    assert commands == [Command("pause")]
    # It lies there, so it is not trained here.
    said = []
    window.training_link.problem.connect(said.append)
    run.write_status(Status("stopped", step=9, host="gpubox"))
    qtbot.waitUntil(lambda: training.status.state == "stopped")
    window.training.resume()
    qtbot.waitUntil(lambda: bool(said))
    assert "go on with it there" in said[0]


def test_the_dialog_makes_an_address_and_remembers_the_host(qtbot, window, monkeypatch, tmp_path):
    monkeypatch.setenv("DVOX_CACHE", str(tmp_path / "cache"))
    opened = []
    monkeypatch.setattr(window.remote, "_open_file", opened.append)
    window.settings.remember_host("old", "~/venv/bin/python")
    dialog = window.remote.ask()
    assert dialog.host.currentText() == "old"
    assert dialog.python.text() == "~/venv/bin/python"
    assert not dialog.open_button.isEnabled()
    dialog.host.setCurrentText("-oProxyCommand=x")
    dialog.path.setText("/lego.dvox")
    assert "no host's name" in dialog.problem.text()
    dialog.host.setCurrentText("me@box:2222")
    dialog.python.clear()
    assert not dialog.problem.isVisibleTo(dialog)
    qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    assert isinstance(opened[0], Path)
    assert opened[0].name == "lego.remote"
    assert list(window.settings.remote_hosts) == ["me@box:2222", "old"]
    assert os.environ["DVOX_CACHE"] in str(opened[0])
