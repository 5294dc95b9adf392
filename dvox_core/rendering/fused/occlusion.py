"""The occlusion network for every frame: blockwise, batch norms folded, weights placed."""

from dataclasses import replace
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

    Volumes are kept in blocks of planes, see `blockwise.py`. The depth coordinate, one channel of
    the first and of the last layer, is the same for every view: its part is computed once.

    Attributes:
        block: B, the planes of a block; views are given in whole blocks.
    """

    def __init__(self, network: OcclusionNetwork, target: Target, plane_count: int) -> None:
        self.block = 4 if plane_count % 4 == 0 else 2
        self._blocks = plane_count // self.block
        last = fold(network.weight_conv, None, NONE)
        width = network.prep_conv.out_channels
        self._first_layer = _FirstLayer(network, target, plane_count, self.block)
        self._unet = _BlockwiseUNet(network.unet, target, plane_count, self.block)
        shape = (self._blocks, width * (self.block + 2), P + 2, P + 2)
        self._last_of_prep, self._last_of_unet = (
            kernel(block_convolution(part, self.block), target, shape)
            for part in _by_input(last, (width, width))
        )
        depth_channel = _depth_channel(plane_count)
        constant = _constant_part(last, slice(2 * width, 2 * width + 1), depth_channel)
        constant = constant.view(self._blocks, self.block, P, P).permute(0, 2, 3, 1)
        self._last_constant = constant.contiguous().to(target.device, target.dtype)

    def __call__(self, planes: Tensor, first: int) -> Tensor:
        """Planes of the view volume that have samples → visibility [D, P, P] float32.

        Args:
            planes: [n, P + 2, P + 2, F], zero where outside; the outer frame is filled here. n and
                `first` are multiples of `block`.
            first: number of the first plane given; all planes left out are empty.
        """
        prep = self._first_layer(planes, first)
        maps = with_neighbours(self._unet(prep), self.block)
        logits = _apply(self._last_of_prep, prep)
        logits += _apply(self._last_of_unet, maps)
        logits += self._last_constant
        by_ray = logits.permute(1, 2, 0, 3).reshape(P, P, -1).float()
        return torch.softmax(by_ray, dim=2).permute(2, 0, 1)


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
        self._empty = with_neighbours(activate_(inner, RELU), block)

    def __call__(self, planes: Tensor, first: int) -> Tensor:
        """Planes [n, P + 2, P + 2, F] → all blocks `with_neighbours`."""
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
        result = self._empty.clone()
        start, end = max(lowest, 0), min(lowest + len(sums), len(result))
        sums = sums[start - lowest : end - lowest]
        sums += self._constant[start:end]
        at_start, at_end = first == 0, first + count == self._block * len(result)
        if at_start:  # outside the volume lies a copy of its first or last plane
            sums[0, ..., width : 2 * width] += parts[0, ..., :width]
        if at_end:
            sums[-1, ..., -2 * width : -width] += parts[-1, ..., 2 * width : 3 * width]
        if at_start:
            sums[0, ..., :width] = sums[0, ..., width : 2 * width]
        if at_end:
            sums[-1, ..., -width:] = sums[-1, ..., -2 * width : -width]
        touched = result[start:end]
        touched[:, 1:-1, 1:-1] = activate_(sums, RELU)
        replicate_frame(touched)
        return result


class _BlockwiseUNet:
    """The 3D U-Net: blockwise while blocks have several planes, then by 3D convolutions."""

    def __init__(self, unet: UNet3d, target: Target, plane_count: int, block: int) -> None:
        self._block = block
        count, side, width = plane_count // block, P, cast(nn.Conv3d, unet.in_conv).out_channels

        def placed(folded: FoldedConvolution, frame: int) -> Convolution:
            channels = folded.weight.shape[0 if folded.transposed else 1]
            return kernel(folded, target, (count, channels, side + frame, side + frame))

        self._in = placed(block_convolution(fold(unet.in_conv, unet.in_norm, LEAKY), block), 2)
        self._out = [
            placed(block_convolution(part, block), 2)
            for part in _by_input(fold(unet.out_conv, unet.out_norm, NONE), (width, width))
        ]
        blockwise = block.bit_length() - 1  # levels until a block is a single plane
        downs, ups = cast(list[DownBlock3d], [*unet.downs]), cast(list[UpBlock3d], [*unet.ups])
        self._downs, channels = [], [width]
        for down in downs[:blockwise]:
            folded = fold(down.down, down.down_norm, LEAKY)
            self._downs.append(placed(block_convolution(folded, block), 2))
            channels.append(len(folded.bias))
            block, side = block // 2, side // 2
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

    def __call__(self, framed: Tensor) -> Tensor:
        """Blocks `with_neighbours` → blocks [n, P, P, B·4]."""
        block = self._block
        maps = _apply(self._in, framed)
        skips, outermost = [], framed
        for number, down in enumerate(self._downs):
            skips.append(maps)
            framed = with_neighbours(maps, block)
            if number == 0:
                outermost = framed
            maps, block = _apply(down, framed), block // 2
        maps = self._inner(maps)
        volumes = [maps]
        for up in self._ups:
            maps, block = _apply(up, with_empty_neighbours(volumes, block)), block * 2
            volumes = [skips.pop(), maps]
        # A convolution of both volumes side by side is the sum of one of each.
        result = _apply(self._out[0], outermost)
        result += _apply(self._out[1], with_neighbours(maps, block))
        return activate_(result, RELU)

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
