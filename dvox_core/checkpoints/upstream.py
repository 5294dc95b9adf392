"""Reads and writes checkpoints of the authors' code: {"model": …, "discriminator": …}."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dvox_core.atomic_files import atomic_file
from dvox_core.checkpoints.held_file import HeldFile
from dvox_core.checkpoints.tensor_file import TensorFile
from dvox_core.checkpoints.torch_file import load_dictionary, require_whole, save_dictionary
from dvox_core.checkpoints.upstream_names import discriminator_names, model_names
from dvox_core.checkpoints.weights import MemoryWeights
from dvox_core.checkpoints.wrapped_state import find_state
from dvox_core.errors import CheckpointError, in_file
from dvox_core.model.config import ModelConfig
from dvox_core.model.loading import expected_shapes, listing
from dvox_core.model.scene import ShareRead, ignore_share
from dvox_core.networks.discriminator import Discriminator

DISCRIMINATOR = "discriminator."
"""Prefix of the discriminator's tensors among ours."""

_SIZES_FROM = "rendering_net.net.1.ups.0.net.1.weight"


@dataclass(frozen=True)
class UpstreamCheckpoint:
    """A checkpoint by our names; the hyperparameters are read off the shapes.

    Attributes:
        notes: lines for the user about how it was read.
    """

    config: ModelConfig
    tensors: Mapping[str, Tensor]
    notes: tuple[str, ...] = ()


def read_upstream(source: Path | HeldFile) -> UpstreamCheckpoint:
    """Read an authors' checkpoint without running any code of it.

    Taken too: names that begin with what wrappers put before them (“module.”), dictionaries in
    dictionaries, and safetensors files of the same tensors.

    Raises:
        CheckpointError: not a checkpoint, cut off, would run code, or with wrong or missing
            tensors; the message names them.
    """
    file = source if isinstance(source, HeldFile) else HeldFile(source)
    found = find_state(_stored(file))
    if found is None:
        raise CheckpointError(
            f"{file.path}: is not a DeepVoxels checkpoint (it has no tensor “deepvoxels”); "
            'give a file with {"model": …} as train_deepvoxels.py of the authors saves it'
        )
    try:
        config = config_from_shapes(_shapes(found.model))
        tensors = _renamed(found.model, model_names(config), expected_shapes(config))
        if found.discriminator:
            shapes = {name: tuple(t.shape) for name, t in Discriminator().state_dict().items()}
            renamed = _renamed(found.discriminator, discriminator_names(), shapes)
            tensors |= {DISCRIMINATOR + name: tensor for name, tensor in renamed.items()}
        for name, tensor in tensors.items():
            require_whole(name, tensor)
    except CheckpointError as error:
        raise in_file(file.path, error) from error
    return UpstreamCheckpoint(config, tensors, found.notes)


class UpstreamWeights:
    """Reads tensors of the checkpoint that was opened anew each time, so they take no memory.

    What rendering needs of them is kept from their check until it is first loaded: a file is read
    as a whole, and three times less before the first picture.
    """

    def __init__(self, file: HeldFile, checkpoint: UpstreamCheckpoint) -> None:
        self.held = file
        self._shapes = _shapes(checkpoint.tensors)
        self._kept = dict(checkpoint.tensors)
        self._lock = threading.Lock()

    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Every tensor's name and shape."""
        return self._shapes

    def load(self, *prefixes: str) -> dict[str, Tensor]:
        """The tensors under `prefixes`; see `WeightSource`."""
        wanted = {name for name in self._shapes if name.startswith(prefixes)}
        self.held.head()  # refused if the file was overwritten, though what was read would do
        with self._lock:
            is_kept = wanted <= self._kept.keys()
            tensors = {name: self._kept.pop(name) for name in wanted} if is_kept else {}
        if not is_kept:
            tensors = dict(read_upstream(self.held).tensors)
        in_order = {name: tensors[name] for name in self._shapes if name in wanted}
        return MemoryWeights(in_order, self.held.path).load(*prefixes)

    def check_finite(self, *prefixes: str, report: ShareRead = ignore_share) -> None:
        """Raise a CheckpointError that names a tensor with NaN or infinity in it."""
        wanted = {name for name in self._shapes if name.startswith(prefixes)}
        with self._lock:
            self._kept = {n: tensor for n, tensor in self._kept.items() if n in wanted}
            tensors = dict(self._kept)
        if wanted > tensors.keys():
            tensors = dict(read_upstream(self.held).tensors)
        MemoryWeights(tensors, self.held.path).check_finite(*prefixes, report=report)


