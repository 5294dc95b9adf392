"""The hyperparameters that fix a model's shapes."""

from dataclasses import asdict, dataclass
from typing import Any

from dvox_core.errors import CheckpointError
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE

_MOST = {"image_size": 4096, "grid_size": 512, "features": 1024, "base_channels": 1024}
"""What no machine can train; a file that says more would only ask for memory."""


def require_size(name: str, value: Any, least: int, most: int) -> None:
    """Refuse a hyperparameter out of a file that is no whole number in a range.

    Raises:
        CheckpointError: it is named.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise CheckpointError(
            f"{name.replace('_', ' ')} {str(value)[:40]}: must be a whole number from {least} to "
            f"{most}"
        )


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of a DeepVoxels model.

    Attributes:
        image_size: S, side of the picture in pixels: 64·2ⁿ with n ≥ 1.
        grid_size: G, voxels a side; divisible by 4.
        features: F, features a voxel.
        base_channels: channels of the 2D networks' widest maps, the paper's nf0; even.
        occlusion: True with the occlusion network, False with depth collapse.
    """

    image_size: int = 512
    grid_size: int = 32
    features: int = 64
    base_channels: int = 64
    occlusion: bool = True

    def __post_init__(self) -> None:
        for name, most in _MOST.items():
            require_size(name, getattr(self, name), 1, most)
        if not isinstance(self.occlusion, bool):
            raise CheckpointError(f"occlusion {str(self.occlusion)[:40]}: must be true or false")
        ratio, rest = divmod(self.image_size, FEATURE_MAP_SIDE)
        if rest or ratio < 2 or ratio & (ratio - 1):
            raise CheckpointError(
                f"image size {self.image_size}: must be 64 times a power of two (128, 256, 512, …)"
            )
        if self.grid_size < 4 or self.grid_size % 4:
            raise CheckpointError(f"grid size {self.grid_size}: must be divisible by 4")
        if self.base_channels < 2 or self.base_channels % 2:
            raise CheckpointError(f"base channels {self.base_channels}: must be even")
        if not self.occlusion and self.base_channels != self.features:
            raise CheckpointError(
                f"a depth-collapse model needs as many features ({self.features}) "
                f"as base channels ({self.base_channels})"
            )

    @property
    def kind(self) -> str:
        """Which system: "deepvoxels"."""
        return "deepvoxels"

    @property
    def knows_depth(self) -> bool:
        """Whether frames carry depth and depth weights."""
        return self.occlusion

    @property
    def has_grid(self) -> bool:
        """Whether there are voxels to look at: there are."""
        return True

    @property
    def nominal_grid(self) -> int:
        """Voxels a side that the frustum's planes are counted by."""
        return self.grid_size

    @property
    def plane_count(self) -> int:
        """D: depth planes of the canonical view volume."""
        return 2 * self.grid_size

    @property
    def resolution_steps(self) -> int:
        """n: times the picture is halved until it is as small as the feature map."""
        return (self.image_size // FEATURE_MAP_SIDE).bit_length() - 1

    def to_json(self) -> dict[str, Any]:
        """The configuration as plain JSON values."""
        return asdict(self)
