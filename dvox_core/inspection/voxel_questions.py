"""What may be asked of a scene's voxels, and how it is answered; known without torch."""

import enum
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Frame
from dvox_core.rendering.interventions import Interventions
from dvox_core.rendering.pictures import Legend

Volume = NDArray[np.float32]
Mask = NDArray[np.bool_]
VoxelIndex = tuple[int, int, int]  # a voxel, (x, y, z)


class VoxelQuantity(enum.Enum):
    """A number or a colour for each voxel."""

    NORM = "Feature norm"
    CHANNEL = "One feature"
    COLORS = "Features as colours"
    CHANGE = "Change by inpainting"
    VISIBILITY = "Visibility in this view"
    TOTAL_VISIBILITY = "Visibility in all views"
    VIEW_COUNT = "Views that see it"
    SIMILARITY = "Likeness to the voxel"
    ATTRIBUTION = "What made the part"

    @property
    def needs_weights(self) -> bool:
        """Whether it is told by a frame's depth weights."""
        return self is VoxelQuantity.VISIBILITY

    @property
    def needs_capture(self) -> bool:
        """Whether it is told by all views of the capture."""
        return self in (VoxelQuantity.TOTAL_VISIBILITY, VoxelQuantity.VIEW_COUNT)

    @property
    def is_of_features(self) -> bool:
        """Whether it may be asked of either grid, and of their difference."""
        return self in (VoxelQuantity.NORM, VoxelQuantity.CHANNEL, VoxelQuantity.COLORS)


class GridSource(enum.Enum):
    """Which grid's features."""

    RENDERED = "As rendered"
    RAW = "Before inpainting"
    DIFFERENCE = "Difference"


class Tint(enum.Enum):
    """Voxels that are told apart from all others."""

    NOTHING = "None"
    NEVER_SEEN = "Never seen"
    INVENTED = "Invented by inpainting"
    SIMILAR = "Most like the voxel"


@dataclass(frozen=True, eq=False)
class CaptureVisibility:
    """How much, and how often, each voxel is seen by all cameras of a capture.

    Attributes:
        total: [G, G, G] (z, y, x) float32, the sum of the voxel's visibilities over the views.
        highest: [G, G, G] float32, the largest of them.
        view_counts: [G, G, G] int32, in how many views it is seen (see `SEEN_SHARES`).
        views: how many views there are.
    """

    total: Volume
    highest: Volume
    view_counts: NDArray[np.int32]
    views: int

    @property
    def never_seen(self) -> Mask:
        """[G, G, G]: the voxels that no view has seen."""
        return np.asarray(self.view_counts == 0)


@dataclass(frozen=True, eq=False)
class VoxelQuestion:
    """What to find out about a scene's voxels.

    Attributes:
        channel: which feature, for `VoxelQuantity.CHANNEL`.
        frame: of the present view, for what its depth weights tell; None where none is needed.
        voxel: the selected one.
        capture: what all views see, where it has been computed.
        attribution: [G, G, G], what made the marked part, where it has been computed.
    """

    scene: Scene
    interventions: Interventions
    quantity: VoxelQuantity
    source: GridSource
    tint: Tint
    channel: int = 0
    frame: Frame | None = None
    voxel: VoxelIndex | None = None
    capture: CaptureVisibility | None = None
    attribution: Volume | None = None


@dataclass(frozen=True, eq=False)
class ShownVolume:
    """A quantity of all voxels.

    Attributes:
        values: [G, G, G] (z, y, x) float32; the feature norm where `colors` are shown.
        colors: [3, G, G, G] in 0…1, for what has colours instead of a scale.
        strength: [G, G, G] in 0…1, how much a voxel stands out: its opacity seen from outside.
        legend: what colours stand for `values`.
    """

    values: Volume
    colors: Volume | None
    strength: Volume
    legend: Legend


@dataclass(frozen=True, eq=False)
class SelectedVoxel:
    """What is known of one voxel.

    Attributes:
        place: which, (x, y, z).
        world: [3], where it is, world units.
        rendered: [F], its features as rendered.
        raw: [F], before inpainting; None where the file does not keep them.
        visibility: in the frame's view, in rays; None without depth weights.
        view_count: how many views see it; None where it was not computed.
        similar: [N, 3] voxels (x, y, z) most like it.
        similarities: [N], cosines, highest first.
    """

    place: VoxelIndex
    world: NDArray[np.float64]
    rendered: NDArray[np.float32]
    raw: NDArray[np.float32] | None
    visibility: float | None
    view_count: int | None
    similar: NDArray[np.int64]
    similarities: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class VoxelAnswer:
    """What was found out.

    Attributes:
        volume: the quantity; None where `problem` says why.
        problem: one line; '' as a rule.
        tinted: [G, G, G], the voxels that are told apart; None where there are none to be told.
        selected: the selected voxel, if there is one.
    """

    question: VoxelQuestion
    volume: ShownVolume | None
    problem: str
    tinted: Mask | None
    selected: SelectedVoxel | None
