"""Carries errors from one machine to the other: their kind by name, and their one line."""

from collections.abc import Mapping

from dvox_core.errors import CaptureError, CheckpointError, DeviceError, UserError
from dvox_core.remote.messages import Message

KINDS: Mapping[str, type[UserError]] = {
    "device": DeviceError,
    "checkpoint": CheckpointError,
    "capture": CaptureError,
    "user": UserError,
}

MAX_LINE = 2000  # characters


def error_message(error: Exception, number: int) -> Message:
    """An error as the answer to a request."""
    if type(error).__name__ == "OutOfMemoryError":  # torch's, which need not be loaded here
        error = DeviceError("the GPU's memory on the other machine does not suffice for this scene")
    kind = next(name for name, known in KINDS.items() if isinstance(error, known) or name == "user")
    text = " ".join(str(error).split()) if isinstance(error, UserError) else _fault(error)
    return Message({"type": "error", "id": number, "kind": kind, "line": text[:MAX_LINE]})


def error_of(message: Message) -> UserError:
    """The error that an answer tells of."""
    kind = KINDS.get(str(message.head.get("kind")), UserError)
    return kind(str(message.head.get("line", ""))[:MAX_LINE] or "the other side failed")


def _fault(error: Exception) -> str:
    reason = " ".join(str(error).split())[:300] or type(error).__name__
    return f"the program on the other machine failed: {reason} ({type(error).__name__})"
