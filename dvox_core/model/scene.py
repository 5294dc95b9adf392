"""A scene: a trained model's facts and cameras, and where its weights are read from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from dvox_core.geometry.cameras import Camera, Intrinsics, look_at
from dvox_core.geometry.frustum import Frustum, frustum_for
from dvox_core.geometry.grid import GridPlacement
from dvox_core.model.config import ModelConfig
from dvox_core.model.kinds import AnyConfig, require_voxels

if TYPE_CHECKING:
    from torch import Tensor


ShareRead = Callable[[float], None]
"""Told a share of 0…1."""


def ignore_share(share: float) -> None:
    """For those who do not want to know."""


class WeightSource(Protocol):
    """Where a scene's tensors come from; read part by part so that nothing unneeded is loaded."""

    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Every stored tensor's name and shape; reads no tensor."""
        ...

    def load(self, *prefixes: str) -> dict[str, "Tensor"]:
        """The tensors whose name is, or starts with, one of `prefixes`; floats as float32, on CPU.

        Raises:
            CheckpointError: a tensor cannot be read or has NaN or infinity in it; it is named.
        """
        ...

    def check_finite(self, *prefixes: str, report: ShareRead = ignore_share) -> None:
        """Read the tensors under `prefixes` once and keep none; raises as `load` does.

        Args:
            report: told now and then what share of the numbers has been read; what it raises ends
                the reading.
        """
        ...


@runtime_checkable
class HalvingWeights(Protocol):
    """A `WeightSource` that gives less than is stored, as that is enough to look at."""

    def exact(self) -> WeightSource:
        """The same tensors as they are stored."""
        ...


@dataclass(frozen=True)
class SceneCamera:
    """A camera that the scene's capture was taken from."""

    name: str
    split: str  # "train", "validation", "test", or "pose" where the split is not known
    camera: Camera


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything the viewer opens. Holds no tensors itself, so it is free to keep and to share.

    Attributes:
        name: what to call it, without folder or suffix.
        path: the file it was opened from; None for a scene made in memory.
        file_format: "dvox", "upstream" (the authors' .pth) or "memory".
        intrinsics: of the stored picture, in its pixels; the model renders it at `image_size`.
        near_plane: depth of the first plane, world units.
        cameras: of the capture, where known; may be empty.
        weights: the tensors, by our names (`rendering.…`, `occlusion.…`, `grid`, …).
        training: how it was trained, as plain JSON values; may be empty.
        notes: lines for the user about how the file was read.
    """

    name: str
    path: Path | None
    file_format: str
    config: AnyConfig
    intrinsics: Intrinsics
    placement: GridPlacement
    near_plane: float
    weights: WeightSource = field(repr=False)
    cameras: tuple[SceneCamera, ...] = ()
    training: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()

    @property
    def voxel_config(self) -> ModelConfig:
        """The configuration of a scene that has a voxel grid.

        Raises:
            UserError: the scene's system has none.
        """
        return require_voxels(self.config)

    @property
    def frustum(self) -> Frustum:
        """The planes and rays that a camera of this scene samples."""
        return frustum_for(
            self.intrinsics, self.near_plane, self.placement, self.config.nominal_grid
        )

    @property
    def pivot(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """[3]: the point that views turn around, the grid's centre in world units."""
        return np.asarray(self.placement.center, dtype=np.float64)

    @cached_property
    def up_axis(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """[3]: the world's up: the coordinate axis nearest to the cameras' mean up, else +z."""
        if not self.cameras:
            return np.array([0.0, 0.0, 1.0])
        mean_up = -np.mean([view.camera.down for view in self.cameras], axis=0)
        axis = int(np.argmax(np.abs(mean_up)))
        up = np.zeros(3)
        up[axis] = 1.0 if mean_up[axis] >= 0 else -1.0
        up.flags.writeable = False  # it is kept
        return up

    @property
    def start_camera(self) -> Camera:
        """A test view if there is one, else another view of the capture, else one that sees it."""
        for split in ("test", "validation", "pose", "train"):
            for view in self.cameras:
                if view.split == split:
                    return view.camera
        # Without views: where the grid lies in the middle of the planes, a little from above.
        half_depth = (self.frustum.far_plane - self.near_plane) / 2
        direction = np.array([0.0, -1.0, 0.5]) / np.sqrt(1.25)
        return look_at(
            self.pivot + direction * (self.near_plane + half_depth), self.pivot, (0, 0, 1)
        )
