"""What paints the picture: one small interface, and the choice between its two painters."""

import os
from functools import cache
from typing import Protocol

from PySide6.QtCore import SignalInstance
from PySide6.QtGui import QColor, QGuiApplication, QOffscreenSurface, QOpenGLContext, QSurfaceFormat
from PySide6.QtWidgets import QWidget

from dvox_core.rendering.pictures import Picture
from viewer.viewport.canvas.content import Shown
from viewer.viewport.canvas.letterbox import Rectangle

CANVAS_VARIABLE = "DVOX_CANVAS"
GL_RENDERER = 0x1F01
SOFTWARE_RENDERERS = (
    "llvmpipe",
    "softpipe",
    "swrast",
    "swiftshader",
    "gdi generic",
    "basic render",
)
WINDOWLESS_PLATFORMS = ("offscreen", "minimal", "vnc", "linuxfb")


class Canvas(Protocol):
    """A widget that shows one picture, letterboxed, and nothing else."""

    painted: SignalInstance  # after each painting
    failed: SignalInstance  # str: it cannot paint here, and why

    @property
    def backend_name(self) -> str:
        """What paints, as shown to people."""
        ...

    @property
    def place(self) -> Rectangle:
        """Where the picture lies, in the canvas's logical pixels."""
        ...

    @property
    def most_pixels(self) -> int:
        """Side of pictures beyond which a warp gains nothing."""
        ...

    def show_picture(self, picture: Picture | None) -> None:
        """Show `picture` from the next painting on, or only the surroundings."""
        ...

    def show_view(self, shown: Shown) -> None:
        """Show a picture, a warp of some, or one over the other, from the next painting on."""
        ...

    def set_surround(self, color: QColor) -> None:
        """Take `color` around the picture."""
        ...

    def as_widget(self) -> QWidget:
        """The widget itself."""
        ...


def core_profile() -> QSurfaceFormat:
    """The surface that the OpenGL canvas needs: 3.3 core, no depth, no multisampling."""
    wanted = QSurfaceFormat()
    wanted.setVersion(3, 3)
    wanted.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    wanted.setDepthBufferSize(0)
    wanted.setStencilBufferSize(0)
    return wanted


@cache
def opengl_problem(allow_software: bool = False) -> str:
    """Why OpenGL is not to paint here, or an empty string. Tried once, on a context of its own.

    Software OpenGL is passed over unless allowed: enlarging and composing a window of 1040 × 720
    by llvmpipe on two cores held the window's thread for 20 to 40 ms and took half of the
    network's time, where QPainter's longest was 9 ms.
    """
    platform = QGuiApplication.platformName()
    if platform in WINDOWLESS_PLATFORMS:
        return f"no OpenGL on the {platform} platform"
    context = QOpenGLContext()
    context.setFormat(core_profile())
    if not context.create():
        return "no OpenGL context could be made"
    surface = QOffscreenSurface()
    surface.setFormat(context.format())
    surface.create()
    try:
        if not context.makeCurrent(surface):
            return "the OpenGL context could not be used"
        renderer = str(context.functions().glGetString(GL_RENDERER))
        context.doneCurrent()
    finally:
        surface.destroy()
    if context.isOpenGLES() or context.format().version() < (3, 3):
        major, minor = context.format().version()
        return f"OpenGL {major}.{minor} is too old, 3.3 is needed"
    is_software = any(name in renderer.lower() for name in SOFTWARE_RENDERERS)
    return "no hardware OpenGL" if is_software and not allow_software else ""


def make_canvas(parent: QWidget) -> tuple[Canvas, str]:
    """The best canvas that works here, and why it is not OpenGL, or an empty string.

    The environment variable `DVOX_CANVAS` overrules the choice: "opengl" (in software too) or
    "qpainter".
    """
    asked_for = os.environ.get(CANVAS_VARIABLE, "").lower()
    if asked_for == "qpainter":
        return make_painter_canvas(parent), f"{CANVAS_VARIABLE} is set"
    problem = opengl_problem(allow_software=asked_for == "opengl")
    if problem:
        return make_painter_canvas(parent), problem
    try:
        from viewer.viewport.canvas.gl_canvas import GLCanvas
    except ImportError as error:
        return make_painter_canvas(parent), f"PyOpenGL cannot be imported: {error}"
    return GLCanvas(parent), ""


def make_painter_canvas(parent: QWidget) -> Canvas:
    """The canvas that works everywhere."""
    from viewer.viewport.canvas.painter_canvas import PainterCanvas

    return PainterCanvas(parent)
