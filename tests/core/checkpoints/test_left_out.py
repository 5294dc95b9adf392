"""What a scene file leaves out is there again when it is read."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from dvox_core.checkpoints.left_out import LeftOut, leave_out
from dvox_core.checkpoints.scene_file import read_scene, write_scene
from dvox_core.checkpoints.weights import MemoryWeights
from dvox_core.errors import CheckpointError
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.model.scene import Scene
from dvox_core.training.steps.outer_levels import silence_inner_levels
from dvox_core.training.trainers.direct import set_to_identity
from tests.helpers.scenes import random_scene


def scene_to_leave_out() -> Scene:
    """Its inpainting network is the identity, and inner levels are silent."""
    scene = random_scene()
    model = DeepVoxels(scene.config)
    model.load_state_dict(scene.weights.load(""), strict=False)
    model.grid.abs_()
    set_to_identity(model.inpainting)
    silence_inner_levels(model.rendering, 2)
    return replace(scene, weights=MemoryWeights(model.state_dict()))


@pytest.mark.parametrize("half", [False, True])
def test_a_scene_is_read_as_it_was_written(tmp_path: Path, half: bool) -> None:
    scene = scene_to_leave_out()
    write_scene(tmp_path / "small.dvox", scene, half=half)
    read = read_scene(tmp_path / "small.dvox")
    original, tensors = scene.weights.load(""), read.weights.load("")
    assert tensors.keys() == {*original, "inpainted_grid"}
    assert {name: tuple(value.shape) for name, value in tensors.items()} == read.weights.shapes()
    torch.testing.assert_close(tensors["inpainted_grid"], tensors["grid"], rtol=0, atol=0)
    for name, tensor in original.items():
        torch.testing.assert_close(tensors[name].float(), tensor.float(), rtol=1e-3, atol=1e-4)
    read.weights.check_finite("")


def test_a_scene_that_leaves_much_out_takes_less_than_half(tmp_path: Path) -> None:
    write_scene(tmp_path / "small.dvox", scene_to_leave_out())
    write_scene(tmp_path / "whole.dvox", random_scene())
    small, whole = ((tmp_path / name).stat().st_size for name in ("small.dvox", "whole.dvox"))
    assert small < 0.5 * whole
    with safe_open(tmp_path / "whole.dvox", "pt") as file:
        assert file.metadata()["version"] == "1"
    with safe_open(tmp_path / "small.dvox", "pt") as file:
        assert file.metadata()["version"] == "2"


def test_a_grid_that_was_inpainted_is_stored(tmp_path: Path) -> None:
    write_scene(tmp_path / "scene.dvox", random_scene())
    assert "inpainted_grid" in load_file(tmp_path / "scene.dvox")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ({"same": {"inpainted_grid": "nowhere"}}, "not as it was written"),
        ({"constants": {"grid": [[1 << 20, 1 << 20], 0.0]}}, "not as it was written"),
    ],
)
def test_changed_words_are_refused(tmp_path: Path, damage: dict, words: str) -> None:
    path = tmp_path / "scene.dvox"
    write_scene(path, scene_to_leave_out())
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    metadata["left_out"] = json.dumps({**json.loads(metadata["left_out"]), **damage})
    save_file(load_file(path), path, metadata)
    with pytest.raises(CheckpointError, match=words):
        read_scene(path)


def test_a_tensor_that_claims_to_be_huge_is_refused() -> None:
    text = json.dumps({"constants": {"grid": [[1 << 20, 1 << 20], 0.0]}, "same": {}})
    with pytest.raises(ValueError, match="cannot have the shape"):
        LeftOut.from_json(text)


def test_only_what_is_the_same_is_left_out() -> None:
    grid = torch.rand(4, 8, 8, 8)
    tensors = {"grid": grid, "inpainted_grid": grid + 0.01, "zeros": torch.zeros(300)}
    left_out = leave_out(tensors, {"inpainted_grid": "grid"})
    assert left_out.same == {}
    assert left_out.constants.keys() == {"zeros"}
    assert tensors.keys() == {"grid", "inpainted_grid"}
    assert LeftOut.from_json(left_out.to_json()) == left_out
