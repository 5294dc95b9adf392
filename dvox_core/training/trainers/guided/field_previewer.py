"""Shows the radiance field of a training before the networks have anything to show."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.cameras import Camera


class FieldPreviewer:
    """A `Previewer` by one function."""

    def __init__(self, paint: Callable[[Camera], NDArray[np.uint8]]) -> None:
        self._paint = paint

    def picture(self, camera: Camera) -> NDArray[np.uint8]:
        """[S, S, 3]."""
        return self._paint(camera)
