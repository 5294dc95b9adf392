"""Reads and writes torch's own files: no code of them runs, and sizes are checked first."""

import pickle
import pickletools
import re
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dvox_core.checkpoints.held_file import HeldFile
from dvox_core.errors import CheckpointError

MOST_UNPACKED = 8
"""A zip may unpack to this many times its size; weights hardly shrink, so torch packs nothing."""

ALWAYS_FINE = 64 * 2**20
"""Bytes that a zip may unpack to whatever its size."""

_OLD_HEAD_PICKLES = 4
"""Magic number, protocol, system and the object; the storages' bytes follow."""

_CODE = re.compile(r"GLOBAL|global|REDUCE|Unsupported|not allowed|blocked|Trying to")


def load_dictionary(file: HeldFile) -> dict[Any, Any]:
    """The dictionary that torch.save wrote, by `torch.load(weights_only=True)`.

    Raises:
        CheckpointError: it is something else, cut off, would run code, or asks for more memory
            than its size can mean.
    """
    path = file.path
    kind = file.kind()
    if kind:
        raise CheckpointError(f"{path}: is {kind}; this is not a PyTorch checkpoint")
    head = file.head()
    is_zip, is_pickle = head[:2] == b"PK", head[:1] == b"\x80"
    if is_zip:
        _check_zip(file)
    elif is_pickle:
        _check_old_format(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pickle protocols; what is wrong is told below
            stored = torch.load(file.stream(), map_location="cpu", weights_only=True)
    except CheckpointError:
        raise
    except pickle.UnpicklingError as error:
        if (is_zip or is_pickle) and _CODE.search(str(error)):
            raise CheckpointError(
                f"{path}: refused, since it holds more than tensors and could run code; "
                'save {"model": model.state_dict()} alone'
            ) from error
        raise CheckpointError(f"{path}: not a PyTorch checkpoint") from error
    except Exception as error:  # torch raises nearly anything for a broken file
        raise CheckpointError(
            f"{path}: not a PyTorch checkpoint, or cut off; copy it again"
        ) from error
    if not isinstance(stored, dict):
        raise CheckpointError(f"{path}: not a DeepVoxels checkpoint; it holds no dictionary")
    return stored


def require_whole(name: str, tensor: Tensor) -> None:
    """Refuse a tensor that has no numbers of its own for its whole shape.

    A view of one number may claim any shape, and would take that memory once it is used.

    Raises:
        CheckpointError: it is named.
    """
    if tensor.layout != torch.strided or tensor.is_quantized or tensor.is_meta:
        raise CheckpointError(f"tensor {name} is sparse, quantised or empty; save it as it is used")
    if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
        raise CheckpointError(
            f"tensor {name} claims the shape {list(tensor.shape)}, for which the file holds too "
            "few numbers; save the checkpoint again"
        )


def save_dictionary(path: Path, content: dict[str, Any]) -> None:
    """torch.save, with a full disk as the OSError that torch hides behind an error of its own.

    Raises:
        OSError: it cannot be written.
    """
    with path.open("wb") as stream:  # closed at once: an open file would keep its space
        try:
            torch.save(content, stream)
        except RuntimeError as error:
            cause = error.__context__
            if isinstance(cause, OSError):
                raise OSError(cause.errno, cause.strerror) from error
            raise OSError(0, str(error).splitlines()[0]) from error


def _check_zip(file: HeldFile) -> None:
    try:
        with zipfile.ZipFile(file.stream()) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise CheckpointError(
            f"{file.path}: not a PyTorch checkpoint, or cut off ({error}); copy it again"
        ) from error
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > max(ALWAYS_FINE, MOST_UNPACKED * file.size):
        raise CheckpointError(
            f"{file.path}: refused, since its {file.size / 2**20:.1f} MiB unpack to "
            f"{unpacked / 2**30:.1f} GiB; save it with torch.save, which packs nothing"
        )
    if not any(entry.filename.endswith("/data.pkl") for entry in entries):
        raise CheckpointError(
            f"{file.path}: is a zip archive of other files and not a PyTorch checkpoint; "
            "unpack it, and give the checkpoint inside"
        )


def _check_old_format(file: HeldFile) -> None:
    """Refuse a file of torch before 1.6 whose numbers say more than the file has bytes."""
    stream = file.stream()
    try:
        for number in range(_OLD_HEAD_PICKLES):
            for _, argument, _ in pickletools.genops(stream):
                too_large = isinstance(argument, int) and argument > file.size
                if too_large and number == _OLD_HEAD_PICKLES - 1:
                    raise CheckpointError(
                        f"{file.path}: refused, since it claims to hold {argument} numbers in "
                        f"{file.size} bytes; copy it again"
                    )
    except CheckpointError:
        raise
    except Exception:  # no such file: what is wrong is told by torch
        return
