"""Reads the feature norms of scenes' grids, off the window's thread, and keeps those of two."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from dvox_core.model.scene import Scene
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import Progress, run_in_background

KEPT = 2


class GridNorms(QObject):
    """Gives the norm of each voxel's inpainted features. On the window's thread."""

    read = Signal()
    failed = Signal(str)  # one line

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: list[tuple[Scene, NDArray[np.float32]]] = []
        self._reading = LatestOperation(self)

    def norms(self, scene: Scene) -> NDArray[np.float32] | None:
        """[G, G, G] (z, y, x); None while they are read, `read` tells when they are."""
        for known, norms in self._kept:
            if known is scene:
                return norms
        if not self._reading.is_busy:
            self._read(scene)
        return None

    @property
    def is_reading(self) -> bool:
        """Whether a grid is being read."""
        return self._reading.is_busy

    def forget(self) -> None:
        """Give the memory back."""
        self._reading.abandon()
        self._kept.clear()

    def stop(self) -> None:
        """End the thread; nothing is sent any more."""
        self._reading.stop()
        self._kept.clear()

    def _read(self, scene: Scene) -> None:
        def compute(_: Progress) -> NDArray[np.float32]:
            from dvox_core.inspection.features import feature_norms
            from dvox_core.inspection.grids import load_grids

            return feature_norms(load_grids(scene).inpainted)

        def keep(norms: NDArray[np.float32]) -> None:
            self._kept = [*self._kept, (scene, norms)][-KEPT:]
            self.read.emit()

        self._reading.replace(
            lambda: run_in_background(
                compute, "Reading the voxel grid", on_done=keep, on_failed=self.failed.emit
            )
        )
