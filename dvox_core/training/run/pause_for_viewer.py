"""Lets a training run give way to a hand that moves a scene in a window of the same machine.

The window touches a file in the run's folder while the hand moves; before each step the run looks
at its age, and waits while it is fresh. A window that dies holds nobody up: the file grows old.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

FRESH_S = 0.7
"""So long after a touch the hand counts as moving."""

TOUCH_S = 0.25
"""How often the window touches the file at most; well within `FRESH_S`."""

LONGEST_S = 10.0
"""A step is done after this long in any case: a hand that never rests slows training, no more."""

SLICE_S = 0.05

NICENESS = 10
"""Priority of a training process that a window started: below that of windows."""


class ViewerBusyFile:
    """The file, beside the run's commands; both sides use this, from any process."""

    def __init__(self, folder: Path) -> None:
        # The dot keeps it apart from commands, which every other file there is.
        self._path = folder / ".viewer-busy"
        self._touched = -TOUCH_S

    def touch(self) -> None:
        """Say that the hand moves now; cheap, and silent where it cannot be written.

        To be called again while it moves, as often as one likes.
        """
        now = time.monotonic()
        if now - self._touched >= TOUCH_S:
            self._touched = now
            with suppress(OSError):
                self._path.parent.mkdir(exist_ok=True)
                self._path.touch()
                os.utime(self._path)

    def remove(self) -> None:
        """Say that the hand rests."""
        self._touched = -TOUCH_S
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    @property
    def is_fresh(self) -> bool:
        """Whether the hand moves; a time in the future, of another clock, counts as old."""
        try:
            age = time.time() - self._path.stat().st_mtime
        except OSError:
            return False
        return -FRESH_S < age < FRESH_S

    def wait(self, is_over: Callable[[], bool]) -> float:
        """Wait until the hand rests, for `LONGEST_S` at most, or until `is_over`.

        Returns:
            The seconds waited; 0 where the hand rests.
        """
        began = time.monotonic()
        waited = 0.0
        while waited < LONGEST_S and self.is_fresh and not is_over():
            time.sleep(SLICE_S)
            waited = time.monotonic() - began
        return waited


def lower_priority() -> None:
    """Let every window of this machine go before this process; nothing where that is unknown."""
    with suppress(AttributeError, OSError):
        os.nice(NICENESS)
