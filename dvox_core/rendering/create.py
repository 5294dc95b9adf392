"""Chooses and makes the renderer for a scene: device, precision, and what to fall back to."""

import logging
from typing import Literal

import torch

from dvox_core import allocator
from dvox_core.errors import DeviceError
from dvox_core.model.kinds import SYSTEM_TITLES
from dvox_core.model.scene import Scene
from dvox_core.program import install_command
from dvox_core.rendering.frame import without_border
from dvox_core.rendering.fused import onednn, openvino_network
from dvox_core.rendering.fused.backends import (
    RenderingBackend,
    openvino_backend,
    openvino_int8_backend,
    torch_backend,
)
from dvox_core.rendering.fused.convolutions import Target
from dvox_core.rendering.fused.openvino_network import Arithmetic
from dvox_core.rendering.picture_renderers import RENDERERS
from dvox_core.rendering.renderer import BetweenStages, MakesRenderer, Renderer, go_on
from dvox_core.rendering.scores import psnr
from dvox_core.rendering.torch_renderer import TorchRenderer

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "float32", "bfloat16", "int8"]
Backend = Literal["auto", "torch", "openvino"]

FLOORS_DB = {"float32": 60.0, "bfloat16": 45.0, "int8": 36.0}
"""A scene is not shown in a precision whose picture is further than this from float32's."""

log = logging.getLogger(__name__)


def create_renderer(
    scene: Scene,
    device: Device = "auto",
    precision: Precision = "auto",
    backend: Backend = "auto",
) -> Renderer:
    """Prepare a renderer of `scene`; takes a second or more for large models.

    Example: `picture = create_renderer(scene).render(scene.start_camera).picture`

    Args:
        scene: what to render.
        device: "auto" takes CUDA, then Apple's GPU, then the CPU, and falls back to the CPU where
            the GPU's memory does not suffice (the renderer's note says so). int8 and OpenVINO
            are for the CPU.
        precision: "auto" takes bfloat16 where the device computes it fast and this scene's own
            picture in it is within its floor of float32 (`FLOORS_DB`); never int8.
        backend: what runs the rendering network; "auto" takes torch, which is ready soonest, and
            OpenVINO for int8. `upgrade.py` finds out which one is the fastest.

    Raises:
        DeviceError: a device, precision or backend was asked for that is not there, or its memory
            does not suffice.
        CheckpointError: the scene's weights cannot be used.
    """
    if isinstance(scene.weights, MakesRenderer):
        return scene.weights.create_renderer(device, precision)
    needs_openvino = backend == "openvino" or precision == "int8"
    if needs_openvino:
        _require_openvino(device, precision, backend)
    chosen = torch.device("cpu") if needs_openvino else find_device(device)
    backend = "openvino" if needs_openvino else "torch"
    try:
        renderer = _create(scene, chosen, precision, backend)
    except torch.OutOfMemoryError as error:
        if chosen.type == "cpu" or device != "auto":
            raise DeviceError(
                f"the {chosen.type.upper()} device's memory does not suffice for this scene; "
                "use --device cpu"
            ) from error
        torch.cuda.empty_cache()
        note = f"the {chosen.type.upper()} device's memory does not suffice; rendering on the CPU"
        renderer = _create(scene, torch.device("cpu"), precision, backend, note)
    allocator.give_freed_memory_back()
    allocator.keep_freed_memory()
    return renderer


def make_renderer(
    scene: Scene,
    device: torch.device,
    precision: str,  # "float32", "bfloat16" or "int8"
    backend: str,  # "torch" or "openvino"
    note: str = "",
    between_steps: BetweenStages = go_on,
    threads: int | None = None,
) -> Renderer:
    """Prepare exactly this renderer.

    Args:
        between_steps: called during a long preparation; what it raises ends it.
        threads: of OpenVINO; as many as torch's if None.

    Raises:
        CheckpointError: the scene's weights cannot be used.
    """
    # What 8 bits leave over is computed in bfloat16 where that is fast.
    in_bfloat16 = precision == "bfloat16" or (precision == "int8" and bfloat16_is_fast(device))
    target = Target(device, torch.bfloat16 if in_bfloat16 else torch.float32)
    if not scene.config.has_grid:
        if backend != "torch":
            raise DeviceError(
                f"OpenVINO and int8 are for DeepVoxels scenes; {scene.name} is of the system "
                f"{SYSTEM_TITLES[scene.config.kind]}, leave them out"
            )
        return RENDERERS[scene.config.kind](scene, target, note)
    arithmetic: Arithmetic = "bfloat16" if in_bfloat16 else "float32"
    chosen: RenderingBackend
    if backend == "torch":
        chosen = torch_backend(target)
    elif precision == "int8":
        chosen = openvino_int8_backend(arithmetic, between_steps, threads)
    else:
        chosen = openvino_backend(arithmetic, threads)
    return TorchRenderer(scene, target, note, chosen)


def _create(
    scene: Scene, device: torch.device, precision: Precision, backend: Backend, note: str = ""
) -> Renderer:
    if precision == "bfloat16":
        _require_bfloat16(device)
    if precision != "auto":
        return make_renderer(scene, device, precision, backend, note)
    exact = make_renderer(scene, device, "float32", backend, note)
    if not bfloat16_is_fast(device):
        return exact
    # One picture of the scene decides; the renderers exist one after the other to spare memory.
    camera = scene.start_camera
    reference = exact.render(camera).picture
    exact.close()
    fast = make_renderer(scene, device, "bfloat16", backend, note)
    agreement = psnr(without_border(fast.render(camera).picture), without_border(reference))
    if agreement >= FLOORS_DB["bfloat16"]:
        return fast
    fast.close()
    reason = f"bfloat16 is only {agreement:.0f} dB from float32 on this scene"
    log.info("%s: %s; rendering in float32", scene.name, reason)
    return make_renderer(scene, device, "float32", backend, note or reason)


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


def _require_openvino(device: Device, precision: Precision, backend: Backend) -> None:
    what = "int8" if precision == "int8" else "OpenVINO"
    if backend == "torch":
        raise DeviceError("int8 was asked for, but torch has it not here; use backend auto")
    if device not in ("auto", "cpu"):
        raise DeviceError(
            f"{what} was asked for, but it is for the CPU only; use --device cpu or auto"
        )
    if not openvino_network.is_installed():
        raise DeviceError(
            f"{what} was asked for, but OpenVINO is not installed; "
            f"{install_command('openvino')}, or use --precision auto"
        )
