"""Measures whether trust tells of true errors, on views whose pictures are known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from dvox_core.data.capture import View
from dvox_core.data.true_pictures import load_true_picture
from dvox_core.inspection.trust.assessment import TrustAssessor
from dvox_core.inspection.trust.consistency import probe_consistency
from dvox_core.inspection.trust.support import ViewSupport, ray_errors, ray_means
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Extra
from dvox_core.rendering.renderer import Renderer
from dvox_core.rendering.trust_maps import TrustTerm

Progress = Callable[[int, int], None]
"""Called with (views done, of how many)."""

FEWEST_RAYS = 16
"""A view in which fewer rays meet something is left out of the mean over views."""


@dataclass(frozen=True)
class ViewTrust:
    """One view: its mean trust, consistency and error, and the rank correlations in it."""

    name: str
    trust: float
    disagreement: float
    error: float
    correlation: float  # of 1 − trust with the error, over the rays that meet something


@dataclass(frozen=True)
class TrustReport:
    """How well trust tells of the error.

    Attributes:
        correlations: Spearman's rank correlation of 1 − term with the error, over the rays of each
            view that meet something, mean over the views.
        pooled: of 1 − trust, over the rays of all views together.
        with_empty_rays: of 1 − trust, mean over the views, over all rays: those that meet nothing
            count as trusted.
        probe: of the consistency probe's disagreement, as `correlations`.
        of_views: of the views' mean trust with their mean error; NaN for fewer than three views.
    """

    views: tuple[ViewTrust, ...]
    correlations: dict[TrustTerm, float]
    pooled: float
    with_empty_rays: float
    probe: float
    of_views: float

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; what is not known becomes null."""
        return {
            "correlation": _json(self.correlations[TrustTerm.TRUST]),
            "pooled": _json(self.pooled),
            "with_empty_rays": _json(self.with_empty_rays),
            "of_views": _json(self.of_views),
            "probe": _json(self.probe),
            "terms": {
                term.name.lower(): _json(value)
                for term, value in self.correlations.items()
                if term is not TrustTerm.TRUST
            },
            "views": [
                {
                    "name": view.name,
                    "trust": _json(view.trust),
                    "disagreement": _json(view.disagreement),
                    "error": _json(view.error),
                    "correlation": _json(view.correlation),
                }
                for view in self.views
            ],
        }


def measure_trust(
    scene: Scene,
    renderer: Renderer,
    support: ViewSupport,
    views: Sequence[View],
    progress: Progress = lambda done, total: None,
) -> TrustReport:
    """Compare trust and consistency with the true error of every view.

    The error is compared ray by ray: the mean |rendered − true| of a ray's pixels, border and
    padding left out (`ray_errors`).

    Raises:
        CaptureError: a picture is unreadable.
        UserError: the model has no depth weights.
    """
    assessor = TrustAssessor(scene, support)
    found: dict[TrustTerm, list[float]] = {}
    probes, whole, per_view = list[float](), list[float](), list[ViewTrust]()
    all_doubts, all_errors = list[NDArray[Any]](), list[NDArray[Any]]()
    for number, view in enumerate(views):
        frame = renderer.render(view.camera, Extra.VISIBILITY)
        error = ray_errors(frame.picture, load_true_picture(view.picture_path, len(frame.picture)))
        trust = assessor.assess(frame)
        for term, values in trust.maps.items():
            found.setdefault(term, []).append(rank_correlation(1 - values, error))
        doubt = 1 - trust.maps[TrustTerm.TRUST]
        met = np.isfinite(doubt) & np.isfinite(error)
        whole.append(rank_correlation(np.where(np.isfinite(doubt), doubt, 0), error))
        consistency = probe_consistency(scene, renderer, frame, scene.pivot)
        probes.append(rank_correlation(ray_means(consistency.disagreement), error))
        all_doubts.append(doubt[met])
        all_errors.append(error[met])
        mean_error = float(error[met].mean()) if met.any() else float("nan")
        correlation = found[TrustTerm.TRUST][-1]
        mean = trust.mean(TrustTerm.TRUST)
        per_view.append(ViewTrust(view.name, mean, consistency.mean, mean_error, correlation))
        progress(number + 1, len(views))
    return TrustReport(
        views=tuple(per_view),
        correlations={term: _mean(values) for term, values in found.items()},
        pooled=rank_correlation(np.concatenate(all_doubts), np.concatenate(all_errors)),
        with_empty_rays=_mean(whole),
        probe=_mean(probes),
        of_views=rank_correlation(
            np.array([1 - view.trust for view in per_view]),
            np.array([view.error for view in per_view]),
            fewest=3,
        ),
    )


def rank_correlation(
    first: NDArray[Any],  # any shape; NaN where not known
    second: NDArray[Any],  # the same shape
    fewest: int = FEWEST_RAYS,
) -> float:
    """Spearman's rank correlation where both are known; NaN for too few values, or equal ones."""
    known = np.isfinite(first) & np.isfinite(second)
    one, other = first[known], second[known]
    if len(one) < fewest or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    return float(spearmanr(one, other).statistic)


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")


def _json(value: float) -> float | None:
    return value if np.isfinite(value) else None
