"""In which precision a scene is shown first: the one that needs no comparing of pictures before."""

import logging
from typing import Any

import torch

from dvox_core.fact_cache import keep_facts, read_facts
from dvox_core.model.scene import Scene
from dvox_core.rendering.create import (
    FLOORS_DB,
    Device,
    Precision,
    bfloat16_is_fast,
    find_device,
)
from dvox_core.rendering.renderer import MakesRenderer

KIND, BFLOAT16 = "first", "bfloat16"

log = logging.getLogger(__name__)


def first_precision(scene: Scene, device: Device, precision: Precision) -> Precision:
    """What to ask `create_renderer` for, so that the first picture is there soonest.

    On a CPU that computes bfloat16 fast, "auto" makes two renderers and compares a picture of each:
    two thirds of the time to a small scene's first picture. Here float32, which is always right,
    serves until `prepare_bfloat16` has compared them; a file that was compared before is shown in
    bfloat16 at once.
    """
    if precision != "auto" or isinstance(scene.weights, MakesRenderer):
        return precision
    chosen = find_device(device)
    if chosen.type != "cpu" or not scene.config.has_grid or not bfloat16_is_fast(chosen):
        return precision
    key = _key(scene)
    if key is None:
        return precision
    agreement = read_facts(KIND, key).get(BFLOAT16)
    if not isinstance(agreement, int | float):
        return "float32"
    log.info("%s: bfloat16 was found to be %.0f dB from float32", scene.name, agreement)
    return "bfloat16" if agreement >= FLOORS_DB[BFLOAT16] else precision  # which says why


def keep_agreement(scene: Scene, decibels: float) -> None:
    """Keep how near bfloat16 is to float32 on a scene that was read from a file."""
    key = _key(scene)
    if key is not None:
        keep_facts(KIND, key, {BFLOAT16: decibels})


def _key(scene: Scene) -> dict[str, Any] | None:
    """The file, as it was opened, and what computes; None of a scene that is in memory."""
    held = getattr(scene.weights, "held", None)
    if held is None:
        return None
    return {
        "file": list(held.stamp),
        "torch": torch.__version__,
        "instructions": torch.backends.cpu.get_cpu_capability(),
    }
