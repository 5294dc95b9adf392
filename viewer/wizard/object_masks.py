"""Finds the object of a source and changes its masks, off the window's thread."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dvox_core.atomic_files import atomic_file
from dvox_core.child_process import Message, ProcessEndedError, run_in_child_process
from dvox_core.data.object_folder import ObjectFolder
from dvox_core.errors import CaptureError, UserError
from viewer.wizard.plan import FoundSource

Report = Callable[[float, str], None]
Mask = NDArray[np.uint8]

SHARES = {"importing pictures": (0.0, 0.05), "finding the object": (0.05, 0.9)}
"""Where each part of the work begins and ends; the rest is the last."""


def find_object(found_source: FoundSource, out: Path, progress: Report) -> Path:
    """Find the object in a process of its own.

    Args:
        found_source: whose pictures.
        out: a folder that does not exist yet.
        progress: as operations report it; may raise `Cancelled`.

    Raises:
        UserError: nothing was found, or something could not be written.
    """
    state = (0.0, "looking at pictures")

    def receive(message: Message) -> None:
        nonlocal state
        if "progress" in message:
            done, total, what = message["progress"]
            begin, end = SHARES.get(what, (0.9 if what.startswith("masking") else 0.0, 1.0))
            share = begin + (end - begin) * done / max(total, 1)
            state = (max(state[0], share), str(what))

    try:
        run_in_child_process(
            "dvox_core.radiance_field.finding_process",
            {"source": str(found_source.path), "out": str(out)},
            receive,
            lambda: progress(*state),
        )
    except ProcessEndedError as error:
        raise UserError(
            f"the process that finds the object ended with code {error.code}; start again, or go "
            "on without masks"
        ) from error
    return out


def set_threshold(folder: Path, threshold: float, kept: frozenset[str], progress: Report) -> None:
    """Make all masks anew but those that were mended by hand.

    Args:
        folder: of the object.
        threshold: share of a pixel that the object covers at least.
        kept: names of views whose masks stay.
        progress: as operations report it; may raise `Cancelled`.

    Raises:
        UserError: a file cannot be read or written.
    """
    from dvox_core.radiance_field.object_masks import mask_again

    found = ObjectFolder.read(folder)
    for number, view in enumerate(found.files):
        progress(number / len(found.files), "making masks")
        if view not in kept:
            write_mask(found, view, mask_again(found.coverage_path(view), threshold))


def write_mask(found: ObjectFolder, view: str, mask: Mask) -> None:
    """Write a view's mask, [H, W], whole."""
    with atomic_file(found.mask_path(view)) as temporary:
        Image.fromarray(mask).save(temporary, format="PNG")


def read_mask(path: Path) -> Mask:
    """[H, W] uint8: white is the object.

    Raises:
        CaptureError: it cannot be read.
    """
    try:
        with Image.open(path) as file:
            return np.asarray(file.convert("L"))
    except (OSError, ValueError) as error:
        raise CaptureError(f"{path}: cannot be read; find the object again") from error


def masked_picture(picture: Mask, mask: Mask, plain: int = 128) -> Mask:
    """[H, W, 3]: a picture whose mask [h, w] leaves it as it is, and pale around.

    Args:
        picture: [H, W, 3].
        mask: of the same shape, in any resolution.
        plain: the grey that surroundings fade into.
    """
    size = (picture.shape[1], picture.shape[0])
    share = Image.fromarray(mask).resize(size, Image.Resampling.BILINEAR)
    weight = np.asarray(share, dtype=np.float32)[..., None] / 255
    around = 0.25 * picture + 0.75 * plain
    return np.asarray(np.round(weight * picture + (1 - weight) * around), dtype=np.uint8)
