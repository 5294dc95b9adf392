"""Lets a long wait end early when nobody wants its result any more."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from dvox_core.errors import Cancelled

_wanted: ContextVar[Callable[[], bool]] = ContextVar("wanted", default=lambda: True)


@contextmanager
def wanted_while(is_wanted: Callable[[], bool]) -> Iterator[None]:
    """Let `check_wanted` in this thread ask `is_wanted` within this block."""
    token = _wanted.set(is_wanted)
    try:
        yield
    finally:
        _wanted.reset(token)


def check_wanted() -> None:
    """Called now and then by what waits for long.

    Raises:
        Cancelled: nobody wants the result any more.
    """
    if not _wanted.get()():
        raise Cancelled
