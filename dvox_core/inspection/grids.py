"""The voxel grids of a scene: before and after inpainting, and as edited."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from dvox_core.model.loading import load_inpainted_grid, load_parts
from dvox_core.model.scene import Scene
from dvox_core.rendering.apply_interventions import GridEditor
from dvox_core.rendering.interventions import Interventions

Volume = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Grids:
    """Features of every voxel, [F, G, G, G] float32, axes (z, y, x).

    Attributes:
        raw: as integrated from the views; None where the file keeps only the inpainted grid.
        inpainted: as rendered.
    """

    raw: Volume | None
    inpainted: Volume


def load_grids(scene: Scene) -> Grids:
    """The grids of the trained scene.

    Raises:
        CheckpointError: the scene's weights cannot be used.
    """
    raw = None
    if has_raw_grid(scene):
        raw = load_parts(scene, "grid").grid.numpy()
    return Grids(raw, load_inpainted_grid(scene).numpy())


def has_raw_grid(scene: Scene) -> bool:
    """Whether the scene's file keeps the grid from before inpainting."""
    return "grid" in scene.weights.shapes()


@torch.inference_mode()
def load_edited_grid(scene: Scene, interventions: Interventions) -> Volume:
    """The grid [F, G, G, G] that is rendered under interventions.

    Raises:
        CheckpointError: the scene's file does not keep what the edits need.
        UserError: the edits are of another scene.
    """
    inpainted = load_inpainted_grid(scene)
    if not interventions.changes_grid:
        return inpainted.numpy()
    return GridEditor(scene).edited(interventions, inpainted).numpy()
