"""The occlusion network for every frame: blockwise, batch norms folded, weights placed."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from dvox_core.geometry.frustum import FEATURE_MAP_SIDE as P
from dvox_core.networks.blocks import DownBlock3d, UpBlock3d
from dvox_core.networks.occlusion import OcclusionNetwork, depth_coordinates
from dvox_core.networks.unet import UNet3d
from dvox_core.rendering.fused.blockwise import (
    block_convolution,
    block_transposed_convolution,
    with_empty_neighbours,
    with_neighbours,
)
from dvox_core.rendering.fused.convolutions import (
    Convolution,
    Target,
    activate_,
    kernel,
    replicate_frame,
)
from dvox_core.rendering.fused.folding import FoldedConvolution, fold
from dvox_core.rendering.fused.networks import LEAKY, NONE, RELU, Placer, place_down, place_up


class FusedOcclusionNetwork:
    """Depth weights from the samples inside the grid; those outside cost next to nothing.

    Volumes are kept in blocks of planes, see `blockwise.py`. What is the same for every view is
    computed once: the part of the depth coordinate, one channel of the first and of the last layer,
    and the outermost layers where no sample is near.

    Attributes:
        block: B, the planes of a block; views are given in whole blocks.
    """

    def __init__(self, network: OcclusionNetwork, target: Target, plane_count: int) -> None:
        self.block = 4 if plane_count % 4 == 0 else 2
        self._blocks = plane_count // self.block
        last = fold(network.weight_conv, None, NONE)
        width = network.prep_conv.out_channels
        self._first_layer = _FirstLayer(network, target, plane_count, self.block)
        self._unet = _BlockwiseUNet(
            network.unet, target, plane_count, self.block, self._first_layer.empty
        )
        shape = (self._blocks, width * (self.block + 2), P + 2, P + 2)
        last_of_prep, self._last_of_unet = (
            kernel(block_convolution(part, self.block), target, shape)
            for part in _by_input(last, (width, width))
        )
        depth_channel = _depth_channel(plane_count)
        constant = _constant_part(last, slice(2 * width, 2 * width + 1), depth_channel)
        constant = constant.view(self._blocks, self.block, P, P).permute(0, 2, 3, 1)
        constant = constant.contiguous().to(target.device, target.dtype)

        def logits_of_prep(prep: Tensor, part: slice) -> Tensor:
            return _apply(last_of_prep, prep[part]).add_(constant[part])

        self._logits_of_prep = _KeptStep(logits_of_prep, self._first_layer.empty)

    def __call__(self, planes: Tensor, first: int) -> Tensor:
        """Planes of the view volume that have samples → visibility [D, P, P] float32.

        Args:
            planes: [n, P + 2, P + 2, F], zero where outside; the outer frame is filled here. n and
                `first` are multiples of `block`.
            first: number of the first plane given; all planes left out are empty.
        """
        prep, changed = self._first_layer(planes, first)
        maps = with_neighbours(self._unet(prep, changed), self.block)
        logits = _apply(self._last_of_unet, maps)
        logits += self._logits_of_prep(prep, changed)
        by_ray = logits.permute(1, 2, 0, 3).reshape(P, P, -1).float()
        return torch.softmax(by_ray, dim=2).permute(2, 0, 1)


class _KeptBlocks:
    """A volume's blocks that stay from view to view where no sample is near.

    Args:
        empty: the blocks of a view without samples.
    """

    def __init__(self, empty: Tensor) -> None:
        self.empty, self.blocks = empty, empty.clone()
        self._changed = slice(0, 0)

    def begin(self, changed: slice) -> Tensor:
        """The blocks that another view changes, to be filled; all others become empty again."""
        self.blocks[self._changed] = self.empty[self._changed]
        self._changed = changed
        return self.blocks[changed]


class _KeptStep:
    """A step over blocks, computed where a view has samples near; elsewhere its result is kept.

    Args:
        step: from a volume, the given blocks of the result.
        empty: the volume of a view without samples.
    """

    def __init__(self, step: Callable[[Tensor, slice], Tensor], empty: Tensor) -> None:
        self._step = step
        self._kept = _KeptBlocks(step(empty, slice(0, len(empty))))
        self.empty = self._kept.empty

    def __call__(self, volume: Tensor, changed: slice) -> Tensor:
        """The result for a volume that differs from the empty one in such blocks as change it.

        It is overwritten by the next call.
        """
        if changed == slice(0, len(self.empty)):
            return self._step(volume, changed)
        self._kept.begin(changed).copy_(self._step(volume, changed))
        return self._kept.blocks


class _FirstLayer:
    """From features to 4 channels: one 2D convolution over the planes that have samples.

    Each plane's result has what it adds to the plane after it, to itself and to the plane before
    it; a second convolution over planes adds these up. The rest is constant.
    """

    def __init__(
        self, network: OcclusionNetwork, target: Target, plane_count: int, block: int
    ) -> None:
        folded = fold(network.prep_conv, network.prep_norm, RELU)
        constant = _constant_part(folded, slice(0, 1), _depth_channel(plane_count))
        self._block, self._width = block, folded.weight.shape[0]
        # Outputs: all channels for the plane after, then for this one, then for the plane before;
        # filled up to a vector's length.
        taps = folded.weight[:, 1:].permute(2, 0, 1, 3, 4).flatten(0, 1)
        fill = -len(taps) % 16
        taps = torch.cat([taps, taps.new_zeros(fill, *taps.shape[1:])])
        planewise = replace(
            folded, weight=taps, bias=torch.zeros(len(taps)), padding=0, activation=NONE
        )
        shape = (plane_count, taps.shape[1], P + 2, P + 2)
        self._planewise = kernel(planewise, target, shape)
        self._sum = _plane_sums(self._width, len(taps), block).to(target.device, target.dtype)
        padded = torch.cat([constant[:1], constant, constant[-1:]])
        windows = padded.unfold(0, block + 2, block)  # [n, P, P, width, B + 2]
        constant = windows.transpose(3, 4).flatten(3).contiguous()
        self._constant = constant.to(target.device, target.dtype)
        inner = self._constant[..., self._width : -self._width].contiguous()
        self._kept = _KeptBlocks(with_neighbours(activate_(inner, RELU), block))
        self.empty = self._kept.empty

    def __call__(self, planes: Tensor, first: int) -> tuple[Tensor, slice]:
        """Planes [n, P + 2, P + 2, F] → all blocks `with_neighbours`, and which may not be empty.

        The blocks are overwritten by the next call.
        """
        replicate_frame(planes)
        parts = _apply(self._planewise, planes)  # [n, P, P, 16]
        count, width = len(parts), self._width
        lines = parts.view(1, count, P * P, -1).permute(0, 3, 1, 2)  # a plane is a row of pixels
        # One block more at either end comes out: it has the planes that those given add to.
        sums = functional.conv2d(
            lines, self._sum, stride=(self._block, 1), padding=(self._block + 2, 0)
        )
        sums = sums.permute(0, 2, 3, 1).view(-1, P, P, sums.shape[1])
        lowest = first // self._block - 1
        start, end = max(lowest, 0), min(lowest + len(sums), len(self.empty))
        sums = sums[start - lowest : end - lowest]
        sums += self._constant[start:end]
        at_start, at_end = first == 0, first + count == self._block * len(self.empty)
        if at_start:  # outside the volume lies a copy of its first or last plane
            sums[0, ..., width : 2 * width] += parts[0, ..., :width]
        if at_end:
            sums[-1, ..., -2 * width : -width] += parts[-1, ..., 2 * width : 3 * width]
        if at_start:
            sums[0, ..., :width] = sums[0, ..., width : 2 * width]
        if at_end:
            sums[-1, ..., -width:] = sums[-1, ..., -2 * width : -width]
        changed = slice(start, end)
        blocks = self._kept.begin(changed)
        blocks[:, 1:-1, 1:-1] = activate_(sums, RELU)
        replicate_frame(blocks)
        return self._kept.blocks, changed


class _BlockwiseUNet:
    """The 3D U-Net: blockwise while blocks have several planes, then by 3D convolutions."""

    def __init__(
        self, unet: UNet3d, target: Target, plane_count: int, block: int, empty: Tensor
    ) -> None:
        self._block = block
        count, side, width = plane_count // block, P, cast(nn.Conv3d, unet.in_conv).out_channels

        def placed(folded: FoldedConvolution, frame: int) -> Convolution:
            channels = folded.weight.shape[0 if folded.transposed else 1]
            return kernel(folded, target, (count, channels, side + frame, side + frame))

        in_conv = placed(block_convolution(fold(unet.in_conv, unet.in_norm, LEAKY), block), 2)
        out_of_skip, self._out_of_maps = (
            placed(block_convolution(part, block), 2)
            for part in _by_input(fold(unet.out_conv, unet.out_norm, NONE), (width, width))
        )
        blockwise = block.bit_length() - 1  # levels until a block is a single plane
        downs, ups = cast(list[DownBlock3d], [*unet.downs]), cast(list[UpBlock3d], [*unet.ups])
        downs_placed, channels = [], [width]
        for down in downs[:blockwise]:
            folded = fold(down.down, down.down_norm, LEAKY)
            downs_placed.append(placed(block_convolution(folded, block), 2))
            channels.append(len(folded.bias))
            block, side = block // 2, side // 2
        self._in = _KeptStep(partial(_apply_to_part, in_conv), empty)
        self._framed = _KeptStep(self._with_neighbours, self._in.empty)
        first_down, self._downs = downs_placed[0], downs_placed[1:]
        self._first_down, self._out_of_skip = (
            _KeptStep(partial(_apply_to_part, convolution), self._framed.empty)
            for convolution in (first_down, out_of_skip)
        )
        placer = Placer(target, channels[-1], (count, side, side))
        self._inner_downs, self._inner_ups, skips = [], [], []
        for down in downs[blockwise:]:
            skips.append(placer.channels)
            self._inner_downs.append(place_down(down, placer))
        for up in ups[: len(ups) - blockwise]:
            self._inner_ups.append(place_up(up, placer))
            placer.channels += skips.pop()
        self._ups = []
        groups = [placer.channels]
        for up in ups[len(ups) - blockwise :]:
            folded = fold(up.up, up.up_norm, RELU)
            self._ups.append(placed(block_transposed_convolution(folded, block, groups), 0))
            block, side = block * 2, side * 2
            channels.pop()
            groups = [channels[-1], len(folded.bias)]

    def __call__(self, prep: Tensor, changed: slice) -> Tensor:
        """Blocks `with_neighbours` → blocks [n, P, P, B·4].

        Args:
            changed: the blocks given that may differ from the empty volume's.
        """
        maps = self._in(prep, changed)
        changed = _with_next(changed, len(maps))
        framed = self._framed(maps, changed)
        skips, block = [maps], self._block // 2
        maps = self._first_down(framed, changed)
        for down in self._downs:
            skips.append(maps)
            maps, block = _apply(down, with_neighbours(maps, block)), block // 2
        maps = self._inner(maps)
        volumes = [maps]
        for up in self._ups:
            maps, block = _apply(up, with_empty_neighbours(volumes, block)), block * 2
            volumes = [skips.pop(), maps]
        # A convolution of both volumes side by side is the sum of one of each.
        result = _apply(self._out_of_maps, with_neighbours(maps, block))
        result += self._out_of_skip(framed, changed)
        return activate_(result, RELU)

    def _with_neighbours(self, maps: Tensor, part: slice) -> Tensor:
        near = _with_next(part, len(maps))
        framed = with_neighbours(maps[near], self._block)
        return framed[part.start - near.start :][: part.stop - part.start]

    def _inner(self, maps: Tensor) -> Tensor:
        """[D', H', W', C] → [D', H', W', C or more]."""
        volume = maps.permute(3, 0, 1, 2)[None]
        skips = []
        for down in self._inner_downs:
            skips.append(volume)
            volume = down(volume)
        for up in self._inner_ups:
            volume = torch.cat([skips.pop(), up(volume)], dim=1)
        return volume[0].permute(1, 2, 3, 0).contiguous()


def _apply(convolution: Convolution, maps: Tensor) -> Tensor:
    """A convolution of maps [n, H, W, C], channels last in every sense."""
    return convolution(maps.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


def _apply_to_part(convolution: Convolution, maps: Tensor, part: slice) -> Tensor:
    return _apply(convolution, maps[part])


def _with_next(part: slice, count: int) -> slice:
    """One more at either end, where there is one."""
    return slice(max(part.start - 1, 0), min(part.stop + 1, count))


def _plane_sums(width: int, channels: int, block: int) -> Tensor:
    """Weights that add up the parts of planes into blocks with neighbours.

    Returns:
        [(B + 2)·width, channels, B + 4, 1]: output plane q is the sum of the part for the plane
        after of q, for itself of q + 1 and for the plane before of q + 2.
    """
    weight = torch.zeros(block + 2, width, channels, block + 4, 1)
    for plane in range(block + 2):
        for channel in range(width):
            for part in range(3):
                weight[plane, channel, part * width + channel, plane + part] = 1
    return weight.flatten(0, 1).contiguous(memory_format=torch.channels_last)


def _by_input(folded: FoldedConvolution, widths: tuple[int, int]) -> list[FoldedConvolution]:
    """A convolution of two volumes side by side as one of each, whose sum it is."""
    first, second = widths
    return [
        replace(folded, weight=folded.weight[:, :first]),
        replace(
            folded,
            weight=folded.weight[:, first : first + second],
            bias=torch.zeros_like(folded.bias),
        ),
    ]


def _depth_channel(plane_count: int) -> Tensor:
    """The depth coordinate as a volume [1, 1, D, P, P]."""
    return depth_coordinates(plane_count, torch.zeros(1)).expand(1, 1, plane_count, P, P)


def _constant_part(folded: FoldedConvolution, channels: slice, inputs: Tensor) -> Tensor:
    """What constant input channels [1, c, D, P, P] and the bias add: [D, P, P, outputs] float32."""
    padded = functional.pad(inputs, (1,) * 6, mode="replicate")
    part = functional.conv3d(padded, folded.weight[:, channels], folded.bias)
    return part[0].permute(1, 2, 3, 0).contiguous()
