"""How far each part of a view can be trusted, term by term; known without torch."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


class TrustTerm(enum.Enum):
    """The trust map, and the terms whose product it is; each 0 (none) … 1 (full)."""

    TRUST = "Trust"
    INSIDE = "Weight inside the grid"
    CERTAINTY = "Certainty of depth"
    SEEN = "Training views that saw it"
    NEARNESS = "Nearness of such a view"
    FIT = "Fit of the training pictures"


@dataclass(frozen=True, eq=False)
class TrustMaps:
    """The trust in a view's rays.

    Attributes:
        maps: [64, 64] float32 each, 0…1; NaN where a ray meets nothing. `FIT` is missing where
            the training pictures are not known.
    """

    maps: Mapping[TrustTerm, NDArray[np.float32]]

    def mean(self, term: TrustTerm) -> float:
        """The mean over the rays that meet something; NaN if none does, or without the term."""
        values = self.maps.get(term)
        known = np.zeros(0) if values is None else values[np.isfinite(values)]
        return float(known.mean()) if known.size else float("nan")
