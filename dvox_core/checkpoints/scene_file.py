"""Scene files, `NAME.dvox`: safetensors with the scene's facts as JSON metadata."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from dvox_core.atomic_files import atomic_file
from dvox_core.checkpoints.left_out import LeftOut, leave_out
from dvox_core.checkpoints.scene_facts import read_facts, scene_facts
from dvox_core.checkpoints.tensor_file import TensorFile, checksum_of
from dvox_core.checkpoints.weights import DvoxWeights
from dvox_core.errors import CheckpointError, UserError, in_file
from dvox_core.model.loading import INPAINTED_GRID, load_inpainted_grid
from dvox_core.model.picture_networks import CODE_POSES, ENCODER
from dvox_core.model.scene import HalvingWeights, Scene
from dvox_core.program import program_name

FORMAT = "dvox"
VERSION = 2
"""1 stores every tensor of a DeepVoxels scene; 2 may leave out what `left_out` can tell, and knows
the learned baselines."""

SUFFIX = ".dvox"

TRAINING_PARTS = ("feature_extractor.", "integration.", "discriminator.", ENCODER)
"""What rendering never needs."""

_FACTS = "scene"
_LEFT_OUT = "left_out"
"""Names of what is no tensor among the checksums; no tensor is called so."""


def read_scene(path: Path) -> Scene:
    """Read a scene file's facts; its tensors stay in the file until they are asked for.

    The file is held: whatever is put in its place later, the scene stays what was opened.

    Raises:
        CheckpointError: not a scene file, of a newer version, damaged, or with broken facts.
    """
    return scene_of(TensorFile(path))


def scene_of(file: TensorFile) -> Scene:
    """The scene of an open file; see `read_scene`."""
    path, metadata = file.held.path, file.metadata
    if metadata.get("format") != FORMAT:
        raise CheckpointError(
            f"{path}: is not a DeepVoxels scene; convert a checkpoint with "
            f"“{program_name()} convert”"
        )
    try:
        version = int(metadata["version"])
        if version > VERSION:
            raise CheckpointError(
                f"was written by a newer version of this program (format {version}, "
                f"this one reads up to {VERSION}); update the program"
            )
        checksums = _checksums(metadata)
        facts = read_facts(json.loads(metadata["scene"]))
        stated = checksums.pop(_FACTS, None)
        if stated not in (None, zlib.crc32(metadata["scene"].encode())):
            raise ValueError("it is not as it was written")
        left_out_text = metadata.get(_LEFT_OUT)
        if left_out_text and checksums.pop(_LEFT_OUT) != zlib.crc32(left_out_text.encode()):
            raise ValueError("what is left out is not as it was written")
        left_out = LeftOut.from_json(left_out_text) if left_out_text else LeftOut()
        if not set(left_out.same.values()) <= file.shapes().keys():
            raise ValueError("what is left out refers to a tensor that is not there")
        if checksums and checksums.keys() != file.shapes().keys():
            raise ValueError("the tensors' names are not as they were written")
    except CheckpointError as error:
        raise in_file(path, error) from error
    except (KeyError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise CheckpointError(
            f"{path}: its description is broken ({type(error).__name__}: {error}); "
            "convert the checkpoint again"
        ) from error
    weights = DvoxWeights(file, checksums, left_out)
    return Scene(path=path, file_format=FORMAT, weights=weights, **facts)


def write_scene(
    path: Path, scene: Scene, *, half: bool = False, rendering_only: bool = False
) -> None:
    """Write a scene to `path`, whole or not at all.

    Args:
        path: where to; by custom NAME.dvox.
        scene: what to write; all its tensors, and the inpainted grid where it has a grid. What can
            be told in a word takes no space; see `left_out`.
        half: store matrices and volumes as float16 (vectors and cameras stay float32).
        rendering_only: leave out what only training needs.
    """
    if isinstance(scene.weights, HalvingWeights):
        scene = replace(scene, weights=scene.weights.exact())
    tensors = scene.weights.load("")
    if rendering_only:
        tensors = {n: t for n, t in tensors.items() if not n.startswith(TRAINING_PARTS)}
    if scene.config.has_grid and INPAINTED_GRID not in tensors:
        tensors[INPAINTED_GRID] = load_inpainted_grid(scene)
    left_out = leave_out(tensors, {INPAINTED_GRID: "grid"})
    tensors = {name: _stored(name, tensor, half) for name, tensor in tensors.items()}
    facts = json.dumps(scene_facts(scene, half), allow_nan=False)
    checksums = {name: checksum_of(tensor) for name, tensor in tensors.items()}
    checksums[_FACTS] = zlib.crc32(facts.encode())
    metadata = {
        "format": FORMAT,
        "version": str(1 if scene.config.has_grid and not left_out else VERSION),
        "scene": facts,
        "checksums": json.dumps(checksums),
    }
    if left_out:
        metadata[_LEFT_OUT] = left_out.to_json()
        checksums[_LEFT_OUT] = zlib.crc32(metadata[_LEFT_OUT].encode())
        metadata["checksums"] = json.dumps(checksums)
    try:
        with atomic_file(path) as temporary:
            save_file(tensors, temporary, metadata)
    except SafetensorError as error:
        raise UserError(
            f"{path}: could not be written ({error}); free some space or choose another place"
        ) from error


def is_half(scene: Scene) -> bool:
    """Whether a scene was opened from a file of half precision."""
    return isinstance(scene.weights, DvoxWeights) and scene.weights.are_half


def _stored(name: str, tensor: Tensor, half: bool) -> Tensor:
    if half and name != CODE_POSES and tensor.is_floating_point() and tensor.ndim >= 2:
        tensor = tensor.to(torch.float16)
        if not bool(torch.isfinite(tensor).all()):
            raise UserError(f"tensor {name} is too large for float16; leave --half out")
    return tensor.contiguous()


def _checksums(metadata: Mapping[str, str]) -> dict[str, int]:
    """CRC-32 by tensor, and of the facts; none in files of former versions."""
    checksums = json.loads(metadata.get("checksums", "{}"))
    if not isinstance(checksums, dict) or not all(
        isinstance(value, int) for value in checksums.values()
    ):
        raise ValueError("its checksums are no numbers")
    return checksums
