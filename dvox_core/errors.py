"""Errors that a person can mend: one clear line that says what is wrong, where, and what to do."""

import re
from pathlib import Path

_UNPRINTABLE = re.compile("\0+")


class UserError(Exception):
    """Bad input or a missing means; shown as one line, never as a traceback."""

    def __str__(self) -> str:
        # Names and values out of broken files come into messages, with whatever is in them: lines,
        # codes that a terminal obeys, and halves of characters that it cannot print.
        text = "".join(c if c.isprintable() else "\0" for c in super().__str__())
        return _UNPRINTABLE.sub(" ", text)


class CheckpointError(UserError):
    """A scene file or an authors' checkpoint that cannot be used."""


def in_file(path: Path | None, error: CheckpointError) -> CheckpointError:
    """The same error with the file's name before it, unless it has it already."""
    text = str(error)
    if path is None or text.startswith(str(path)):
        return error
    return CheckpointError(f"{path}: {text}")


class CaptureError(UserError):
    """Pictures, poses or intrinsics that cannot be used."""


class CameraPathError(UserError):
    """A camera path, or a file of one, that cannot be used."""


class DeviceError(UserError):
    """A device or precision that was asked for and is not there."""


class MissingIntrinsicsError(CheckpointError):
    """An authors' checkpoint without an intrinsics.txt beside it; the window asks for one."""


class Cancelled(Exception):  # noqa: N818 - not an error: the user asked for it
    """Raised inside a long operation when its user cancelled it."""
