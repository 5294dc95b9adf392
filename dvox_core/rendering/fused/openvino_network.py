"""Runs the rendering network by OpenVINO on the CPU; an optional extra.

OpenVINO is imported here and in `openvino_graph.py` only, when it is used.
"""

import contextlib
import importlib.util
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch import Tensor

from dvox_core.rendering.fused.rendering_layers import RenderingLayers
from dvox_core.rendering.renderer import BetweenStages, go_on

if TYPE_CHECKING:
    from openvino import CompiledModel, Model

    from dvox_core.rendering.fused.openvino_graph import Range

Arithmetic = Literal["float32", "bfloat16"]
"""What OpenVINO computes in; in a quantised graph, what is not quantised."""

POLL_MS = 3
"""How often a running network is asked whether it is still wanted."""


def is_installed() -> bool:
    """Whether OpenVINO can be imported."""
    return importlib.util.find_spec("openvino") is not None


class OpenVinoRenderingNetwork:
    """From collapsed features to the picture; stands in for `FusedRenderingNetwork`."""

    def __init__(self, graph: "Model", arithmetic: Arithmetic, threads: int | None = None) -> None:
        self._request = compile_graph(graph, arithmetic, threads).create_infer_request()

    def __call__(self, features: Tensor, between_stages: BetweenStages = go_on) -> Tensor:
        """[1, F, P, P] channels-last → [S, S, 3] float32 in −1…1."""
        import openvino as ov

        maps = features.float().permute(0, 2, 3, 1).contiguous().numpy()
        self._request.set_input_tensor(ov.Tensor(maps, shared_memory=True))
        self._request.start_async()
        try:
            while not self._request.wait_for(POLL_MS):
                between_stages()
        except BaseException:
            self._request.cancel()
            with contextlib.suppress(RuntimeError):  # says that it was cancelled
                self._request.wait()
            raise
        picture: Tensor = torch.from_numpy(self._request.get_output_tensor(0).data[0].copy())
        return picture


def compile_graph(
    graph: "Model", arithmetic: Arithmetic, threads: int | None = None
) -> "CompiledModel":
    """Make a graph ready for this CPU; with as many threads as torch if None."""
    import openvino as ov

    return ov.Core().compile_model(
        graph,
        "CPU",
        {
            # Left to itself it may take bfloat16 where float32 is meant.
            "INFERENCE_PRECISION_HINT": "bf16" if arithmetic == "bfloat16" else "f32",
            "INFERENCE_NUM_THREADS": threads or torch.get_num_threads(),
            "PERFORMANCE_HINT": "LATENCY",
            "ENABLE_CPU_PINNING": False,  # the window's thread is to go where a core is free
        },
    )


def measure_ranges(
    layers: RenderingLayers,
    features: Sequence[Tensor],  # [1, F, P, P] each, of typical views
    arithmetic: Arithmetic,
    between_views: BetweenStages = go_on,
) -> "list[Range]":
    """The range of every activation: the mean of the views' extremes, so that outliers are cut."""
    from dvox_core.rendering.fused.openvino_graph import joined_activations, measuring_graph

    compiled = compile_graph(measuring_graph(layers), arithmetic)
    extremes = []
    for maps in features:
        between_views()
        results = compiled(maps.float().permute(0, 2, 3, 1).contiguous().numpy())
        numbers = range(1, len(compiled.outputs))
        extremes.append([float(results[number].reshape(-1)[0]) for number in numbers])
    means = np.mean(extremes, axis=0)
    # Zero is exact, and so are the reflected edges of what a ReLU cut off.
    lows, highs = np.minimum(means[0::2], 0), np.maximum(means[1::2], 1e-6)
    for one, other in joined_activations(layers):
        lows[[one, other]] = min(lows[one], lows[other])
        highs[[one, other]] = max(highs[one], highs[other])
    return [(float(low), float(high)) for low, high in zip(lows, highs, strict=True)]
