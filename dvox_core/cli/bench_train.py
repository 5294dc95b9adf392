"""`bench-train`: how fast training steps are on this machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dvox_core.cli.arguments import Flag, OptionalPath
from dvox_core.cli.reports import tell

if TYPE_CHECKING:
    from dvox_core.training.estimates.step_speed import StepComparison
    from dvox_core.training.estimates.time_to_quality import TimeToQuality

BAR = "{desc:<8}{percentage:3.0f}% of the time |{bar}| {elapsed}"


@dataclass(frozen=True)
class BenchTrain:
    """Time the paper's training step in the authors' order of work and in this program's.

    Both train ten steps in turns, from the same random numbers, in float32 without dropout.

    Example: python main.py bench-train --preset small --json -

    Or: python main.py bench-train --to-quality --minutes 10
    """

    preset: str = "small"
    """Whose sizes to time: tiny, small, medium or paper."""

    to_quality: Flag = False
    """Instead: train each recipe until test views have 24 and 26 dB (tens of minutes)."""

    capture: Path = Path("assets/sample_capture")
    """What --to-quality trains on, at 128 pixels."""

    minutes: float = 10.0
    """How long each recipe may take with --to-quality."""

    json: OptionalPath = None
    """Write the times as JSON to this file; - prints them."""

    def run(self) -> int:
        """Measure and report."""
        return self._time_to_quality() if self.to_quality else self._compare_steps()

    def _time_to_quality(self) -> int:
        import torch
        from tqdm import tqdm

        from dvox_core.data.loading import load_capture
        from dvox_core.training.estimates.time_to_quality import measure_recipe, recipes

        capture = load_capture(self.capture)
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        results = []
        for recipe in recipes():
            with tqdm(total=1000, desc=recipe, bar_format=BAR, disable=None) as bar:

                def show(share: float, bar: Any = bar) -> None:
                    bar.update(int(1000 * share) - bar.n)

                results.append(measure_recipe(recipe, capture, device, self.minutes, show))
        report = {"minutes": self.minutes, "recipes": [each.to_json() for each in results]}
        tell(report, _quality_table(results, self.minutes), self.json)
        return 0

    def _compare_steps(self) -> int:
        import torch
        from tqdm import tqdm

        from dvox_core.training.estimates.step_speed import STEPS, compare_steps
        from dvox_core.training.presets import find_preset

        preset = find_preset(self.preset)
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        with tqdm(total=STEPS, unit="step", disable=None) as bar:
            comparison = compare_steps(preset.model, device, progress=lambda *_: bar.update())
        tell({"preset": preset.name, **comparison.to_json()}, _table(comparison), self.json)
        return 0


def _table(comparison: "StepComparison") -> str:
    plain, fast = comparison.plain, comparison.fast
    names = list(dict.fromkeys([*plain.stages_ms, *fast.stages_ms]))
    rows = [(name, plain.stages_ms.get(name), fast.stages_ms.get(name)) for name in names]
    rows.append(("whole step", plain.step_ms, fast.step_ms))
    lines = [f"{'ms (median)':<14}{'plain':>10}{'fast':>10}"]
    for name, left, right in rows:
        cells = ["–" if value is None else f"{value:.1f}" for value in (left, right)]
        lines.append(f"{name:<14}{cells[0]:>10}{cells[1]:>10}")
    lines.append(
        f"{comparison.ratio:.2f} times faster; the generator's loss differs by at most "
        f"{comparison.loss_difference:.1e} (relative) over the steps"
    )
    return "\n".join(lines)


def _quality_table(results: "Sequence[TimeToQuality]", minutes: float) -> str:
    goals = list(results[0].seconds)
    heads = "".join(f"{f'{goal:g} dB':>12}" for goal in goals)
    lines = [f"{'recipe':<10}{heads}{'at the end':>14}"]
    for result in results:
        times = ["–" if each is None else f"{each:.0f} s" for each in result.seconds.values()]
        cells = "".join(f"{text:>12}" for text in times)
        end = f"{result.psnr:.1f} dB"
        lines.append(f"{result.recipe:<10}{cells}{end:>14}")
    lines.append(f"seconds of training alone, each recipe planned for {minutes:g} minutes")
    return "\n".join(lines)
