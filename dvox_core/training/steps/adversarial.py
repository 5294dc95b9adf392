"""The discriminator's part of a step, with one pass over the rendered pictures."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dvox_core.training.steps.losses import fooling_losses, telling_losses


@dataclass(frozen=True)
class Judged:
    """What the discriminator makes of a step's pictures.

    Attributes:
        fooling, telling: the generator's adversarial loss and the discriminator's loss.
        fake_gradient: of `fooling` by the rendered pictures.
        gradients: of `telling` by the discriminator's parameters, in their order.
    """

    fooling: Tensor
    telling: Tensor
    fake_gradient: Tensor
    gradients: tuple[Tensor, ...]


def judge(
    discriminator: nn.Module,
    fakes: Tensor,  # [B, C, h, w], what it is shown of rendered pictures, border cut
    reals: Tensor,  # the same of true ones
) -> Judged:
    """Both losses and their gradients; the score of a fake serves both."""
    leaf = fakes.detach().requires_grad_()
    fake_scores = discriminator(leaf)
    real_scores = discriminator(reals)
    fooling = fooling_losses(fake_scores).mean()
    telling = telling_losses(fake_scores, real_scores).mean()
    (fake_gradient,) = torch.autograd.grad(fooling, leaf, retain_graph=True)
    gradients = torch.autograd.grad(telling, tuple(discriminator.parameters()))
    return Judged(fooling.detach(), telling.detach(), fake_gradient, gradients)
