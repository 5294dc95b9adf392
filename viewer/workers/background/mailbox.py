"""A mailbox with one slot: a newer letter replaces one that nobody has taken yet."""

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Hands the newest letter from any thread to the one that waits for it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._letter: T | None = None
        self._woken = False
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether no letter will be handed out any more."""
        return self._closed

    def put(self, letter: T) -> None:
        """Leave `letter`, in place of one that still waits; ignored after `close`."""
        with self._changed:
            if not self._closed:
                self._letter = letter
                self._changed.notify()

    def clear(self) -> None:
        """Throw away the letter that waits, if there is one."""
        with self._changed:
            self._letter = None

    def wake(self) -> None:
        """Let `take` return once without a letter, at once or when it is next called."""
        with self._changed:
            self._woken = True
            self._changed.notify()

    def take(self, timeout_s: float | None = None) -> T | None:
        """Wait for a letter and take it; None when woken without one, closed, or out of time."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._letter is not None or self._woken or self._closed, timeout_s
            )
            letter, self._letter, self._woken = self._letter, None, False
            return None if self._closed else letter

    def take_now(self) -> T | None:
        """The letter that waits, without waiting for one; None if there is none, or closed."""
        with self._changed:
            letter, self._letter, self._woken = self._letter, None, False
            return letter

    def take_letter(self) -> T | None:
        """As `take_now`, and a `wake` is still to be heard."""
        with self._changed:
            letter, self._letter = self._letter, None
            return letter

    def peek(self) -> T | None:
        """The letter that waits, left where it is."""
        return self._letter

    def close(self) -> None:
        """Throw away what waits and let every `take` return None from now on."""
        with self._changed:
            self._closed = True
            self._letter = None
            self._changed.notify_all()
