"""A run's curves over its steps, gathered from its events as they come."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dvox_core.training.run.events import (
    Event,
    RolledBack,
    SnapshotSaved,
    Started,
    StepDone,
    Validated,
)

LOSSES = ("generator", "l1", "adversarial", "discriminator")
SCORES = ("psnr", "ssim")
STATISTICS = ("mean", "median", "high", "max")

_STEP_COLUMNS = ("step", *LOSSES, "learning_rate", "steps_per_second", "elapsed_seconds")
_FIRST_ROWS = 256


@dataclass(frozen=True, eq=False)
class Curve:
    """Values over steps; steps never fall.

    Attributes:
        steps: [N] float64.
        values: [N] float64, NaN-free.
    """

    steps: NDArray[np.float64]
    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.steps)

    def between(self, first: float, last: float) -> "Curve":
        """The part from step `first` to step `last`, with a point beyond at either end."""
        begin = max(0, int(np.searchsorted(self.steps, first, "left")) - 1)
        end = int(np.searchsorted(self.steps, last, "right")) + 1
        return Curve(self.steps[begin:end], self.values[begin:end])

    def smoothed(self, weight: float) -> "Curve":
        """The exponential moving average, without a bias at the beginning.

        Args:
            weight: of what was before, 0…1; 0 leaves the curve as it is.
        """
        if weight <= 0 or len(self) < 2:
            return self
        from scipy.signal import lfilter  # its import takes half a second

        sums = lfilter([1 - weight], [1, -weight], self.values)
        shares = 1 - weight ** np.arange(1, len(self) + 1)
        return Curve(self.steps, sums / shares)

    def thinned(self, bins: int) -> "Curve":
        """At most 2 · `bins` points that look the same: the lowest and the highest of each bin."""
        count = len(self)
        if count <= 2 * bins:
            return self
        edges = np.linspace(0, count, bins + 1).astype(np.int64)[:-1]
        lowest, highest = _extremes(self.values, edges)
        kept = np.unique(np.concatenate([[0], lowest, highest, [count - 1]]))
        return Curve(self.steps[kept], self.values[kept])


class RunHistory:
    """What a run's events say of its course; later steps of what was undone do not count."""

    def __init__(self) -> None:
        self._steps = _Table(_STEP_COLUMNS)
        self._scores = _Table(("step", *SCORES))
        self._statistics: list[tuple[int, Mapping[str, Mapping[str, float]]]] = []
        self._snapshots: list[int] = []

    def add(self, events: Iterable[Event]) -> None:
        """Take further events."""
        for event in events:
            self._add(event)

    @property
    def last_step(self) -> int:
        """The last step that was logged; 0 before any."""
        steps = self._steps.column("step")
        return int(steps[-1]) if len(steps) else 0

    @property
    def names(self) -> tuple[str, ...]:
        """The curves that have points: losses, scores, and "volume statistic" of volumes."""
        columns = (*LOSSES, *SCORES, "learning_rate")
        there = [name for name in columns if len(self.curve(name))]
        volumes = dict.fromkeys(name for _, found in self._statistics for name in found)
        return (*there, *(f"{name} {of}" for name in volumes for of in STATISTICS))

    @property
    def snapshot_steps(self) -> tuple[int, ...]:
        """Steps at which snapshots were saved, kept or not."""
        return tuple(self._snapshots)

    def curve(self, name: str) -> Curve:
        """A curve by its name; empty if there is none."""
        volume, _, statistic = name.partition(" ")
        if statistic:
            found = [
                (step, float(statistics[volume].get(statistic, np.nan)))
                for step, statistics in self._statistics
                if volume in statistics
            ]
            steps = np.array([step for step, _ in found], dtype=np.float64)
            values = np.array([value for _, value in found], dtype=np.float64)
        else:
            table = self._scores if name in SCORES else self._steps
            steps, values = table.column("step"), table.column(name)
        known = np.isfinite(values)
        return Curve(steps, values) if known.all() else Curve(steps[known], values[known])

    def _add(self, event: Event) -> None:
        match event:
            case StepDone():
                losses = event.losses
                self._steps.append(
                    (
                        event.step,
                        *(losses.get(name, np.nan) for name in LOSSES),
                        event.learning_rate,
                        event.steps_per_second,
                        event.elapsed_seconds,
                    )
                )
            case Validated():
                self._scores.append((event.step, event.psnr, event.ssim))
                if event.volume_statistics:
                    self._statistics.append((event.step, event.volume_statistics))
            case SnapshotSaved():
                self._snapshots.append(event.step)
            case Started() | RolledBack():
                self._undo(event.step)

    def _undo(self, step: int) -> None:
        """Forget what came after `step`."""
        self._steps.cut(step)
        self._scores.cut(step)
        self._statistics = [entry for entry in self._statistics if entry[0] <= step]
        self._snapshots = [saved for saved in self._snapshots if saved <= step]


class _Table:
    """Columns of numbers that grow; what was handed out never changes."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self._columns = columns
        self._rows = np.empty((len(columns), _FIRST_ROWS))
        self._count = 0

    def append(self, row: Iterable[float]) -> None:
        if self._count == self._rows.shape[1]:
            larger = np.empty((len(self._columns), 2 * self._count))
            larger[:, : self._count] = self._rows
            self._rows = larger
        self._rows[:, self._count] = tuple(row)
        self._count += 1

    def cut(self, step: float) -> None:
        """Drop the rows after `step`."""
        kept = int(np.searchsorted(self.column("step"), step, "right"))
        if kept < self._count:
            self._rows = self._rows.copy()  # the rows to come must not overwrite what is out there
            self._count = kept

    def column(self, name: str) -> NDArray[np.float64]:
        """[N]; not a copy."""
        return self._rows[self._columns.index(name), : self._count]


def _extremes(
    values: NDArray[np.float64], edges: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each bin is lowest and highest; the bins begin at `edges`."""
    bins = np.repeat(np.arange(len(edges)), np.diff(np.append(edges, len(values))))
    order = np.lexsort((values, bins))
    ends = np.append(edges[1:], len(values)) - 1
    return order[edges], order[ends]
