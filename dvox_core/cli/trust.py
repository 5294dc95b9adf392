"""`trust`: whether the trust map tells of the true error, on views with known pictures."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import tyro
from tqdm import tqdm

from dvox_core.cli.arguments import OptionalPath
from dvox_core.cli.reports import complain, tell

if TYPE_CHECKING:
    from dvox_core.inspection.trust.correlation import TrustReport


@dataclass(frozen=True)
class Trust:
    """Measure how well the trust map and the consistency probe tell of a scene's true errors.

    The test views are rendered and compared with their pictures. Printed is Spearman's rank
    correlation of distrust with the error, ray by ray, for the map and for each of its terms. What
    the training views tell of the voxels is computed once a scene, and kept.

    Example: python main.py trust assets/sample.dvox assets/sample_capture
    """

    scene: tyro.conf.Positional[Path]
    """A .dvox, an authors' checkpoint (.pth), or a training run's folder."""

    capture: tyro.conf.Positional[Path]
    """The capture's folder, as import writes it."""

    split: Literal["test", "validation", "train"] = "test"
    """Which views to measure on."""

    json: OptionalPath = None
    """Write the report as JSON to this file; - prints it."""

    intrinsics: OptionalPath = None
    """intrinsics.txt of an authors' checkpoint that has none near it."""

    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """Where to render."""

    def run(self) -> int:
        """Find the support, render, and print the correlations."""
        from dvox_core.checkpoints.opening import open_scene
        from dvox_core.evaluation.held_out_scores import read_scored_views
        from dvox_core.inspection.trust.correlation import measure_trust
        from dvox_core.inspection.trust.support import (
            Photo,
            find_support,
            require_support,
            training_photos,
        )
        from dvox_core.rendering.create import create_renderer

        scene = open_scene(self.scene, self.intrinsics)
        require_support(scene)
        chosen = read_scored_views(scene, self.capture, self.split)
        for note in chosen.notes:
            complain(f"note: {note}")
        views = chosen.capture.split(self.split)
        photos = [Photo(view.camera, view.picture_path) for view in chosen.capture.views]
        known = training_photos(scene, photos)
        if not known:
            complain("note: the capture has none of the training pictures; the fit is left out")
        with tqdm(total=100, unit="%", disable=None) as bar:

            def show(share: float, text: str) -> None:
                bar.set_description(text)
                bar.update(round(100 * share) - bar.n)

            support = find_support(scene, known, show)
        renderer = create_renderer(scene, self.device, "float32")
        try:
            with tqdm(total=len(views), unit="view", disable=None) as bar:
                report = measure_trust(scene, renderer, support, views, lambda *_: bar.update())
        finally:
            renderer.close()
        text = f"{chosen.line}\n\n{report_text(report)}"
        tell(report.to_json(), text, self.json)
        return 0


def report_text(report: "TrustReport") -> str:
    """The views in lines, the least trusted first, and the rank correlations."""
    from dvox_core.rendering.trust_maps import TrustTerm

    width = max(len("View"), *(len(view.name) for view in report.views))
    lines = [f"{'View':<{width}}  {'trust':>6}  {'disagrees':>9}  {'error':>6}  {'rank corr.':>10}"]
    lines += [
        f"{view.name:<{width}}  {view.trust:6.3f}  {view.disagreement:9.4f}  {view.error:6.4f}  "
        f"{view.correlation:10.2f}"
        for view in sorted(report.views, key=lambda view: view.trust)
    ]
    rows = [
        ("the trust map", report.correlations[TrustTerm.TRUST]),
        ("… all views together", report.pooled),
        ("… with the rays that meet nothing, as trusted", report.with_empty_rays),
        ("… view by view, means", report.of_views),
    ]
    rows += [
        (f"{term.value.lower()} alone", value)
        for term, value in report.correlations.items()
        if term is not TrustTerm.TRUST
    ]
    rows.append(("the consistency probe", report.probe))
    label = max(len(name) for name, _ in rows)
    lines += ["", "Rank correlation of distrust with the true error, rays that meet something:"]
    lines += [f"  {name:<{label}}  {value:6.2f}" for name, value in rows]
    return "\n".join(lines)
