"""How a stage of the method may be looked at. Without torch, as `stages`."""

import enum
from dataclasses import dataclass

from dvox_core.pipeline.stages import Kind, Stage


class Way(enum.Enum):
    """How a volume is looked at."""

    CLOUD = "Cloud"
    FAN = "From above"
    SLICE = "Slice"
    HIGHEST = "Maximum"


class Channel(enum.IntEnum):
    """What of the features is looked at; other numbers, from 0 on, are features."""

    COMPONENTS = -1
    NORM = -2


@dataclass(frozen=True)
class StageLook:
    """How a stage is looked at.

    Attributes:
        way: of volumes; grids are clouds, slices or maxima, frusta fans, slices or maxima.
        axis: that slices and maxima are taken along: 0…2 for x, y, z of a grid, for column, row
            and plane of a frustum.
        plane: number of the slice.
        channel: a `Channel`, or the number of a feature.
        colormap: "" for the usual one.
        span: values at the ends of the colours; None to fit them.
    """

    way: Way = Way.CLOUD
    axis: int = 2
    plane: int = 0
    channel: int = Channel.COMPONENTS
    colormap: str = ""
    span: tuple[float, float] | None = None


def usual_look(stage: Stage) -> StageLook:
    """How a stage is looked at in its tile."""
    return StageLook(Way.FAN if stage.kind.is_of_frustum else Way.CLOUD)


def ways_of(kind: Kind) -> tuple[Way, ...]:
    """How stages of a kind may be looked at; maps in one way only."""
    if kind.is_of_grid:
        return (Way.CLOUD, Way.SLICE, Way.HIGHEST)
    if kind.is_of_frustum:
        return (Way.FAN, Way.SLICE, Way.HIGHEST)
    return ()
