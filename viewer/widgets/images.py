"""QImages from arrays."""

import numpy as np
from PySide6.QtGui import QImage

from dvox_core.rendering.frame import Frame, without_border


def frame_image(frame: Frame) -> QImage:
    """A frame's picture without its untrained border."""
    picture = np.ascontiguousarray(without_border(frame.picture))
    height, width = picture.shape[:2]
    image = QImage(picture.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return image.copy()  # the array goes, the image stays
