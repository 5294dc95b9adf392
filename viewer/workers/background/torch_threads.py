"""Shares the processor between the network and the window: fewer threads while the camera moves."""

import sys

_all_threads = 0
"""Torch's own choice, before anybody changed it; 0 while it is not known."""


def use_all_threads() -> None:
    """Let torch use all its threads on this thread, which may have begun while the camera moved.

    A thread takes over what any other set last.
    """
    torch = sys.modules.get("torch")
    if torch is not None and _all_threads:
        torch.set_num_threads(_all_threads)


class ThreadBudget:
    """Torch's threads on the thread that renders: all at rest, one less while the camera moves.

    The window then has a core's worth of time to follow the mouse. Less harsh than priorities:
    a network below the window's priority took 2 to 2.5 times as long on two cores.
    """

    def __init__(self) -> None:
        self._threads = 0  # that torch uses on this thread; 0 while it is not there

    def apply(self, interacting: bool) -> None:
        """Take the number of threads for the next frame; on the thread that renders.

        Torch is left alone where nothing has imported it yet.
        """
        torch = sys.modules.get("torch")
        if torch is None or not hasattr(torch, "set_num_threads"):
            return  # not there, or its import is under way
        global _all_threads
        if not _all_threads:
            _all_threads = torch.get_num_threads()
        self._threads = self._threads or torch.get_num_threads()
        threads = max(_all_threads - 1, 1) if interacting else _all_threads
        if threads != self._threads:
            torch.set_num_threads(threads)
            self._threads = threads
