"""Asks a training run to save and stop: from a signal, or from another thread."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class StopRequest:
    """Asks a run to save and stop; set from a signal handler or another thread.

    Attributes:
        reason: who asked, for people.
        is_heeded: the run has begun and looks here after every step.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self.reason = ""
        self.is_heeded = False

    def set(self, reason: str) -> None:
        """Ask."""
        self.reason = self.reason or reason
        self._event.set()

    @property
    def is_set(self) -> bool:
        """Whether somebody asked."""
        return self._event.is_set()

    def wait(self, seconds: float) -> None:
        """Wait for somebody to ask."""
        self._event.wait(seconds)


@contextmanager
def stop_on_signals(stop: StopRequest) -> Iterator[None]:
    """Let SIGINT and SIGTERM ask for a stop.

    Before the run has begun, and the second time, they raise KeyboardInterrupt instead: nothing is
    to be saved yet, or nobody wants to wait for it.
    """

    def handle(number: int, frame: object) -> None:
        if stop.is_set or not stop.is_heeded:
            raise KeyboardInterrupt
        stop.set(signal.Signals(number).name)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
