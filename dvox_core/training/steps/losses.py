"""The losses of the paper (section 3.7), and sharper ones beside them."""

import torch
from torch import Tensor

BORDER = 5
"""The outermost pixels that no loss sees: padding spoils them."""

LOG_FLOOR = 1e-9


def cut_border(pictures: Tensor) -> Tensor:
    """[…, H, W] → […, H − 10, W − 10]."""
    return pictures[..., BORDER:-BORDER, BORDER:-BORDER]


def l1_losses(outputs: Tensor, targets: Tensor) -> Tensor:
    """[B, 3, H, W] twice → [B], the mean absolute difference of each picture."""
    return (outputs - targets).abs().mean(dim=(1, 2, 3))


def gradient_losses(outputs: Tensor, targets: Tensor) -> Tensor:
    """[B, 3, H, W] twice → [B], the mean absolute difference of the pictures' gradients."""
    difference = outputs - targets
    along_x = (difference[..., 1:] - difference[..., :-1]).abs().mean(dim=(1, 2, 3))
    along_y = (difference[..., 1:, :] - difference[..., :-1, :]).abs().mean(dim=(1, 2, 3))
    return along_x + along_y


def fooling_losses(fake_scores: Tensor) -> Tensor:
    """The generator's share: scores [B, 1, h, w] in 0…1 → [B]."""
    return -(fake_scores + LOG_FLOOR).log().mean(dim=(1, 2, 3))


def telling_losses(fake_scores: Tensor, real_scores: Tensor) -> Tensor:
    """The discriminator's: scores [B, 1, h, w] in 0…1, twice → [B]."""
    fake = (1 - fake_scores + LOG_FLOOR).log().mean(dim=(1, 2, 3))
    real = (real_scores + LOG_FLOOR).log().mean(dim=(1, 2, 3))
    return -(fake + real) / 2


def total_variation(grid: Tensor) -> Tensor:
    """Mean absolute difference of neighbouring voxels of a grid [F, G, G, G]."""
    differences = [torch.diff(grid, dim=axis).abs().mean() for axis in (1, 2, 3)]
    return torch.stack(differences).sum()
