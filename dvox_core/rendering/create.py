"""Chooses and makes the renderer for a scene: device, precision, and what to fall back to."""

import logging
from typing import Literal

import torch

from dvox_core import allocator
from dvox_core.errors import DeviceError
from dvox_core.model.scene import Scene
from dvox_core.rendering import onednn
from dvox_core.rendering.convolutions import Target
from dvox_core.rendering.frame import without_border
from dvox_core.rendering.renderer import Renderer
from dvox_core.rendering.scores import psnr
from dvox_core.rendering.torch_renderer import TorchRenderer

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "float32", "bfloat16"]

BFLOAT16_FLOOR_DB = 45.0
"""A scene whose bfloat16 picture is further than this from its float32 one is not shown so."""

log = logging.getLogger(__name__)


def create_renderer(
    scene: Scene, device: Device = "auto", precision: Precision = "auto"
) -> Renderer:
    """Prepare a renderer of `scene`; takes a second or more for large models.

    Args:
        scene: what to render.
        device: "auto" takes CUDA, then Apple's GPU, then the CPU, and falls back to the CPU where
            the GPU's memory does not suffice (the renderer's note says so).
        precision: "auto" takes bfloat16 where the device computes it fast and this scene's own
            picture in it is within `BFLOAT16_FLOOR_DB` of float32.

    Raises:
        DeviceError: a device or precision was asked for that is not there, or its memory does
            not suffice.
        CheckpointError: the scene's weights cannot be used.
    """
    chosen = find_device(device)
    try:
        renderer = _create(scene, chosen, precision)
    except torch.OutOfMemoryError as error:
        if chosen.type == "cpu" or device != "auto":
            raise DeviceError(
                f"the {chosen.type.upper()} device's memory does not suffice for this scene; "
                "use --device cpu"
            ) from error
        torch.cuda.empty_cache()
        note = f"the {chosen.type.upper()} device's memory does not suffice; rendering on the CPU"
        renderer = _create(scene, torch.device("cpu"), precision, note)
    allocator.give_freed_memory_back()
    allocator.keep_freed_memory()
    return renderer


def _create(scene: Scene, device: torch.device, precision: Precision, note: str = "") -> Renderer:
    if precision == "bfloat16":
        _require_bfloat16(device)
        return TorchRenderer(scene, Target(device, torch.bfloat16), note)
    exact = TorchRenderer(scene, Target(device, torch.float32), note)
    if precision == "float32" or not bfloat16_is_fast(device):
        return exact
    # One picture of the scene decides; the renderers exist one after the other to spare memory.
    camera = scene.start_camera
    reference = exact.render(camera).picture
    exact.close()
    fast = TorchRenderer(scene, Target(device, torch.bfloat16), note)
    agreement = psnr(without_border(fast.render(camera).picture), without_border(reference))
    if agreement >= BFLOAT16_FLOOR_DB:
        return fast
    fast.close()
    reason = f"bfloat16 is only {agreement:.0f} dB from float32 on this scene"
    log.info("%s: %s; rendering in float32", scene.name, reason)
    return TorchRenderer(scene, Target(device, torch.float32), note or reason)


def bfloat16_is_fast(device: torch.device) -> bool:
    """Whether the device has bfloat16 arithmetic."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and onednn.supports_bfloat16() and onednn.is_available()


def find_device(name: Device) -> torch.device:
    """The device of that name; "auto" takes CUDA, then Apple's GPU, then the CPU.

    Raises:
        DeviceError: it is not there.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        raise DeviceError(
            "CUDA was asked for, but torch finds no CUDA device here; use --device cpu or auto"
        )
    if name == "mps" and not torch.backends.mps.is_available():
        raise DeviceError("MPS was asked for, but this is no Apple GPU; use --device cpu or auto")
    return torch.device(name)


def _require_bfloat16(device: torch.device) -> None:
    if not bfloat16_is_fast(device):
        raise DeviceError(
            f"bfloat16 was asked for, but this {device.type.upper()} has no bfloat16 arithmetic "
            "(it would be many times slower); use --precision float32 or auto"
        )
