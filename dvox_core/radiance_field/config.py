"""How a radiance field is fitted: its stages, from coarse to fine, and what all of them share."""

from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True)
class FieldStage:
    """One resolution of the fit.

    Attributes:
        side: voxels a side of the cube, a multiple of 4.
        steps: how many.
        rays: in a step.
        density_rate, color_rate: Adam's learning rates at the stage's start.
        final_share: what they have fallen to at its end, exponentially.
        outer_side: voxels a side of the surroundings, a multiple of 4; 0: none.
    """

    side: int
    steps: int
    rays: int
    density_rate: float
    color_rate: float
    final_share: float
    outer_side: int = 0


DEFAULT_STAGES = (
    FieldStage(32, 200, 4096, 0.5, 0.05, 0.5),
    FieldStage(64, 300, 8192, 0.3, 0.05, 0.5),
    FieldStage(128, 1000, 16384, 0.15, 0.03, 0.1),
)


@dataclass(frozen=True)
class FieldConfig:
    """How a field is fitted.

    Attributes:
        stages: coarse to fine.
        pressure: added to the loss's gradient by the opacity of each sample in the cube, or a fog
            of the background's colour stays.
        betas, epsilon: Adam's.
        occupancy_every: steps from one look at what is empty to the next.
        least_light: a ray ends where less than this share of the light would pass.
        tile: rays are those of random tiles of so many pixels a side: neighbours mix the same
            voxels, which saves a tenth of the time; batches of single pixels fit no better.
    """

    stages: tuple[FieldStage, ...] = DEFAULT_STAGES
    pressure: float = 3e-4
    betas: tuple[float, float] = (0.9, 0.99)
    epsilon: float = 1e-8
    occupancy_every: int = 16
    least_light: float = 1e-3
    tile: int = 4

    @property
    def steps(self) -> int:
        """Of all stages."""
        return sum(stage.steps for stage in self.stages)

    def with_surroundings(self) -> "FieldConfig":
        """The same with a grid of the world around the cube, as fine as the cube's own."""
        stages = tuple(replace(stage, outer_side=stage.side) for stage in self.stages)
        return replace(self, stages=stages)

    def to_json(self) -> dict[str, Any]:
        """Plain values for a file."""
        return asdict(self)

    @staticmethod
    def from_json(values: dict[str, Any]) -> "FieldConfig":
        """The configuration that `to_json` wrote."""
        stages = tuple(FieldStage(**stage) for stage in values["stages"])
        return FieldConfig(**{**values, "stages": stages, "betas": tuple(values["betas"])})
