"""The hyperparameters of the learned baselines, which paint pictures without a voxel grid."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from dvox_core.errors import CheckpointError
from dvox_core.model.config import require_size

PictureKind = Literal["pix2pix", "tatarchenko", "worrall"]

SMALLEST_SIDE = 64


@dataclass(frozen=True)
class PictureModelConfig:
    """Sizes of a baseline's networks.

    Attributes:
        kind: which system.
        image_size: S, side of the picture in pixels: a power of two.
        base_channels: of the widest maps.
        latent: numbers of a code; 0 for pix2pix, which has none.
    """

    kind: PictureKind
    image_size: int
    base_channels: int
    latent: int = 0

    def __post_init__(self) -> None:
        require_size("image_size", self.image_size, 1, 4096)
        require_size("base_channels", self.base_channels, 1, 1024)
        require_size("latent", self.latent, 0, 2**16)
        size = self.image_size
        if size < SMALLEST_SIDE or size & (size - 1):
            raise CheckpointError(
                f"image size {size}: must be a power of two of {SMALLEST_SIDE} or more"
            )
        if (self.kind == "pix2pix") != (self.latent == 0):
            raise CheckpointError(f"latent {self.latent}: is not what {self.kind} can have")
        if self.kind == "worrall" and self.latent % 3:
            raise CheckpointError(f"latent {self.latent}: must be divisible by 3 for worrall")

    @property
    def knows_depth(self) -> bool:
        """Whether frames carry depth and depth weights: they do not."""
        return False

    @property
    def has_grid(self) -> bool:
        """Whether there are voxels to look at: there are none."""
        return False

    @property
    def nominal_grid(self) -> int:
        """Voxels a side that the frustum's planes are counted by, though there is no grid."""
        return 32

    def to_json(self) -> dict[str, Any]:
        """The configuration as plain JSON values."""
        return asdict(self)
