"""Whether OpenGL can paint here, and the surface format it needs."""

from functools import cache

from PySide6.QtGui import QGuiApplication, QOffscreenSurface, QOpenGLContext, QSurfaceFormat

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
