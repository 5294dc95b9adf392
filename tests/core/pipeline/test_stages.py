"""The stages of the method against the authors' numbers and against the model's own verbs."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dvox_core.checkpoints.opening import open_scene
from dvox_core.errors import UserError
from dvox_core.geometry.cameras import Camera
from dvox_core.model.loading import load_inpainted_grid, load_parts
from dvox_core.model.scene import Scene
from dvox_core.pipeline.observing import (
    Observer,
    load_observer,
    network_picture,
    why_not_observable,
)
from dvox_core.pipeline.view_stages import view_stages
from dvox_core.training.steps.acceleration import scale_dropout
from tests.helpers.scenes import SMALL_COLLAPSE, random_scene, reference_folder


def without_parts(scene: Scene, *parts: str) -> Scene:
    from dvox_core.checkpoints.weights import MemoryWeights

    tensors = scene.weights.load("")
    kept = {name: tensor for name, tensor in tensors.items() if not name.startswith(parts)}
    return replace(scene, weights=MemoryWeights(kept))


def test_an_observation_has_the_authors_lifted_and_integrated_grids():
    folder = reference_folder("occlusion128")
    if not (folder / "train_step").is_dir():
        pytest.skip("the authors' training step is not at hand")
    scene = open_scene(folder / "train_step" / "checkpoint.pth")
    given = np.load(folder / "train_step" / "expected.npz")
    model = load_parts(scene, "").train()  # as the authors' step ran: statistics of this picture
    scale_dropout(model, 0.0)
    pose = np.array(given["source_pose"], dtype=np.float64)
    observation = Observer(model, scene).observe(
        model.grid, torch.from_numpy(given["source_image"]), Camera(pose)
    )
    assert observation.lifted.numpy() == pytest.approx(given["lifted"], abs=2e-4)
    assert observation.after.numpy() == pytest.approx(given["integrated"], abs=2e-4)
    assert list(observation.stages_ms) == ["features", "lifting", "integration"]


@pytest.mark.parametrize("name", ["occlusion128", "occlusion256_grid32", "depthcollapse128"])
def test_the_stages_of_a_view_are_the_authors(name):
    folder = reference_folder(name)
    scene = open_scene(folder / "checkpoint.pth")
    given = np.load(folder / "expected.npz")
    model, inpainted = load_parts(scene, ""), load_inpainted_grid(scene)
    with torch.no_grad():
        again = model.inpaint(model.grid)
    assert again.numpy() == pytest.approx(given["inpainted"], abs=2e-4)
    stages = view_stages(model, inpainted, scene, scene.cameras[0].camera)
    if "frustum_0" in given:
        frustum = given["frustum_0"].astype(np.float32)
        rounding = 2e-4 + np.abs(frustum) * 2**-11  # they were stored in half precision
        assert (np.abs(stages.frustum.numpy() - frustum) <= rounding).all()
    assert stages.picture.numpy() == pytest.approx(given["image_0"], abs=2e-4)
    if scene.config.knows_depth:
        assert stages.visibility is not None
        assert stages.visibility.numpy() == pytest.approx(
            given["weights_0"].astype(np.float32), abs=2e-4 + 2**-11
        )
    else:
        assert stages.visibility is None


@pytest.mark.parametrize("depth_collapse", [False, True])
def test_stages_equal_the_models_verbs(depth_collapse):
    scene = random_scene(SMALL_COLLAPSE) if depth_collapse else random_scene()
    model, camera = load_parts(scene, ""), scene.start_camera
    pose = torch.from_numpy(camera.camera_to_world.copy())
    picture = network_picture(np.random.default_rng(1).integers(0, 256, (128, 128, 3), np.uint8))
    with torch.no_grad():
        plain = model.observe(model.grid, picture, pose, scene.frustum, scene.placement)
        view = model.render_view(model.inpaint(model.grid), pose, scene.frustum, scene.placement)
    observation = load_observer(scene).observe(model.grid, picture, camera)  # fused
    stages = view_stages(model, load_inpainted_grid(scene), scene, camera)
    for fused, verb in (
        (observation.after, plain.grid),
        (observation.update, plain.update[0]),
        (observation.reset, plain.reset[0]),
    ):
        assert fused.numpy() == pytest.approx(verb[0].numpy(), abs=1e-5)
    exact = Observer(model, scene).observe(model.grid, picture, camera)
    assert torch.equal(exact.after, plain.grid[0])
    assert observation.change == pytest.approx(float((plain.grid[0] - model.grid).norm()))
    assert stages.picture.numpy() == pytest.approx(view.picture.numpy(), abs=1e-5)


def test_a_scene_that_cannot_observe_says_why():
    scene = random_scene()
    assert why_not_observable(scene) == ""
    bare = without_parts(scene, "feature_extractor.", "integration.")
    assert "no feature extractor" in why_not_observable(bare)
    with pytest.raises(UserError, match="random: The file has no feature extractor"):
        load_observer(bare)
