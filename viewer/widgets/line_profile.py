"""The entries of a map along a line, and what is found there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LineProfile:
    """A line through a map.

    Attributes:
        name: of the line, e.g. "row 12".
        across: what grows along it, with its unit.
        columns, rows: [N], entries of the map; NaN where the line leaves it.
        edges: [N + 1]: where the entries begin and end, ascending or descending, in the units of
            `across`.
    """

    name: str
    across: str
    columns: Floats
    rows: Floats
    edges: Floats

    @property
    def places(self) -> Floats:
        """[N]: the entries' middles, in the units of `across`."""
        return (self.edges[1:] + self.edges[:-1]) / 2

    @property
    def ends(self) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """The first and the last entry (column, row) that lie in the map; None where none do."""
        known = np.flatnonzero(np.isfinite(self.columns) & np.isfinite(self.rows))
        if not len(known):
            return None
        first, last = known[0], known[-1]
        return self.entry(int(first)), self.entry(int(last))

    def entry(self, number: int) -> tuple[float, float]:
        """Column and row of an entry."""
        return float(self.columns[number]), float(self.rows[number])

    def nearest(self, place: float) -> int:
        """The entry nearest to a place, in the units of `across`."""
        return int(np.abs(self.places - place).argmin())

    def values(self, array: NDArray[Any]) -> Floats:
        """[N, …]: the nearest entries of a map [H, W, …], uninterpolated; NaN outside of it."""
        height, width = array.shape[:2]
        with np.errstate(invalid="ignore"):
            columns, rows = np.floor(self.columns + 0.5), np.floor(self.rows + 0.5)
            inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
        found = np.full((len(self.places), *array.shape[2:]), np.nan)
        found[inside] = array[rows[inside].astype(int), columns[inside].astype(int)]
        return found


def row_profile(
    shape: tuple[int, int],  # of the map: rows, columns
    row: int,
    across: str,
    left: float,  # what the map's edges stand for
    right: float,
) -> LineProfile:
    """Along a row of a map, from left to right."""
    columns, edges = np.arange(shape[1], dtype=np.float64), np.linspace(left, right, shape[1] + 1)
    return LineProfile(f"row {row}", across, columns, np.full(shape[1], float(row)), edges)


def column_profile(
    shape: tuple[int, int], column: int, down: str, top: float, bottom: float
) -> LineProfile:
    """Along a column of a map, from top to bottom."""
    rows, edges = np.arange(shape[0], dtype=np.float64), np.linspace(top, bottom, shape[0] + 1)
    return LineProfile(f"column {column}", down, np.full(shape[0], float(column)), rows, edges)


def line_angle(first: tuple[float, float], last: tuple[float, float]) -> float:
    """Degrees, 0 to 180, of the line through two places of a plot; 0 where they are one."""
    return float(np.degrees(np.arctan2(last[1] - first[1], last[0] - first[0]))) % 180


def value_range(values: Floats, legend: tuple[float, float] | None) -> tuple[float, float]:
    """What a plot of values spans upwards: the legend's range, widened to what lies outside of it.

    Args:
        values: any shape; what is not finite does not count.
        legend: the range of the map's colours, if they have one.
    """
    known = values[np.isfinite(values)]
    found = [*(legend or ()), *((known.min(), known.max()) if known.size else ())]
    finite = [float(value) for value in found if np.isfinite(value)]
    if not finite:
        return 0.0, 1.0
    low, high = min(finite), max(finite)
    room = 0.5 * abs(high) or 0.5
    return (low, high) if high > low else (low - room, high + room)
