"""How maps are coloured: one scale a quantity, which viewport and panels share."""

import enum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from dvox_core.model.scene import Scene
from dvox_core.rendering.map_scale import MapScale
from dvox_core.rendering.pictures import DepthRange, start_range


class MapQuantity(enum.Enum):
    """What a map shows; maps of one quantity have one scale wherever they are shown."""

    DEPTH = "depth"
    ENTROPY = "entropy"
    OUTSIDE = "weight outside the grid"
    TRUST = "trust"
    WEIGHT = "depth weights"


class MapScales(QObject):
    """The user's scales, and the range of depths that follows what is seen."""

    changed = Signal(object)  # MapQuantity

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._scales: dict[MapQuantity, MapScale] = {}
        self._depths: DepthRange | None = None

    @property
    def depths(self) -> DepthRange | None:
        """The depths that the colours span unless they are locked; None without a scene."""
        return self._depths

    def of(self, quantity: MapQuantity) -> MapScale:
        """How a quantity is coloured."""
        return self._scales.get(quantity, MapScale())

    def set_scale(self, quantity: MapQuantity, scale: MapScale) -> None:
        """Colour a quantity otherwise."""
        if scale != self.of(quantity):
            self._scales[quantity] = scale
            self.changed.emit(quantity)

    def begin(self, scene: Scene | None) -> None:
        """Begin anew with another scene: its ranges are its own, colours stay."""
        self._depths = start_range(scene.frustum) if scene else None
        for quantity, scale in list(self._scales.items()):
            self.set_scale(quantity, scale.unlocked())

    def follow_depths(self, depths: NDArray[np.floating[Any]]) -> bool:
        """Widen the range to depths that are shown, NaN where none is; whether it changed."""
        before = self._depths
        if before is not None:
            self._depths = before.following(depths)
        if self._depths is before:
            return False
        self.changed.emit(MapQuantity.DEPTH)
        return True
