"""`inspect` on real files: what it writes."""

import csv

import numpy as np
import pytest
from PIL import Image

from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.cli.app import COMMANDS, run_command_line
from dvox_core.data.deepvoxels_files import write_pose
from dvox_core.inspection.edit_files import write_edits
from dvox_core.rendering.interventions import Action, ArgMax, Box, GridEdit, Interventions
from tests.helpers.scenes import SMALL_COLLAPSE, random_scene

G, D = 12, 24
MAPS = ("expected_depth", "most_likely_depth", "entropy", "outside_share")
VOLUMES = ("voxel_visibility", "features_pca", "change_by_inpainting")


def run(*arguments):
    return run_command_line(["inspect", *(str(argument) for argument in arguments)], COMMANDS)


@pytest.fixture
def files(tmp_path):
    """A scene's file and a pose's."""
    scene = random_scene()
    write_scene(tmp_path / "robot.dvox", scene)
    write_pose(tmp_path / "pose.txt", scene.start_camera)
    return tmp_path / "robot.dvox", "--pose", tmp_path / "pose.txt", "--out", tmp_path / "out"


def test_every_array_has_its_name_and_shape(files, tmp_path, capsys):
    assert run(*files) == 0
    assert capsys.readouterr().out == f"Wrote  {tmp_path / 'out'}\n"
    arrays = np.load(tmp_path / "out" / "inspect.npz")
    shapes = {name: arrays[name].shape for name in arrays}
    assert shapes == {
        "visibility": (D, 64, 64),
        "inside": (D, 64, 64),
        "voxel_visibility": (G, G, G),
        **dict.fromkeys(MAPS, (64, 64)),
        "features_pca": (3, G, G, G),
        "change_by_inpainting": (G, G, G),
    }
    assert arrays["inside"].dtype == bool
    inside = arrays["visibility"][arrays["inside"]].sum(dtype=float)
    assert arrays["voxel_visibility"].sum(dtype=float) == pytest.approx(inside, abs=1e-4)
    assert all(np.isfinite(arrays[name]).all() for name in arrays)


def test_every_map_is_a_picture_with_its_legend_below(files, tmp_path):
    assert run(*files) == 0
    for name in (*MAPS, *VOLUMES):
        with Image.open(tmp_path / "out" / f"{name}.png") as plate:
            pixels = np.asarray(plate)
        assert pixels.shape[1] > 500
        middle = pixels[pixels.shape[0] // 2, 16:500]
        assert len(np.unique(middle, axis=0)) > 3, name
    assert not list((tmp_path / "out").glob("ray_*.csv"))


def test_a_pixel_of_the_picture_writes_the_ray_that_the_window_shows_for_it(
    files, tmp_path, capsys
):
    assert run(*files, "--pixel", 62, 60) == 0  # of 128 × 128
    assert "lies in pixel 31 30 of the 64 × 64 maps" in capsys.readouterr().err
    with (tmp_path / "out" / "ray_62_60.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    arrays = np.load(tmp_path / "out" / "inspect.npz")
    assert len(rows) == D
    weights = [float(row["weight"]) for row in rows]
    assert weights == pytest.approx(arrays["visibility"][:, 30, 31], abs=1e-6)
    assert [int(row["inside"]) for row in rows] == arrays["inside"][:, 30, 31].tolist()
    for row in rows:
        outside = row["inside"] == "0"
        assert (int(row["voxel_x"]) == -1) == outside
    depth = sum(float(row["depth"]) * weight for row, weight in zip(rows, weights, strict=True))
    assert depth == pytest.approx(arrays["expected_depth"][30, 31], abs=1e-3)


def test_edits_are_applied_first(files, tmp_path):
    half = GridEdit(Box((0, 0, 0), (6, 12, 12)), Action.ZERO)
    path = tmp_path / "robot.edits.json"
    write_edits(path, Interventions(ArgMax(), (half,)), random_scene())
    assert run(*files, "--edits", path) == 0
    arrays = np.load(tmp_path / "out" / "inspect.npz")
    assert set(np.unique(arrays["visibility"])) == {0, 1}
    assert len(np.unique(arrays["features_pca"][:, :, :, :6].reshape(3, -1), axis=1).T) == 1


def test_a_model_without_depth_weights_writes_what_it_has(tmp_path, capsys):
    scene = random_scene(SMALL_COLLAPSE)
    write_scene(tmp_path / "flat.dvox", scene)
    write_pose(tmp_path / "pose.txt", scene.start_camera)
    arguments = (tmp_path / "flat.dvox", "--pose", tmp_path / "pose.txt", "--out", tmp_path / "out")
    assert run(*arguments) == 0
    assert set(np.load(tmp_path / "out" / "inspect.npz")) == {
        "features_pca",
        "change_by_inpainting",
    }
    assert "no depth weights" in capsys.readouterr().err
    assert run(*arguments, "--pixel", 1, 1) == 2
    assert "has no depth weights" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--pixel", 128, 0), "--pixel 128 0: is not in the picture of 128 × 128 pixels"),
        (("--edits", "nowhere.edits.json"), "nowhere.edits.json: not found"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(files, tmp_path, capsys, arguments, complaint):
    assert run(*files, *arguments) == 2
    assert complaint in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_missing_pose_is_named(files, capsys):
    assert run(files[0], "--pose", "nowhere.txt", *files[3:]) == 2
    assert "nowhere.txt: not found" in capsys.readouterr().err
