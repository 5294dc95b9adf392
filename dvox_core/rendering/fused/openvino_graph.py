"""Builds the rendering network as an OpenVINO graph: in floating point, or quantised to 8 bits.

Built from OpenVINO's own operators in half a second; converting the torch module by tracing took
ten. Quantised by ranges that a few views of the scene itself give: NNCF's post-training
quantisation took 16 s where this takes one, left transposed convolutions in floating point
(111 against 91 ms at full size), and was further from float32 on the Lego scene (44 against 50 dB).
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as operators
from torch import Tensor

from dvox_core.geometry.frustum import FEATURE_MAP_SIDE as P
from dvox_core.networks.blocks import LEAKY_SLOPE
from dvox_core.rendering.fused.folding import Activation, FoldedConvolution
from dvox_core.rendering.fused.rendering_layers import RenderingLayers

Range = tuple[float, float]
"""Smallest and largest value of an activation."""

Node = Any
"""An OpenVINO node or output."""

WEIGHT_LEVELS, ACTIVATION_LEVELS = 255, 256


def floating_graph(layers: RenderingLayers) -> ov.Model:
    """Features [1, P, P, F] → picture [1, S, S, 3] in −1…1."""
    return _Builder(observe=lambda maps: maps).model(layers)


def measuring_graph(layers: RenderingLayers) -> ov.Model:
    """The same, and after the picture the smallest and largest value of each activation in turn."""
    extremes: list[Node] = []

    def observe(maps: Node) -> Node:
        axes = _integers(0, 1, 2, 3)
        extremes.append(operators.reduce_min(maps, axes))
        extremes.append(operators.reduce_max(maps, axes))
        return maps

    return _Builder(observe).model(layers, extremes)


def quantised_graph(layers: RenderingLayers, ranges: Sequence[Range]) -> ov.Model:
    """The same with 8-bit weights and activations.

    Args:
        ranges: of every activation, in the order of `measuring_graph`.
    """
    remaining = iter(ranges)

    def observe(maps: Node) -> Node:
        low, high = next(remaining)
        bounds = [_floats(np.full((1, 1, 1, 1), bound, np.float32)) for bound in (low, high)]
        return operators.fake_quantize(maps, *bounds, *bounds, ACTIVATION_LEVELS)

    return _Builder(observe, _quantised_weights).model(layers)


def joined_activations(layers: RenderingLayers) -> list[tuple[int, int]]:
    """Pairs of activations, by number, that stand side by side in one map and share a range."""
    depth = len(layers.downs)
    # Numbers: features 0, the layer in 1, then two to a block.
    return [(1 + 2 * (depth - 1 - up), 1 + 2 * depth + 2 * (up + 1)) for up in range(depth)]


class _Builder:
    """Puts layers one after the other; `observe` sees every activation that a layer reads."""

    def __init__(
        self, observe: Callable[[Node], Node], weights: Callable[[Tensor], Node] | None = None
    ) -> None:
        self._observe = observe
        self._weights = weights or (lambda weight: _floats(weight.numpy()))
        self._subpixel = weights is not None

    def model(self, layers: RenderingLayers, more_results: Sequence[Node] = ()) -> ov.Model:
        features = layers.first.weight.shape[1]
        parameter = operators.parameter([1, P, P, features], ov.Type.f32)
        maps = self._observe(operators.transpose(parameter, _integers(0, 3, 1, 2)))
        maps = self._layer(maps, layers.first)
        skips = []
        for block in layers.downs:
            skips.append(maps)
            maps = self._block(maps, block)
        for block in layers.ups:
            maps = operators.concat([skips.pop(), self._block(maps, block)], 1)
        maps = self._layer(maps, layers.out)
        for block in layers.steps:
            maps = self._block(maps, block)
        maps = self._layer(maps, layers.hidden)
        picture = operators.transpose(
            self._convolution(maps, layers.picture), _integers(0, 2, 3, 1)
        )
        return ov.Model([picture, *more_results], [parameter], "rendering")

    def _block(self, maps: Node, layers: tuple[FoldedConvolution, FoldedConvolution]) -> Node:
        for layer in layers:
            maps = self._layer(maps, layer)
        return maps

    def _layer(self, maps: Node, folded: FoldedConvolution) -> Node:
        if not folded.transposed:
            return self._observe(self._convolution(maps, folded))
        if not self._subpixel:
            return self._observe(self._transposed(maps, folded))
        # Quantised before it is put in order, so that bytes are moved and not numbers.
        return _in_order(self._observe(self._four_in_one(maps, folded)))

    def _convolution(self, maps: Node, folded: FoldedConvolution) -> Node:
        if folded.padding:
            edge = _integers(0, 0, folded.padding, folded.padding)
            maps = operators.pad(maps, edge, edge, "reflect")
        result = operators.convolution(
            maps, self._weights(folded.weight), [folded.stride] * 2, [0, 0], [0, 0], [1, 1]
        )
        return _activated(result, folded.bias, folded.activation)

    def _transposed(self, maps: Node, folded: FoldedConvolution) -> Node:
        padding = [folded.padding] * 2
        result = operators.convolution_backprop_data(
            maps,
            self._weights(folded.weight),
            [folded.stride] * 2,
            pads_begin=padding,
            pads_end=padding,
            dilations=[1, 1],
        )
        return _activated(result, folded.bias, folded.activation)

    def _four_in_one(self, maps: Node, folded: FoldedConvolution) -> Node:
        """A transposed convolution as an ordinary one with a channel for each of four pixels.

        OpenVINO keeps transposed convolutions in floating point; this runs in 8 bits.
        """
        weight = subpixel_weight(folded.weight)
        result = operators.convolution(maps, self._weights(weight), [1, 1], [1, 1], [1, 1], [1, 1])
        return _activated(result, folded.bias.repeat(4), folded.activation)


def subpixel_weight(weight: Tensor) -> Tensor:
    """Weights [in, out, 4, 4] of a transposed convolution as ordinary ones [4·out, in, 2, 2].

    The transposed convolution has stride 2 and padding 1. With the ordinary one's padding of 1,
    place q of its result has pixels 2q − 1 and 2q of the transposed one's, down and across.
    """
    inputs, outputs = weight.shape[:2]
    result = weight.new_zeros(2, 2, outputs, inputs, 2, 2)
    for row in range(2):
        for column in range(2):
            # Tap t reads input q − 1 + t, which the kernel's element 2·(1 − t) + row meets there.
            taps = weight[:, :, [row + 2, row]][:, :, :, [column + 2, column]]
            result[row, column] = taps.transpose(0, 1)
    return result.reshape(4 * outputs, inputs, 2, 2)


def _in_order(maps: Node) -> Node:
    """Four channels → four pixels; the outermost ones belong to no pixel of the result."""
    pixels = operators.depth_to_space(maps, "blocks_first", 2)
    end = pixels.get_output_shape(0)[2] - 1
    return operators.slice(
        pixels, _integers(1, 1), _integers(end, end), _integers(1, 1), _integers(2, 3)
    )


def _activated(maps: Node, bias: Tensor, activation: Activation) -> Node:
    maps = operators.add(maps, _floats(bias.view(1, -1, 1, 1).numpy()))
    if activation is Activation.RELU:
        return operators.relu(maps)
    if activation is Activation.LEAKY_RELU:
        return operators.prelu(maps, _floats(np.array([LEAKY_SLOPE], np.float32)))
    if activation is Activation.TANH:
        return operators.tanh(maps)
    return maps


def _quantised_weights(weight: Tensor) -> Node:
    """Weights rounded to 8 bits, with a scale for each output channel."""
    largest = weight.abs().amax(dim=(1, 2, 3), keepdim=True).clamp_min(1e-12).numpy()
    bounds = [_floats(-largest), _floats(largest)]
    return operators.fake_quantize(_floats(weight.numpy()), *bounds, *bounds, WEIGHT_LEVELS)


def _floats(values: NDArray[np.float32]) -> Node:
    # Sharing saves a copy of all weights: 0.3 GiB at full size.
    return operators.constant(np.ascontiguousarray(values), shared_memory=True)


def _integers(*values: int) -> Node:
    return operators.constant(list(values))
