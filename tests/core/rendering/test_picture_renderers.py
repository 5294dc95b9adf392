"""Renderers of the learned baselines against their networks' own forward pass."""

import numpy as np
import pytest
import torch

from dvox_core.checkpoints.weights import MemoryWeights
from dvox_core.errors import CheckpointError, DeviceError, UserError
from dvox_core.geometry.cameras import look_at
from dvox_core.geometry.view_directions import direction_map
from dvox_core.model.loading import check_renderable
from dvox_core.model.picture_networks import CODES
from dvox_core.networks.tatarchenko import pose_numbers
from dvox_core.networks.worrall import relative_rotations
from dvox_core.rendering.create import create_renderer
from dvox_core.rendering.frame import Extra
from tests.helpers.picture_scenes import CAMERAS, CONFIGS, SIDE, UP, picture_scene

CAMERA = look_at((0.5, -3.9, 1.2), (0.0, 0.0, 0.0), UP)  # nearest to the first of the cameras


def painted_by_hand(kind: str, network, pictures) -> np.ndarray:
    """What the network makes of the nearest picture, without the stored codes."""
    with torch.inference_mode():
        if kind == "pix2pix":
            directions = direction_map(CAMERA, picture_scene(kind)[0].intrinsics, SIDE)
            painted = network(torch.from_numpy(directions)[None])
        else:
            target, source = (
                torch.from_numpy(camera.camera_to_world.copy()).float()[None]
                for camera in (CAMERA, CAMERAS[0].camera)
            )
            told = (
                pose_numbers(target, source, torch.zeros(3), network.pose_scale)
                if kind == "tatarchenko"
                else relative_rotations(target, source)
            )
            painted = network.decode(network.encoder(pictures[:1]), told)
    return np.clip(painted[0].permute(1, 2, 0).numpy() + 0.5, 0, 1)


@pytest.mark.parametrize("kind", CONFIGS)
def test_a_frame_is_the_networks_picture_from_the_nearest_view(kind) -> None:
    scene, network, pictures = picture_scene(kind)
    renderer = create_renderer(scene, "cpu", "float32")
    frame = renderer.render(CAMERA, Extra.FLOAT_PICTURE)
    expected = painted_by_hand(kind, network, pictures)
    np.testing.assert_allclose(frame.float_picture, expected, atol=1e-5)
    assert np.abs(frame.picture / 255 - expected).max() <= 1 / 255
    assert frame.depth is None
    assert renderer.facts.backend == kind
    renderer.close()


@pytest.mark.parametrize("kind", CONFIGS)
def test_a_frame_can_be_given_up_between_its_stages(kind) -> None:
    class GivenUpError(Exception):
        pass

    def give_up() -> None:
        raise GivenUpError

    renderer = create_renderer(picture_scene(kind)[0], "cpu", "float32")
    with pytest.raises(GivenUpError):
        renderer.render(CAMERA, between_stages=give_up)
    renderer.close()


def test_what_only_voxels_have_is_refused_in_one_line() -> None:
    scene = picture_scene("pix2pix")[0]
    with pytest.raises(UserError, match=r"Pix2Pix has no voxels"):
        _ = scene.voxel_config
    with pytest.raises(DeviceError, match=r"for DeepVoxels scenes; pix2pix is of the system"):
        create_renderer(scene, "cpu", "int8")


@pytest.mark.parametrize("kind", ["tatarchenko", "worrall"])
def test_missing_and_misshapen_codes_are_named(kind) -> None:
    scene = picture_scene(kind)[0]
    tensors = scene.weights.load("")
    check_renderable(scene.weights, scene.config)
    without = {name: tensor for name, tensor in tensors.items() if name != CODES}
    with pytest.raises(CheckpointError, match=r"missing tensor codes"):
        check_renderable(MemoryWeights(without), scene.config)
    shorter = tensors | {CODES: tensors[CODES][:2]}
    with pytest.raises(CheckpointError, match=r"codes \[2, 30\] and code_poses \[3, 4, 4\]"):
        check_renderable(MemoryWeights(shorter), scene.config)


def test_the_encoder_is_not_needed_for_rendering() -> None:
    scene = picture_scene("worrall")[0]
    tensors = scene.weights.load("")
    without = {name: t for name, t in tensors.items() if not name.startswith("encoder.")}
    check_renderable(MemoryWeights(without), scene.config)
