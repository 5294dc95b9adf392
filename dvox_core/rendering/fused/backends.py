"""What may run the rendering network, which is most of a frame at full size."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from torch import Tensor, nn

from dvox_core.networks.rendering import RenderingNetwork
from dvox_core.rendering.fused import openvino_network
from dvox_core.rendering.fused.convolutions import Target
from dvox_core.rendering.fused.cuda_graph import recorded
from dvox_core.rendering.fused.networks import FusedRenderingNetwork
from dvox_core.rendering.fused.openvino_network import Arithmetic, OpenVinoRenderingNetwork
from dvox_core.rendering.fused.rendering_layers import fold_rendering_network
from dvox_core.rendering.renderer import BetweenStages, go_on

CALIBRATION_VIEWS = 8
"""Typical views whose activations say what 8 bits must hold."""


class RunningNetwork(Protocol):
    """The rendering network, ready to run."""

    def __call__(self, features: Tensor, between_stages: BetweenStages = go_on) -> Tensor:
        """Collapsed features [1, F, P, P] channels-last → picture [S, S, 3] in −1…1."""
        ...


TypicalFeatures = Callable[[int], Sequence[Tensor]]
"""Collapsed features [1, F, P, P] of so many typical views of the scene."""


@dataclass(frozen=True)
class RenderingBackend:
    """A way to run the rendering network.

    Attributes:
        name: as in `RendererFacts.backend`.
        precision: as in `RendererFacts.precision`.
        make: prepares the network, which loses its weights.
    """

    name: str
    precision: str
    make: Callable[[RenderingNetwork, TypicalFeatures], RunningNetwork]


def torch_backend(target: Target) -> RenderingBackend:
    """torch on any device, in the target's type."""

    def make(network: RenderingNetwork, features: TypicalFeatures) -> RunningNetwork:
        channels = cast(nn.Conv2d, network.unet.in_conv).in_channels
        fused = FusedRenderingNetwork(network, target)
        if target.device.type == "cuda":
            return recorded(fused, channels, target.dtype, target.device)
        return fused

    return RenderingBackend("torch", str(target.dtype).removeprefix("torch."), make)


def openvino_backend(arithmetic: Arithmetic, threads: int | None = None) -> RenderingBackend:
    """OpenVINO on the CPU, in floating point; with as many threads as torch if None."""

    def make(network: RenderingNetwork, features: TypicalFeatures) -> RunningNetwork:
        from dvox_core.rendering.fused.openvino_graph import floating_graph

        graph = floating_graph(fold_rendering_network(network))
        return OpenVinoRenderingNetwork(graph, arithmetic, threads)

    return RenderingBackend("openvino", arithmetic, make)


def openvino_int8_backend(
    arithmetic: Arithmetic, between_views: BetweenStages = go_on, threads: int | None = None
) -> RenderingBackend:
    """OpenVINO on the CPU with 8-bit weights and activations.

    Args:
        arithmetic: of what is not quantised.
        between_views: called while it is calibrated; what it raises ends that.
        threads: as many as torch's if None.
    """

    def make(network: RenderingNetwork, features: TypicalFeatures) -> RunningNetwork:
        from dvox_core.rendering.fused.openvino_graph import quantised_graph

        layers = fold_rendering_network(network)
        views = features(CALIBRATION_VIEWS)
        ranges = openvino_network.measure_ranges(layers, views, arithmetic, between_views)
        return OpenVinoRenderingNetwork(quantised_graph(layers, ranges), arithmetic, threads)

    return RenderingBackend("openvino", "int8", make)
