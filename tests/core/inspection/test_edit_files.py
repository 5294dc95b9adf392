"""Edit files: written, read back, and refused in one line."""

import json

import numpy as np
import pytest

from dvox_core.errors import UserError
from dvox_core.inspection.edit_files import (
    edit_file_beside,
    edits_to_json,
    read_edits,
    write_edits,
)
from dvox_core.rendering.interventions import (
    Action,
    ArgMax,
    AsTrained,
    Box,
    FrontMost,
    GridEdit,
    Inpainting,
    Interventions,
    Temperature,
    Uniform,
    VoxelSet,
)
from dvox_core.rendering.observed_grid import observed_grid
from tests.helpers.fakes import fake_scene

EDITS = (
    GridEdit(Box((1, 2, 3), (4, 5, 6)), Action.ZERO),
    GridEdit(VoxelSet((0, 17, 4095)), Action.NOISE, seed=12),
    GridEdit(Box((0, 0, 0), (16, 16, 16)), Action.FREEZE),
    GridEdit(VoxelSet((5,)), Action.RAW),
)


@pytest.mark.parametrize(
    "override", [AsTrained(), ArgMax(), Temperature(0.25), FrontMost(0.1), Uniform()]
)
@pytest.mark.parametrize("inpainting", Inpainting)
def test_what_is_written_is_read_back(tmp_path, override, inpainting):
    path = tmp_path / "robot.edits.json"
    interventions = Interventions(override, EDITS, inpainting)
    write_edits(path, interventions, fake_scene())
    assert read_edits(path, fake_scene()) == interventions


def test_edits_lie_beside_their_scene(tmp_path):
    assert edit_file_beside(fake_scene(path=tmp_path / "robot.dvox")) == (
        tmp_path / "robot.edits.json"
    )
    assert edit_file_beside(fake_scene()) is None


def broken(**changes):
    content = {
        "format": "dvox-edits",
        "version": 1,
        "scene": "robot",
        "grid_size": 16,
        "occlusion": {"kind": "as trained"},
        "inpainting": "again",
        "edits": [{"action": "zero", "voxels": [1, 2]}],
    }
    return json.dumps({**content, **changes})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "is not JSON"),
        ("[]", "is not an edit file"),
        ('{"format": "something"}', "is not an edit file"),
        (broken(version=3), "update the program"),
        (broken(grid_size=32), "32 voxels a side, this scene has 16.*robot"),
        (broken(occlusion={"kind": "magic"}), "occlusion: “magic” is not known; choose one of"),
        (broken(occlusion={"kind": "temperature", "value": 0}), "temperature 0: must be above"),
        (broken(occlusion=None), "occlusion is broken"),
        (broken(inpainting="sometimes"), "inpainting is broken"),
        (broken(edits=3), "edits is broken"),
        (broken(edits=[{"action": "zero", "voxels": [4096]}]), "edit 1: .*another scene"),
        (broken(edits=[{"action": "zero", "voxels": [0.5]}]), "edit 1: .*whole numbers"),
        (broken(edits=[{"action": "burn", "voxels": [1]}]), "edit 1 is broken"),
        (broken(edits=[{"action": "zero"}]), "edit 1 is broken .*voxels"),
        (
            broken(edits=[{"action": "zero", "box": {"lower": [0, 0], "upper": [1, 1, 1]}}]),
            "edit 1: a box's corner",
        ),
        (broken(edits=[{"action": "noise", "seed": -1, "voxels": [1]}]), "edit 1: seed -1"),
    ],
)
def test_a_broken_edit_file_is_refused_in_one_line(tmp_path, text, complaint):
    path = tmp_path / "broken.edits.json"
    path.write_text(text)
    with pytest.raises(UserError, match=complaint) as raised:
        read_edits(path, fake_scene())
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


def test_a_missing_edit_file_is_named(tmp_path):
    with pytest.raises(UserError, match="not found"):
        read_edits(tmp_path / "none.edits.json", fake_scene())


def test_an_observed_grid_goes_through_the_file_and_a_changed_one_is_refused(tmp_path):
    scene, path = fake_scene(), tmp_path / "robot.edits.json"
    numbers = np.random.default_rng(0).normal(size=(8, 16, 16, 16))
    grid = observed_grid(numbers, ("000001", "000000"))
    interventions = Interventions(ArgMax(), EDITS, grid=grid)
    write_edits(path, interventions, scene)
    read = read_edits(path, scene)
    assert read == interventions
    assert read.grid is not None
    assert read.grid.views == ("000001", "000000")
    content = json.loads(path.read_text())
    assert content["version"] == 2
    assert "float16" not in edits_to_json(interventions, scene)["grid"]
    spoilt = (
        ({"hash": "0" * 32}, "not as it was written"),
        ({"shape": [8, 12, 12, 12]}, "this scene's is"),
        ({"float16": content["grid"]["float16"][:400]}, "grid"),
        ({"float16": "???"}, "grid is broken"),
    )
    for change, words in spoilt:
        path.write_text(json.dumps({**content, "grid": {**content["grid"], **change}}))
        with pytest.raises(UserError, match=words):
            read_edits(path, scene)
    write_edits(path, Interventions(ArgMax()), scene)
    assert json.loads(path.read_text())["version"] == 1
