"""Replays the rendering network as a CUDA graph: one launch instead of a hundred."""

import logging

import torch
from torch import Tensor

from dvox_core.geometry.frustum import FEATURE_MAP_SIDE as P
from dvox_core.rendering.fused.networks import FusedRenderingNetwork
from dvox_core.rendering.renderer import BetweenStages, go_on

WARM_UP_RUNS = 3
"""Runs before the recording, in which cuDNN chooses its algorithms."""

log = logging.getLogger(__name__)


class CudaGraphNetwork:
    """A recorded `FusedRenderingNetwork`; a frame cannot be given up within it."""

    def __init__(self, network: FusedRenderingNetwork, example: Tensor) -> None:
        """Record the network.

        Args:
            network: on a CUDA device.
            example: [1, F, P, P] channels-last, on the same device and of the network's type.

        Raises:
            RuntimeError: it cannot be recorded here.
        """
        self._network = network  # owns the weights that the recording reads
        self._features = example.clone()
        stream = torch.cuda.Stream(example.device)  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream(example.device))
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP_RUNS):
                network(self._features)
        torch.cuda.current_stream(example.device).wait_stream(stream)
        self._graph = torch.cuda.CUDAGraph()
        # Other threads may use the device meanwhile, so only this one's calls are checked.
        with torch.cuda.graph(self._graph, capture_error_mode="thread_local"):
            self._picture = network(self._features)

    def __call__(self, features: Tensor, between_stages: BetweenStages = go_on) -> Tensor:
        """[1, F, P, P] → [S, S, 3] in −1…1, overwritten by the next call."""
        self._features.copy_(features)
        self._graph.replay()
        return self._picture


def recorded(
    network: FusedRenderingNetwork, features: int, dtype: torch.dtype, device: torch.device
) -> FusedRenderingNetwork | CudaGraphNetwork:
    """The network as a CUDA graph, or as it is where that cannot be recorded."""
    torch.backends.cudnn.benchmark = True  # shapes never change within a scene
    example = torch.zeros(1, features, P, P, dtype=dtype, device=device)
    try:
        return CudaGraphNetwork(network, example.contiguous(memory_format=torch.channels_last))
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        log.warning("rendering without a CUDA graph: %s", error)
        return network
