"""What was found of a source's object: a mask for each picture, and places of its surface.

A folder with `object.json` (places, and which mask belongs to which picture), `masks/` (white is
the object; may be mended with any paint program) and `coverage/` (what masks were made of).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dvox_core.atomic_files import write_text
from dvox_core.data.source import Source
from dvox_core.data.survey import Survey
from dvox_core.data.turning import turn_source
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.grid import GridPlacement

Points = NDArray[np.float64]

FACTS, MASKS, COVERAGE = "object.json", "masks", "coverage"

MOST_POINTS = 2000

OUTLIERS = 0.5
"""Percent of places at either end of an axis that a box does not count."""

BOX_MARGIN = 1.12

MOST_CUT = 0.02
"""Share of an object's places that may be outside a box without a warning."""

LARGEST_SHARE_TO_CAMERA = 0.95


@dataclass(frozen=True, eq=False)
class ObjectFolder:
    """An object that was found.

    Attributes:
        path: the folder.
        points: [N, 3] of its surface, in the source's own world.
        files: names of masks and coverages by their views' names.
    """

    path: Path
    points: Points
    files: Mapping[str, str]

    def mask_path(self, view: str) -> Path:
        """Of a view's mask."""
        return self.path / MASKS / self.files[view]

    def coverage_path(self, view: str) -> Path:
        """Of how much of each pixel the object covers."""
        return self.path / COVERAGE / self.files[view]

    def write_facts(self) -> None:
        """Write `object.json`; at most 2000 places, drawn at random."""
        points = self.points
        if len(points) > MOST_POINTS:
            points = np.random.default_rng(0).permutation(points)[:MOST_POINTS]
        facts = {
            "points": [[round(float(value), 6) for value in point] for point in points],
            "masks": dict(self.files),
        }
        write_text(self.path / FACTS, json.dumps(facts, ensure_ascii=False) + "\n")

    @staticmethod
    def read(path: Path) -> "ObjectFolder":
        """Read a folder.

        Raises:
            CaptureError: it is none, or damaged.
        """
        try:
            facts = json.loads((path / FACTS).read_text(encoding="utf-8"))
            points = np.asarray(facts["points"], dtype=np.float64)
            files = {str(view): str(name) for view, name in facts["masks"].items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise CaptureError(
                f"{path / FACTS}: cannot be read; name a folder that the command mask wrote"
            ) from error
        if points.ndim != 2 or points.shape[1] != 3 or not np.isfinite(points).all():
            raise CaptureError(f"{path / FACTS}: holds no places; find the object again")
        if any(Path(name).name != name for name in files.values()):
            raise CaptureError(f"{path / FACTS}: names masks outside its folder; find it again")
        return ObjectFolder(path, points, files)


def with_object(source: Source, survey: Survey, found: ObjectFolder) -> tuple[Source, Survey]:
    """A source whose pictures have the object's masks, and whose points are the object's.

    Raises:
        CaptureError: a picture has no mask there.
    """
    for view in survey.views:
        if view.name not in found.files or not found.mask_path(view.name).is_file():
            raise CaptureError(
                f"{found.path}: has no mask for the picture {view.name}; find the object again"
            )
    views = tuple(replace(view, mask_path=found.mask_path(view.name)) for view in survey.views)
    return replace(source, points=found.points), replace(survey, views=views)


def turned_source(
    source: Source, survey: Survey, up: tuple[float, float, float] | None, folder: Path | None
) -> tuple[Source, Survey]:
    """A source turned so that `up` is +z, and with the object that a folder has of it, if any.

    The box is that around the object.

    Raises:
        CaptureError: the folder cannot be used, or `up` is no direction.
    """
    if folder is None:
        return turn_source(source, up), survey
    source, survey = with_object(source, survey, ObjectFolder.read(folder))
    source = turn_source(source, up)
    box = box_around(source.points, [view.camera for view in source.views])
    return replace(source, placement=box, near_plane=None), survey


def cut_share(points: Points, box: GridPlacement) -> float:
    """The share of an object's places [N, 3] that lies outside a box, 0…1; 0 if too little to say.

    A few of the places may be the surroundings' in any case.
    """
    away = np.abs(points - np.asarray(box.center)).max(axis=-1)
    share = float((away > box.scale / 2).mean())
    return share if share >= MOST_CUT else 0.0


def box_warning(points: Points, around: GridPlacement, box: GridPlacement) -> str:
    """What a box cuts off of an object, as a line with the way out; or "".

    Args:
        points: [N, 3] of the object's surface.
        around: the box that holds it.
        box: the one that is asked about.
    """
    share = cut_share(points, box)
    if not share:
        return ""
    center = " ".join(f"{value:.4g}" for value in around.center)
    return (
        f"the box goes through what stands out in the pictures: {share:.0%} of it lies outside and "
        "will be missing; if it is the object, import with a box around it: --crop box "
        f"--center {center} --scale {around.scale:.4g}"
    )


def box_around(points: Points, cameras: Sequence[Camera]) -> GridPlacement:
    """The cube around an object's places [N, 3], with a margin and without cameras in it."""
    low, high = np.percentile(points, [OUTLIERS, 100 - OUTLIERS], axis=0)
    middle = (low + high) / 2
    positions = np.array([camera.position for camera in cameras])
    reach = float(np.abs(positions - middle).max(axis=1).min())
    side = min(BOX_MARGIN * float((high - low).max()), 2 * LARGEST_SHARE_TO_CAMERA * reach)
    x, y, z = (float(value) for value in middle)
    return GridPlacement((x, y, z), side)
