"""Masks picture by picture by rembg, an optional package whose model its user downloads."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from dvox_core.data.capture import View
from dvox_core.data.loading import load_capture
from dvox_core.errors import CaptureError
from dvox_core.program import install_command
from dvox_core.radiance_field.object_masks import Mask, MaskReport, Progress, write_masked

MODEL = "u2net"
"""176 MB. U²-Net's authors say that their models stand under their code's licence, Apache-2.0, and
that the pictures they were trained on (DUTS) have licences of their own. What rembg takes by itself
has changed, to bria-rmbg: a gigabyte, and by its makers' licence not free for commercial use."""


def mask_by_rembg(path: Path, out: Path, progress: Progress, background: str) -> MaskReport:
    """As `mask_capture`, with masks by rembg, which knows pictures and no geometry.

    Raises:
        CaptureError: rembg is not installed, its model cannot be had, or a file cannot be used.
    """
    capture = load_capture(path, test_every=0)
    rembg = _rembg()
    try:
        session = rembg.new_session(MODEL)
    except Exception as error:  # of the network, of the disk, of its runtime
        raise CaptureError(
            f"rembg's model {MODEL} cannot be loaded ({_first_line(error)}); it is downloaded at "
            "its first use, which needs the internet and 176 MB"
        ) from error

    def mask_of(view: View, picture: Image.Image) -> Mask:
        # Pixels alone: rembg would turn a picture as its EXIF says, a capture's are not turned.
        found = rembg.remove(Image.fromarray(np.asarray(picture)), session=session, only_mask=True)
        return np.asarray(found.convert("L"), dtype=np.uint8)

    return write_masked(path, capture, out, mask_of, background, progress)


def _rembg() -> Any:
    try:
        return importlib.import_module("rembg")
    except (ImportError, SystemExit) as error:  # without onnxruntime, importing it ends a program
        raise CaptureError(
            f"rembg is not installed; run: {install_command('rembg[cpu]')}"
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
