"""Says in one line what a person can do about an error that ends a run."""

import torch

from dvox_core.errors import DeviceError, UserError
from dvox_core.training.run.run_directory import RunError

_DEVICE_WORDS = ("CUDA error", "CUDA driver", "cuDNN error", "CUBLAS_STATUS", "HIP error", "MPS ")
"""How torch begins to say that a GPU has failed; older versions have no error of its own."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory did not suffice, of the GPU or of the machine."""
    if isinstance(error, DeviceError) and error.__cause__ is not None:
        return is_out_of_memory(error.__cause__)
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and "allocate memory" in str(error)


def as_user_error(error: BaseException) -> UserError | None:
    """The error as one line that says what to do; None where its user can do nothing."""
    if isinstance(error, UserError):
        return error
    text = str(error)
    if is_out_of_memory(error):
        return DeviceError(
            "the device's memory does not suffice for this training; take a smaller --preset, "
            "--size or --grid"
        )
    accelerator_error = getattr(torch, "AcceleratorError", ())
    if isinstance(error, accelerator_error) or (
        isinstance(error, RuntimeError) and any(word in text for word in _DEVICE_WORDS)
    ):
        reason = text.strip().splitlines()[0] if text.strip() else type(error).__name__
        return DeviceError(
            f"the GPU failed ({reason}); go on from the last snapshot with --resume, "
            "without the GPU with --device cpu"
        )
    if isinstance(error, OSError):
        return RunError(
            f"the run's folder could not be written ({error.strerror or error}); free some space, "
            "then go on with --resume"
        )
    return None
