"""The warp of pictures on the CPU."""

import numpy as np
import pytest

from dvox_core.rendering.frame import BORDER
from dvox_core.rendering.reprojection import warp_numba as reprojection_fast
from dvox_core.rendering.reprojection.warp_sources import warp_source
from tests.helpers.fakes import fake_frame, fake_scene
from viewer.viewport.canvas.content import Warp
from viewer.viewport.canvas.cpu_warp import MAX_PIXELS, MIN_PIXELS, CpuWarp


@pytest.fixture(scope="module")
def compiled():
    """The warp is there from the first painting on."""
    reprojection_fast.warm_up()


def test_the_cpu_warps_smaller_pictures_where_it_is_slow(compiled):
    scene = fake_scene(side=512)
    frame = fake_frame(scene, scene.start_camera)
    colors = np.zeros((512 - 2 * BORDER,) * 2 + (4,), np.uint8)
    source = warp_source(frame, colors, scene.frustum, scene.pivot, MAX_PIXELS)
    warp = Warp((source,), (1.0,), frame.camera, scene.intrinsics.scaled_to(512))
    slow = CpuWarp()
    assert slow.image(warp).width() == 251  # whole blocks of 2 × 2 pixels
    for _ in range(200):
        slow.learn(50.0)
    assert slow.side == MIN_PIXELS
    assert slow.image(warp).width() == MIN_PIXELS


def test_until_the_warp_is_compiled_the_picture_stays_as_it_is(monkeypatch):
    monkeypatch.setattr(reprojection_fast, "is_warm", lambda: False)
    scene = fake_scene()
    frame = fake_frame(scene, scene.start_camera)
    colors = np.full((118, 118, 4), 200, np.uint8)
    source = warp_source(frame, colors, scene.frustum, scene.pivot)
    warp = Warp((source,), (1.0,), scene.cameras[1].camera, scene.intrinsics.scaled_to(128))
    image = CpuWarp().image(warp)
    assert (image.width(), image.pixelColor(3, 3).red()) == (118, 200)
