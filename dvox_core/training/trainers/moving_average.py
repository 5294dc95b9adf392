"""An exponential moving average of a model's tensors."""

from collections.abc import Mapping

import torch
from torch import Tensor

WARM_UP = 10
"""Early on the average reaches back no further than about so many steps, or a tenth of all."""


class MovingAverage:
    """Averages floating-point tensors; others (counters) are copied."""

    def __init__(self, tensors: Mapping[str, Tensor], decay: float) -> None:
        self.tensors = {name: tensor.detach().clone() for name, tensor in tensors.items()}
        self._decay = decay

    @torch.no_grad()
    def update(self, tensors: Mapping[str, Tensor], step: int) -> None:
        """Move towards `tensors` after step number `step`, counted from 1."""
        decay = min(self._decay, (1 + step) / (WARM_UP + step))
        averages, values = [], []
        for name, tensor in tensors.items():
            if tensor.is_floating_point():
                averages.append(self.tensors[name])
                values.append(tensor.detach())
            else:
                self.tensors[name].copy_(tensor)
        torch._foreach_lerp_(averages, values, 1 - decay)

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Take over what was saved of another average of the same tensors."""
        for name, tensor in self.tensors.items():
            tensor.copy_(tensors[name])
