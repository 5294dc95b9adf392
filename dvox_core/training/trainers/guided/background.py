"""What colour is behind the thing that pictures show."""

import torch
from torch import Tensor

RING = 3
"""Pixels along the edge of every picture that are looked at."""


def background_color(pictures: Tensor) -> tuple[float, float, float]:
    """The middle one, colour by colour, of the pixels along the pictures' edges.

    That is the background where it has one colour, and somewhere near it where it has not.

    Args:
        pictures: [N, 3, S, S] uint8.

    Returns:
        Red, green, blue in 0…1.
    """
    strips = [
        pictures[..., :RING, :],
        pictures[..., -RING:, :],
        pictures[..., :RING].transpose(-1, -2),
        pictures[..., -RING:].transpose(-1, -2),
    ]
    edge = torch.cat([strip.flatten(2) for strip in strips], dim=2)  # [N, 3, n]
    red, green, blue = edge.transpose(0, 1).flatten(1).median(dim=1).values.tolist()
    return red / 255, green / 255, blue / 255
