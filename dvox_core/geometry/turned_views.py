"""Mirrors and turns a feature map and its picture so that they stay in register."""

import torch
from torch import Tensor

TURNS = 8
"""Ways to lay a square on itself."""


def turn_alike(maps: Tensor, pictures: Tensor, turn: int) -> tuple[Tensor, Tensor]:
    """Mirror and turn maps [B, …, P, P] and pictures [B, …, S, S] in one of `TURNS` ways.

    Sample u of the map is pixel u·S/P of the picture (`Intrinsics.scaled_to`), and the last sample
    is not the last pixel: to mirror both about their own middles would put them S/P − 1 pixels out
    of register. The mirrored picture is therefore moved by so many; its last S/P − 1 columns or
    rows, which nothing was seen of, repeat the one before them.

    Args:
        turn: its bits mirror x (1), mirror y (2) and exchange x and y (4).
    """
    step = pictures.shape[-1] // maps.shape[-1]
    for bit, axis in ((1, -1), (2, -2)):
        if turn & bit:
            maps, pictures = maps.flip(axis), _mirrored(pictures, axis, step)
    if turn & 4:
        maps, pictures = maps.transpose(-1, -2), pictures.transpose(-1, -2)
    return maps, pictures


def _mirrored(pictures: Tensor, axis: int, step: int) -> Tensor:
    """Pixel x goes to S − step − x; a source beyond the edge is the edge."""
    side = pictures.shape[axis]
    sources = (side - step - torch.arange(side, device=pictures.device)).clamp_(min=0)
    return pictures.index_select(axis, sources)
