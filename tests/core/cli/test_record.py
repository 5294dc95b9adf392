"""`record` on a real scene: what it writes, tells and refuses."""

import hashlib

import av
import numpy as np
import pytest

from dvox_core.camera_paths.files import write_path
from dvox_core.camera_paths.generators import through_cameras
from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.cli.app import COMMANDS, run_command_line
from dvox_core.recording.record import record
from dvox_core.recording.settings import RecordingSettings
from dvox_core.rendering.create import create_renderer
from tests.helpers.scenes import random_scene


def run(*arguments):
    return run_command_line(["record", *(str(argument) for argument in arguments)], COMMANDS)


@pytest.fixture(scope="module")
def scene_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("scene") / "robot.dvox"
    write_scene(path, random_scene())
    return path


def frames_of(path):
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def hash_of(path):
    return hashlib.sha256(np.stack(frames_of(path)).tobytes()).hexdigest()


def test_an_orbit_is_recorded_and_made_again_from_its_video(scene_file, tmp_path, capsys):
    out = tmp_path / "orbit.mp4"
    assert run(scene_file, "--orbit", "--seconds", 1, "--fps", 6, "--out", out) == 0
    assert "6 (1.00 s)" in capsys.readouterr().out
    assert len(frames_of(out)) == 6
    again = tmp_path / "again.mp4"
    assert run(scene_file, "--path", out, "--fps", 6, "--out", again) == 0
    assert hash_of(again) == hash_of(out)


def test_a_path_of_the_window_gives_what_the_window_records(scene_file, tmp_path):
    from dvox_core.checkpoints.opening import open_scene

    scene = open_scene(scene_file)
    path = through_cameras([view.camera for view in scene.cameras], seconds=0.5)
    write_path(tmp_path / "path.json", path, scene.intrinsics)
    options = ("--size", "160x90", "--mode", "side-by-side", "--fps", 10)
    out = tmp_path / "command.mkv"
    assert run(scene_file, "--path", tmp_path / "path.json", *options, "--out", out) == 0
    renderer = create_renderer(scene, "auto", "float32")
    settings = RecordingSettings(size=(160, 90), mode="side-by-side", fps=10.0)
    record(renderer, scene, path, settings, tmp_path / "window.mkv")
    renderer.close()
    assert len(frames_of(out)) == 5
    assert hash_of(out) == hash_of(tmp_path / "window.mkv")


def test_a_video_that_is_there_is_kept_unless_forced(scene_file, tmp_path, capsys):
    out = tmp_path / "a.gif"
    options = ("--orbit", "--seconds", 0.4, "--fps", 5, "--size", "64x64", "--out", out)
    assert run(scene_file, *options) == 0
    assert run(scene_file, *options) == 2
    assert "--force" in capsys.readouterr().err
    assert run(scene_file, *options, "--force") == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--out", "a.mp4"), "--path, or say --orbit"),
        (("--orbit", "--path", "p.json", "--out", "a.mp4"), "one of the two"),
        (("--path", "none.json", "--out", "a.mp4"), "not found"),
        (("--orbit", "--size", "big", "--out", "a.mp4"), "like 1280x720"),
        (("--orbit", "--size", "101x100", "--out", "a.mp4"), "102 × 100"),
        (("--orbit", "--background", "red", "--out", "a.mp4"), "like #ffffff"),
        (("--orbit", "--seconds", 0, "--out", "a.mp4"), "above 0"),
        (("--orbit", "--turns", 0, "--out", "a.mp4"), "turns"),
        (("--orbit", "--fps", 0, "--out", "a.mp4"), "frames a second"),
        (("--orbit", "--quality", 0, "--out", "a.mp4"), "quality"),
        (("--orbit", "--out", "a.xyz"), "no kind of video"),
        (("--orbit", "--out", "a.webm", "--codec", "h264"), ".mp4"),
        (("--orbit", "--out", "a.mp4", "--workers", 2), "without --engine ray"),
        (("--orbit", "--out", "a.mp4", "--engine", "ray", "--threads", 999), "cores here"),
    ],
)
def test_bad_input_costs_one_line_and_ends_with_2(
    options, words, scene_file, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert run(scene_file, *options) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
