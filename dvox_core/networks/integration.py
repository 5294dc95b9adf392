"""Integrates lifted features into the grid with gated recurrent units (paper, section 3.2)."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from dvox_core.networks.blocks import grid_coordinates, same_conv3d


class Integrated(NamedTuple):
    """The grid after an observation, and the gates that led to it."""

    grid: Tensor  # [1, F, G, G, G]
    update: Tensor  # [1, 1, G, G, G] in 0…1
    reset: Tensor  # [1, 1, G, G, G] in 0…1


class IntegrationNetwork(nn.Module):
    """Gated recurrent update of the grid; no gradient flows into the old state."""

    def __init__(self, features: int, dropout: float = 0.2) -> None:
        super().__init__()
        inputs = features + 3
        self.reset_old = same_conv3d(inputs, 1, bias=True)
        self.reset_new = same_conv3d(inputs, 1, bias=False)
        self.update_old = same_conv3d(inputs, 1, bias=True)
        self.update_new = same_conv3d(inputs, 1, bias=False)
        self.candidate_old = same_conv3d(inputs, features, bias=False)
        self.candidate_new = same_conv3d(inputs, features, bias=True)
        self.dropout = nn.Dropout3d(dropout)

    def forward(self, lifted: Tensor, grid: Tensor) -> Integrated:
        """Lifted features and the grid's state, both [1, F, G, G, G] → the new state and gates."""
        grid = grid.detach()
        coordinates = grid_coordinates(grid.shape[-1], grid)
        new = torch.cat([lifted, coordinates], dim=1)
        old = torch.cat([grid, coordinates], dim=1)
        reset = torch.sigmoid(self.reset_old(old) + self.reset_new(new))
        update = torch.sigmoid(self.update_old(old) + self.update_new(new))
        candidate = torch.relu(
            self.dropout(self.candidate_new(new)) + self.dropout(self.candidate_old(reset * old))
        )
        return Integrated((1 - update) * grid + update * candidate, update, reset)
