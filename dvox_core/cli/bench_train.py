"""`bench-train`: how fast training steps are on this machine."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dvox_core.cli.arguments import OptionalPath
from dvox_core.cli.reports import tell

if TYPE_CHECKING:
    from dvox_core.training.estimates.step_speed import StepComparison


@dataclass(frozen=True)
class BenchTrain:
    """Time the paper's training step in the authors' order of work and in this program's.

    Both train ten steps in turns, from the same random numbers, in float32 without dropout.

    Example: python main.py bench-train --preset small --json -
    """

    preset: str = "small"
    """Whose sizes to time: tiny, small, medium or paper."""

    json: OptionalPath = None
    """Write the times as JSON to this file; - prints them."""

    def run(self) -> int:
        """Measure and report."""
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
