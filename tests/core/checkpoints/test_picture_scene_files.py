"""Scene files of the learned baselines."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from dvox_core.checkpoints import scene_file
from dvox_core.checkpoints.opening import open_scene
from dvox_core.checkpoints.scene_file import read_scene, write_scene
from dvox_core.checkpoints.weights import MemoryWeights
from dvox_core.errors import CheckpointError
from dvox_core.geometry.cameras import look_at
from dvox_core.model.picture_networks import CODE_POSES
from dvox_core.model.scene import Scene
from dvox_core.rendering.create import create_renderer
from dvox_core.rendering.scores import score_picture
from tests.helpers.picture_scenes import CONFIGS, UP, picture_scene
from tests.helpers.scenes import random_scene

CAMERA = look_at((0.5, -3.9, 1.2), (0.0, 0.0, 0.0), UP)


def picture_of(scene: Scene) -> np.ndarray:
    renderer = create_renderer(scene, "cpu", "float32")
    try:
        return renderer.render(CAMERA).picture
    finally:
        renderer.close()


class Unchecked(MemoryWeights):
    """Gives what it was given, as a broken disk does."""

    def load(self, *prefixes: str) -> dict[str, torch.Tensor]:
        return dict(self._tensors)


def stored_version(path: Path) -> str:
    with safe_open(path, "pt") as file:
        return file.metadata()["version"]


@pytest.mark.parametrize("kind", CONFIGS)
def test_a_scene_renders_the_same_after_it_was_written_and_opened(tmp_path, kind) -> None:
    scene, _, _ = picture_scene(kind)
    write_scene(tmp_path / "scene.dvox", scene)
    opened = open_scene(tmp_path / "scene.dvox")
    assert opened.config == scene.config
    assert "inpainted_grid" not in opened.weights.shapes()
    torch.testing.assert_close(opened.weights.load(""), scene.weights.load(""), rtol=0, atol=0)
    np.testing.assert_array_equal(picture_of(opened), picture_of(scene))


@pytest.mark.parametrize("kind", CONFIGS)
def test_a_half_scene_for_rendering_alone_looks_the_same_and_is_smaller(tmp_path, kind) -> None:
    scene, _, _ = picture_scene(kind)
    write_scene(tmp_path / "whole.dvox", scene)
    write_scene(tmp_path / "half.dvox", scene, half=True, rendering_only=True)
    opened = open_scene(tmp_path / "half.dvox")
    assert not any(name.startswith("encoder.") for name in opened.weights.shapes())
    sizes = [(tmp_path / f"{name}.dvox").stat().st_size for name in ("half", "whole")]
    assert sizes[0] < 0.6 * sizes[1]
    assert score_picture(picture_of(opened), picture_of(scene)).psnr >= 45
    if kind != "pix2pix":
        stored, own = (one.weights.load(CODE_POSES)[CODE_POSES] for one in (opened, scene))
        torch.testing.assert_close(stored, own, rtol=0, atol=0)


def test_a_program_that_knows_deepvoxels_alone_says_that_it_is_too_old(
    tmp_path, monkeypatch
) -> None:
    scene, _, _ = picture_scene("worrall")
    write_scene(tmp_path / "scene.dvox", scene)
    monkeypatch.setattr(scene_file, "VERSION", 1)
    with pytest.raises(CheckpointError, match=r"newer version .*format 2.*up to 1.*update") as told:
        read_scene(tmp_path / "scene.dvox")
    assert "\n" not in str(told.value)


def test_deepvoxels_files_stay_readable_by_older_programs(tmp_path) -> None:
    write_scene(tmp_path / "voxels.dvox", random_scene())
    write_scene(tmp_path / "pictures.dvox", picture_scene("pix2pix")[0])
    assert stored_version(tmp_path / "voxels.dvox") == "1"
    assert stored_version(tmp_path / "pictures.dvox") == "2"


def test_a_missing_tensor_and_one_that_is_not_finite_are_named(tmp_path) -> None:
    scene, _, _ = picture_scene("tatarchenko")
    tensors = scene.weights.load("")
    missing = {name: tensor for name, tensor in tensors.items() if name != "joint.0.bias"}
    write_scene(tmp_path / "missing.dvox", replace(scene, weights=MemoryWeights(missing)))
    with pytest.raises(CheckpointError, match=r"missing\.dvox.*joint\.0\.bias"):
        open_scene(tmp_path / "missing.dvox")
    broken = Unchecked({**tensors, "codes": torch.full_like(tensors["codes"], torch.nan)})
    write_scene(tmp_path / "nan.dvox", replace(scene, weights=broken))
    with pytest.raises(CheckpointError, match=r"nan\.dvox.*codes.*not finite"):
        open_scene(tmp_path / "nan.dvox")
