"""Replays integration: views observed one after another, and every state of the grid at hand."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from dvox_core.data.pictures import load_picture
from dvox_core.pipeline.observing import Observation, Observer, network_picture
from dvox_core.pipeline.questions import SourceView
from dvox_core.rendering.observed_grid import ObservedGrid, observed_grid

KEPT_BYTES = 256 * 2**20
"""States take no more in half precision; of more, every second, third … is kept and those between
are computed again from the one before."""


class Replay:
    """The integration of views in an order. Used from one thread at a time.

    State 0 is the empty grid, or another one to start from; state n is the grid after n
    observations. The way forward is computed in float32; what is kept, and what is computed again
    from it, is rounded to half precision.

    Attributes:
        views: in their order; one may stand in it more than once.
        spacing: every so many-th state is kept.
    """

    def __init__(
        self,
        observer: Observer,
        views: Sequence[SourceView],
        kept_bytes: int = KEPT_BYTES,
        start: Tensor | None = None,  # [F, G, G, G]; the empty grid if None
    ) -> None:
        self.views = tuple(views)
        self._observer = observer
        self._state = observer.empty_grid() if start is None else start
        self.done = 0
        """Observations done."""
        self._kept: dict[int, ObservedGrid] = {0: self._rounded()}
        size = 2 * self._state.numel() * (len(self.views) + 1)
        self.spacing = max(1, math.ceil(size / kept_bytes))

    @property
    def kept_bytes(self) -> int:
        """What the kept states take."""
        return sum(grid.features.nbytes for grid in self._kept.values())

    def advance(self) -> Observation:
        """Observe the next view.

        Raises:
            CaptureError: its picture cannot be read.
            IndexError: all views are observed.
        """
        observation = self._observe(self._state, self.views[self.done])
        self._state = observation.after
        self.done += 1
        if self.done % self.spacing == 0 or self.done == len(self.views):
            self._kept[self.done] = self._rounded()
        return observation

    def state(self, number: int) -> Tensor:
        """The grid [F, G, G, G] float32 after `number` observations, of those that are done."""
        if not 0 <= number <= self.done:
            raise IndexError(f"state {number} of {self.done}")
        if number == self.done:
            return self._state
        start = max(kept for kept in self._kept if kept <= number)
        state = torch.from_numpy(self._kept[start].float_features)
        for view in self.views[start:number]:
            state = self._observe(state, view).after
        return state

    def kept(self, number: int) -> ObservedGrid | None:
        """State `number` in half precision; None where it is not kept."""
        return self._kept.get(number)

    def grid(self, number: int) -> ObservedGrid:
        """State `number` in half precision, with the names of the views that it observed."""
        kept = self._kept.get(number)
        if kept is not None:
            return kept
        return observed_grid(self.state(number).cpu().numpy(), self._names(number))

    def observation(self, number: int) -> Observation:
        """Observation `number`, counted from 1, with all its stages; it is computed again."""
        return self._observe(self.state(number - 1), self.views[number - 1])

    def _observe(self, state: Tensor, view: SourceView) -> Observation:
        side = self._observer.model.config.image_size
        picture = network_picture(load_picture(view.picture_path, side))
        return self._observer.observe(state, picture, view.camera)

    def _rounded(self) -> ObservedGrid:
        return observed_grid(self._state.detach().cpu().numpy(), self._names(self.done))

    def _names(self, number: int) -> tuple[str, ...]:
        return tuple(view.name for view in self.views[:number])
