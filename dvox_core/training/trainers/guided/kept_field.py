"""Keeps a finished radiance field in little memory: its visible voxels and its surroundings."""

from typing import Any

import numpy as np
import torch
from torch.nn import functional

from dvox_core.geometry.grid import GridPlacement
from dvox_core.radiance_field.field import Background, RadianceField

SEEN_OPACITY = 1e-3
EMPTY_DENSITY = -10.0
"""The raw density of all other voxels."""


def field_to_state(field: RadianceField) -> dict[str, Any]:
    """Tensors and numbers for a snapshot; a tenth of the whole field."""
    opacity = torch.from_numpy(field.opacity().copy())[None, None]
    near = functional.max_pool3d(opacity, 3, stride=1, padding=1).flatten() > SEEN_OPACITY
    voxels = near.nonzero()[:, 0].int()
    rows = torch.from_numpy(field.rows()).flatten(0, 2)[voxels.long()]
    around = field.background.surroundings
    return {
        "side": field.side,
        "voxels": voxels,
        "rows": rows.clone(),
        "background": list(field.background.color),
        # Half precision is enough for what is behind the object, and halves what is kept.
        "surroundings": None if around is None else torch.from_numpy(around.astype(np.float16)),
    }


def field_from_state(state: dict[str, Any], placement: GridPlacement) -> RadianceField:
    """The field that `field_to_state` kept; what it left out is empty."""
    side = int(state["side"])
    rows = torch.empty(side**3, 4)
    rows[:] = torch.tensor([EMPTY_DENSITY, 0.5, 0.5, 0.5])
    rows[state["voxels"].long()] = state["rows"]
    red, green, blue = state["background"]
    values = np.ascontiguousarray(rows.view(side, side, side, 4).numpy())
    around = state.get("surroundings")
    surroundings = None if around is None else around.float().numpy()
    background = Background((red, green, blue), surroundings)
    return RadianceField.from_rows(placement, values, background)
