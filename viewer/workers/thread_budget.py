"""Shares the processor between the network and the window: fewer threads while the hand moves."""

import sys


class ThreadBudget:
    """Torch's threads on the thread that renders: all at rest, one less while the hand moves.

    The window then has a core's worth of time for following the hand. Less harsh than priorities:
    a network below the window's priority took 2 to 2.5 times as long on two cores.
    """

    def __init__(self) -> None:
        self._all = 0  # threads of torch's own choice; 0 while torch is not there
        self._threads = 0

    def apply(self, moving: bool) -> None:
        """Take the number of threads for the next frame; on the thread that renders.

        Torch is left alone where nothing has imported it yet.
        """
        torch = sys.modules.get("torch")
        if torch is None or not hasattr(torch, "set_num_threads"):
            return  # not there, or its import is under way
        if not self._all:
            self._all = self._threads = torch.get_num_threads()
        threads = max(self._all - 1, 1) if moving else self._all
        if threads != self._threads:
            torch.set_num_threads(threads)
            self._threads = threads
