"""Shows the picture with OpenGL: one texture on one rectangle, or warped ones."""

import logging

import shiboken6
from OpenGL import GL
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QWidget

from dvox_core.rendering.pictures import Picture
from viewer.view3d.opengl_support import core_profile
from viewer.viewport.canvas.content import EMPTY, CanvasContent
from viewer.viewport.canvas.gl_tools import link, make_texture, upload
from viewer.viewport.canvas.gl_warp import GLWarp
from viewer.viewport.canvas.letterbox import Rectangle, letterbox

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

ANY_SIDE = 1 << 30

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
        self._shown = EMPTY
        self._warp: GLWarp | None = None
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

    @property
    def max_pixels(self) -> int:
        """Side of pictures beyond which a warp gains nothing: none."""
        return ANY_SIDE

    def show_view(self, shown: CanvasContent) -> None:
        """Show a picture, a warp, or one over the other."""
        before, self._shown = self._shown, shown
        if shown.picture is not before.picture or shown.warped or before.warped:
            self.update()

    def set_surround(self, color: QColor) -> None:
        """Take `color` around the picture."""
        self._surround = QColor(color)
        self.update()

    def as_widget(self) -> QWidget:
        """This widget."""
        return self

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, or report that there is no context to paint with."""
        super().paintEvent(event)
        if not self.isValid():
            self.failed.emit("no OpenGL context could be made")

    def initializeGL(self) -> None:
        """Make the OpenGL objects in a context that is new."""
        self._forget()
        self.context().aboutToBeDestroyed.connect(self._release)
        try:
            self._name = _backend_name()
            self._program = _program()
            self._vertices = int(GL.glGenVertexArrays(1))
            self._texture = make_texture()
            self._warp = GLWarp()
        except Exception as error:
            _log.exception("OpenGL could not be set up")
            self._give_up(error)

    def paintGL(self) -> None:
        """Paint the surroundings and the picture."""
        color = self._surround
        GL.glClearColor(color.redF(), color.greenF(), color.blueF(), 1.0)
        GL.glClear(GL.GL_COLOR_BUFFER_BIT)
        if self._program:
            try:
                self._draw()
            except Exception as error:  # a driver that can do less than it claims
                _log.exception("OpenGL could not paint")
                self._give_up(error)
        self.painted.emit()

    def _give_up(self, error: Exception) -> None:
        self._forget()
        self.failed.emit(str(error).splitlines()[0] if str(error) else type(error).__name__)

    def _draw(self) -> None:
        picture, warp = self._shown.picture, self._shown.warped
        if picture is None and warp is None:
            return
        place = self._device_place()
        bottom = round(self.height() * self.devicePixelRatioF()) - place.y - place.height
        GL.glActiveTexture(GL.GL_TEXTURE0)
        if picture is not None and self._uploaded is not picture:
            self._upload(picture)
        if warp is not None and self._warp is not None:
            from_below = Rectangle(place.x, bottom, place.width, place.height)
            screen = self.defaultFramebufferObject()
            self._warp.draw(self._shown, warp, self._texture, from_below, screen)
            return
        GL.glViewport(int(place.x), int(bottom), int(place.width), int(place.height))
        GL.glDisable(GL.GL_BLEND)
        GL.glDisable(GL.GL_DEPTH_TEST)
        GL.glBindTexture(GL.GL_TEXTURE_2D, self._texture)
        GL.glUseProgram(self._program)
        GL.glBindVertexArray(self._vertices)
        GL.glDrawArrays(GL.GL_TRIANGLE_STRIP, 0, 4)
        GL.glBindVertexArray(0)
        GL.glUseProgram(0)

    def _upload(self, picture: Picture) -> None:
        size = picture.rgba.shape[1], picture.rgba.shape[0]
        upload(self._texture, picture.rgba, same_size=size == self._texture_size)
        self._texture_size, self._uploaded = size, picture

    def _release(self) -> None:
        """Give the OpenGL objects back while their context still lives."""
        # While the widget itself is destroyed its context goes too, and takes them along.
        if not shiboken6.isValid(self) or not self._program:
            return
        self.makeCurrent()
        GL.glDeleteTextures(1, [self._texture])
        GL.glDeleteVertexArrays(1, [self._vertices])
        GL.glDeleteProgram(self._program)
        if self._warp is not None:
            self._warp.release()
        self._forget()
        self.doneCurrent()

    def _forget(self) -> None:
        self._program = 0
        self._warp = None
        self._vertices = 0
        self._texture = 0
        self._texture_size = (0, 0)
        self._uploaded = None

    def _device_place(self) -> Rectangle:
        height, width = self._shown.shape
        return letterbox(self.width(), self.height(), self.devicePixelRatioF(), width, height)


def _program() -> int:
    return link({GL.GL_VERTEX_SHADER: VERTEX_SHADER, GL.GL_FRAGMENT_SHADER: FRAGMENT_SHADER})


def _backend_name() -> str:
    major, minor = (
        int(GL.glGetIntegerv(which)) for which in (GL.GL_MAJOR_VERSION, GL.GL_MINOR_VERSION)
    )
    renderer = GL.glGetString(GL.GL_RENDERER).decode(errors="replace")
    # "llvmpipe (LLVM 15.0.6, 256 bits)", "NVIDIA GeForce RTX 3060/PCIe/SSE2": the name will do.
    short = renderer.split("(")[0].split("/")[0].strip()
    return f"OpenGL {major}.{minor} {short}".strip()
