"""Errors that a person can mend: one clear line that says what is wrong, where, and what to do."""


class UserError(Exception):
    """Bad input or a missing means; shown as one line, never as a traceback."""


class CheckpointError(UserError):
    """A scene file or an authors' checkpoint that cannot be used."""


class CaptureError(UserError):
    """Pictures, poses or intrinsics that cannot be used."""


class DeviceError(UserError):
    """A device or precision that was asked for and is not there."""


class MissingIntrinsicsError(CheckpointError):
    """An authors' checkpoint without an intrinsics.txt beside it; the window asks for one."""


class Cancelled(Exception):  # noqa: N818 - not an error: the user asked for it
    """Raised inside a long operation when its user cancelled it."""
