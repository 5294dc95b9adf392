"""Scores a scene on a capture's views, beside the nearest training view as a baseline."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dvox_core.baselines.nearest_view import NearestViewRenderer
from dvox_core.data.capture import Capture, View
from dvox_core.data.pictures import load_picture
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Intrinsics
from dvox_core.model.scene import Scene
from dvox_core.rendering.renderer import Renderer
from dvox_core.rendering.scores import PictureScore, mean_score, score_picture
from dvox_core.training.run.validation import save_pictures

Split = Literal["test", "validation", "train"]

Progress = Callable[[int, int], None]
"""Called with (views done, of how many)."""


@dataclass(frozen=True)
class ViewScores:
    """One view's scores."""

    name: str
    scene: PictureScore
    nearest: PictureScore


@dataclass(frozen=True)
class HeldOutScores:
    """A scene's scores on the views of a split, in the capture's order."""

    views: tuple[ViewScores, ...]

    @property
    def mean(self) -> PictureScore:
        """The scene's mean over the views."""
        return mean_score([view.scene for view in self.views])

    @property
    def nearest(self) -> PictureScore:
        """The mean of the nearest training views."""
        return mean_score([view.nearest for view in self.views])

    @property
    def worst_first(self) -> tuple[ViewScores, ...]:
        """The views, the lowest PSNR first."""
        return tuple(sorted(self.views, key=lambda view: view.scene.psnr))

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; an infinite PSNR (equal pictures) becomes null."""
        return {
            "mean": _json(self.mean),
            "nearest": _json(self.nearest),
            "views": [{"name": view.name, **_json(view.scene)} for view in self.views],
        }


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


def score_scene(
    renderer: Renderer,
    side: int,
    capture: Capture,
    split: Split = "test",
    pictures: Path | None = None,
    progress: Progress = lambda done, total: None,
) -> HeldOutScores:
    """Render every view of a split and score it; the 5-pixel border is left out as in training.

    Example: `score_scene(renderer, scene.config.image_size, capture, "test").mean.psnr`

    Args:
        renderer: of the scene.
        side: S of its pictures; the true pictures are brought to it as in training.
        capture: with training views for the baseline.
        pictures: folder for NAME.png: truth, rendered, nearest training view, side by side.
        progress: told after every view.

    Raises:
        CaptureError: the split, or the training split, has no views, or a picture is unreadable.
        UserError: a picture could not be written.
    """
    views = views_of(capture, split)
    nearest = NearestViewRenderer(capture.split("train"), capture.placement, side)
    scores = []
    for index, view in enumerate(views):
        truth = load_picture(view.picture_path, side)
        rendered = renderer.render(view.camera).picture
        baseline = nearest.render(view.camera).picture
        if pictures is not None:
            save_pictures(pictures / f"{view.name}.png", truth, rendered, baseline)
        scores.append(
            ViewScores(view.name, score_picture(rendered, truth), score_picture(baseline, truth))
        )
        progress(index + 1, len(views))
    return HeldOutScores(tuple(scores))


def camera_difference(scene: Scene, capture: Capture) -> str:
    """A line for the user if the scene was not trained for this capture's camera or grid; or ""."""
    ours = _relative(scene.intrinsics)
    theirs = _relative(capture.intrinsics)
    if max(abs(one - other) for one, other in zip(ours, theirs, strict=True)) > 1e-3:
        return (
            f"{capture.name} was taken by another camera than {scene.name} was trained with "
            f"(focal length {theirs[0]:.4g} against {ours[0]:.4g} picture heights); "
            "scores mean little"
        )
    if scene.placement != capture.placement:
        return (
            f"{capture.name} places the voxel grid elsewhere than {scene.name}; if it is another "
            "capture, scores mean little"
        )
    return ""


def _relative(intrinsics: Intrinsics) -> tuple[float, float, float]:
    unit = intrinsics.scaled_to(1)
    return unit.focal, unit.principal_x, unit.principal_y


def _json(score: PictureScore) -> dict[str, float | None]:
    psnr = score.psnr if math.isfinite(score.psnr) else None
    return {"psnr": psnr, "ssim": score.ssim}
