"""Folders of what was found of an object, as if it had been."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dvox_core.data.object_folder import COVERAGE, MASKS, ObjectFolder

POINTS = np.random.default_rng(5).uniform(-0.4, 0.4, (300, 3)) + (0.1, 0.0, 0.1)


def write_object(
    folder: Path, views: Sequence[str], points: NDArray[np.float64] = POINTS
) -> ObjectFolder:
    """Masks of 40 × 30 pixels whose left half is the object, to 70 %."""
    for name in (MASKS, COVERAGE):
        (folder / name).mkdir(parents=True)
    found = ObjectFolder(folder, points, {view: f"{view}.png" for view in views})
    half = np.zeros((30, 40), dtype=np.uint8)
    half[:, :20] = 255
    for view in views:
        Image.fromarray(half).save(found.mask_path(view))
        Image.fromarray(half // 10 * 7).save(found.coverage_path(view))
    found.write_facts()
    return found
