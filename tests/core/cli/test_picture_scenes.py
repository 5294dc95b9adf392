"""What the commands do with scenes of systems that have no voxels."""

from pathlib import Path

import pytest

from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.cli.app import COMMANDS, run_command_line
from tests.helpers.picture_scenes import CAMERAS, picture_scene


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    path = tmp_path / "scene.dvox"
    write_scene(path, picture_scene("worrall")[0])
    return path


def test_what_needs_voxels_is_refused_in_one_line(scene, tmp_path, capsys) -> None:
    pose = tmp_path / "pose.txt"
    pose.write_text(" ".join(map(str, CAMERAS[0].camera.camera_to_world.ravel())))
    for arguments in (
        ["bench", scene, "--json", "-"],
        ["inspect", scene, "--pose", pose, "--out", tmp_path / "inside"],
        ["convert", scene, "--out", tmp_path / "model.pth"],
    ):
        assert run_command_line([str(word) for word in arguments], COMMANDS) == 2
        text, said = capsys.readouterr()
        assert text == ""
        assert said == "error: Worrall et al. has no voxels; choose a DeepVoxels scene\n"


def test_info_prints_what_there_is_of_such_a_scene(scene, capsys) -> None:
    assert run_command_line(["info", str(scene)], COMMANDS) == 0
    text = capsys.readouterr().out
    assert "Worrall et al., without voxels and depth" in text
    assert "encoder" in text
