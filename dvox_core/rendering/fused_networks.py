"""The networks that run for every frame, with batch norms folded and weights placed.

Built from the readable networks of `dvox_core.networks`, whose weights they take over.
"""

from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from dvox_core import allocator
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE as P
from dvox_core.networks.blocks import DownBlock2d, DownBlock3d, UpBlock2d, UpBlock3d
from dvox_core.networks.occlusion import DepthCollapse, OcclusionNetwork, depth_coordinates
from dvox_core.networks.rendering import RenderingNetwork
from dvox_core.networks.unet import UNet2d, UNet3d
from dvox_core.rendering.convolutions import (
    Convolution,
    PlanewiseConvolution,
    Target,
    activate_,
    kernel,
    place,
    replicate_frame,
)
from dvox_core.rendering.folding import Activation, FoldedConvolution, fold
from dvox_core.rendering.renderer import BetweenStages, go_on

LEAKY, RELU, TANH, NONE = (
    Activation.LEAKY_RELU,
    Activation.RELU,
    Activation.TANH,
    Activation.NONE,
)


LARGE_WEIGHT = 1_000_000
"""Weights of this many numbers are given back to the system as soon as they are packed."""

BAND_ROWS = 32
"""Rows of the picture that its last layers compute at a time on a CPU."""


class FusedUNet:
    """A 2D or 3D U-Net as a few fused convolutions a level."""

    def __init__(self, unet: UNet2d | UNet3d, target: Target, sides: tuple[int, ...]) -> None:
        placer = _Placer(target, _inputs(unet.in_conv), sides)
        self._in = placer.place(fold(unet.in_conv, unet.in_norm, LEAKY))
        self._downs, self._ups = [], []
        skips = []
        for down in unet.downs:
            skips.append(placer.channels)
            self._downs.append(_down(down, placer))
        for up in unet.ups:
            self._ups.append(_up(up, placer))
            placer.channels += skips.pop()
        self._out = placer.place(fold(unet.out_conv, unet.out_norm, RELU))

    def __call__(self, maps: Tensor, between_stages: BetweenStages = go_on) -> Tensor:
        """[B, inputs, …] → [B, outputs, …], channels-last."""
        maps = self._in(maps)
        skips = []
        for down in self._downs:
            between_stages()
            skips.append(maps)
            maps = down(maps)
        for up in self._ups:
            between_stages()
            maps = torch.cat([skips.pop(), up(maps)], dim=1)
        return self._out(maps)


class FusedRenderingNetwork:
    """From collapsed features to the picture."""

    def __init__(self, network: RenderingNetwork, target: Target) -> None:
        self._unet = FusedUNet(network.unet, target, (P, P))
        placer = _Placer(target, _outputs(network.unet.out_conv), (P, P))
        self._ups = [_up(up, placer) for up in network.ups[:-1]]
        last = cast(UpBlock2d, network.ups[-1])
        self._last = BandedLayers(
            fold(last.up, last.up_norm, RELU),
            [
                fold(last.conv, last.conv_norm, RELU),
                fold(network.hidden_conv, network.hidden_norm, RELU),
                fold(network.picture_conv, None, TANH),
            ],
            target,
            placer.sides,
        )

    def __call__(self, features: Tensor, between_stages: BetweenStages = go_on) -> Tensor:
        """[1, F, P, P] channels-last → [S, S, 3] in −1…1."""
        maps = self._unet(features, between_stages)
        for up in self._ups:
            between_stages()
            maps = up(maps)
        between_stages()
        return self._last(maps)[0].permute(1, 2, 0)


class BandedLayers:
    """A transposed convolution and 3×3 convolutions after it, band by band of rows on a CPU.

    The largest maps, 64 × 512² at full size, then never exist as a whole: a band's fit into the
    processor's cache, and a frame needs 0.3 GiB less memory.
    """

    def __init__(
        self,
        up: FoldedConvolution,
        convolutions: Sequence[FoldedConvolution],
        target: Target,
        sides: tuple[int, ...],
    ) -> None:
        self._height, width = 2 * sides[0], 2 * sides[1]
        self._rows = min(BAND_ROWS, self._height) if target.device.type == "cpu" else self._height
        self._margin = len(convolutions)  # rows that the convolutions eat at an inner edge
        rows = self._rows // 2 + self._margin + 1
        self._up = kernel(up, target, (1, up.weight.shape[0], rows, sides[1]))
        self._convolutions = [
            kernel(folded, target, (1, folded.weight.shape[1], self._rows + 2, width + 2))
            for folded in convolutions
        ]

    def __call__(self, maps: Tensor) -> Tensor:
        """[1, C, H, W] → [1, outputs, 2H, 2W]."""
        bands = [self._band(maps, first) for first in range(0, self._height, self._rows)]
        return bands[0] if len(bands) == 1 else torch.cat(bands, dim=2)

    def _band(self, maps: Tensor, first: int) -> Tensor:
        """Rows `first` … `first` + band − 1 of the result."""
        end = first + self._rows
        is_top, is_bottom = first == 0, end == self._height
        reach = (self._margin + 1) // 2  # input rows beyond the band's own
        lower = 0 if is_top else first // 2 - reach
        upper = maps.shape[2] if is_bottom else end // 2 + reach
        band = self._up(maps[:, :, lower:upper])
        # Without the neighbouring input row, an inner edge's outermost rows are incomplete.
        start = 0 if is_top else first - self._margin - 2 * lower
        stop = None if is_bottom else end + self._margin - 2 * lower
        band = band[:, :, start:stop]
        for convolution in self._convolutions:
            padding = (1, 1, int(is_top), int(is_bottom))
            band = convolution(nn.functional.pad(band, padding, mode="reflect"))
        return band


