"""How the values of a map become colours: another colour map, range, direction or logarithm."""

from dataclasses import dataclass, replace

from dvox_core.rendering.pictures import Legend

DECADES = 3.0
"""A logarithmic scale that begins at 0 or below shows so many powers of ten."""

LEAST_SPAN = 1e-6
"""Of the values of its ends, how far those of a locked range are apart at least."""

REVERSED = "_r"

EVEN_MAPS = (
    ("Viridis", "viridis"),
    ("Magma", "magma"),
    ("Inferno", "inferno"),
    ("Plasma", "plasma"),
    ("Cividis", "cividis"),
    ("Mako", "mako"),
    ("Batlow", "batlow"),
    ("Grey", "gray"),
)
"""Perceptually even colour maps: title, and name in the `cmap` catalogue."""


def end_apart(low: float, high: float) -> float:
    """The upper end of a range, put so far from the lower one that colours can be told apart."""
    return max(high, low + (LEAST_SPAN * max(abs(low), abs(high)) or LEAST_SPAN))


@dataclass(frozen=True)
class MapScale:
    """What the user has changed of a map's colours; at first nothing.

    Attributes:
        colormap: a name of the `cmap` catalogue; '' for the map's own.
        low, high: the range that is locked; None where it follows the values.
        is_inverted: whether the last colour stands for the lowest value.
        is_logarithmic: whether equal steps of colour are equal ratios of values.
    """

    colormap: str = ""
    low: float | None = None
    high: float | None = None
    is_inverted: bool = False
    is_logarithmic: bool = False

    @property
    def is_locked(self) -> bool:
        """Whether the range stays as it is."""
        return self.low is not None and self.high is not None

    def locked(self, low: float, high: float) -> "MapScale":
        """The same over a range that stays."""
        return replace(self, low=low, high=end_apart(low, high))

    def unlocked(self) -> "MapScale":
        """The same over a range that follows the values."""
        return replace(self, low=None, high=None)

    def applied_to(self, legend: Legend) -> Legend:
        """A map's legend under this scale."""
        name = self.colormap or legend.colormap
        if self.is_inverted:
            name = name.removesuffix(REVERSED) if name.endswith(REVERSED) else name + REVERSED
        low, high = legend.low, legend.high
        if self.low is not None and self.high is not None:
            low, high = self.low, self.high
        logarithmic = self.is_logarithmic and high > 0
        if logarithmic:
            low = max(low, high * 10**-DECADES)
        return replace(legend, colormap=name, low=low, high=high, is_logarithmic=logarithmic)
