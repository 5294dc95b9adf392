"""`bench`: how fast frames are on this machine."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from dvox_core.cli.arguments import OptionalPath
from dvox_core.cli.reports import complain, facts_text, tell
from dvox_core.errors import UserError


@dataclass(frozen=True)
class Bench:
    """Time the plain renderer and the fast ones against it, frame by frame in turns.

    Without a scene, a full-size model with random weights is timed (512 pixels, a grid of 32
    voxels a side, 64 features). Its picture is flat, so that it tells nothing of how near the
    renderers' pictures are to the plain one's: for that, name a trained scene.

    Example: python main.py bench assets/sample.dvox --json -
    """

    scene: tyro.conf.Positional[Annotated[OptionalPath, tyro.conf.arg(metavar="[SCENE]")]] = None
    """A .dvox, an authors' checkpoint (.pth), or a training run's folder."""

    size: int = 512
    """Side of the random model's picture in pixels: 128, 256, 512, …"""

    intrinsics: OptionalPath = None
    """intrinsics.txt of an authors' checkpoint that has none near it."""

    rounds: int = 5
    """Frames of each that count."""

    json: OptionalPath = None
    """Write the report as JSON to this file; - prints it."""

    def run(self) -> int:
        """Measure and report."""
        import torch

        from dvox_core.checkpoints.opening import open_scene
        from dvox_core.checkpoints.scene_file import write_scene
        from dvox_core.evaluation.render_speed import (
            Contestant,
            measure,
            random_scene,
            report,
        )
        from dvox_core.rendering.create import bfloat16_is_fast
        from dvox_core.rendering.faster_renderer import possible_candidates

        if self.rounds < 1:
            raise UserError(f"--rounds {self.rounds}: at least one frame must be timed")
        devices = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
        contestants = [Contestant("plain", "cpu", "float32")]
        for device in devices:
            contestants.append(Contestant("torch", device, "float32"))
            if bfloat16_is_fast(torch.device(device)):
                contestants.append(Contestant("torch", device, "bfloat16"))
        contestants += [
            Contestant(candidate.backend, "cpu", candidate.precision)
            for candidate in possible_candidates(["float32", "bfloat16", "int8"])
            if candidate.backend != "torch"
        ]
        with tempfile.TemporaryDirectory() as folder:
            if self.scene:
                path = self.scene
                size = open_scene(path, self.intrinsics).voxel_config.image_size
            else:
                path, size = Path(folder) / "random.dvox", self.size
                complain("Making a full-size model with random weights…")
                write_scene(path, random_scene(size))
            complain(f"Timing {len(contestants)} renderers, {self.rounds} frames each…")
            result = report(measure(path, self.intrinsics, contestants, self.rounds), size)
        tell(result, facts_text(_lines(result)), self.json)
        return 0


def _lines(result: dict[str, Any]) -> list[tuple[str, str]]:
    plain, resampling = result["plain"], result["resampling"]
    machine = result["machine"]
    gpu = machine["gpu"] or "no GPU"
    lines = [
        ("Machine", ", ".join((machine["processor"], f"{machine['threads']} threads", gpu))),
        ("Picture", f"{result['size']} × {result['size']}"),
        ("plain float32", f"{plain['frame_ms']:8.1f} ms   ({_stages(plain['stages_ms'])})"),
    ]
    for row in result["results"]:
        near = "agreement unknown" if row["psnr_db"] is None else f"{row['psnr_db']:.0f} dB"
        lines.append(
            (
                f"{row['backend']} {row['precision']}",
                f"{row['frame_ms']:8.1f} ms   ×{row['ratio']:.1f}, {near}, "
                f"ready in {row['prepare_s']:.1f} s, {row['peak_mb']:.0f} MiB   "
                f"({_stages(row['stages_ms'])})",
            )
        )
    before, after = resampling["plain_ms"], resampling["fast_ms"]
    lines.append(("Resampling", f"{before:.1f} → {after:.1f} ms, ×{before / after:.0f}"))
    return lines


def _stages(stages_ms: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.0f}" for name, value in stages_ms.items())
