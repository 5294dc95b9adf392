"""Masks picture by picture by rembg, an optional package whose model its user downloads."""

import importlib
from pathlib import Path

import numpy as np
from PIL import Image

from dvox_core.data.capture import View
from dvox_core.data.loading import load_capture
from dvox_core.errors import CaptureError
from dvox_core.program import install_command
from dvox_core.radiance_field.object_masks import Mask, MaskReport, Progress, write_masked


def mask_by_rembg(path: Path, out: Path, progress: Progress, background: str) -> MaskReport:
    """As `mask_capture`, with masks by rembg, which knows pictures and no geometry.

    Raises:
        CaptureError: rembg is not installed, or a file cannot be used.
    """
    try:
        rembg = importlib.import_module("rembg")
    except ImportError as error:
        raise CaptureError(
            f"rembg is not installed; run: {install_command('rembg[cpu]')}"
        ) from error
    session = rembg.new_session()

    def mask_of(view: View, picture: Image.Image) -> Mask:
        found = rembg.remove(picture, session=session, only_mask=True)
        return np.asarray(found.convert("L"), dtype=np.uint8)

    return write_masked(path, load_capture(path, test_every=0), out, mask_of, background, progress)
