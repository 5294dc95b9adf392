"""A capture: pictures with cameras, one intrinsics, the grid's placement and a split."""

from dataclasses import dataclass, field
from pathlib import Path

from dvox_core.geometry.cameras import Camera, Intrinsics
from dvox_core.geometry.grid import GridPlacement


@dataclass(frozen=True)
class View:
    """One picture and where it was taken from."""

    name: str
    picture_path: Path
    camera: Camera
    split: str  # "train", "validation" or "test"


@dataclass(frozen=True)
class Capture:
    """What training and evaluation know of data.

    Attributes:
        intrinsics: of the stored pictures, in their pixels; the pictures are square.
        placement: the grid's cube.
        near_plane: depth of the frustum's first plane, world units.
    """

    name: str
    views: tuple[View, ...]
    intrinsics: Intrinsics
    placement: GridPlacement
    near_plane: float
    notes: tuple[str, ...] = field(default=())

    def split(self, name: str) -> tuple[View, ...]:
        """The views of a split, in order."""
        return tuple(view for view in self.views if view.split == name)
