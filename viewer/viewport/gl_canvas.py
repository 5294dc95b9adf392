"""Shows the picture with OpenGL: one texture on one rectangle."""

import logging

import numpy as np
import shiboken6
from OpenGL import GL
from OpenGL.GL import shaders
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QWidget

from dvox_core.rendering.pictures import Picture
from viewer.viewport.canvas import core_profile
from viewer.viewport.letterbox import Rectangle, letterbox

VERTEX_SHADER = """#version 330 core
out vec2 place;
void main() {
    // Corners (0,0) (1,0) (0,1) (1,1) of a strip; row 0 of the picture is its top.
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    place = vec2(corner.x, 1.0 - corner.y);
    gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}
"""

FRAGMENT_SHADER = """#version 330 core
in vec2 place;
out vec4 color;
uniform sampler2D picture;
void main() {
    color = vec4(texture(picture, place).rgb, 1.0);
}
"""

_log = logging.getLogger(__name__)


class GLCanvas(QOpenGLWidget):
    """A `Canvas` on the GPU.

    Its OpenGL objects live as long as its context: made in `initializeGL`, released when the
    context is about to go (closing, or moving to another window), and made again in the next one,
    where the picture is uploaded anew.
    """

    painted = Signal()
    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFormat(core_profile())
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._picture: Picture | None = None
        self._uploaded: Picture | None = None
        self._surround = QColor("black")
        self._name = "OpenGL"
        self._program = self._vertices = self._texture = 0
        self._texture_size = (0, 0)

    @property
    def backend_name(self) -> str:
        """What paints, with the driver's name once it is known."""
        return self._name

    @property
    def place(self) -> Rectangle:
        """Where the picture lies, logical pixels."""
        return self._device_place().scaled(1 / self.devicePixelRatioF())

    def show_picture(self, picture: Picture | None) -> None:
        """Show `picture`, or only the surroundings."""
        if picture is not self._picture:
            self._picture = picture
            self.update()

    def set_surround(self, color: QColor) -> None:
        """Take `color` around the picture."""
        self._surround = QColor(color)
        self.update()

    def as_widget(self) -> QWidget:
        """This widget."""
        return self

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, or say that there is no context to paint with."""
        super().paintEvent(event)
        if not self.isValid():
            self.failed.emit("no OpenGL context could be made")

    def initializeGL(self) -> None:
        """Make the OpenGL objects in a context that is new."""
        self._forget()
        self.context().aboutToBeDestroyed.connect(self._release)
        try:
            self._name = _backend_name()
            # Compiled without validation: that needs a vertex array to be bound, on some drivers.
            self._program = _program()
            self._vertices = int(GL.glGenVertexArrays(1))
            self._texture = int(GL.glGenTextures(1))
            GL.glBindTexture(GL.GL_TEXTURE_2D, self._texture)
            for which, value in (
                (GL.GL_TEXTURE_MIN_FILTER, GL.GL_LINEAR),
                (GL.GL_TEXTURE_MAG_FILTER, GL.GL_LINEAR),
                (GL.GL_TEXTURE_WRAP_S, GL.GL_CLAMP_TO_EDGE),
                (GL.GL_TEXTURE_WRAP_T, GL.GL_CLAMP_TO_EDGE),
            ):
                GL.glTexParameteri(GL.GL_TEXTURE_2D, which, value)
        except Exception as error:
            _log.exception("OpenGL could not be set up")
            self._forget()
            self.failed.emit(str(error).splitlines()[0] if str(error) else type(error).__name__)

    def paintGL(self) -> None:
        """Paint the surroundings and the picture."""
        GL.glClearColor(*self._surround.getRgbF()[:3], 1.0)
        GL.glClear(GL.GL_COLOR_BUFFER_BIT)
        if self._picture is not None and self._program:
            self._draw(self._picture)
        self.painted.emit()

    def _draw(self, picture: Picture) -> None:
        place = self._device_place()
        bottom = round(self.height() * self.devicePixelRatioF()) - place.y - place.height
        GL.glViewport(int(place.x), int(bottom), int(place.width), int(place.height))
        GL.glDisable(GL.GL_BLEND)
        GL.glDisable(GL.GL_DEPTH_TEST)
        GL.glActiveTexture(GL.GL_TEXTURE0)
        GL.glBindTexture(GL.GL_TEXTURE_2D, self._texture)
        if self._uploaded is not picture:
            self._upload(picture)
        GL.glUseProgram(self._program)
        GL.glBindVertexArray(self._vertices)
        GL.glDrawArrays(GL.GL_TRIANGLE_STRIP, 0, 4)
        GL.glBindVertexArray(0)
        GL.glUseProgram(0)

    def _upload(self, picture: Picture) -> None:
        pixels = np.ascontiguousarray(picture.rgba)
        height, width = pixels.shape[:2]
        GL.glPixelStorei(GL.GL_UNPACK_ALIGNMENT, 4)
        if (width, height) == self._texture_size:
            GL.glTexSubImage2D(
                GL.GL_TEXTURE_2D, 0, 0, 0, width, height, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE, pixels
            )
        else:
            GL.glTexImage2D(
                GL.GL_TEXTURE_2D,
                0,
                GL.GL_RGBA8,
                width,
                height,
                0,
                GL.GL_RGBA,
                GL.GL_UNSIGNED_BYTE,
                pixels,
            )
            self._texture_size = (width, height)
        self._uploaded = picture

    def _release(self) -> None:
        """Give the OpenGL objects back while their context still lives."""
        # While the widget itself is destroyed its context goes too, and takes them along.
        if not shiboken6.isValid(self) or not self._program:
            return
        self.makeCurrent()
        GL.glDeleteTextures(1, [self._texture])
        GL.glDeleteVertexArrays(1, [self._vertices])
        GL.glDeleteProgram(self._program)
        self._forget()
        self.doneCurrent()

    def _forget(self) -> None:
        self._program = 0
        self._vertices = 0
        self._texture = 0
        self._texture_size = (0, 0)
        self._uploaded = None

    def _device_place(self) -> Rectangle:
        height, width = (1, 1) if self._picture is None else self._picture.rgba.shape[:2]
        return letterbox(self.width(), self.height(), self.devicePixelRatioF(), width, height)


def _program() -> int:
    program = GL.glCreateProgram()
    parts = [
        shaders.compileShader(VERTEX_SHADER, GL.GL_VERTEX_SHADER),
        shaders.compileShader(FRAGMENT_SHADER, GL.GL_FRAGMENT_SHADER),
    ]
    for part in parts:
        GL.glAttachShader(program, part)
    GL.glLinkProgram(program)
    for part in parts:
        GL.glDeleteShader(part)
    if not GL.glGetProgramiv(program, GL.GL_LINK_STATUS):
        raise RuntimeError(f"shaders do not link: {GL.glGetProgramInfoLog(program)!r}")
    return int(program)


def _backend_name() -> str:
    major, minor = (
        int(GL.glGetIntegerv(which)) for which in (GL.GL_MAJOR_VERSION, GL.GL_MINOR_VERSION)
    )
    renderer = GL.glGetString(GL.GL_RENDERER).decode(errors="replace")
    # "llvmpipe (LLVM 15.0.6, 256 bits)", "NVIDIA GeForce RTX 3060/PCIe/SSE2": the name will do.
    short = renderer.split("(")[0].split("/")[0].strip()
    return f"OpenGL {major}.{minor} {short}".strip()
