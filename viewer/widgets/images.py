"""QImages from arrays."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from dvox_core.rendering.colormaps import table
from dvox_core.rendering.frame import Frame, without_border

Format = QImage.Format


def array_image(
    pixels: NDArray[np.uint8],  # [H, W, 3], or [H, W, 4] whose fourth channel is ignored
) -> QImage:
    """An opaque picture that owns its pixels."""
    is_rgb = pixels.shape[2] == 3
    return _image(pixels, Format.Format_RGB888 if is_rgb else Format.Format_RGBX8888)


def rgba_image(
    pixels: NDArray[np.uint8],  # [H, W, 4], colours as they are, and the opacity
) -> QImage:
    """A picture with opacities that owns its pixels."""
    return _image(pixels, Format.Format_RGBA8888)


def premultiplied_image(
    pixels: NDArray[np.uint8],  # [H, W, 4], colours multiplied by the opacity
) -> QImage:
    """A picture with opacities that owns its pixels."""
    return _image(pixels, Format.Format_RGBA8888_Premultiplied)


def frame_image(frame: Frame) -> QImage:
    """A frame's picture without its untrained border."""
    return array_image(without_border(frame.picture))


def color_ramp(colormap: str) -> QImage:
    """A colour map's 256 colours side by side."""
    return array_image(table(colormap)[None])


def _image(pixels: NDArray[np.uint8], image_format: QImage.Format) -> QImage:
    pixels = np.ascontiguousarray(pixels)
    height, width, channels = pixels.shape
    borrowed = QImage(pixels.data, width, height, channels * width, image_format)
    return borrowed.copy()  # the array goes, the image stays
