"""Muon: every direction of a convolution's weights moves equally far in a step.

Adam scales the weights' numbers one by one; Muon (Jordan et al., 2024, "Muon: An optimizer for
hidden layers in neural networks") takes the momentum's nearest orthogonal matrix, found by Newton
and Schulz's iteration. `torch.optim.Muon` takes matrices alone and always computes in bfloat16,
which many CPUs emulate; here the iteration runs in float32, on the Gram matrix: half the time.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

ROUNDS = 5
QUINTIC = (3.4445, -4.7750, 2.0315)
"""The iteration's polynomial: steepest at zero; singular values end within 0.7…1.2."""

LENGTH = 0.6
"""The root mean square of an update, in learning rates: three times that of Adam's."""

MOMENTUM = 0.95
FEWEST_CHANNELS = 4
"""Convolutions to fewer channels, as the last one's to colours, are left to Adam."""


class Muon(Optimizer):
    """Muon with Nesterov momentum, for weights of 2D convolutions.

    A group of transposed convolutions, whose inputs come first, says `"transposed": True`.
    """

    def __init__(
        self, groups: Iterable[dict[str, Any]], lr: float = 1e-3, momentum: float = MOMENTUM
    ) -> None:
        super().__init__(groups, {"lr": lr, "momentum": momentum, "transposed": False})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Move all parameters that have a gradient; a closure is not called."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, parameter.grad, group)

    def _move(self, parameter: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        if not state:
            state["momentum"] = torch.zeros_like(parameter)
        momentum: Tensor = state["momentum"].lerp_(gradient, 1 - group["momentum"])
        ahead = gradient.lerp(momentum, group["momentum"])
        taps = ahead.permute(0, 2, 3, 1)  # as it lies in memory
        update = orthogonal(taps.flatten(0, 2) if group["transposed"] else taps.flatten(1))
        length = LENGTH * max(update.shape) ** 0.5
        update = update.reshape(taps.shape).permute(0, 3, 1, 2)
        parameter.add_(update, alpha=-group["lr"] * length)


def orthogonal(matrix: Tensor) -> Tensor:
    """About the nearest matrix [R, C] with orthonormal rows, or columns where those are fewer."""
    if matrix.shape[0] > matrix.shape[1]:
        return orthogonal(matrix.T).T
    matrix = matrix / matrix.norm().clamp(min=1e-7)
    # X ← (a + b XXᵀ + c (XXᵀ)²) X, on XXᵀ alone: all its polynomials commute.
    constant, linear, square = QUINTIC
    gram = matrix @ matrix.T
    identity = torch.eye(len(gram), device=gram.device)
    product = identity
    for _ in range(ROUNDS):
        polynomial = torch.addmm(gram, gram, gram, beta=linear, alpha=square)
        polynomial += constant * identity
        product = polynomial @ product
        gram = polynomial @ gram @ polynomial
    return product @ matrix


class Optimizers:
    """Several optimisers as one."""

    def __init__(self, *parts: Optimizer) -> None:
        self._parts = parts

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """Those of all, in their order."""
        return [group for part in self._parts for group in part.param_groups]

    def zero_grad(self, *, set_to_none: bool = True) -> None:
        """Drop all gradients."""
        for part in self._parts:
            part.zero_grad(set_to_none=set_to_none)

    def step(self) -> None:
        """One step of each."""
        for part in self._parts:
            part.step()

    def state_dict(self) -> dict[str, Any]:
        """Those of all."""
        return {"parts": [part.state_dict() for part in self._parts]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from `state_dict()`."""
        for part, value in zip(self._parts, state["parts"], strict=True):
            part.load_state_dict(value)


def muon_and_adam(network: nn.Module, groups: list[dict[str, Any]], **adam: Any) -> Optimizers:
    """Muon for a network's 2D convolutions, Adam for all other parameters.

    Args:
        groups: of parameters; `network`'s are in the first.
        adam: what AdamW is told besides.
    """
    first, *others = groups
    plain = _trained_weights(network, nn.Conv2d)
    transposed = _trained_weights(network, nn.ConvTranspose2d)
    chosen = {id(weight) for weight in (*plain, *transposed)}
    rest = [parameter for parameter in first["params"] if id(parameter) not in chosen]
    return Optimizers(
        AdamW([{**first, "params": rest}, *others], **adam),
        Muon([{**first, "params": plain}, {**first, "params": transposed, "transposed": True}]),
    )


def _trained_weights(
    network: nn.Module, kind: type[nn.Conv2d] | type[nn.ConvTranspose2d]
) -> list[Tensor]:
    """Of convolutions of that kind that Muon moves."""
    return [
        module.weight
        for module in network.modules()
        if isinstance(module, kind)
        and module.weight.requires_grad
        and module.out_channels >= FEWEST_CHANNELS
    ]
