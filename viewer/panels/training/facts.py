"""The facts about a training run that its panel lists."""

from collections.abc import Mapping
from typing import Any

from dvox_core.training.run.status import ACTIVE, Status
from viewer.text.units import count, duration, memory_size, scores, significant, speed
from viewer.widgets.fact_table import Fact

CURVE_NAMES = {
    "generator": "Generator",
    "l1": "L1",
    "adversarial": "Adversarial",
    "discriminator": "Discriminator",
    "psnr": "PSNR",
    "ssim": "SSIM",
}


def run_facts(status: Status, config: Mapping[str, Any]) -> list[Fact]:
    """Step, speed, times, learning rate, scores, and the processor and memory that it uses."""
    alive = status.state in ACTIVE
    steps = config.get("run", {}).get("steps")
    step = f"{count(status.step)} of {count(steps)}" if steps else count(status.step)
    running = status.state == "training"
    facts = [
        Fact("Step", step, "Training steps done, and planned if a number of them ends the run"),
        Fact(
            "Speed",
            speed(status.steps_per_second) if running and status.steps_per_second else "–",
            "Over the last 50 steps",
        ),
        Fact("Trained for", duration(status.elapsed_seconds), "Pauses are left out"),
        Fact(
            "Time left",
            duration(status.eta_seconds) if running and status.eta_seconds is not None else "–",
            "To the planned end, at the present speed",
        ),
        Fact("Learning rate", learning_rate(status, config), "Of the networks: as configured"),
        Fact(
            "Last scores",
            scores(status.psnr, status.ssim)
            if status.psnr is not None and status.ssim is not None
            else "–",
            "PSNR and SSIM on the validation views, which are not trained on",
        ),
    ]
    if alive:
        facts.append(Fact("Takes", load(status), "Processor and memory of the training process"))
    return facts


def learning_rate(status: Status, config: Mapping[str, Any]) -> str:
    """The configured rate and the factor that it was changed by."""
    rate = config.get("training", {}).get("learning_rate")
    factor = status.learning_rate_factor
    if rate is None:
        return f"× {factor:g}"
    changed = f" ({significant(factor)} × {rate:g})" if factor != 1 else ""
    return significant(rate * factor, 2) + changed


def load(status: Status) -> str:
    """E.g. "CPU 190 %, 1.2 GiB"; the GPU's memory where there is one."""
    parts = [f"CPU {status.cpu_percent:.0f} %", memory_size(status.memory_mb * 2**20)]
    if status.gpu_memory_mb:
        parts.append(f"GPU {memory_size(status.gpu_memory_mb * 2**20)}")
    return ", ".join(parts)
