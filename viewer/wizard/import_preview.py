"""What an import of the chosen source would give."""

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dvox_core.data.box_crop import crop_around_box
from dvox_core.data.importing import (
    ImportOptions,
    ImportPlan,
    fit_box,
    plan_import,
)
from dvox_core.data.object_folder import turned_source
from dvox_core.data.placement import Placed, coverage, up_direction
from dvox_core.data.source import SourceView
from dvox_core.data.survey import intrinsics_of
from dvox_core.data.turning import turn_views
from dvox_core.errors import CaptureError, UserError
from dvox_core.geometry.cameras import Camera, Intrinsics
from dvox_core.geometry.directions_seen import directions_seen
from viewer.wizard.camera_pyramids import camera_pyramids
from viewer.wizard.plan import FoundSource


@dataclass(frozen=True, eq=False)
class ImportPreview:
    """What the import of a source would make.

    Attributes:
        options: of the import that was looked at.
        views: turned as the options say; one a picture, blind ones too.
        cameras: of the imported pictures, in the views' order.
        turns: [views, 3, 3], from these to the pictures' own; None where they are the same.
        points: [N, 3], turned likewise.
        intrinsics: of the imported pictures.
        placed: the grid and the near plane.
        pyramids: [views, 8, 2, 3], edges that show where each camera stands.
        shares: [views], the share of the grid that each sees, 0…1.
        camera_up: the cameras' up in the source's own world.
        seen: from which sides the box was photographed, in words.
        plan: what would be imported; None where it cannot be.
        problem: why not, as a line; or "".
    """

    options: ImportOptions
    views: tuple[SourceView, ...]
    cameras: tuple[Camera, ...]
    turns: NDArray[np.float64] | None
    points: NDArray[np.float64]
    intrinsics: Intrinsics
    placed: Placed
    pyramids: NDArray[np.float64]
    shares: NDArray[np.float64]
    camera_up: tuple[float, float, float]
    seen: str
    plan: ImportPlan | None
    problem: str

    @property
    def blind(self) -> tuple[int, ...]:
        """Numbers of the views that see nothing of the grid."""
        return tuple(int(index) for index in np.flatnonzero(self.shares == 0))

    @property
    def inside(self) -> tuple[int, ...]:
        """Numbers of the views whose cameras stand inside the grid."""
        placement = self.placed.placement
        return tuple(
            index
            for index, view in enumerate(self.views)
            if placement.contains(view.camera.position)
        )


def preview_import(found_source: FoundSource, options: ImportOptions) -> ImportPreview:
    """Place the grid, count what every camera sees, and plan the import; reads no file.

    Raises:
        CaptureError: no grid can be placed at all.
    """
    source, survey = turned_source(
        found_source.source, found_source.survey, options.up, options.object
    )
    views = turn_views(survey.views, options.up)
    cameras, turns = tuple(view.camera for view in views), None
    intrinsics = survey.intrinsics(options.size)
    placed = fit_box(found_source.given, views, survey, source, options)
    if options.crop == "box":
        with suppress(CaptureError):  # the plan says what is wrong
            is_moved = options.center is not None or options.scale is not None
            points = None if options.object is None or is_moved else source.points
            crop = crop_around_box(cameras, placed.placement, points)
            cameras, turns = crop.cameras, crop.turns
            intrinsics = intrinsics_of(crop.window, options.size)
    plan, problem = None, ""
    try:
        plan = plan_import(found_source.path, found_source.source, found_source.survey, options)
    except UserError as error:
        problem = " ".join(str(error).split())
    center = np.asarray(placed.placement.center)
    seen = directions_seen(cameras, center, up_direction(cameras))
    if plan is not None:
        placed = plan.placed
    return ImportPreview(
        options=options,
        views=views,
        cameras=cameras,
        turns=turns,
        points=source.points,
        intrinsics=intrinsics,
        placed=placed,
        pyramids=camera_pyramids(views, np.asarray(placed.placement.center)),
        shares=coverage(cameras, intrinsics, placed.placement, placed.near_plane),
        camera_up=found_source.camera_up,
        seen=seen.words,
        plan=plan,
        problem=problem,
    )
