"""An autoencoder whose code is turned with the camera (Worrall et al., ICCV 2017).

"Interpretable Transformations with Encoder-Decoder Networks", as the baseline of DeepVoxels,
section 4: the code is seen as vectors of the source camera's space.
"""

from torch import Tensor, nn

from dvox_core.networks.picture_coder import (
    PictureDecoder,
    PictureEncoder,
    full_layers,
    initialise,
    innermost_features,
)


class WorrallNetwork(nn.Module):
    """A nearby picture and the rotation between the views → the picture of the target view."""

    def __init__(self, image_size: int, base: int, latent: int) -> None:
        super().__init__()
        self.encoder = PictureEncoder(image_size, base, latent, linear_code=True)
        self.joint = full_layers(latent, latent, latent, innermost_features(base))
        self.decoder = PictureDecoder(image_size, base)
        initialise(self)

    def decode(self, codes: Tensor, rotations: Tensor) -> Tensor:
        """Codes [B, latent] and rotations [B, 3, 3] → pictures [B, 3, S, S], −½ black, ½ white."""
        pictures: Tensor = self.decoder(self.joint(turned_codes(codes, rotations)))
        return pictures


def relative_rotations(
    targets: Tensor,  # [B, 4, 4] camera-to-world
    sources: Tensor,  # [B, 4, 4] camera-to-world
) -> Tensor:
    """[B, 3, 3]: from the source camera's axes to the target camera's."""
    return targets[:, :3, :3].mT @ sources[:, :3, :3]


def turned_codes(codes: Tensor, rotations: Tensor) -> Tensor:
    """Turn every 3-vector of codes [B, 3k] by rotations [B, 3, 3]."""
    vectors = codes.view(codes.shape[0], -1, 3)
    turned: Tensor = vectors @ rotations.mT
    return turned.flatten(1)