def config_from_shapes(shapes: Mapping[str, tuple[int, ...]]) -> ModelConfig:
    """The hyperparameters of an authors' state dictionary.

    Raises:
        CheckpointError: the tensors that tell them are missing or have impossible shapes.
    """
    if _SIZES_FROM not in shapes:
        raise CheckpointError(f"missing tensor {_SIZES_FROM}; the checkpoint is incomplete")
    grid = shapes["deepvoxels"]
    if len(grid) != 5 or grid[0] != 1 or len(set(grid[2:])) != 1:
        raise CheckpointError(f"tensor deepvoxels has shape {list(grid)}; need [1, F, G, G, G]")
    steps = {
        int(match[1])
        for match in (re.match(r"rendering_net\.net\.1\.ups\.(\d+)\.", name) for name in shapes)
        if match
    }
    return ModelConfig(
        image_size=64 * 2 ** len(steps),
        grid_size=grid[-1],
        features=grid[1],
        base_channels=shapes[_SIZES_FROM][0],
        occlusion=not any(name.startswith("depth_collapse_net.") for name in shapes),
    )


def write_upstream(path: Path, config: ModelConfig, tensors: Mapping[str, Tensor]) -> list[str]:
    """Write a checkpoint that the authors' code loads; whole or not at all.

    Args:
        path: where to.
        config: the model's sizes.
        tensors: by our names. Parts that only training needs may be missing: they are filled
            with zeros, since the authors' code refuses a file without them.

    Returns:
        Names of the parts that were filled.
    """
    filled: set[str] = set()
    model: dict[str, Tensor] = {}
    shapes = expected_shapes(config)
    for ours, theirs in model_names(config).items():
        tensor = _tensor_or_zeros(tensors, ours, shapes[ours], filled)
        model |= dict.fromkeys(theirs, tensor[None] if ours == "grid" else tensor)
    discriminator_shapes = Discriminator().state_dict()
    discriminator = {
        theirs[0]: _tensor_or_zeros(
            tensors, DISCRIMINATOR + ours, tuple(discriminator_shapes[ours].shape), filled
        )
        for ours, theirs in discriminator_names().items()
    }
    with atomic_file(path) as temporary:
        save_dictionary(temporary, {"model": model, "discriminator": discriminator})
    return sorted(filled)


def _tensor_or_zeros(
    tensors: Mapping[str, Tensor], name: str, shape: tuple[int, ...], filled: set[str]
) -> Tensor:
    if name in tensors:
        return tensors[name]
    filled.add(name.split(".")[0])
    if name.endswith("num_batches_tracked"):
        return torch.zeros(shape, dtype=torch.int64)
    return torch.ones(shape) if name.endswith("running_var") else torch.zeros(shape)


def _stored(file: HeldFile) -> dict[Any, Any]:
    if file.head()[8:9] != b"{":
        return load_dictionary(file)
    tensors = TensorFile(file)
    return {name: tensors.read(name) for name in tensors.shapes()}


def _shapes(state: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(t.shape) for name, t in state.items() if isinstance(t, Tensor)}


def _renamed(
    state: Mapping[str, Any],
    names: Mapping[str, tuple[str, ...]],
    shapes: Mapping[str, tuple[int, ...]],
) -> dict[str, Tensor]:
    """The tensors of `state` by our names; each may stand under any of the authors' names."""
    tensors: dict[str, Tensor] = {}
    missing: list[str] = []
    for ours, theirs in names.items():
        found = next((state[name] for name in theirs if name in state), None)
        if not isinstance(found, Tensor):
            missing.append(theirs[0])
            continue
        tensor = found[0] if ours == "grid" else found
        if tuple(tensor.shape) != shapes[ours]:
            raise CheckpointError(
                f"tensor {theirs[0]} has shape {list(tensor.shape)} "
                f"where {list(shapes[ours])} is needed"
            )
        tensors[ours] = tensor
    if missing:
        raise CheckpointError(f"missing {listing(missing)}; the checkpoint is incomplete")
    known = {name for theirs in names.values() for name in theirs}
    unknown = [name for name in state if name not in known]
    if unknown:
        raise CheckpointError(
            f"unknown {listing(unknown)}; this is not the authors' model, or one changed since"
        )
    return tensors
