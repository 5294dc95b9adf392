"""Makes the canvas that suits the machine."""

import os

from PySide6.QtWidgets import QWidget

from viewer.view3d.opengl_support import opengl_problem
from viewer.viewport.canvas.canvas import Canvas

CANVAS_VARIABLE = "DVOX_CANVAS"


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
