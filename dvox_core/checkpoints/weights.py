"""Where scenes read their tensors from: a .dvox file, an authors' checkpoint, or memory."""

import math
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from dvox_core.checkpoints.held_file import HeldFile
from dvox_core.checkpoints.left_out import LeftOut
from dvox_core.checkpoints.tensor_file import TensorFile
from dvox_core.errors import CheckpointError, in_file
from dvox_core.model.loading import require_finite
from dvox_core.model.scene import ShareRead, ignore_share

NOTHING = LeftOut()

COUNTERS = "num_batches_tracked"
"""End of the names of the tensors that hold whole numbers."""


class DvoxWeights:
    """Reads tensors out of the .dvox file that was opened, one by one.

    Args:
        file: held as long as this is.
        checksums: of tensors, as `checksum_of` gives them; files of former versions have none.
        left_out: what the file does not store.
    """

    def __init__(
        self, file: TensorFile, checksums: Mapping[str, int], left_out: LeftOut = NOTHING
    ) -> None:
        self._file, self._checksums, self._left_out = file, checksums, left_out

    @property
    def held(self) -> HeldFile:
        """The file that was opened."""
        return self._file.held

    @property
    def are_half(self) -> bool:
        """Whether matrices and volumes are stored as float16."""
        return self._file.holds_half()

    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Every tensor's name and shape, the ones left out too."""
        stored = self._file.shapes()
        constants = {name: one.shape for name, one in self._left_out.constants.items()}
        same = {name: stored[other] for name, other in self._left_out.same.items()}
        return {**stored, **constants, **same}

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
        constant = self._left_out.constants.get(name)
        if constant is not None:
            return torch.full(constant.shape, constant.value)
        name = self._left_out.same.get(name, name)
        stored = self._file.read(name, self._checksums.get(name))
        return _usable(self.held.path, name, stored)


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
                tensors[name] = _usable(self._origin, name, tensor.detach().cpu())
        return tensors

    def check_finite(self, *prefixes: str, report: ShareRead = ignore_share) -> None:
        """Raise a CheckpointError that names a tensor with NaN or infinity in it."""
        tensors = {n: tensor for n, tensor in self._tensors.items() if n.startswith(prefixes)}
        whole, done = max(sum(tensor.numel() for tensor in tensors.values()), 1), 0
        for name, tensor in tensors.items():
            report(done / whole)
            _usable(self._origin, name, tensor.detach().cpu())
            done += tensor.numel()


def _usable(path: Path | None, name: str, tensor: Tensor) -> Tensor:
    """A tensor as float32, counters as they are.

    Raises:
        CheckpointError: of whole numbers where others are needed, or not finite; it is named.
    """
    try:
        if not tensor.is_floating_point() and not name.endswith(COUNTERS):
            raise CheckpointError(
                f"tensor {name} is of type {str(tensor.dtype).removeprefix('torch.')} where "
                "floating-point numbers are needed; the file is not of this model"
            )
        usable = tensor.to(torch.float32) if tensor.is_floating_point() else tensor
        require_finite(name, usable)
    except CheckpointError as error:
        raise in_file(path, error) from None
    return usable
