"""Which views of a capture train, and which ones the run is watched by."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dvox_core.data.capture import Capture, View
from dvox_core.errors import CaptureError, UserError

LARGEST_SHARE = 0.1
"""Of the training views, held out for validation where a capture has no validation split."""


@dataclass(frozen=True)
class RunViews:
    """The views of a run.

    Attributes:
        capture: with the split that holds for this run.
        watched: the views that are rendered and scored as it goes on; never test views.
        held_out: file names of the training views that validate instead.
        line: on where the scores come from, for the user.
    """

    capture: Capture
    watched: tuple[View, ...]
    held_out: tuple[str, ...]
    line: str

    @property
    def are_judges(self) -> bool:
        """Whether the watched views are kept out of training, so that their scores tell."""
        return self.watched[0].split == "validation"


def choose_views(
    capture: Capture, pattern: str, count: int, held_out: Sequence[str] | None = None
) -> RunViews:
    """Decide which views train, and which ones the run is watched by.

    A validation split of the capture's own is kept. Otherwise training views are held out of
    training, so that test views stay untouched; where none are, training views are watched.

    Args:
        pattern: see `select_training_views`.
        count: at most so many views are watched.
        held_out: what was held out when the run began; None for a new run, where `count` views,
            evenly spread, at most a tenth of the training views, are.

    Raises:
        UserError, CaptureError: see `select_training_views`.
    """
    capture = select_training_views(capture, pattern)
    own = capture.split("validation")
    if own:
        watched = _spread(own, max(1, count))
        some = f"{len(watched)} of " if len(watched) < len(own) else ""
        line = f"Validated on {some}the capture's {len(own)} validation views"
        return RunViews(capture, watched, (), line)
    train = capture.split("train")
    if held_out is None:
        held = _spread(train, min(count, int(len(train) * LARGEST_SHARE)))
    else:
        held = tuple(view for view in train if view.picture_path.name in held_out)
    names = tuple(view.picture_path.name for view in held)
    if not held:
        line = "No views are held out for validation: the scores are of training views"
        return RunViews(capture, _spread(train, max(1, count)), (), line)
    views = tuple(
        replace(view, split="validation")
        if view.split == "train" and view.picture_path.name in names
        else view
        for view in capture.views
    )
    capture = replace(capture, views=views)
    kept = len(train) - len(held)
    line = f"Validated on {len(held)} training views that are held out; {kept} train"
    return RunViews(capture, _spread(capture.split("validation"), max(1, count)), names, line)


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
