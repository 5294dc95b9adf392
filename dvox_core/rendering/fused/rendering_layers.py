"""The rendering network's layers in order, batch norms folded, for backends that build it anew."""

from dataclasses import dataclass
from typing import cast

from dvox_core.networks.blocks import DownBlock2d, UpBlock2d
from dvox_core.networks.rendering import RenderingNetwork
from dvox_core.rendering.fused.folding import Activation, FoldedConvolution, fold

LEAKY, RELU, TANH = Activation.LEAKY_RELU, Activation.RELU, Activation.TANH


@dataclass(frozen=True, eq=False)
class RenderingLayers:
    """A U-Net, then steps up to the picture's size; see `RenderingNetwork`.

    Attributes:
        first: the U-Net's layer in.
        downs: its down blocks, two convolutions each; the input of each is skipped to an up block.
        ups: its up blocks, from the innermost; each result stands behind what was skipped.
        out: its layer out.
        steps: up blocks to the picture's size.
        hidden: the last convolution but one.
        picture: the last one.
    """

    first: FoldedConvolution
    downs: tuple[tuple[FoldedConvolution, FoldedConvolution], ...]
    ups: tuple[tuple[FoldedConvolution, FoldedConvolution], ...]
    out: FoldedConvolution
    steps: tuple[tuple[FoldedConvolution, FoldedConvolution], ...]
    hidden: FoldedConvolution
    picture: FoldedConvolution


def fold_rendering_network(network: RenderingNetwork) -> RenderingLayers:
    """Fold a rendering network; its weights are taken out of it."""
    unet = network.unet
    return RenderingLayers(
        first=fold(unet.in_conv, unet.in_norm, LEAKY),
        downs=tuple(_down(cast(DownBlock2d, block)) for block in unet.downs),
        ups=tuple(_up(cast(UpBlock2d, block)) for block in unet.ups),
        out=fold(unet.out_conv, unet.out_norm, RELU),
        steps=tuple(_up(cast(UpBlock2d, block)) for block in network.ups),
        hidden=fold(network.hidden_conv, network.hidden_norm, RELU),
        picture=fold(network.picture_conv, None, TANH),
    )


def _down(block: DownBlock2d) -> tuple[FoldedConvolution, FoldedConvolution]:
    return fold(block.conv, block.conv_norm, LEAKY), fold(block.down, block.down_norm, LEAKY)


def _up(block: UpBlock2d) -> tuple[FoldedConvolution, FoldedConvolution]:
    return fold(block.up, block.up_norm, RELU), fold(block.conv, block.conv_norm, RELU)
