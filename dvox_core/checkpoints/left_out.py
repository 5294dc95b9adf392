"""What a scene file leaves out because it can be told in a word.

A tensor of one number throughout is told by it, and an inpainted grid that equals the grid by the
grid's name: scenes whose inner levels or inpainting network are not trained take half the space.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

FEWEST_NUMBERS = 256
"""Smaller tensors are always stored."""

MOST_NUMBERS = 1 << 28
"""A left-out tensor that claims to be larger is taken for damage."""

SAME_TOLERANCE = 1e-6
"""Relative difference below which a grid and its inpainted one are the same."""


@dataclass(frozen=True)
class Constant:
    """A tensor of one number throughout."""

    shape: tuple[int, ...]
    value: float


@dataclass(frozen=True)
class LeftOut:
    """Tensors that are not stored.

    Attributes:
        constants: by name.
        same: name → name of the stored tensor that is the same.
    """

    constants: Mapping[str, Constant] = field(default_factory=dict)
    same: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.constants or self.same)

    def to_json(self) -> str:
        """For the file's metadata."""
        constants = {name: [list(one.shape), one.value] for name, one in self.constants.items()}
        return json.dumps({"constants": constants, "same": dict(self.same)})

    @staticmethod
    def from_json(text: str) -> "LeftOut":
        """What `to_json` wrote.

        Raises:
            ValueError, TypeError, KeyError: it is damaged.
        """
        content: dict[str, Any] = json.loads(text)
        constants = {}
        for name, (shape, value) in content["constants"].items():
            sides = tuple(int(side) for side in shape)
            if min(sides, default=0) < 1 or math.prod(sides) > MOST_NUMBERS:
                raise ValueError(f"tensor {name} cannot have the shape {list(sides)}")
            constants[str(name)] = Constant(sides, float(value))
        same = {str(name): str(other) for name, other in content["same"].items()}
        return LeftOut(constants, same)


def leave_out(tensors: dict[str, Tensor], pairs: Mapping[str, str]) -> LeftOut:
    """Take out of `tensors` what can be told in a word.

    Args:
        pairs: name → name of what it may be the same as.
    """
    same = {}
    for name, other in pairs.items():
        if name in tensors and other in tensors and _are_same(tensors[name], tensors[other]):
            del tensors[name]
            same[name] = other
    constants = {}
    for name, tensor in list(tensors.items()):
        if name in same.values() or not tensor.is_floating_point():
            continue
        if tensor.numel() >= FEWEST_NUMBERS and bool((tensor == tensor.flatten()[0]).all()):
            constants[name] = Constant(tuple(tensor.shape), float(tensor.flatten()[0]))
            del tensors[name]
    return LeftOut(constants, same)


def _are_same(one: Tensor, other: Tensor) -> bool:
    if one.shape != other.shape:
        return False
    difference = torch.linalg.vector_norm(one.float() - other.float(), ord=torch.inf)
    return bool(
        difference <= SAME_TOLERANCE * torch.linalg.vector_norm(other.float(), ord=torch.inf)
    )
