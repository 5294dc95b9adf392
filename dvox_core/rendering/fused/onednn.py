"""Convolutions with weights packed once for this CPU.

These are private operators of torch (`torch.ops.mkldnn`, what torch.compile itself emits): all
use of them is here, `is_available` tries them, and `convolutions.py` falls back without them.
Measured at full size they reach torch.compile's speed with none of its 18-42 s of compiling.
"""

import functools
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from dvox_core.networks.blocks import LEAKY_SLOPE
from dvox_core.rendering.fused.folding import Activation, FoldedConvolution


class PackedConvolution:
    """A folded convolution whose weights are in oneDNN's own layout.

    An ordinary convolution expects its input padded already.
    """

    def __init__(
        self, folded: FoldedConvolution, dtype: torch.dtype, input_shape: Sequence[int]
    ) -> None:
        n = folded.dimensions
        stride, ones, zeros = [folded.stride] * n, [1] * n, [0] * n
        operators = torch.ops.mkldnn
        pack: Callable[..., Tensor]
        geometry: tuple[list[int] | int, ...]
        if folded.transposed:
            pack = operators._reorder_convolution_transpose_weight
            self._convolve: Callable[..., Tensor] = operators._convolution_transpose_pointwise
            geometry = ([folded.padding] * n, zeros, stride, ones, 1)
        else:
            pack = operators._reorder_convolution_weight
            self._convolve = operators._convolution_pointwise
            geometry = (zeros, stride, ones, 1)
        slopes = [LEAKY_SLOPE] if folded.activation is Activation.LEAKY_RELU else []
        self._weight = pack(folded.weight.to(dtype), *geometry, list(input_shape))
        self._arguments = (
            folded.bias.to(dtype),
            *geometry,
            folded.activation.value,
            slopes,
            "",  # the activation's algorithm
        )

    def __call__(self, maps: Tensor) -> Tensor:
        """Convolve and activate; channels-last in and out."""
        return self._convolve(maps, self._weight, *self._arguments)


@functools.cache
def supports_bfloat16() -> bool:
    """Whether this CPU computes in bfloat16 at speed, by oneDNN's own word.

    `torch.cpu._is_avx512_bf16_supported` is not to be trusted: where oneDNN is limited to AVX2
    it still says yes, and bfloat16 then takes 50 times as long as float32.
    """
    try:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    except (AttributeError, RuntimeError):
        return False


@functools.cache
def is_available() -> bool:
    """Whether packing works here: tries one convolution of each kind."""
    try:
        with torch.inference_mode():
            return all(_try_one(transposed) for transposed in (False, True))
    except (AttributeError, RuntimeError, TypeError, NotImplementedError):
        return False


def _try_one(transposed: bool) -> bool:
    generator = torch.Generator().manual_seed(0)
    maps = torch.randn(1, 8, 6, 6, generator=generator)
    weight = torch.randn(8, 8, 4, 4, generator=generator)
    folded = FoldedConvolution(
        weight, torch.zeros(8), 2, 1 if transposed else 0, transposed, Activation.RELU
    )
    packed = PackedConvolution(folded, torch.float32, maps.shape)(maps)
    if transposed:
        expected = torch.nn.functional.conv_transpose2d(maps, weight, stride=2, padding=1)
    else:
        expected = torch.nn.functional.conv2d(maps, weight, stride=2)
    return bool(torch.allclose(packed, expected.relu(), atol=1e-4))
