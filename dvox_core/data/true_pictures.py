"""Reads what rendered pictures are compared with: a view's picture, without its padding."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dvox_core.data.box_crop import load_shown
from dvox_core.data.pictures import load_picture


@dataclass(frozen=True, eq=False)
class TruePicture:
    """A view's picture.

    Attributes:
        pixels: [S, S, 3] uint8.
        shown: [S, S] bool: false where the picture was padded, so that nobody knows what is there;
            None: it was not.
    """

    pixels: NDArray[np.uint8]
    shown: NDArray[np.bool_] | None = None


def load_true_picture(path: Path, side: int) -> TruePicture:
    """The picture of a capture's view at side × side pixels, as training sees it.

    Raises:
        CaptureError: a file cannot be used.
    """
    return TruePicture(load_picture(path, side), load_shown(path, side))
