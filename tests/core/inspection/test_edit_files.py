"""Edit files: written, read back, and refused in one line."""

import json

import pytest

from dvox_core.errors import UserError
from dvox_core.inspection.edit_files import edit_file_beside, read_edits, write_edits
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
        (broken(version=2), "update the program"),
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
