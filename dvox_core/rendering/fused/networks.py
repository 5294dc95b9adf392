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
from dvox_core.networks.occlusion import DepthCollapse
from dvox_core.networks.rendering import RenderingNetwork
from dvox_core.networks.unet import UNet2d
from dvox_core.rendering.fused.convolutions import (
    Convolution,
    Target,
    kernel,
    place,
)
from dvox_core.rendering.fused.folding import Activation, FoldedConvolution, fold
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
    """A 2D U-Net as a few fused convolutions a level."""

    def __init__(self, unet: UNet2d, target: Target) -> None:
        placer = Placer(target, _inputs(unet.in_conv), (P, P))
        self._in = placer.place(fold(unet.in_conv, unet.in_norm, LEAKY))
        self._downs, self._ups = [], []
        skips = []
        for down in unet.downs:
            skips.append(placer.channels)
            self._downs.append(place_down(down, placer))
        for up in unet.ups:
            self._ups.append(place_up(up, placer))
            placer.channels += skips.pop()
        self._out = placer.place(fold(unet.out_conv, unet.out_norm, RELU))

    def __call__(self, maps: Tensor, between_stages: BetweenStages = go_on) -> Tensor:
        """[B, inputs, P, P] → [B, outputs, P, P], channels-last."""
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
        self._unet = FusedUNet(network.unet, target)
        placer = Placer(target, _outputs(network.unet.out_conv), (P, P))
        self._ups = [place_up(up, placer) for up in network.ups[:-1]]
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


class FusedDepthCollapse:
    """The ablation without visibility: three 2D convolutions over all planes at once."""

    def __init__(self, network: DepthCollapse, target: Target) -> None:
        placer = Placer(target, _inputs(network.convs[0]), (P, P))
        self._convolutions = [
            placer.place(fold(conv, norm, RELU))
            for conv, norm in zip(network.convs, network.norms, strict=True)
        ]

    def __call__(self, volume: Tensor) -> Tensor:
        """View volume as maps [1, F·D, P, P] → [1, F, P, P]."""
        for convolution in self._convolutions:
            volume = convolution(volume)
        return volume


class Placer:
    """Places convolutions that follow one another, keeping count of channels and sides."""

    def __init__(self, target: Target, channels: int, sides: tuple[int, ...]) -> None:
        self._target, self.channels, self.sides = target, channels, sides

    def place(self, folded: FoldedConvolution) -> Convolution:
        """Place the next one."""
        convolution = place(folded, self._target, (1, self.channels, *self.sides))
        if folded.weight.numel() >= LARGE_WEIGHT:
            allocator.give_freed_memory_back()
        self.channels = folded.weight.shape[1 if folded.transposed else 0]
        if folded.transposed:
            self.sides = tuple(side * folded.stride for side in self.sides)
        else:
            self.sides = tuple(side // folded.stride for side in self.sides)
        return convolution


def place_down(block: nn.Module, placer: Placer) -> Convolution:
    """The convolutions of a down block, 2D or 3D."""
    if isinstance(block, DownBlock3d):
        return placer.place(fold(block.down, block.down_norm, LEAKY))
    block = cast(DownBlock2d, block)
    return _chain(
        placer.place(fold(block.conv, block.conv_norm, LEAKY)),
        placer.place(fold(block.down, block.down_norm, LEAKY)),
    )


def place_up(block: nn.Module, placer: Placer) -> Convolution:
    """The convolutions of an up block, 2D or 3D."""
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
