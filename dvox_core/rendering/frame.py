"""A rendered view, and what may be asked for beside the picture."""

import enum
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.cameras import Camera
from dvox_core.rendering.interventions import NO_INTERVENTIONS, Interventions
from dvox_core.rendering.trust_maps import TrustMaps

Pixel = TypeVar("Pixel", bound=np.generic)

BORDER = 5
"""Outermost pixels of a picture that are untrained; shown pictures leave them out."""


class Extra(enum.Flag):
    """What a frame carries beside picture and depth; each costs a little, so it is asked for."""

    NONE = 0
    ENTROPY = enum.auto()
    VISIBILITY = enum.auto()
    FLOAT_PICTURE = enum.auto()
    OUTSIDE = enum.auto()
    COLLAPSED = enum.auto()
    TRUST = enum.auto()


@dataclass(frozen=True, eq=False)
class Frame:
    """One rendered view.

    Attributes:
        camera: what it was rendered for.
        picture: [S, S, 3] uint8, the untrained border kept (see `BORDER`).
        depth: [64, 64] float32, expected depth along the optical axis in world units;
            None for depth-collapse models, which know no depth.
        contribution_depth: [64, 64] float32, world units: the mean depth weighted by what each
            sample adds to the picture (weight × feature norm); NaN where a ray is empty. None as
            for `depth`. This is the depth to warp a picture by.
        entropy: [64, 64] float32, entropy of the depth weights in bits, if asked for.
        visibility: [D, 64, 64] float32, the depth weights, if asked for.
        outside_share: [64, 64] float32, the weight on samples outside the grid, 0…1, if asked for.
        float_picture: [S, S, 3] float32 in 0…1, if asked for.
        collapsed: [F, 64, 64] float32, the features that the picture is painted from, if asked for.
        trust: how far each ray can be trusted. No renderer tells it: `TrustAssessor` does, of a
            frame that carries its depth weights.
        stages_ms: time of each stage in milliseconds, in order.
        hint: why the picture may be empty, as a line for the user; '' as a rule.
        interventions: under which it was rendered.
        draft: whether a fuller picture of the same view is to follow.
        made_by: backend and precision, as shown to people; '' where nobody said so.
    """

    camera: Camera
    picture: NDArray[np.uint8]
    depth: NDArray[np.float32] | None
    contribution_depth: NDArray[np.float32] | None
    stages_ms: dict[str, float]
    entropy: NDArray[np.float32] | None = None
    visibility: NDArray[np.float32] | None = None
    float_picture: NDArray[np.float32] | None = None
    outside_share: NDArray[np.float32] | None = None
    collapsed: NDArray[np.float32] | None = None
    trust: TrustMaps | None = None
    hint: str = field(default="")
    interventions: Interventions = NO_INTERVENTIONS
    draft: bool = False
    made_by: str = ""

    @property
    def total_ms(self) -> float:
        """Time of the whole frame in milliseconds."""
        return sum(self.stages_ms.values())


def without_border(picture: NDArray[Pixel]) -> NDArray[Pixel]:
    """The trained part of a picture: [S, S, …] → [S − 10, S − 10, …], a view."""
    return picture[BORDER:-BORDER, BORDER:-BORDER]
