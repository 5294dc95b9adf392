"""3D convolutions over blocks of planes against torch's own."""

import pytest
import torch
from torch.nn import functional

from dvox_core.networks.occlusion import OcclusionNetwork
from dvox_core.rendering.fused.blockwise import (
    block_convolution,
    block_transposed_convolution,
    with_empty_neighbours,
    with_neighbours,
)
from dvox_core.rendering.fused.convolutions import Target
from dvox_core.rendering.fused.folding import Activation, FoldedConvolution
from dvox_core.rendering.fused.occlusion import FusedOcclusionNetwork

FLOAT32 = Target(torch.device("cpu"), torch.float32)
P = 64


def blocks_of(volume, block):  # [1, C, D, H, W]
    _, channels, depth, height, width = volume.shape
    blocks = volume[0].view(channels, depth // block, block, height, width)
    return blocks.permute(1, 3, 4, 2, 0).reshape(depth // block, height, width, -1)


def volume_of(blocks, block):
    n, height, width, channels = blocks.shape
    planes = blocks.view(n, height, width, block, channels // block)
    return planes.permute(4, 0, 3, 1, 2).reshape(1, -1, n * block, height, width)


@pytest.mark.parametrize(
    ("block", "stride", "kernel"), [(1, 1, 3), (2, 1, 3), (4, 1, 3), (2, 2, 4), (4, 2, 4)]
)
@pytest.mark.parametrize("channels", [4, 3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_convolution_over_blocks_equals_the_plain_3d_one(block, stride, kernel, channels, dtype):
    torch.manual_seed(0)
    weight, bias = torch.randn(5, channels, *(kernel,) * 3), torch.randn(5)
    volume = torch.randn(1, channels, 8, 6, 10).to(dtype)
    padded = functional.pad(volume.float(), (1,) * 6, mode="replicate")
    expected = functional.conv3d(padded, weight, bias, stride=stride)
    folded = block_convolution(
        FoldedConvolution(weight, bias, stride, 1, False, Activation.NONE), block
    )
    framed = with_neighbours(blocks_of(volume, block), block)
    result = functional.conv2d(
        framed.float().permute(0, 3, 1, 2), folded.weight, folded.bias, stride=stride
    )
    result = volume_of(result.permute(0, 2, 3, 1).contiguous(), block // stride)
    assert torch.allclose(result, expected, atol=1e-4)


@pytest.mark.parametrize("block", [1, 2])
def test_a_transposed_convolution_over_blocks_equals_the_plain_3d_one(block):
    torch.manual_seed(0)
    weight, bias = torch.randn(6, 3, 4, 4, 4), torch.randn(3)
    volume = torch.randn(1, 6, 4, 6, 8)
    expected = functional.conv_transpose3d(volume, weight, bias, stride=2, padding=1)
    folded = block_transposed_convolution(
        FoldedConvolution(weight, bias, 2, 1, True, Activation.NONE), block, (2, 4)
    )
    parts = [blocks_of(part, block) for part in volume.split((2, 4), dim=1)]
    maps = with_empty_neighbours(parts, block).permute(0, 3, 1, 2)
    result = functional.conv_transpose2d(maps, folded.weight, folded.bias, stride=2, padding=1)
    result = volume_of(result.permute(0, 2, 3, 1).contiguous(), 2 * block)
    assert torch.allclose(result, expected, atol=1e-4)


@pytest.mark.parametrize("grid_size", [12, 9, 16])
def test_empty_planes_may_be_left_out_of_the_occlusion_network(grid_size):
    plane_count = 2 * grid_size
    torch.manual_seed(0)
    network = OcclusionNetwork(3, plane_count).eval()
    for norm in network.modules():
        if isinstance(norm, torch.nn.BatchNorm3d):
            norm.running_mean.normal_(std=0.1)
    fused = FusedOcclusionNetwork(_copy(network, plane_count), FLOAT32, plane_count)
    block = fused.block
    for first, end in (
        (0, plane_count),
        (0, block),
        (block, 3 * block),
        (plane_count - block, plane_count),
    ):
        volume = torch.zeros(1, 3, plane_count, P, P)
        volume[:, :, first:end] = torch.randn(1, 3, end - first, P, P)
        with torch.inference_mode():
            expected = network(volume).visibility[0]
            planes = torch.zeros(end - first, P + 2, P + 2, 3)
            planes[:, 1:-1, 1:-1] = volume[0, :, first:end].permute(1, 2, 3, 0)
            result = fused(planes, first)
        assert expected.std() > 1e-4
        assert torch.allclose(result, expected, atol=1e-5)


def _copy(network, plane_count):
    """Folding takes the weights out of a network."""
    copy = OcclusionNetwork(3, plane_count).eval()
    copy.load_state_dict(network.state_dict())
    return copy
