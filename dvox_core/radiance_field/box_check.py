"""Tells whether an import's box goes through the object, by a quick look at the whole pictures.

Where nothing else tells of the object, a box is placed by the cameras: where they look, as wide as
what their squares show there. Handheld photos are aimed at parts of an object, and upright ones
show more than their squares, so that such a box may go through it.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dvox_core.data.background_check import background_differs
from dvox_core.data.importing import ImportOptions, ImportPlan
from dvox_core.data.object_folder import box_around, box_warning
from dvox_core.data.source import Progress, Source
from dvox_core.data.survey import Survey
from dvox_core.data.turning import rotation_to_z
from dvox_core.errors import CaptureError
from dvox_core.radiance_field.object_masks import COARSE_STAGES, look_roughly
from dvox_core.radiance_field.source_masks import whole_views

Points = NDArray[np.float64]

MOST_VIEWS = 60
"""That are looked at: places need no more."""

LOOKING = "looking where the object is"


def is_box_guessed(source: Source, options: ImportOptions) -> bool:
    """Whether neither the source nor the options say where the object is."""
    is_given = options.center is not None and options.scale is not None
    return not is_given and options.object is None and source.placement is None


def rough_places(path: Path, source: Source, survey: Survey, progress: Progress) -> Points:
    """[N, 3]: places of the surface of what stands out in the pictures, in the source's own world.

    Args:
        path: the source's, for errors.
        source: as its format read it.
        survey: of that source.
        progress: called as work goes on; may raise `Cancelled`.

    Raises:
        CaptureError: nothing stands out, or a picture cannot be used.
    """
    steps = sum(stage.steps for stage in COARSE_STAGES)
    views, box = whole_views(path, source, _some_of(survey), progress)
    found = look_roughly(views, box, lambda done: progress(done, steps, LOOKING), COARSE_STAGES)
    return found.points


def box_doubt(
    path: Path, source: Source, survey: Survey, plan: ImportPlan, progress: Progress
) -> str:
    """What a guessed box cuts off of what the pictures show, as a line with the way out; or "".

    Pictures before one colour are not looked at: there, what the squares show is the object.

    Args:
        path: the source's, for errors.
        source: as its format read it, not turned.
        survey: of that source.
        plan: of its import.
        progress: called as work goes on; may raise `Cancelled`.
    """
    if not is_box_guessed(source, plan.options) or not background_differs(survey):
        return ""
    try:
        points = rough_places(path, source, survey, progress)
    except CaptureError:
        return ""  # nothing stands out, so that nothing can be told
    if plan.options.up is not None:
        points = points @ rotation_to_z(plan.options.up).T
    around = box_around(points, [view.camera for view in plan.views])
    return box_warning(points, around, plan.placed.placement)


def with_box_doubt(
    path: Path, source: Source, survey: Survey, plan: ImportPlan, progress: Progress
) -> ImportPlan:
    """The plan with that doubt, if there is any, among what its report tells; see `box_doubt`."""
    doubt = box_doubt(path, source, survey, plan, progress)
    return replace(plan, messages=(*plan.messages, f"warning: {doubt}")) if doubt else plan


def _some_of(survey: Survey) -> Survey:
    count = len(survey.views)
    kept = np.unique(np.linspace(0, count - 1, min(count, MOST_VIEWS)).round().astype(int))
    return replace(
        survey,
        views=tuple(survey.views[index] for index in kept),
        infos=tuple(survey.infos[index] for index in kept),
        upright=tuple(survey.upright[index] for index in kept),
    )
