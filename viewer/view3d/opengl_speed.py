"""Measures once, in a thread, whether OpenGL is fast enough here to paint 3D views."""

import logging
import os
import threading
import time
from functools import cache

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QGuiApplication, QOffscreenSurface, QOpenGLContext

from viewer.qt_classes import qt_classes
from viewer.view3d.opengl_support import WINDOWLESS_PLATFORMS, core_profile

MAX_MS_PER_MEGAPIXEL = 1.0
"""Of filling and blending; llvmpipe needs 6 on two cores, graphics processors under 0.2."""

CANVAS_VARIABLE = "DVOX_CANVAS"
SIDE, ROUNDS = 1024, 4

_log = logging.getLogger(__name__)


class OpenGLSpeed(QObject):
    """Says whether OpenGL is to paint 3D views; False until that is known.

    `DVOX_CANVAS` overrules it, as it does for the picture.
    """

    measured = Signal()

    def __init__(self, parent: QObject | None) -> None:
        super().__init__(parent)
        self.suffices = False
        self._thread: threading.Thread | None = None
        self._asked_for = os.environ.get(CANVAS_VARIABLE, "").lower()
        has_windows = QGuiApplication.platformName() not in WINDOWLESS_PLATFORMS
        self._needed = has_windows and self._asked_for in ("", "opengl")

    def measure(self) -> None:
        """Begin to measure, unless that was done or nobody needs to know."""
        if not self._needed:
            return
        self._needed = False
        self._surface = QOffscreenSurface()  # is made on the window's thread, and outlives its use
        self._surface.setFormat(core_profile())
        self._surface.create()
        qt_classes().when_made(self._start)  # for what is imported in the thread

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="Measuring OpenGL", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            if self._asked_for != "opengl" and not self._is_fast():
                return
            import viewer.view3d.opengl_painter  # noqa: F401 - takes 0.2 s, so it is done here
        except Exception:
            _log.info("OpenGL does not paint 3D views", exc_info=True)
            return
        self.suffices = True
        self.measured.emit()

    def _is_fast(self) -> bool:
        context = QOpenGLContext()
        context.setFormat(core_profile())
        if not context.create() or not context.makeCurrent(self._surface):
            return False
        speed = _ms_per_megapixel()
        context.doneCurrent()
        _log.info("OpenGL fills a megapixel in %.2f ms", speed)
        return speed <= MAX_MS_PER_MEGAPIXEL


def _ms_per_megapixel() -> float:
    """By scaled copies between two textures of the current context, by PyOpenGL.

    It calls foreign functions without Python's lock: the first copy takes llvmpipe 0.3 s.
    """
    from OpenGL import GL

    frames = GL.glGenFramebuffers(2)
    textures = GL.glGenTextures(2)
    for frame, texture in zip(frames, textures, strict=True):
        GL.glBindTexture(GL.GL_TEXTURE_2D, texture)
        GL.glTexImage2D(
            GL.GL_TEXTURE_2D, 0, GL.GL_RGBA8, SIDE, SIDE, 0, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE, None
        )
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, frame)
        GL.glFramebufferTexture2D(
            GL.GL_FRAMEBUFFER, GL.GL_COLOR_ATTACHMENT0, GL.GL_TEXTURE_2D, texture, 0
        )
    GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, frames[0])
    GL.glBindFramebuffer(GL.GL_DRAW_FRAMEBUFFER, frames[1])

    def copy() -> None:
        area = (0, 0, SIDE - 24, SIDE - 24, 0, 0, SIDE, SIDE)  # scaled: a plain copy may be cheap
        GL.glBlitFramebuffer(*area, GL.GL_COLOR_BUFFER_BIT, GL.GL_LINEAR)

    copy()
    GL.glFinish()
    began = time.perf_counter()
    for _ in range(ROUNDS):
        copy()
    GL.glFinish()
    spent = time.perf_counter() - began
    GL.glDeleteFramebuffers(2, frames)
    GL.glDeleteTextures(textures)
    return spent * 1000 / (ROUNDS * (SIDE / 1024) ** 2)


@cache
def opengl_speed() -> OpenGLSpeed:
    """The application's only one."""
    return OpenGLSpeed(QCoreApplication.instance())
