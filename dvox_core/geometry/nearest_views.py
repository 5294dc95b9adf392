"""Which views look most nearly where a camera looks."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.cameras import Camera


def by_viewing_direction(camera: Camera, others: Sequence[Camera]) -> NDArray[np.int64]:
    """[N]: the numbers of `others` by the angle between viewing directions, ties by distance."""
    directions = np.stack([other.forward for other in others])
    distances = np.array([camera.distance_to(other) for other in others])
    cosines = np.round(directions @ camera.forward, 12)  # equal directions differ by rounding
    return np.lexsort((distances, -cosines))
