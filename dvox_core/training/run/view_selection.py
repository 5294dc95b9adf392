"""Which views of a capture train, and which ones the run is watched by."""

import re
from dataclasses import replace

from dvox_core.data.capture import Capture, View
from dvox_core.errors import CaptureError, UserError

LARGEST_SHARE = 0.1
"""Of the training views, held out for validation where a capture has no validation split."""


def hold_out_validation_views(capture: Capture, count: int) -> tuple[Capture, str]:
    """The capture with a validation split, and a line for the user on where it is from.

    A split of the capture's own is kept. Otherwise `count` training views, evenly spread, at most
    a tenth of them, are held out of training, so that test views stay untouched; where that makes
    none, or `count` is 0, nothing changes.
    """
    own = capture.split("validation")
    if own:
        return capture, f"Validated on the capture's {len(own)} validation views"
    train = capture.split("train")
    held = _spread(train, min(count, int(len(train) * LARGEST_SHARE)))
    if not held:
        return capture, "No views are held out for validation"
    names = {view.picture_path for view in held}
    views = tuple(
        replace(view, split="validation") if view.picture_path in names else view
        for view in capture.views
    )
    kept = len(train) - len(held)
    line = f"Validated on {len(held)} training views that are held out; {kept} train"
    return replace(capture, views=views), line


def validation_views(capture: Capture, count: int) -> tuple[View, ...]:
    """At most `count` views to watch a run by: of the validation, test, or training views."""
    for split in ("validation", "test", "train"):
        views = capture.split(split)
        if views:
            return _spread(views, max(1, count))
    raise CaptureError(f"{capture.name}: has no views; import pictures first")


def select_training_views(capture: Capture, pattern: str) -> Capture:
    """Leave training views out, as the authors' sampling pattern says.

    Args:
        capture: whose other splits stay as they are.
        pattern: "all", or "skip_N" to take one view and leave out the next N.

    Raises:
        UserError: another pattern.
        CaptureError: fewer than two training views are left.
    """
    match = re.fullmatch(r"all|skip_(\d+)", pattern)
    if match is None:
        raise UserError(
            f"sampling pattern “{pattern}”: write all, or skip_N to leave out N views after each"
        )
    stride = int(match[1] or 0) + 1
    kept = {id(view) for view in capture.split("train")[::stride]}
    if stride > 1 and len(kept) < 2:
        raise CaptureError(
            f"{capture.name}: the sampling pattern {pattern} leaves {len(kept)} training view; "
            "leave out fewer"
        )
    views = tuple(view for view in capture.views if view.split != "train" or id(view) in kept)
    return replace(capture, views=views)


def _spread(views: tuple[View, ...], count: int) -> tuple[View, ...]:
    """`count` of the views, evenly spread over their order."""
    if count >= len(views):
        return views
    return tuple(views[int((index + 0.5) * len(views) / count)] for index in range(count))
