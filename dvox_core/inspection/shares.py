"""The voxels that matter most."""

import numpy as np
from numpy.typing import NDArray


def strongest_voxels(
    heat: NDArray[np.float32],  # [G, G, G], not negative
    share: float,  # of the whole heat, 0…1
) -> NDArray[np.bool_]:
    """The fewest voxels that hold a share of the heat together: [G, G, G]."""
    order = np.argsort(heat, axis=None)[::-1]
    sums = np.cumsum(heat.ravel()[order], dtype=np.float64)
    chosen = np.zeros(heat.size, dtype=np.bool_)
    if sums[-1] > 0:
        count = int(np.searchsorted(sums, share * sums[-1])) + 1
        chosen[order[:count]] = True
    return np.asarray((chosen & (heat.ravel() > 0)).reshape(heat.shape))
