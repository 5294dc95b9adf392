"""An observed grid as JSON values: its numbers in half precision, compressed, as base 64."""

import base64
import zlib
from typing import Any

import numpy as np

from dvox_core.errors import UserError
from dvox_core.model.config import ModelConfig
from dvox_core.rendering.observed_grid import ObservedGrid


def grid_summary(grid: ObservedGrid) -> dict[str, Any]:
    """Which grid it is, without its numbers."""
    return {"views": list(grid.views), "shape": list(grid.features.shape), "hash": grid.digest}


def grid_to_json(grid: ObservedGrid) -> dict[str, Any]:
    """All of it."""
    numbers = zlib.compress(grid.features.astype("<f2").tobytes(), 6)
    return {**grid_summary(grid), "float16": base64.b64encode(numbers).decode("ascii")}


def grid_from_json(item: dict[str, Any], config: ModelConfig) -> ObservedGrid:
    """What `grid_to_json` gave.

    Raises:
        UserError: it is of another model, or not as it was written.
        KeyError, TypeError, ValueError: it is broken.
    """
    shape = (config.features, *[config.grid_size] * 3)
    if tuple(item["shape"]) != shape:
        raise UserError(f"the observed grid is {item['shape']}, this scene's is {list(shape)}")
    size = 2 * config.features * config.grid_size**3
    unpacker = zlib.decompressobj()
    try:
        numbers = unpacker.decompress(base64.b64decode(item["float16"], validate=True), size + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if len(numbers) != size:
        raise UserError("the observed grid has not as many numbers as its shape says")
    features = np.frombuffer(numbers, dtype="<f2").reshape(shape)
    if not np.isfinite(features).all():
        raise UserError("the observed grid has values that are not finite; save it again")
    if not all(isinstance(name, str) for name in item["views"]):
        raise UserError("the names of the observed views are no text")
    grid = ObservedGrid(features, tuple(item["views"]))
    if grid.digest != item["hash"]:
        raise UserError("the observed grid is not as it was written; save it again")
    return grid
