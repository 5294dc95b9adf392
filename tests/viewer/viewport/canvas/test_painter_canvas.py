"""The canvas without OpenGL: what it makes anew, and what it shows again."""

import numpy as np
import pytest

from dvox_core.rendering.reprojection.warp_sources import warp_source
from tests.helpers.fakes import fake_frame, fake_scene
from viewer.viewport.canvas.content import CanvasContent, Warp
from viewer.viewport.canvas.cpu_warp import CpuWarp
from viewer.viewport.canvas.painter_canvas import PainterCanvas

SCENE = fake_scene()


@pytest.fixture
def content():
    frame = fake_frame(SCENE, SCENE.start_camera)
    rgba = np.dstack([frame.picture, np.full(frame.picture.shape[:2], 255, np.uint8)])
    source = warp_source(frame, rgba, SCENE.frustum, SCENE.pivot, 128)
    lens = SCENE.intrinsics.scaled_to(SCENE.config.image_size)
    return CanvasContent(None, 0.0, Warp((source,), (1.0,), SCENE.start_camera, lens))


def test_a_warp_is_made_once_a_view_however_often_it_is_painted(qtbot, monkeypatch, content):
    made = []
    image = CpuWarp.image
    monkeypatch.setattr(CpuWarp, "image", lambda self, warp: made.append(warp) or image(self, warp))
    canvas = PainterCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(200, 200)
    canvas.show()
    canvas.show_view(content)
    first = canvas.grab().toImage()
    assert canvas.grab().toImage() == first
    assert len(made) == 1
    canvas.show_view(CanvasContent(None, 0.0, Warp(*vars(content.warp).values())))  # another view
    canvas.grab()
    assert len(made) == 2
