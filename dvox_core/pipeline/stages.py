"""The stages of the method in the order of the paper's figure 2.

Without torch: the window knows them before torch is there.
"""

import enum
from dataclasses import dataclass


class Kind(enum.Enum):
    """What a stage's tensor is like.

    PICTURE [3, S, S], MAP [F, P, P], GRID [F, G, G, G], GATE [G, G, G], FRUSTUM [F, D, P, P],
    WEIGHTS [D, P, P].
    """

    PICTURE = enum.auto()
    MAP = enum.auto()
    GRID = enum.auto()
    GATE = enum.auto()
    FRUSTUM = enum.auto()
    WEIGHTS = enum.auto()

    @property
    def is_of_grid(self) -> bool:
        """Whether its axes are the grid's."""
        return self in (Kind.GRID, Kind.GATE)

    @property
    def is_of_frustum(self) -> bool:
        """Whether its axes are depth, row and column of a view."""
        return self in (Kind.FRUSTUM, Kind.WEIGHTS)

    @property
    def has_features(self) -> bool:
        """Whether it has features, of which one may be looked at."""
        return self in (Kind.MAP, Kind.GRID, Kind.FRUSTUM)


class Stage(enum.Enum):
    """A stage, by its name; the order is that of the figure."""

    SOURCE = "source"
    FEATURES = "features"
    LIFTED = "lifted"
    BEFORE = "before"
    RESET = "reset"
    UPDATE = "update"
    AFTER = "after"
    INPAINTED = "inpainted"
    FRUSTUM = "frustum"
    VISIBILITY = "visibility"
    COLLAPSED = "collapsed"
    PICTURE = "picture"

    @property
    def title(self) -> str:
        """For people."""
        return _FACTS[self].title

    @property
    def kind(self) -> Kind:
        """What its tensor is like."""
        return _FACTS[self].kind

    @property
    def made_by(self) -> str:
        """What makes it of the stages before it; "" of what is given."""
        return _FACTS[self].made_by

    @property
    def observes(self) -> bool:
        """Whether it belongs to observing a source picture, and not to the present view."""
        return self in OBSERVING


@dataclass(frozen=True)
class _Facts:
    title: str
    kind: Kind
    made_by: str


_FACTS = {
    Stage.SOURCE: _Facts("Source picture", Kind.PICTURE, ""),
    Stage.FEATURES: _Facts("2D features", Kind.MAP, "extract"),
    Stage.LIFTED: _Facts("Lifted volume", Kind.GRID, "lift"),
    Stage.BEFORE: _Facts("Grid before", Kind.GRID, ""),
    Stage.RESET: _Facts("Reset gate", Kind.GATE, "gate"),
    Stage.UPDATE: _Facts("Update gate", Kind.GATE, "gate"),
    Stage.AFTER: _Facts("Grid after", Kind.GRID, "integrate"),
    Stage.INPAINTED: _Facts("Inpainted grid", Kind.GRID, "inpaint"),
    Stage.FRUSTUM: _Facts("View frustum", Kind.FRUSTUM, "resample"),
    Stage.VISIBILITY: _Facts("Visibility", Kind.WEIGHTS, "occlusion"),
    Stage.COLLAPSED: _Facts("Collapsed features", Kind.MAP, "collapse"),
    Stage.PICTURE: _Facts("Picture", Kind.PICTURE, "paint"),
}

OBSERVING = (
    Stage.SOURCE,
    Stage.FEATURES,
    Stage.LIFTED,
    Stage.BEFORE,
    Stage.RESET,
    Stage.UPDATE,
    Stage.AFTER,
)
"""From the source picture to the grid that it was merged into."""