class FusedOcclusionNetwork:
    """Depth weights from the samples inside the grid; those outside cost next to nothing.

    The depth coordinate, one channel of the first and of the last layer, is the same for every
    view: its part of those layers is computed once.
    """

    def __init__(self, network: OcclusionNetwork, target: Target, plane_count: int) -> None:
        volume = (plane_count, P, P)
        depth_channel = depth_coordinates(plane_count, torch.zeros(1)).expand(1, 1, *volume)
        prep = fold(network.prep_conv, network.prep_norm, RELU)
        last = fold(network.weight_conv, None, NONE)
        self._prep_constant = _constant_part(prep, slice(0, 1), depth_channel, target)
        self._prep = PlanewiseConvolution(
            _input_channels(prep, slice(1, None)), target, (1, prep.weight.shape[1] - 1, *volume)
        )
        self._last_constant = _constant_part(last, slice(8, 9), depth_channel, target)[..., 0]
        self._last = PlanewiseConvolution(
            _input_channels(last, slice(0, 8)), target, (1, 8, *volume)
        )
        self._unet = FusedUNet(network.unet, target, volume)

    def __call__(self, planes: Tensor, first: int) -> Tensor:
        """Planes of the view volume that have samples → visibility [D, P, P] float32.

        Args:
            planes: [n, P + 2, P + 2, F], zero where outside; the outer frame is filled here.
            first: number of the first plane given; all planes left out are empty.
        """
        replicate_frame(planes)
        prep = self._prep_constant.clone()
        self._prep.add_planes(prep, planes, first)
        maps = activate_(prep, RELU).permute(3, 0, 1, 2)[None]
        maps = torch.cat([maps, self._unet(maps)], dim=1)
        logits = self._last(maps)[0, 0] + self._last_constant
        return torch.softmax(logits.float(), dim=0)


class FusedDepthCollapse:
    """The ablation without visibility: three 2D convolutions over all planes at once."""

    def __init__(self, network: DepthCollapse, target: Target) -> None:
        placer = _Placer(target, _inputs(network.convs[0]), (P, P))
        self._convolutions = [
            placer.place(fold(conv, norm, RELU))
            for conv, norm in zip(network.convs, network.norms, strict=True)
        ]

    def __call__(self, volume: Tensor) -> Tensor:
        """View volume as maps [1, F·D, P, P] → [1, F, P, P]."""
        for convolution in self._convolutions:
            volume = convolution(volume)
        return volume


class _Placer:
    """Places convolutions that follow one another, keeping count of channels and sides."""

    def __init__(self, target: Target, channels: int, sides: tuple[int, ...]) -> None:
        self._target, self.channels, self.sides = target, channels, sides

    def place(self, folded: FoldedConvolution) -> Convolution:
        convolution = place(folded, self._target, (1, self.channels, *self.sides))
        if folded.weight.numel() >= LARGE_WEIGHT:
            allocator.give_freed_memory_back()
        self.channels = folded.weight.shape[1 if folded.transposed else 0]
        if folded.transposed:
            self.sides = tuple(side * folded.stride for side in self.sides)
        else:
            self.sides = tuple(side // folded.stride for side in self.sides)
        return convolution


def _down(block: nn.Module, placer: _Placer) -> Convolution:
    if isinstance(block, DownBlock3d):
        return placer.place(fold(block.down, block.down_norm, LEAKY))
    block = cast(DownBlock2d, block)
    return _chain(
        placer.place(fold(block.conv, block.conv_norm, LEAKY)),
        placer.place(fold(block.down, block.down_norm, LEAKY)),
    )


def _up(block: nn.Module, placer: _Placer) -> Convolution:
    if isinstance(block, UpBlock3d):
        return placer.place(fold(block.up, block.up_norm, RELU))
    block = cast(UpBlock2d, block)
    return _chain(
        placer.place(fold(block.up, block.up_norm, RELU)),
        placer.place(fold(block.conv, block.conv_norm, RELU)),
    )


def _chain(first: Convolution, second: Convolution) -> Callable[[Tensor], Tensor]:
    return lambda maps: second(first(maps))


def _inputs(conv: nn.Module) -> int:
    return int(cast(nn.Conv2d, conv).in_channels)


def _outputs(conv: nn.Module) -> int:
    return int(cast(nn.Conv2d, conv).out_channels)


def _input_channels(folded: FoldedConvolution, channels: slice) -> FoldedConvolution:
    """The part of a convolution that reads some input channels; no bias, no activation."""
    return FoldedConvolution(
        folded.weight[:, channels].contiguous(),
        torch.zeros_like(folded.bias),
        folded.stride,
        folded.padding,
        folded.transposed,
        NONE,
    )


def _constant_part(
    folded: FoldedConvolution, channels: slice, inputs: Tensor, target: Target
) -> Tensor:
    """What constant input channels [1, c, D, P, P] and the bias add: [D, P, P, outputs]."""
    padded = nn.functional.pad(inputs, (1,) * 6, mode="replicate")
    part = nn.functional.conv3d(padded, folded.weight[:, channels], folded.bias)
    return part[0].permute(1, 2, 3, 0).contiguous().to(target.device, target.dtype)
