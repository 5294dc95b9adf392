"""Tells from pictures' borders whether the object stands before one colour or before a scene."""

import numpy as np

from dvox_core.data.pictures import small_picture
from dvox_core.data.survey import Survey
from dvox_core.errors import CaptureError

CHECKED_VIEWS = 12
CHECKED_SIDE = 64
NEAR_COLOR = 15
"""Of 255, in every channel."""

PLAIN_SHARE = 0.9

BACKGROUND_DIFFERS = (
    "The background differs between photos; without masks the scene will be blurred."
)


def background_differs(survey: Survey) -> bool:
    """Whether pictures that have neither masks nor transparency show more than one colour around.

    Pictures that cannot be decoded are left out: import tells of them.
    """
    bare = [
        (view, upright)
        for view, info, upright in zip(survey.views, survey.infos, survey.upright, strict=True)
        if view.mask_path is None and not info.transparent
    ]
    if not bare:
        return False
    chosen = np.unique(np.linspace(0, len(bare) - 1, CHECKED_VIEWS).round().astype(int))
    borders = []
    for index in chosen:
        view, upright = bare[index]
        try:
            picture = small_picture(view.picture_path, CHECKED_SIDE, upright=upright)
        except CaptureError:
            continue
        pixels = np.asarray(picture, dtype=np.int16)
        edges = (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
        borders.append(np.concatenate(edges))
    if not borders:
        return False
    values = np.concatenate(borders)
    near = (np.abs(values - np.median(values, axis=0)) <= NEAR_COLOR).all(axis=1)
    return bool(near.mean() < PLAIN_SHARE)
