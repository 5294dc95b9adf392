"""Frames that are given up between their stages."""

import numpy as np
import pytest
import torch

from dvox_core.errors import Cancelled
from dvox_core.rendering.fused.convolutions import Target
from dvox_core.rendering.plain_renderer import PlainRenderer
from dvox_core.rendering.torch_renderer import TorchRenderer
from tests.helpers.scenes import SMALL, SMALL_COLLAPSE, random_scene

CPU = torch.device("cpu")


def plain(scene):
    return PlainRenderer(scene, CPU)


def fast(scene):
    return TorchRenderer(scene, Target(CPU, torch.float32))


def opportunities(renderer, camera) -> int:
    """How often a frame can be given up."""
    asked = []
    renderer.render(camera, between_stages=lambda: asked.append(1))
    return len(asked)


@pytest.mark.parametrize("config", [SMALL, SMALL_COLLAPSE])
@pytest.mark.parametrize("make", [plain, fast])
def test_a_frame_given_up_anywhere_leaves_the_next_one_as_it_was(make, config):
    scene = random_scene(config)
    renderer = make(scene)
    first, second = (view.camera for view in scene.cameras[:2])
    expected = renderer.render(first).picture
    count = opportunities(renderer, second)
    for stop_at in range(count):
        left = stop_at

        def give_up():
            nonlocal left
            left -= 1
            if left < 0:
                raise Cancelled

        with pytest.raises(Cancelled):
            renderer.render(second, between_stages=give_up)
        assert np.array_equal(renderer.render(first).picture, expected)


def test_the_rendering_network_can_be_given_up_between_its_layers():
    scene = random_scene(SMALL)
    camera = scene.cameras[0].camera
    # More often than between stages: at full size the rendering network is most of a frame.
    assert opportunities(fast(scene), camera) >= opportunities(plain(scene), camera) + 4
