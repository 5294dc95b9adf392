"""Puts faster layers with the same parameters and the same mathematics into a model."""

from typing import Any

import torch
from torch import nn

from dvox_core.errors import DeviceError
from dvox_core.training.steps.picture_norm import use_picture_norm
from dvox_core.training.steps.plane_conv import use_plane_conv


def accelerate(network: nn.Module, device: torch.device) -> None:
    """Prepare a network for batches of pictures; names in its state stay as they are.

    Every picture keeps its own batch-norm statistics. Convolutions are laid out channels-last.
    """
    use_picture_norm(network)
    if device.type == "cpu":
        use_plane_conv(network)
    for module in network.modules():
        if isinstance(module, nn.Conv3d | nn.ConvTranspose3d):
            _lay_out(module, torch.channels_last_3d)
        elif isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            _lay_out(module, torch.channels_last)


def lay_out_pictures(network: nn.Module) -> None:
    """Lay convolutions of pictures out channels-last; norms stay as they are."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            _lay_out(module, torch.channels_last)


def scale_dropout(network: nn.Module, factor: float) -> None:
    """Multiply every dropout probability; at most 0.9."""
    for module in network.modules():
        if isinstance(module, nn.Dropout | nn.Dropout2d | nn.Dropout3d):
            module.p = min(module.p * factor, 0.9)


def require_precision(precision: str, device: torch.device) -> None:
    """Refuse bfloat16 where it would be emulated.

    Raises:
        DeviceError: with the remedy.
    """
    if precision == "bfloat16" and not bfloat16_is_real(device):
        raise DeviceError(
            f"bfloat16 is not supported by this machine's {device.type}; use --precision float32"
        )


def bfloat16_is_real(device: torch.device) -> bool:
    """Whether the device computes in bfloat16 itself (on a CPU: oneDNN says so)."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    try:
        return device.type == "cpu" and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    except (AttributeError, RuntimeError):  # built without oneDNN
        return False


def _lay_out(module: nn.Module, memory_format: torch.memory_format) -> None:
    to: Any = module.to
    to(memory_format=memory_format)
