"""What is left out because it is zero does not change a picture."""

from dataclasses import replace

import pytest
import torch

from dvox_core.checkpoints.weights import MemoryWeights
from dvox_core.model.config import ModelConfig
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.model.scene import Scene
from dvox_core.rendering.create import make_renderer
from dvox_core.rendering.frame import Extra
from dvox_core.rendering.fused.silent_parts import drop_silent_levels, drop_unseen_features
from dvox_core.rendering.plain_renderer import PlainRenderer
from dvox_core.training.steps.outer_levels import silence_inner_levels
from tests.helpers.scenes import SMALL, orbit_cameras, random_scene

CPU = torch.device("cpu")
UNSEEN = [1, 4]


def scene_with_silent_parts(levels: int) -> Scene:
    """A random scene with so many levels, whose occlusion network does not see features 1, 4."""
    scene = random_scene(replace(SMALL, base_channels=8))
    model = DeepVoxels(scene.config)
    model.load_state_dict(scene.weights.load(""), strict=False)
    silence_inner_levels(model.rendering, levels)
    assert model.occlusion is not None
    with torch.no_grad():
        model.occlusion.prep_conv.weight[:, [1 + feature for feature in UNSEEN]] = 0
    return replace(scene, weights=MemoryWeights(model.state_dict()))


@pytest.mark.parametrize("levels", [1, 2, 5])
@pytest.mark.parametrize("backend", ["torch", "openvino"])
def test_a_scene_with_silent_parts_looks_as_in_the_plain_renderer(
    levels: int, backend: str
) -> None:
    scene = scene_with_silent_parts(levels)
    if backend == "openvino":
        pytest.importorskip("openvino")
    plain, fast = PlainRenderer(scene, CPU), make_renderer(scene, CPU, "float32", backend)
    camera = orbit_cameras(1)[0]
    expected = plain.render(camera, Extra.FLOAT_PICTURE).float_picture
    picture = fast.render(camera, Extra.FLOAT_PICTURE).float_picture
    assert expected is not None
    assert picture is not None
    assert expected.std() > 0.01
    assert picture == pytest.approx(expected, abs=1e-4)
    fast.close()


def test_only_levels_that_are_silent_are_dropped() -> None:
    model = DeepVoxels(replace(SMALL, base_channels=8))
    drop_silent_levels(model.rendering)
    assert len(model.rendering.unet.downs) == len(model.rendering.unet.ups) == 6
    silence_inner_levels(model.rendering, 2)
    drop_silent_levels(model.rendering)
    assert len(model.rendering.unet.downs) == len(model.rendering.unet.ups) == 2


def test_features_that_are_not_looked_at_are_named() -> None:
    model = DeepVoxels(ModelConfig(image_size=128, grid_size=8, features=6, base_channels=4))
    network = model.occlusion
    assert network is not None
    assert drop_unseen_features(network).tolist() == list(range(6))
    with torch.no_grad():
        network.prep_conv.weight[:, [1 + feature for feature in UNSEEN]] = 0
    assert drop_unseen_features(network).tolist() == [0, 2, 3, 5]
    assert network.prep_conv.weight.shape[1] == 5
    blind = DeepVoxels(SMALL).occlusion
    assert blind is not None
    with torch.no_grad():
        blind.prep_conv.weight.zero_()
    assert drop_unseen_features(blind).tolist() == [0]
