"""The integration network for observing only: fewer and quicker convolutions, the same numbers.

Of its six convolutions those of one input become one, and each is made of 2D ones; see
`plane_conv`. `networks/integration.py` is what it must agree with.
"""

import torch
from torch import Tensor

from dvox_core.networks.blocks import grid_coordinates
from dvox_core.networks.integration import Integrated, IntegrationNetwork
from dvox_core.training.steps.plane_conv import plane_conv


class FusedIntegration:
    """Merges lifted features into a grid, without dropout."""

    def __init__(self, network: IntegrationNetwork, side: int) -> None:
        """Pack the weights of a network that is not trained any more, for grids of that side."""
        self._of_new = torch.cat(
            [network.reset_new.weight, network.update_new.weight, network.candidate_new.weight]
        )
        self._of_old = torch.cat([network.reset_old.weight, network.update_old.weight])
        self._of_kept = network.candidate_old.weight
        assert network.reset_old.bias is not None
        assert network.update_old.bias is not None
        assert network.candidate_new.bias is not None
        self._gate_biases = torch.cat([network.reset_old.bias, network.update_old.bias])
        self._candidate_bias = network.candidate_new.bias
        self._coordinates = grid_coordinates(side, self._of_new)

    def __call__(self, lifted: Tensor, grid: Tensor) -> Integrated:
        """Both [F, G, G, G] → the new state and the gates, with a leading batch of 1."""
        new, old = (self._channels_last(volume) for volume in (lifted, grid))
        shares = plane_conv(new, self._of_new)
        gates = shares[:, :2] + plane_conv(old, self._of_old)
        gates = torch.sigmoid(gates + self._gate_biases[None, :, None, None, None])
        reset, update = gates[:, :1], gates[:, 1:]
        candidate = shares[:, 2:] + plane_conv(reset * old, self._of_kept)
        candidate = torch.relu(candidate + self._candidate_bias[None, :, None, None, None])
        state = torch.lerp(grid[None], candidate, update)
        return Integrated(state.contiguous(), update.contiguous(), reset.contiguous())

    def _channels_last(self, volume: Tensor) -> Tensor:
        """[F, G, G, G] with its coordinates, as [1, F + 3, G, G, G] with the channels last."""
        whole = torch.cat([volume[None], self._coordinates], dim=1)
        return whole.contiguous(memory_format=torch.channels_last_3d)
