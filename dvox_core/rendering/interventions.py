"""What may be changed between the trained model and its picture, to see what depends on it."""

import enum
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dvox_core.errors import UserError
from dvox_core.rendering.observed_grid import ObservedGrid


@dataclass(frozen=True)
class AsTrained:
    """The depth weights as the occlusion network gives them."""


@dataclass(frozen=True)
class ArgMax:
    """All weight of a ray on its most likely plane."""


@dataclass(frozen=True)
class Temperature:
    """The softmax over depth at another temperature: below 1 sharper, above 1 softer."""

    value: float

    def __post_init__(self) -> None:
        if not 0 < self.value < np.inf:
            raise UserError(f"temperature {self.value:g}: must be above 0; 1 is as trained")


@dataclass(frozen=True)
class FrontMost:
    """All weight of a ray on the first plane whose weight exceeds `threshold`.

    A ray with no such plane has all weight on its most likely one.
    """

    threshold: float

    def __post_init__(self) -> None:
        if not 0 <= self.threshold < 1:
            raise UserError(f"threshold {self.threshold:g}: must be at least 0 and below 1")


@dataclass(frozen=True)
class Uniform:
    """The same weight on every plane: occlusion is not known at all."""


OcclusionOverride = AsTrained | ArgMax | Temperature | FrontMost | Uniform
"""What weighs the depth planes instead of the network's own weights."""


@dataclass(frozen=True)
class Box:
    """Voxels of a box, its faces parallel to the grid's; what lies beyond the grid is ignored.

    Attributes:
        lower: its first voxel, (x, y, z).
        upper: the voxel after its last one along each axis, (x, y, z).
    """

    lower: tuple[int, int, int]
    upper: tuple[int, int, int]

    def mask(self, side: int) -> NDArray[np.bool_]:
        """Which voxels belong to it: [G, G, G] (z, y, x)."""
        mask = np.zeros((side,) * 3, dtype=np.bool_)
        x, y, z = (
            slice(max(low, 0), max(high, 0))
            for low, high in zip(self.lower, self.upper, strict=True)
        )
        mask[z, y, x] = True
        return mask


@dataclass(frozen=True)
class VoxelSet:
    """Voxels one by one.

    Attributes:
        numbers: (z·G + y)·G + x of each, ascending.
    """

    numbers: tuple[int, ...]

    @classmethod
    def of_mask(cls, mask: NDArray[np.bool_]) -> "VoxelSet":
        """The voxels where a mask [G, G, G] (z, y, x) holds."""
        return cls(tuple(np.flatnonzero(mask).tolist()))

    def mask(self, side: int) -> NDArray[np.bool_]:
        """Which voxels belong to it: [G, G, G] (z, y, x).

        Raises:
            UserError: a number is of no voxel of such a grid.
        """
        mask = np.zeros(side**3, dtype=np.bool_)
        numbers = np.asarray(self.numbers, dtype=np.int64)
        if numbers.size and not (numbers.min() >= 0 and numbers.max() < mask.size):
            raise UserError(
                f"the edits name a voxel that a grid of {side}³ does not have; "
                "they were made for another scene"
            )
        mask[numbers] = True
        return mask.reshape(side, side, side)


@dataclass(frozen=True)
class Outside:
    """All voxels but those of a box: what a clip box cuts away."""

    box: Box

    def mask(self, side: int) -> NDArray[np.bool_]:
        """Which voxels belong to it: [G, G, G] (z, y, x)."""
        return ~self.box.mask(side)


class Action(enum.Enum):
    """What happens to a region's features.

    ZERO makes them 0, as in voxels that no view was lifted into. NOISE replaces them by Gaussian
    noise with each feature's own mean and deviation over the grid. FREEZE holds them at what the
    unedited scene has there after inpainting, whatever other edits and a new inpainting do. RAW
    shows them as they were before inpainting.
    """

    ZERO = "zero"
    NOISE = "noise"
    FREEZE = "freeze"
    RAW = "raw"


@dataclass(frozen=True)
class GridEdit:
    """One change of the grid.

    Attributes:
        region: where.
        action: what.
        seed: of the noise; the same seed gives a voxel the same noise in every region.
    """

    region: Box | VoxelSet | Outside
    action: Action
    seed: int = 0


class Inpainting(enum.Enum):
    """What becomes of inpainting when the grid is edited.

    AGAIN edits the raw grid and inpaints it anew, so that the network may heal what was removed.
    BYPASSED edits the inpainted grid, so that what was removed stays removed.
    """

    AGAIN = "again"
    BYPASSED = "bypassed"


@dataclass(frozen=True)
class Interventions:
    """Everything that is changed; made from the edits in their order, later ones win.

    Attributes:
        occlusion: what weighs the depth planes.
        edits: of the grid, first to last.
        inpainting: what becomes of it when there are edits.
        grid: what is rendered in the trained grid's place, and edited in its place; None for the
            trained one.
    """

    occlusion: OcclusionOverride = AsTrained()
    edits: tuple[GridEdit, ...] = ()
    inpainting: Inpainting = Inpainting.BYPASSED
    grid: ObservedGrid | None = None

    @property
    def changes_grid(self) -> bool:
        """Whether another grid than the trained one is rendered."""
        return bool(self.edits) or self.grid is not None

    @property
    def grid_key(self) -> tuple[object, ...]:
        """What the rendered grid depends on; equal for interventions that render the same grid."""
        return (self.edits, self.inpainting, self.grid)

    @property
    def needs_raw_grid(self) -> bool:
        """Whether the edits need the grid from before inpainting, which not every file keeps."""
        again = self.inpainting is Inpainting.AGAIN and bool(self.edits)
        return again or any(edit.action is Action.RAW for edit in self.edits)


NO_INTERVENTIONS = Interventions()
"""The model as it was trained."""
