"""The canvas that paints with OpenGL, and its fall back to QPainter."""

import os

import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QMainWindow

from dvox_core.rendering.pictures import (
    Picture,
)
from tests.helpers.viewports import open_scene, pixel
from viewer.viewport.canvas import create
from viewer.viewport.canvas.content import CanvasContent
from viewer.viewport.canvas.letterbox import letterbox

needs_opengl = pytest.mark.skipif(
    not os.environ.get("DISPLAY") or os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal"),
    reason="needs a display with OpenGL: run under Xvfb",
)


def square(color):
    rgba = np.empty((64, 64, 4), np.uint8)
    rgba[...] = (*color, 255)
    rgba[:32, :32, :3] = (255, 0, 0)  # a red quarter at the upper left
    return Picture(rgba)


@pytest.fixture
def gl_canvas(qtbot):
    from viewer.viewport.canvas.gl_canvas import GLCanvas

    if QGuiApplication.platformName() != "xcb":
        pytest.skip("needs OpenGL: run under Xvfb")
    window = QMainWindow()
    made = GLCanvas()
    made.windows = [window]  # kept, as Python would delete them with their names
    problems = []
    made.failed.connect(problems.append)
    window.setCentralWidget(made)
    window.resize(300, 260)
    window.show()
    qtbot.waitExposed(window)
    yield made
    assert not problems
    for window in made.windows:
        if shiboken6.isValid(window):
            window.close()
            window.deleteLater()


def shows(canvas, color):
    """Whether the canvas paints `square(color)` exactly in its letterbox."""
    image = canvas.grabFramebuffer()
    ratio = canvas.devicePixelRatioF()
    place = letterbox(canvas.width(), canvas.height(), ratio, 64, 64)
    right, bottom = place.x + place.width - 1, place.y + place.height - 1
    surround = (1, 2, 3)
    return (
        pixel(image, place.x, place.y) == (255, 0, 0)
        and pixel(image, right, place.y) == color
        and pixel(image, place.x, bottom) == color
        and pixel(image, right, bottom) == color
        and pixel(image, place.x - 1, place.y) == surround
        and pixel(image, right + 1, place.y) == surround
        and pixel(image, right, place.y - 1) == surround
        and pixel(image, right, bottom + 1) == surround
    )


@pytest.mark.gl
@needs_opengl
def test_opengl_paints_the_picture_upright_in_its_letterbox(qtbot, gl_canvas):
    gl_canvas.set_surround(QColor(1, 2, 3))
    gl_canvas.show_view(CanvasContent(square((0, 200, 0))))
    with qtbot.waitSignal(gl_canvas.painted):
        gl_canvas.update()
    assert shows(gl_canvas, (0, 200, 0))
    assert gl_canvas.backend_name.startswith("OpenGL ")
    gl_canvas.show_view(CanvasContent(square((0, 0, 200))))
    assert shows(gl_canvas, (0, 0, 200))
    for size in ((411, 303), (200, 390)):
        gl_canvas.window().resize(*size)
        qtbot.wait(50)
        assert shows(gl_canvas, (0, 0, 200))


@pytest.fixture
def own_contexts(qapp):
    """Contexts that are not shared: moving to another window loses them."""
    sharing = Qt.ApplicationAttribute.AA_ShareOpenGLContexts
    before = QCoreApplication.testAttribute(sharing)
    QCoreApplication.setAttribute(sharing, False)
    yield
    QCoreApplication.setAttribute(sharing, before)


@pytest.mark.gl
@needs_opengl
def test_a_lost_context_is_survived_by_reparenting(qtbot, own_contexts, gl_canvas):
    gl_canvas.set_surround(QColor(1, 2, 3))
    gl_canvas.show_view(CanvasContent(square((0, 200, 0))))
    assert shows(gl_canvas, (0, 200, 0))
    lost = []
    for _ in range(3):
        gl_canvas.context().aboutToBeDestroyed.connect(lambda: lost.append(gl_canvas._program))
        former, window = gl_canvas.window(), QMainWindow()
        gl_canvas.windows.append(window)
        window.setCentralWidget(gl_canvas)
        window.resize(320, 240)
        window.show()
        qtbot.waitExposed(window)
        former.close()
        former.deleteLater()
        qtbot.wait(50)
        assert shows(gl_canvas, (0, 200, 0))
    # Released before this slot, which was connected later, was called.
    assert lost == [0, 0, 0], "the context was not lost, or its objects were not released"
    gl_canvas.show_view(CanvasContent(square((0, 0, 200))))
    assert shows(gl_canvas, (0, 0, 200))


@pytest.mark.gl
@needs_opengl
def test_opengl_objects_are_released_with_their_context(qtbot, gl_canvas):
    from OpenGL import GL

    gl_canvas.show_view(CanvasContent(square((0, 200, 0))))
    gl_canvas.grabFramebuffer()
    gl_canvas.makeCurrent()
    texture, program = gl_canvas._texture, gl_canvas._program
    assert GL.glIsTexture(texture)
    assert GL.glIsProgram(program)
    gl_canvas.doneCurrent()
    gl_canvas._release()
    gl_canvas.makeCurrent()
    assert not GL.glIsTexture(texture)
    assert not GL.glIsProgram(program)
    gl_canvas.initializeGL()
    gl_canvas.doneCurrent()
    gl_canvas.set_surround(QColor(1, 2, 3))
    assert shows(gl_canvas, (0, 200, 0))


@pytest.mark.gl
@needs_opengl
def test_both_canvases_show_the_same_picture(qtbot, make_viewport, monkeypatch):
    pictures = []
    for kind in ("opengl", "qpainter"):
        monkeypatch.setenv(create.CANVAS_VARIABLE, kind)
        viewport = make_viewport(size=(500, 400))
        viewport.set_hud_visible(False)
        open_scene(qtbot, viewport)
        assert viewport.backend_name.startswith({"opengl": "OpenGL", "qpainter": "QPainter"}[kind])
        image = viewport.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
        pictures.append(rows[:, : 3 * image.width()].astype(int))
    difference = np.abs(pictures[0] - pictures[1])
    assert difference.mean() < 1.0
    assert np.percentile(difference, 99) < 24


@pytest.mark.gl
@needs_opengl
def test_opengl_that_fails_at_its_first_painting_gives_way_to_qpainter(
    qtbot, make_viewport, monkeypatch
):
    from viewer.viewport.canvas import gl_canvas

    def fail():
        raise RuntimeError("shaders do not link")

    monkeypatch.setattr(gl_canvas, "_program", fail)
    monkeypatch.setenv(create.CANVAS_VARIABLE, "opengl")
    viewport = make_viewport()
    qtbot.waitUntil(lambda: viewport.backend_name.startswith("QPainter"))
    assert "OpenGL failed" in viewport.backend_name
    open_scene(qtbot, viewport)


def test_opengl_that_is_asked_for_and_not_there_gives_way_to_qpainter(
    qtbot, make_viewport, monkeypatch
):
    if QGuiApplication.platformName() != "offscreen":
        pytest.skip("this platform has OpenGL: run offscreen")
    monkeypatch.setenv(create.CANVAS_VARIABLE, "opengl")
    viewport = make_viewport()
    qtbot.waitUntil(lambda: viewport.backend_name.startswith("QPainter"))
    open_scene(qtbot, viewport)
