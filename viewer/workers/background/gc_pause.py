"""Keeps Python's garbage collector from holding up the window."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_depth = 0


@contextmanager
def many_lasting_objects() -> Iterator[None]:
    """Around what makes very many objects that stay: imports.

    The collector would look through all of them again and again, with Python's lock held: 60 to
    110 ms at a time while torch is imported. It pauses here, and never looks at them later.
    """
    global _depth
    with _lock:
        _depth += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            gc.freeze()
            if not _depth:
                gc.enable()
