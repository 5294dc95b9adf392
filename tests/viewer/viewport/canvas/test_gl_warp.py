"""The warp of pictures by OpenGL, against that on the CPU."""

import os

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QMainWindow

from dvox_core.rendering.frame import without_border
from dvox_core.rendering.reprojection import warp_numba as reprojection_fast
from dvox_core.rendering.reprojection.warp import WarpTarget
from dvox_core.rendering.reprojection.warp_sources import warp_source
from tests.helpers.fakes import fake_frame, fake_scene
from tests.helpers.viewports import turned
from viewer.viewport.canvas import create
from viewer.viewport.canvas.content import CanvasContent, Warp
from viewer.viewport.navigation.camera_motion import OrbitPose, orbit


@pytest.fixture(scope="module", autouse=True)
def compiled():
    """The warp is there from the first painting on."""
    reprojection_fast.warm_up()


@pytest.mark.gl
def test_both_canvases_show_the_same_warp(qtbot, themes, monkeypatch):
    if QGuiApplication.platformName() != "xcb":
        pytest.skip("needs OpenGL: run under Xvfb")
    from viewer.viewport.canvas.gl_canvas import GLCanvas

    scene = fake_scene()
    start = OrbitPose(scene.start_camera, scene.pivot)
    frames = [
        fake_frame(scene, orbit(start, scene.up_axis, np.radians(angle), 0.0).camera)
        for angle in (25, -8)
    ]
    sources = []
    for frame in frames:
        colors = np.full((118, 118, 4), 255, np.uint8)
        colors[..., :3] = without_border(frame.picture)
        sources.append(warp_source(frame, colors, scene.frustum, scene.pivot))
    lens = scene.intrinsics.scaled_to(128)
    warp = Warp(tuple(sources), (0.4, 0.6), scene.start_camera, lens)
    window, gl_canvas = QMainWindow(), GLCanvas()
    window.setCentralWidget(gl_canvas)
    window.resize(330, 360)
    window.show()
    qtbot.waitExposed(window)
    gl_canvas.show_view(CanvasContent(None, 0.0, warp))
    image = gl_canvas.grabFramebuffer().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    pixels = rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)
    place = gl_canvas.place.scaled(gl_canvas.devicePixelRatioF())
    top, left, side = round(place.y), round(place.x), round(place.width)
    drawn = pixels[top : top + side, left : left + side].astype(int)
    target = WarpTarget(scene.start_camera, lens, side)
    wanted = reprojection_fast.FastWarp()(sources, [0.4, 0.6], target)[..., :3]
    difference = np.abs(drawn - wanted)
    assert np.percentile(difference, 99) <= 2
    assert (difference > 8).mean() < 1e-3
    window.close()
    window.deleteLater()


@pytest.mark.gl
@pytest.mark.skipif(
    not os.environ.get("DISPLAY") or os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal"),
    reason="needs a display with OpenGL: run under Xvfb",
)
def test_opengl_that_fails_at_a_warp_gives_way_to_qpainter(
    qtbot, make_window, monkeypatch, tmp_path
):
    from viewer.viewport.canvas import gl_warp

    def fail(*_):
        raise RuntimeError("no frame buffer")

    monkeypatch.setenv(create.CANVAS_VARIABLE, "opengl")
    monkeypatch.setattr(gl_warp.GLWarp, "draw", fail)
    window = make_window()
    viewport = window.viewport
    with qtbot.waitSignal(viewport.picture_shown):
        window.files.open(tmp_path / "ball.pth")
    assert viewport.backend_name.startswith("OpenGL")
    viewport.state = window.state
    window.state.set_camera(turned(viewport, 5))
    qtbot.waitUntil(lambda: viewport.backend_name.startswith("QPainter"))
    assert "OpenGL failed" in viewport.backend_name
    with qtbot.waitSignal(viewport.picture_shown):
        window.state.set_camera(turned(viewport, 9))
