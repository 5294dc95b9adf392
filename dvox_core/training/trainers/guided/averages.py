"""The moving average in snapshots of the guided recipe."""

from typing import Any

from torch import Tensor

APPEARANCE, OPACITY = "appearance", "opacities"
"""Names of the grid's parts in the moving average."""


def averaged_tensors(state: dict[str, Any]) -> dict[str, Tensor]:
    """Of a snapshot; those of version 0.1 kept the appearance apart."""
    average: dict[str, Tensor] = state["average"]
    if "averaged_appearance" in state:
        return average | {APPEARANCE: state["averaged_appearance"]}
    return average
