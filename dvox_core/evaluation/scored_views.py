"""Which views of a capture a scene is scored on, and what it has seen of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.spatial import cKDTree

from dvox_core.data.capture import Capture, View
from dvox_core.errors import CaptureError
from dvox_core.model.scene import Scene

Split = Literal["test", "validation", "train"]

SAME_POSE = 1e-5
"""Poses are of one view if no number of the matrices differs by more than this."""


@dataclass(frozen=True)
class ScoredViews:
    """The views to score on.

    Attributes:
        capture: with the split that holds for the scoring.
        split: of the views in it.
        line: which views they are, and how many of how many.
        notes: lines for the user on what makes the scores tell less.
    """

    capture: Capture
    split: Split
    line: str
    notes: tuple[str, ...]


def choose_scored_views(
    scene: Scene, capture: Capture, split: Split, *, has_splits: bool
) -> ScoredViews:
    """Decide what to score on.

    A split of the capture's own is taken as it is. A folder that has none is scored whole, unless
    it is the capture that the scene was trained on: then the scene knows which views were kept
    from it.

    Args:
        has_splits: whether the capture has splits of its own.

    Raises:
        CaptureError: the split has no views.
    """
    seen = _splits_in_training(scene, capture.views)
    if has_splits:
        views = views_of(capture, split)
        line = f"the {split} views of {capture.name}"
    elif all(seen) and split in seen and len(set(seen)) > 1:
        capture = replace(
            capture,
            views=tuple(
                replace(view, split=own) for view, own in zip(capture.views, seen, strict=True)
            ),
        )
        views = capture.split(split)
        line = f"the {split} views of the training of {scene.name}"
    else:
        capture = replace(
            capture, views=tuple(replace(view, split=split) for view in capture.views)
        )
        views = capture.views
        line = f"all of {capture.name}, which has no splits"
    trained = [
        own
        for view, own in zip(capture.views, seen, strict=True)
        if view.split == split and own == "train"
    ]
    notes: tuple[str, ...] = ()
    if trained and split != "train":
        notes = (
            f"{scene.name} was trained on {len(trained)} of the {len(views)} views that are "
            "scored; their scores tell nothing of new views",
        )
    line = f"{len(views)} of {len(capture.views)} views: {line}"
    return ScoredViews(capture, split, line, notes)


def views_of(capture: Capture, split: Split) -> tuple[View, ...]:
    """The views of a split.

    Raises:
        CaptureError: it has none.
    """
    views = capture.split(split)
    if not views:
        others = sorted({view.split for view in capture.views})
        raise CaptureError(
            f"{capture.name}: has no {split} views; use --split {' or '.join(others)}"
        )
    return views


def _splits_in_training(scene: Scene, views: Sequence[View]) -> list[str]:
    """The split that each view had when the scene was trained; "" where the scene has it not."""
    known = [view for view in scene.cameras if view.split in ("train", "validation", "test")]
    if not known:
        return [""] * len(views)
    tree = cKDTree(np.array([view.camera.camera_to_world.ravel() for view in known]))
    wanted = np.array([view.camera.camera_to_world.ravel() for view in views])
    distances, nearest = tree.query(wanted, p=np.inf)
    return [
        known[index].split if distance <= SAME_POSE else ""
        for index, distance in zip(nearest, distances, strict=True)
    ]
