"""An autoencoder that is told both poses beside its code (Tatarchenko et al., ECCV 2016).

As the baseline of DeepVoxels, section 4: the input is a picture near the target view, and the
poses of target and input are concatenated in the deep latent space.
"""

import torch
from torch import Tensor, nn

from dvox_core.networks.picture_coder import (
    PictureDecoder,
    PictureEncoder,
    full_layers,
    initialise,
    innermost_features,
)

POSE_NUMBERS = 24
POSE_FEATURES = 64


class TatarchenkoNetwork(nn.Module):
    """A nearby picture and two poses → the picture of the target pose."""

    pose_scale: Tensor
    """[1]: distance that is 1 in `pose_numbers`, world units."""

    def __init__(self, image_size: int, base: int, latent: int) -> None:
        super().__init__()
        self.encoder = PictureEncoder(image_size, base, latent, linear_code=False)
        self.pose = full_layers(POSE_NUMBERS, *[POSE_FEATURES] * 3)
        self.joint = full_layers(latent + POSE_FEATURES, latent, latent, innermost_features(base))
        self.decoder = PictureDecoder(image_size, base)
        self.register_buffer("pose_scale", torch.ones(1))
        initialise(self)

    def decode(self, codes: Tensor, poses: Tensor) -> Tensor:
        """Codes [B, latent] and pose numbers [B, 24] → pictures [B, 3, S, S], −½ black, ½ white."""
        joined = torch.cat([codes, self.pose(poses)], dim=1)
        pictures: Tensor = self.decoder(self.joint(joined))
        return pictures


def pose_numbers(
    targets: Tensor,  # [B, 4, 4] camera-to-world
    sources: Tensor,  # [B, 4, 4] camera-to-world
    center: Tensor,  # [3], world units
    scale: Tensor,  # [1], world units
) -> Tensor:
    """[B, 24]: target, then source, each as rotation row by row and place about the centre."""
    numbers = []
    for poses in (targets, sources):
        place = (poses[:, :3, 3] - center) / scale
        numbers += [poses[:, :3, :3].flatten(1), place]
    return torch.cat(numbers, dim=1)
