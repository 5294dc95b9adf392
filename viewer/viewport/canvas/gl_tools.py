"""Small helpers around OpenGL: programs from sources, textures from pixels."""

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from OpenGL import GL
from OpenGL.GL import shaders


def link(sources: Mapping[int, str], constants: Mapping[str, str] | None = None) -> int:
    """A program of shaders by their kind; names in `constants` are replaced by their values.

    Not validated: that needs a vertex array to be bound, on some drivers.

    Raises:
        RuntimeError: they do not link; compiling raises PyOpenGL's own.
    """
    program = int(GL.glCreateProgram())
    parts = []
    for kind, source in sources.items():
        for word, value in (constants or {}).items():
            source = re.sub(rf"\b{word}\b", value, source)
        parts.append(shaders.compileShader(source, kind))
    for part in parts:
        GL.glAttachShader(program, part)
    GL.glLinkProgram(program)
    for part in parts:
        GL.glDeleteShader(part)
    if not GL.glGetProgramiv(program, GL.GL_LINK_STATUS):
        raise RuntimeError(f"shaders do not link: {GL.glGetProgramInfoLog(program)!r}")
    return program


def make_texture() -> int:
    """A texture that is linear between its pixels and clamped at its edges."""
    texture = int(GL.glGenTextures(1))
    GL.glBindTexture(GL.GL_TEXTURE_2D, texture)
    for which, value in (
        (GL.GL_TEXTURE_MIN_FILTER, GL.GL_LINEAR),
        (GL.GL_TEXTURE_MAG_FILTER, GL.GL_LINEAR),
        (GL.GL_TEXTURE_WRAP_S, GL.GL_CLAMP_TO_EDGE),
        (GL.GL_TEXTURE_WRAP_T, GL.GL_CLAMP_TO_EDGE),
    ):
        GL.glTexParameteri(GL.GL_TEXTURE_2D, which, value)
    return texture


def upload(texture: int, rgba: NDArray[np.uint8], same_size: bool = False) -> None:
    """Put pixels [H, W, 4] into a texture, in place of as many where it has the same size."""
    pixels = np.ascontiguousarray(rgba)
    height, width = pixels.shape[:2]
    GL.glBindTexture(GL.GL_TEXTURE_2D, texture)
    GL.glPixelStorei(GL.GL_UNPACK_ALIGNMENT, 4)
    kind = (GL.GL_RGBA, GL.GL_UNSIGNED_BYTE, pixels)
    if same_size:
        GL.glTexSubImage2D(GL.GL_TEXTURE_2D, 0, 0, 0, width, height, *kind)
    else:
        GL.glTexImage2D(GL.GL_TEXTURE_2D, 0, GL.GL_RGBA8, width, height, 0, *kind)
