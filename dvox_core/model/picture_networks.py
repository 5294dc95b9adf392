"""The learned baselines' networks by their configuration, and what a scene stores of them."""

from collections.abc import Mapping

import torch
from torch import Tensor

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

ENCODED_AT_ONCE = 16
"""Pictures a batch of `encode_pictures`."""


def create_network(config: PictureModelConfig) -> PictureNetwork:
    """A network of these sizes, freshly initialised."""
    if config.kind == "pix2pix":
        return Pix2PixNetwork(config.image_size, config.base_channels)
    network = TatarchenkoNetwork if config.kind == "tatarchenko" else WorrallNetwork
    return network(config.image_size, config.base_channels, config.latent)


def has_codes(config: PictureModelConfig) -> bool:
    """Whether the system shows nearby views through their codes."""
    return config.latent > 0


def encode_pictures(
    config: PictureModelConfig,
    tensors: Mapping[str, Tensor],
    pictures: Tensor,  # [N, 3, S, S] uint8
    device: torch.device,
) -> Tensor:
    """[N, latent] float32 on the CPU: the codes that an encoder with these weights gives.

    Args:
        tensors: those of the whole network, by name; the encoder's are taken.
    """
    with torch.device("meta"):
        network = create_network(config)
    assert not isinstance(network, Pix2PixNetwork)
    encoder = network.encoder.eval()
    own = {
        name.removeprefix(ENCODER): tensor.to(device)
        for name, tensor in tensors.items()
        if name.startswith(ENCODER)
    }
    encoder.load_state_dict(own, assign=True)
    codes = []
    with torch.no_grad():
        for first in range(0, len(pictures), ENCODED_AT_ONCE):
            batch = pictures[first : first + ENCODED_AT_ONCE]
            codes.append(encoder(batch.to(device).float() / 255 - 0.5).cpu())
    return torch.cat(codes)
