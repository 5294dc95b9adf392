"""Scene files, `NAME.dvox`: safetensors with the scene's facts as JSON metadata."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from dvox_core.atomic_files import atomic_file
from dvox_core.checkpoints.weights import DvoxWeights, open_safetensors
from dvox_core.errors import CheckpointError, UserError, in_file
from dvox_core.geometry.cameras import Camera, Intrinsics
from dvox_core.geometry.grid import GridPlacement
from dvox_core.model.config import ModelConfig
from dvox_core.model.loading import INPAINTED_GRID, load_inpainted_grid
from dvox_core.model.scene import Scene, SceneCamera

FORMAT = "dvox"
VERSION = 1
SUFFIX = ".dvox"

TRAINING_PARTS = ("feature_extractor.", "integration.", "discriminator.")
"""What rendering never needs."""


def read_scene(path: Path) -> Scene:
    """Read a scene file's facts; its tensors stay in the file until they are asked for.

    Raises:
        CheckpointError: not a scene file, of a newer version, or with broken facts.
    """
    with open_safetensors(path) as file:
        metadata = file.metadata() or {}
    if metadata.get("format") != FORMAT:
        raise CheckpointError(
            f"{path}: is not a DeepVoxels scene; convert a checkpoint with “main.py convert”"
        )
    try:
        version = int(metadata["version"])
        if version > VERSION:
            raise CheckpointError(
                f"was written by a newer version of this program (format {version}, "
                f"this one reads up to {VERSION}); update the program"
            )
        return _scene(path, json.loads(metadata["scene"]))
    except CheckpointError as error:
        raise in_file(path, error) from error
    except (KeyError, ValueError, TypeError) as error:
        raise CheckpointError(
            f"{path}: its description is broken ({type(error).__name__}: {error}); "
            "convert the checkpoint again"
        ) from error


def write_scene(
    path: Path, scene: Scene, *, half: bool = False, rendering_only: bool = False
) -> None:
    """Write a scene to `path`, whole or not at all.

    Args:
        path: where to; by custom NAME.dvox.
        scene: what to write; all its tensors, and the inpainted grid.
        half: store matrices and volumes as float16 (vectors stay float32).
        rendering_only: leave out what only training needs.
    """
    tensors = scene.weights.load("")
    if rendering_only:
        tensors = {n: t for n, t in tensors.items() if not n.startswith(TRAINING_PARTS)}
    if INPAINTED_GRID not in tensors:
        tensors[INPAINTED_GRID] = load_inpainted_grid(scene)
    tensors = {name: _stored(name, tensor, half) for name, tensor in tensors.items()}
    metadata = {
        "format": FORMAT,
        "version": str(VERSION),
        "scene": json.dumps(_facts(scene, half), allow_nan=False),
    }
    try:
        with atomic_file(path) as temporary:
            save_file(tensors, temporary, metadata)
    except SafetensorError as error:
        raise UserError(
            f"{path}: could not be written ({error}); free some space or choose another place"
        ) from error


def _stored(name: str, tensor: Tensor, half: bool) -> Tensor:
    if half and tensor.is_floating_point() and tensor.ndim >= 2:
        tensor = tensor.to(torch.float16)
        if not bool(torch.isfinite(tensor).all()):
            raise UserError(f"tensor {name} is too large for float16; leave --half out")
    return tensor.contiguous()


def _facts(scene: Scene, half: bool) -> dict[str, Any]:
    return {
        "name": scene.name,
        "precision": "float16" if half else "float32",
        "model": scene.config.to_json(),
        "intrinsics": {
            "focal": scene.intrinsics.focal,
            "principal_point": [scene.intrinsics.principal_x, scene.intrinsics.principal_y],
            "height": scene.intrinsics.height,
            "width": scene.intrinsics.width,
        },
        "grid": {"center": list(scene.placement.center), "scale": scene.placement.scale},
        "near_plane": scene.near_plane,
        "cameras": [
            {
                "name": view.name,
                "split": view.split,
                "camera_to_world": view.camera.camera_to_world.ravel().tolist(),
            }
            for view in scene.cameras
        ],
        "training": dict(scene.training),
        "notes": list(scene.notes),
    }


def _scene(path: Path, facts: Mapping[str, Any]) -> Scene:
    intrinsics, grid = facts["intrinsics"], facts["grid"]
    x, y, z = (float(value) for value in grid["center"])
    principal_x, principal_y = (float(value) for value in intrinsics["principal_point"])
    return Scene(
        name=str(facts["name"]),
        path=path,
        file_format=FORMAT,
        config=ModelConfig(**facts["model"]),
        intrinsics=Intrinsics(
            focal=float(intrinsics["focal"]),
            principal_x=principal_x,
            principal_y=principal_y,
            height=int(intrinsics["height"]),
            width=int(intrinsics["width"]),
        ),
        placement=GridPlacement((x, y, z), float(grid["scale"])),
        near_plane=float(facts["near_plane"]),
        weights=DvoxWeights(path),
        cameras=tuple(_camera(view) for view in facts["cameras"]),
        training=dict(facts["training"]),
        notes=tuple(facts["notes"]),
    )


def _camera(view: Mapping[str, Any]) -> SceneCamera:
    matrix = torch.tensor(view["camera_to_world"], dtype=torch.float64).reshape(4, 4)
    return SceneCamera(str(view["name"]), str(view["split"]), Camera(matrix.numpy()))
