"""The words for a training run: its state, progress and problems."""

from collections.abc import Mapping
from typing import Any

from dvox_core.training.run.status import ACTIVE, Status
from viewer.text.units import count

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


def state_word(status: Status) -> str:
    """The run's state, e.g. "Training"."""
    return STATES.get(status.state, status.state.capitalize())


def share_done(status: Status, config: Mapping[str, Any]) -> float | None:
    """The share of the run that is done, 0…1; None where only lack of progress ends it."""
    if status.state == "finished":
        return 1.0
    run = config.get("run", {})
    shares = []
    if run.get("steps"):
        shares.append(status.step / run["steps"])
    if run.get("minutes"):
        shares.append(status.elapsed_seconds / (60 * run["minutes"]))
    return min(1.0, max(shares)) if shares else None


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
        return window_message(status.message)
    if status.state == "interrupted":
        after = (
            f"Resume goes on from step {count(status.snapshot_step)}."
            if status.snapshot_step is not None
            else "Resume begins it again."
        )
        if status.message:
            return f"The training process ended: {window_message(status.message)}. {after}"
        return f"The training process ended without a word. {after}"
    if status.state == "gone":
        return "The run's folder is gone: put it back, or close the run."
    return window_message(status.message) if status.state in ACTIVE else ""


def window_message(message: str) -> str:
    """A message of the command line, reworded for the window."""
    message = message.replace(" with --resume", " by Resume")
    return message.replace(" with --device cpu", " by Train longer…")
