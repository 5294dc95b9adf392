"""Runs a function off the window's thread and brings its outcome back as signals."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from PySide6.QtCore import QObject, Qt, Signal

from dvox_core.errors import Cancelled, UserError
from dvox_core.interruption import wanted_while

Progress = Callable[[float, str], None]
"""Called by the function with a fraction 0…1 and a text; raises `Cancelled` after `cancel()`."""

_log = logging.getLogger(__name__)


def error_line(error: BaseException, what: str) -> str:
    """One line for the user about `error`; what they cannot put right goes to the log instead.

    Args:
        what: what failed, as a sentence's beginning: "Opening the scene".
    """
    if isinstance(error, UserError):
        return " ".join(str(error).split()) or f"{what} failed"
    _log.error("%s failed", what, exc_info=error)
    return f"{what} failed; details are in the log"


@dataclass(frozen=True)
class _Progressed:
    fraction: float
    text: str


@dataclass(frozen=True, eq=False)
class _Succeeded:
    result: Any


@dataclass(frozen=True, eq=False)
class _Failed:
    error: Exception
    line: str


@dataclass(frozen=True)
class _Cancelled:
    pass


_Outcome = _Succeeded | _Failed | _Cancelled


class Operation(QObject):
    """One run of `function(progress)` in a thread of its own.

    Exactly one of `succeeded`, `failed` and `cancelled` is sent, on the window's thread, and then
    `finished`; none is sent after `stop()`. A result that comes after `cancel()` is dropped.
    """

    progressed = Signal(float, str)  # fraction 0…1, text
    succeeded = Signal(object)  # what the function returned
    failed = Signal(str)  # one line; the exception is in `error`
    cancelled = Signal()
    finished = Signal(object)  # the operation, so that no slot has to hold on to it

    _reported = Signal(object)  # from the thread: _Progressed or _Outcome

    # Kept until delivered: a QObject must not be freed by its thread, nor before its last signal.
    _alive: ClassVar[set["Operation"]] = set()

    def __init__(
        self,
        function: Callable[[Progress], Any],
        name: str,  # what it does, as a sentence's beginning: "Opening the scene"
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.error: Exception | None = None
        self._function: Callable[[Progress], Any] | None = function
        self._name = name
        self._wanted = threading.Event()
        self._wanted.set()
        self._silent = self._abandoned = self._is_over = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        # Queued: whatever is connected to the public signals runs on the window's thread.
        self._reported.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def running(self) -> bool:
        """Whether its thread works."""
        return self._thread.is_alive()

    @property
    def is_over(self) -> bool:
        """Whether its outcome has been sent, or is being sent now."""
        return self._is_over

    def start(self) -> None:
        """Start the thread."""
        self._alive.add(self)
        self._thread.start()

    def cancel(self) -> None:
        """Ask the function to end at its next report of progress."""
        self._wanted.clear()

    def abandon(self) -> None:
        """Cancel, and send nothing more but `finished`."""
        self._abandoned = True
        self.cancel()

    def stop(self) -> None:
        """Cancel, send nothing more, and wait until the thread has ended."""
        self._silent = True
        self.cancel()
        if self._thread.ident is not None:
            self._thread.join()
        self._alive.discard(self)

    def _progress(self, fraction: float, text: str) -> None:
        if not self._wanted.is_set():
            raise Cancelled
        self._reported.emit(_Progressed(fraction, text))

    def _run(self) -> None:
        outcome = self._compute()  # what the function held on to is let go by then
        if outcome is not None:
            self._reported.emit(outcome)

    def _compute(self) -> _Outcome | None:
        function, self._function = self._function, None
        if function is None:
            return None
        try:
            with wanted_while(self._wanted.is_set):
                return _Succeeded(function(self._progress))
        except Cancelled:
            return _Cancelled()
        except Exception as error:
            return _Failed(error, error_line(error, self._name))

    def _deliver(self, event: _Progressed | _Outcome) -> None:
        if self._silent:
            return
        if isinstance(event, _Progressed):
            if self._wanted.is_set():
                self.progressed.emit(event.fraction, event.text)
            return
        self._is_over = True
        if not self._abandoned:
            self._send_outcome(event if self._wanted.is_set() else _Cancelled())
        self.finished.emit(self)
        # Its last step, which holds on to this object: the thread must not be the one to free it.
        self._thread.join()
        self._alive.discard(self)

    def _send_outcome(self, outcome: _Outcome) -> None:
        match outcome:
            case _Succeeded(result):
                self.succeeded.emit(result)
            case _Failed(error, line):
                self.error = error
                self.failed.emit(line)
            case _Cancelled():
                self.cancelled.emit()


def run_in_background(
    function: Callable[[Progress], Any],
    name: str,
    parent: QObject | None = None,
    *,
    on_done: Callable[[Any], object] | None = None,
    on_failed: Callable[[str], object] | None = None,
    on_progress: Callable[[float, str], object] | None = None,
) -> Operation:
    """Start an `Operation` with these slots connected; they run on the window's thread."""
    operation = Operation(function, name, parent)
    for signal, slot in (
        (operation.succeeded, on_done),
        (operation.failed, on_failed),
        (operation.progressed, on_progress),
    ):
        if slot is not None:
            signal.connect(slot)
    operation.start()
    return operation
