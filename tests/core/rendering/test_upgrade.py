"""Looking for a faster renderer while one serves already."""

import pytest

from dvox_core.errors import Cancelled
from dvox_core.rendering.create import create_renderer
from dvox_core.rendering.upgrade import prepare_quick, prepare_upgrade
from tests.helpers.scenes import random_scene


@pytest.mark.parametrize("prepare", [prepare_upgrade, prepare_quick])
def test_looking_for_a_faster_renderer_can_be_cancelled(prepare):
    def cancel(share, text):
        raise Cancelled

    scene = random_scene()
    renderer = create_renderer(scene, "cpu", "float32")
    with pytest.raises(Cancelled):
        prepare(scene, renderer.facts, cancel)
    assert renderer.render(scene.start_camera).picture.any()
