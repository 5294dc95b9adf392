"""Scores a scene on a capture's views, beside the nearest training view as a baseline."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dvox_core.baselines.nearest_view import NearestViewRenderer
from dvox_core.data.capture import Capture
from dvox_core.data.deepvoxels_layout import read_layout
from dvox_core.data.loading import load_capture
from dvox_core.data.true_pictures import TruePicture, load_true_picture
from dvox_core.errors import CaptureError
from dvox_core.evaluation.scored_views import (
    ScoredViews,
    Split,
    choose_scored_views,
    views_of,
)
from dvox_core.model.scene import Scene
from dvox_core.rendering.renderer import Renderer
from dvox_core.rendering.scores import (
    Distance,
    PictureScore,
    mean_score,
    score_against,
    shows_anything,
    with_padding_right,
)
from dvox_core.training.run.validation import save_pictures

Progress = Callable[[int, int], None]
"""Called with (views done, of how many)."""

Painted = Callable[[str, NDArray[np.uint8], NDArray[np.uint8]], None]
"""Called with a view's name, its true picture and the rendered one, [S, S, 3] each."""


@dataclass(frozen=True)
class ViewScores:
    """One view's scores; `nearest` is None where no training view is there."""

    name: str
    scene: PictureScore
    nearest: PictureScore | None


@dataclass(frozen=True)
class HeldOutScores:
    """A scene's scores on the views of a split, in the capture's order.

    Attributes:
        split: of the views.
        views_in_capture: how many the capture has in all.
    """

    views: tuple[ViewScores, ...]
    split: Split
    views_in_capture: int

    @property
    def mean(self) -> PictureScore:
        """The scene's mean over the views."""
        return mean_score([view.scene for view in self.views])

    @property
    def nearest(self) -> PictureScore | None:
        """The mean of the nearest training views; None where there are none."""
        found = [view.nearest for view in self.views if view.nearest is not None]
        return mean_score(found) if found else None

    @property
    def worst_first(self) -> tuple[ViewScores, ...]:
        """The views, the lowest PSNR first."""
        return tuple(sorted(self.views, key=lambda view: view.scene.psnr))

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; an infinite PSNR (equal pictures) becomes null."""
        return {
            "mean": _json(self.mean),
            "nearest": None if self.nearest is None else _json(self.nearest),
            "split": self.split,
            "views_in_capture": self.views_in_capture,
            "views": [{"name": view.name, **_json(view.scene)} for view in self.views],
        }


SAME_FOCAL = 1e-3
"""Picture heights; focal lengths that differ by less are of one camera."""

CORRECTED_LENS = 0.01
"""Pictures' sides; so far a training may have put the principal point right."""


def score_scene(
    renderer: Renderer,
    side: int,
    capture: Capture,
    split: Split = "test",
    pictures: Path | None = None,
    progress: Progress = lambda done, total: None,
    painted: Painted = lambda name, truth, rendered: None,
    lpips: Distance | None = None,
) -> HeldOutScores:
    """Render every view of a split and score it; the 5-pixel border is left out as in training.

    What a padded picture does not show is left out too, and a view whose picture shows nothing.

    Example: `score_scene(renderer, scene.config.image_size, capture, "test").mean.psnr`

    Args:
        renderer: of the scene.
        side: S of its pictures; the true pictures are brought to it as in training.
        capture: with training views for the baseline, which is left out where it has none.
        pictures: folder for NAME.png: truth, rendered, nearest training view, side by side.
        progress: told after every view.
        painted: given every view's pictures.
        lpips: scores every picture too; None leaves it out.

    Raises:
        CaptureError: the split has no views, they show nothing, or a picture is unreadable.
        UserError: a picture could not be written.
    """
    views = views_of(capture, split)
    training = capture.split("train")
    nearest = NearestViewRenderer(training, capture.placement, side) if training else None
    scores = []
    for index, view in enumerate(views):
        truth = load_true_picture(view.picture_path, side)
        if not shows_anything(truth):
            continue
        rendered = renderer.render(view.camera).picture
        judged = [rendered]
        if nearest is not None:
            judged.append(nearest.render(view.camera).picture)
        if pictures is not None:
            save_pictures(pictures / f"{view.name}.png", truth.pixels, *judged)
        painted(view.name, truth.pixels, rendered)
        scored, *baseline = (_score(picture, truth, lpips) for picture in judged)
        scores.append(ViewScores(view.name, scored, baseline[0] if baseline else None))
        progress(index + 1, len(views))
    if not scores:
        raise CaptureError(f"{capture.name}: its {split} pictures show nothing but padding")
    return HeldOutScores(tuple(scores), split, len(capture.views))


def read_scored_views(scene: Scene, folder: Path, split: Split) -> ScoredViews:
    """Read a capture and decide what to score on; its notes tell of another camera too.

    Raises:
        CaptureError: the capture cannot be read, or the split has no views.
    """
    capture = load_capture(folder, test_every=0)
    has_splits = any(view.split for view in read_layout(folder).views)
    chosen = choose_scored_views(scene, capture, split, has_splits=has_splits)
    difference = camera_difference(scene, capture)
    return replace(chosen, notes=(difference, *chosen.notes)) if difference else chosen


def camera_difference(scene: Scene, capture: Capture) -> str:
    """A line for the user if the scene was not trained for this capture's camera or grid; or ""."""
    ours, theirs = scene.intrinsics.scaled_to(1), capture.intrinsics.scaled_to(1)
    moved = max(
        abs(ours.principal_x - theirs.principal_x), abs(ours.principal_y - theirs.principal_y)
    )
    if abs(ours.focal - theirs.focal) > SAME_FOCAL or moved > CORRECTED_LENS:
        return (
            f"{capture.name} was taken by another camera than {scene.name} was trained with "
            f"(focal length {theirs.focal:.4g} against {ours.focal:.4g} picture heights); "
            "scores mean little"
        )
    if scene.placement != capture.placement:
        return (
            f"{capture.name} places the voxel grid elsewhere than {scene.name}; if it is another "
            "capture, scores mean little"
        )
    return ""


def _score(picture: NDArray[np.uint8], truth: TruePicture, lpips: Distance | None) -> PictureScore:
    score = score_against(picture, truth)
    if lpips is None:
        return score
    return replace(score, lpips=lpips(with_padding_right(picture, truth), truth.pixels))


def _json(score: PictureScore) -> dict[str, float | None]:
    values = {"psnr": score.psnr if math.isfinite(score.psnr) else None, "ssim": score.ssim}
    return values if score.lpips is None else {**values, "lpips": score.lpips}
