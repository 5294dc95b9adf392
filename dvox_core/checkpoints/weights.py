"""Where scenes read their tensors from: a .dvox file, an authors' checkpoint, or memory."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from dvox_core.errors import CheckpointError, in_file
from dvox_core.model.loading import require_finite
from dvox_core.model.scene import ShareRead, ignore_share


class DvoxWeights:
    """Reads tensors out of a .dvox file one by one."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Every stored tensor's name and shape."""
        with open_safetensors(self._path) as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118

    def load(self, *prefixes: str) -> dict[str, Tensor]:
        """The tensors under `prefixes`; see `WeightSource`."""
        return {name: self._read(name) for name in self.shapes() if name.startswith(prefixes)}

    def check_finite(self, *prefixes: str, report: ShareRead = ignore_share) -> None:
        """Raise a CheckpointError that names a tensor with NaN or infinity in it."""
        sizes = {
            name: math.prod(shape)
            for name, shape in self.shapes().items()
            if name.startswith(prefixes)
        }
        whole, done = max(sum(sizes.values()), 1), 0
        for name, size in sizes.items():
            report(done / whole)
            self._read(name)  # none is kept: opening a scene takes no memory for its tensors
            done += size

    def _read(self, name: str) -> Tensor:
        # The file is mapped into memory while it is open: opened for one tensor at a time, it
        # never counts twice against the process.
        with open_safetensors(self._path) as file:
            tensor = _as_float32(file.get_tensor(name).clone())
        _require_finite(self._path, name, tensor)
        return tensor


class MemoryWeights:
    """Tensors held in memory: an imported checkpoint, a model in training, a random model."""

    def __init__(self, tensors: Mapping[str, Tensor], origin: Path | None = None) -> None:
        self._tensors, self._origin = dict(tensors), origin

    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Every tensor's name and shape."""
        return {name: tuple(tensor.shape) for name, tensor in self._tensors.items()}

    def load(self, *prefixes: str) -> dict[str, Tensor]:
        """The tensors under `prefixes`; see `WeightSource`."""
        tensors = {}
        for name, tensor in self._tensors.items():
            if name.startswith(prefixes):
                tensors[name] = _as_float32(tensor.detach().cpu())
                _require_finite(self._origin, name, tensors[name])
        return tensors

    def check_finite(self, *prefixes: str, report: ShareRead = ignore_share) -> None:
        """Raise a CheckpointError that names a tensor with NaN or infinity in it."""
        tensors = {n: tensor for n, tensor in self._tensors.items() if n.startswith(prefixes)}
        whole, done = max(sum(tensor.numel() for tensor in tensors.values()), 1), 0
        for name, tensor in tensors.items():
            report(done / whole)
            _require_finite(self._origin, name, _as_float32(tensor.detach().cpu()))
            done += tensor.numel()


def open_safetensors(path: Path) -> Any:
    """Open a safetensors file for reading, or raise a CheckpointError."""
    try:
        return safe_open(path, framework="pt", device="cpu")
    except (SafetensorError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise CheckpointError(
            f"{path}: not a scene file, or cut off ({reason}); copy or convert it again"
        ) from error


def _as_float32(tensor: Tensor) -> Tensor:
    return tensor.to(torch.float32) if tensor.is_floating_point() else tensor


def _require_finite(path: Path | None, name: str, tensor: Tensor) -> None:
    try:
        require_finite(name, tensor)
    except CheckpointError as error:
        raise in_file(path, error) from None
