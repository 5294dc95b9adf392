"""The learned baselines' networks by their configuration, and what a scene stores of them."""

from dvox_core.model.picture_config import PictureModelConfig
from dvox_core.networks.pix2pix import Pix2PixNetwork
from dvox_core.networks.tatarchenko import TatarchenkoNetwork
from dvox_core.networks.worrall import WorrallNetwork

PictureNetwork = Pix2PixNetwork | TatarchenkoNetwork | WorrallNetwork

CODES = "codes"
"""[N, latent]: the encoder's output for every training view; rendering needs no pictures."""

CODE_POSES = "code_poses"
"""[N, 4, 4]: the cameras of those views, camera-to-world."""

ENCODER = "encoder."
"""What only training needs."""


def create_network(config: PictureModelConfig) -> PictureNetwork:
    """A network of these sizes, freshly initialised."""
    if config.kind == "pix2pix":
        return Pix2PixNetwork(config.image_size, config.base_channels)
    network = TatarchenkoNetwork if config.kind == "tatarchenko" else WorrallNetwork
    return network(config.image_size, config.base_channels, config.latent)


def has_codes(config: PictureModelConfig) -> bool:
    """Whether the system shows nearby views through their codes."""
    return config.latent > 0
