"""`evaluate`: scores of a scene on views it was not trained on."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import tyro
from tqdm import tqdm

from dvox_core.cli.arguments import OptionalPath
from dvox_core.cli.reports import complain, tell

if TYPE_CHECKING:
    from dvox_core.data.capture import Capture
    from dvox_core.evaluation.held_out_scores import HeldOutScores
    from dvox_core.rendering.scores import PictureScore


@dataclass(frozen=True)
class Evaluate:
    """Score a scene on a capture's test views: PSNR, SSIM, LPIPS, the 5 border pixels left out.

    The nearest training view stands beside it as a baseline. The worst views come first. A folder
    that has no splits is scored whole, unless the scene was trained on it.

    Example: python main.py evaluate run assets/sample_capture --out pictures
    """

    scene: tyro.conf.Positional[Path]
    """A .dvox, an authors' checkpoint (.pth), or a training run's folder."""

    capture: tyro.conf.Positional[Path]
    """The capture's folder, as import writes it."""

    split: Literal["test", "validation", "train"] = "test"
    """Which views to score on."""

    json: OptionalPath = None
    """Write the scores as JSON to this file; - prints them."""

    out: OptionalPath = None
    """Folder for a picture a view: truth, rendered, nearest training view, side by side."""

    lpips: Literal["none", "alex", "vgg"] = "none"
    """Score by LPIPS too, by the features of AlexNet or VGG16; their weights are a package."""

    intrinsics: OptionalPath = None
    """intrinsics.txt of an authors' checkpoint that has none near it."""

    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """Where to compute."""

    precision: Literal["auto", "float32", "bfloat16", "int8"] = "auto"
    """Arithmetic; auto is float32 here."""

    def run(self) -> int:
        """Render, score, and print the table."""
        from dvox_core.checkpoints.opening import open_scene
        from dvox_core.evaluation.held_out_scores import read_scored_views, score_scene
        from dvox_core.evaluation.lpips import load_lpips
        from dvox_core.evaluation.lpips_weights import TITLES
        from dvox_core.rendering.create import create_renderer, find_device

        distance = None
        if self.lpips != "none":
            distance = load_lpips(self.lpips, find_device(self.device))
        scene = open_scene(self.scene, self.intrinsics)
        chosen = read_scored_views(scene, self.capture, self.split)
        for note in chosen.notes:
            complain(f"note: {note}")
        count = len(chosen.capture.split(self.split))
        precision = "float32" if self.precision == "auto" else self.precision
        renderer = create_renderer(scene, self.device, precision)
        side = scene.config.image_size
        try:
            with tqdm(total=count, unit="view", disable=None) as bar:
                scores = score_scene(
                    renderer,
                    side,
                    chosen.capture,
                    self.split,
                    self.out,
                    lambda *_: bar.update(),
                    lpips=distance,
                )
        finally:
            renderer.close()
        words = _verdict(scores, chosen.capture)
        line, facts = chosen.line, scores.to_json()
        if self.lpips != "none":
            facts["lpips_network"] = self.lpips
            line += f"; LPIPS by {TITLES[self.lpips]}"
        text = f"{line}\n\n{score_table(scores)}\n\nThe scene is {words}."
        tell({**facts, "verdict": words}, text, self.json)
        return 0


def _verdict(scores: "HeldOutScores", capture: "Capture") -> str:
    """The scores in words."""
    import numpy as np

    from dvox_core.data.placement import up_direction
    from dvox_core.evaluation.verdict import verdict
    from dvox_core.geometry.directions_seen import directions_seen

    cameras = [view.camera for view in capture.split("train")]
    seen = ""
    if cameras:
        center = np.asarray(capture.placement.center)
        seen = directions_seen(cameras, center, up_direction(cameras)).words
    return verdict(scores.mean.psnr, scores.nearest.psnr if scores.nearest else None, seen)


def score_table(scores: "HeldOutScores") -> str:
    """The views in lines, the worst first, and the means."""
    width = max(len("View"), len("mean"), *(len(view.name) for view in scores.views))
    with_lpips = scores.mean.lpips is not None
    header = f"{'View':<{width}}  {'PSNR dB':>8}  {'SSIM':>6}{'   LPIPS' if with_lpips else ''}"
    if scores.nearest is not None:
        header += f"    {'nearest view':>8}  {'SSIM':>6}{'   LPIPS' if with_lpips else ''}"
    lines = [header]
    lines += [_line(view.name, width, view.scene, view.nearest) for view in scores.worst_first]
    lines.append(_line("mean", width, scores.mean, scores.nearest))
    return "\n".join(lines)


def _line(name: str, width: int, scene: "PictureScore", nearest: "PictureScore | None") -> str:
    line = f"{name:<{width}}  {_figures(scene, 8)}"
    return line if nearest is None else f"{line}    {_figures(nearest, 12)}"


def _figures(score: "PictureScore", width: int) -> str:
    text = f"{score.psnr:{width}.2f}  {score.ssim:6.4f}"
    return text if score.lpips is None else f"{text}  {score.lpips:6.4f}"
