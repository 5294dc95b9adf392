"""What a capture format yields before import: pictures with lenses, cameras and points."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dvox_core.data.lens import Lens
from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.grid import GridPlacement

Progress = Callable[[int, int, str], None]
"""Called with (done, of how many, what); may raise `Cancelled` to stop."""


@dataclass(frozen=True)
class SourceView:
    """One picture as it lies on disk.

    Attributes:
        name: usually the picture's, without its ending.
        lens: in continuous pixels of a picture of `lens.width` × `lens.height`.
        split: "train", "validation", "test", or "" where the source does not say.
        mask_path: a picture, black where the view is to be ignored.
    """

    name: str
    picture_path: Path
    camera: Camera
    lens: Lens
    split: str = ""
    mask_path: Path | None = None


@dataclass(frozen=True)
class Dropped:
    """A picture of which no camera was found.

    Attributes:
        reason: as a clause, like “it is blurred”.
    """

    name: str
    picture_path: Path
    reason: str


@dataclass(frozen=True, eq=False)
class Source:
    """A capture in somebody else's format.

    Attributes:
        points: [N, 3] of the scene's surface in the world, from structure from motion; often none.
        placement, near_plane: where the format has them.
        turned_pixels: lenses are those of the pictures turned upright as EXIF says; otherwise of
            the pictures as stored.
        notes: decisions for the report, one line each.
        dropped: pictures that are left out, as their cameras were not found.
        cameras_from: the folder of a COLMAP model, where structure from motion was needed.
        warning: what makes a good scene unlikely, as a line; or "".
    """

    format_name: str
    views: tuple[SourceView, ...]
    points: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 3)))
    placement: GridPlacement | None = None
    near_plane: float | None = None
    turned_pixels: bool = True
    notes: tuple[str, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    cameras_from: Path | None = None
    warning: str = ""


class CaptureFormat(Protocol):
    """One kind of capture on disk."""

    name: str

    def recognises(self, path: Path) -> bool:
        """Whether the file or folder is one, by its content."""
        ...

    def read(self, path: Path, workspace: Path, progress: Progress) -> Source:
        """Read cameras and find the pictures; `workspace` is an empty folder for its own files."""
        ...
