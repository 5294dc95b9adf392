"""What there is to say of a training run, in words and with units."""

from collections.abc import Mapping
from typing import Any

from dvox_core.training.run.status import ACTIVE, Status
from viewer.panels.panel import Fact
from viewer.workers.runs.run_log import window_words

STATES = {
    "new": "Not begun",
    "starting": "Starting…",
    "training": "Training",
    "paused": "Paused",
    "stopped": "Stopped",
    "finished": "Finished",
    "failed": "Failed",
    "interrupted": "Interrupted",
    "gone": "Folder is gone",
}

MOODS = {
    "starting": "accent",
    "training": "accent",
    "paused": "amber",
    "finished": "green",
    "failed": "red",
    "interrupted": "red",
    "gone": "red",
}
"""Tokens of the theme; "muted" for the others."""

CURVE_NAMES = {
    "generator": "Generator",
    "l1": "L1",
    "adversarial": "Adversarial",
    "discriminator": "Discriminator",
    "psnr": "PSNR",
    "ssim": "SSIM",
}


def state_word(status: Status) -> str:
    """How the run stands, e.g. "Training"."""
    return STATES.get(status.state, status.state.capitalize())


def share_done(status: Status, config: Mapping[str, Any]) -> float | None:
    """How far the run is, 0…1; None where only lack of progress ends it."""
    if status.state == "finished":
        return 1.0
    run = config.get("run", {})
    shares = []
    if run.get("steps"):
        shares.append(status.step / run["steps"])
    if run.get("minutes"):
        shares.append(status.elapsed_seconds / (60 * run["minutes"]))
    return min(1.0, max(shares)) if shares else None


def run_facts(status: Status, config: Mapping[str, Any]) -> list[Fact]:
    """Step, speed, times, learning rate, scores and what it takes of the machine."""
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
            f"{status.psnr:.2f} dB, SSIM {status.ssim:.3f}"
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
    return f"{rate * factor:.2g}" + (f" ({factor:.3g} × {rate:g})" if factor != 1 else "")


def load(status: Status) -> str:
    """E.g. "CPU 190 %, 1.2 GB"; the GPU's memory where there is one."""
    parts = [f"CPU {status.cpu_percent:.0f} %", memory(status.memory_mb)]
    if status.gpu_memory_mb:
        parts.append(f"GPU {memory(status.gpu_memory_mb)}")
    return ", ".join(parts)


def memory(mebibytes: float) -> str:
    """In decimal units."""
    size = mebibytes * 2**20
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def speed(steps_per_second: float) -> str:
    """Steps a second, or seconds a step where that is more than one."""
    if steps_per_second >= 1:
        return f"{steps_per_second:.1f} steps/s"
    return f"{1 / steps_per_second:.1f} s a step"


def duration(seconds: float) -> str:
    """E.g. "35 s", "12 min", "3 h 05 min"."""
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60:02d} min"


def count(number: int | float) -> str:
    """A number with thin spaces between thousands."""
    return f"{number:,.0f}".replace(",", "\u2009")


def run_caption(config: Mapping[str, Any]) -> str:
    """What is trained, e.g. "small, 128², grid 32³ × 16"."""
    model = config.get("model", {})
    sizes = ""
    if {"image_size", "grid_size", "features"} <= set(model):
        sizes = f"{model['image_size']}², grid {model['grid_size']}³ × {model['features']}"
    return ", ".join(filter(None, (str(config.get("preset", "")), sizes)))


def trouble(status: Status) -> str:
    """What is wrong, if anything; "" otherwise."""
    if status.state == "failed":
        return window_words(status.message)
    if status.state == "interrupted":
        after = (
            f"Resume goes on from step {count(status.snapshot_step)}."
            if status.snapshot_step is not None
            else "Resume begins it again."
        )
        if status.message:
            return f"The training process ended: {window_words(status.message)}. {after}"
        return f"The training process ended without a word. {after}"
    if status.state == "gone":
        return "The run's folder is gone: put it back, or close the run."
    return window_words(status.message) if status.state in ACTIVE else ""
