"""3D convolutions as 2D ones over blocks of planes.

The occlusion network's volumes are large and have few channels: 64³ with 4. oneDNN's 3D
convolutions leave most of a vector empty there, and adding up shifted 2D convolutions spends more
time on additions of four numbers than on arithmetic (17 of 30 ms a frame in bfloat16). So B planes
lie next to each other in the channels of one map, [n, H, W, B·C], and one 2D convolution with the
weights at the right places reads a block with a plane more on either side and computes all planes
of a block at once.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from dvox_core.rendering.fused.convolutions import replicate_frame
from dvox_core.rendering.fused.folding import FoldedConvolution


def block_convolution(folded: FoldedConvolution, block: int) -> FoldedConvolution:
    """An ordinary 3D convolution as a 2D one over blocks `with_neighbours`.

    Args:
        folded: of stride 1 (3×3×3), or 2 (4×4×4): then half a block comes out.
        block: B, planes of a block that go in.
    """
    outputs, inputs, taps = folded.weight.shape[:3]
    planes = block // folded.stride
    weight = folded.weight.new_zeros(planes, outputs, block + 2, inputs, *folded.weight.shape[3:])
    for plane in range(planes):
        for tap in range(taps):
            weight[plane, :, folded.stride * plane + tap] = folded.weight[:, :, tap]
    weight = weight.flatten(2, 3).flatten(0, 1)
    return replace(folded, weight=weight, bias=folded.bias.repeat(planes), padding=0)


def block_transposed_convolution(
    folded: FoldedConvolution, block: int, groups: Sequence[int]
) -> FoldedConvolution:
    """A transposed 4×4×4 convolution of stride 2 as a 2D one over blocks `with_empty_neighbours`.

    Args:
        folded: what to compute.
        block: B, planes of a block that go in; 2·B come out.
        groups: channels of each of the volumes that its input is made of.
    """
    outputs = folded.weight.shape[1]
    parts = []
    start = 0
    for inputs in groups:
        weight = folded.weight[start : start + inputs]
        start += inputs
        part = weight.new_zeros(block + 2, inputs, 2 * block, outputs, 4, 4)
        for source in range(block + 2):
            for tap in range(4):
                target = 2 * (source - 1) + tap - 1  # plane within the block that comes out
                if 0 <= target < 2 * block:
                    part[source, :, target] = weight[:, :, tap]
        parts.append(part.flatten(2, 3).flatten(0, 1))
    return replace(folded, weight=torch.cat(parts), bias=folded.bias.repeat(2 * block))


def with_neighbours(blocks: Tensor, block: int) -> Tensor:
    """[n, H, W, B·C] → [n, H + 2, W + 2, (B + 2)·C]: a voxel more on every side, replicated."""
    n, height, width, channels = blocks.shape
    framed = blocks.new_empty(n, height + 2, width + 2, channels // block * (block + 2))
    inner, each = framed[:, 1:-1, 1:-1], channels // block
    _copy_planes(inner, blocks, block)
    _copy(inner[0, ..., :each], blocks[0, ..., :each])
    _copy(inner[-1, ..., -each:], blocks[-1, ..., -each:])
    replicate_frame(framed)
    return framed


def with_empty_neighbours(volumes: Sequence[Tensor], block: int) -> Tensor:
    """Volumes [n, H, W, B·C] side by side, each with a plane more on either side: zeros outside."""
    n, height, width, _ = volumes[0].shape
    widths = [volume.shape[3] // block * (block + 2) for volume in volumes]
    result = volumes[0].new_zeros(n, height, width, sum(widths))
    start = 0
    for width_of_part, volume in zip(widths, volumes, strict=True):
        _copy_planes(result[..., start : start + width_of_part], volume, block)
        start += width_of_part
    return result


def _copy_planes(target: Tensor, blocks: Tensor, block: int) -> None:
    """Copy blocks, and the planes that their neighbours lend them; not those from outside."""
    each = blocks.shape[3] // block
    _copy(target[..., each:-each], blocks)
    _copy(target[1:, ..., :each], blocks[:-1, ..., -each:])
    _copy(target[:-1, ..., -each:], blocks[1:, ..., :each])


def _copy(target: Tensor, source: Tensor) -> None:
    """Copy maps in numbers as wide as possible: that takes a quarter of the time."""
    for wide in (torch.complex128, torch.float64):
        if _can_be_seen_as(wide, target) and _can_be_seen_as(wide, source):
            target.view(wide).copy_(source.view(wide))
            return
    target.copy_(source)


def _can_be_seen_as(wide: torch.dtype, maps: Tensor) -> bool:
    if maps.device.type != "cpu" or maps.stride(-1) != 1:
        return False
    numbers = (*maps.stride()[:-1], maps.shape[-1], maps.storage_offset())
    return all(number * maps.element_size() % wide.itemsize == 0 for number in numbers)
