"""The occlusion network that comes with the program, taught on the program's own captures.

What hides what does not depend on the scene: lego's pictures, which it never saw, are explained
better by it as it is (loss 0.518) than by 200 lessons of their own from random weights (0.549).
"""

from pathlib import Path

import torch
from safetensors.torch import load_file

from dvox_core.errors import CheckpointError
from dvox_core.networks.occlusion import OcclusionNetwork
from dvox_core.training.config import TrainingConfig
from dvox_core.training.trainers.guided.grid_from_field import OPACITIES

FILE = Path(__file__).parents[4] / "assets" / "occlusion_start.safetensors"
"""Half precision, of all of the network but its weights for features that are no opacities.
`scripts/teach_occlusion_start.py` makes it."""

GRID_SIDE = 64
"""Voxels a side of the grids that it was taught on."""

SHIPPED_SHARE = 0.2
"""It is taught a scene in so many of the steps that one from random weights takes."""


def begins_shipped(training: TrainingConfig, grid_side: int) -> bool:
    """Whether a training begins with it: where that is wanted, and the grid is one as it knows."""
    return training.shipped_occlusion and grid_side == GRID_SIDE


@torch.no_grad()
def load_shipped(network: OcclusionNetwork, file: Path = FILE) -> None:
    """Set a network to it; what is no opacity gets weights of zero.

    Raises:
        CheckpointError: the file is missing or cannot be read.
    """
    try:
        tensors = load_file(file)
    except Exception as error:  # safetensors has an error of its own
        raise CheckpointError(
            f"{file}: the occlusion network that comes with the program cannot be read ({error}); "
            "install the program again, or train with --no-shipped-occlusion"
        ) from error
    state = network.state_dict()
    whole = torch.zeros_like(state["prep_conv.weight"])
    whole[:, : 1 + OPACITIES] = tensors["prep_conv.weight"]
    network.load_state_dict({**tensors, "prep_conv.weight": whole}, strict=True)
