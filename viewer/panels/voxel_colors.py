"""Colours of voxels in clouds and slices."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dvox_core.inspection.voxel_questions import VoxelAnswer
from dvox_core.rendering.colormaps import colorize


@dataclass(frozen=True, eq=False)
class Found:
    """An answer, and each voxel's colour [G, G, G, 4]; None where it has no quantity."""

    answer: VoxelAnswer
    rgba: NDArray[np.uint8] | None


def colored(answer: VoxelAnswer) -> Found:
    """An answer in its legend's colours, or in its own."""
    volume = answer.volume
    if volume is None:
        return Found(answer, None)
    legend = volume.legend
    if volume.colors is None:
        return Found(answer, colorize(volume.values, legend.low, legend.high, legend.colormap))
    rgba = np.full((*volume.values.shape, 4), 255, dtype=np.uint8)
    rgba[..., :3] = np.rint(np.moveaxis(volume.colors, 0, -1) * 255)
    return Found(answer, rgba)
