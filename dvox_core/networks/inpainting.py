"""Fills voxels that no view has seen (paper, section 3.3)."""

import torch
from torch import Tensor, nn

from dvox_core.networks.blocks import grid_coordinates
from dvox_core.networks.unet import UNet3d


class InpaintingNetwork(nn.Module):
    """A 3D U-Net over the grid and its coordinates."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.unet = UNet3d(features + 3, features, features, levels=2, maximum=4 * features)

    def forward(self, grid: Tensor) -> Tensor:
        """[B, F, G, G, G] → the same shape."""
        coordinates = grid_coordinates(grid.shape[-1], grid).expand(grid.shape[0], -1, -1, -1, -1)
        inpainted: Tensor = self.unet(torch.cat([grid, coordinates], dim=1))
        return inpainted
