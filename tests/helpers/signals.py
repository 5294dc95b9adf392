"""What tests of signals share."""

import threading

from dvox_core.geometry.cameras import look_at


def camera_at(x):
    """A camera 4 units before the origin, shifted sideways by `x`."""
    return look_at((x, -4.0, 1.0), (0, 0, 0), (0, 0, 1))


class SignalLog:
    """Calls of a slot, and the threads they came on."""

    def __init__(self, signal=None):
        self.calls = []
        self.threads = set()
        if signal is not None:
            signal.connect(self)

    def __call__(self, *arguments):
        self.calls.append(arguments)
        self.threads.add(threading.current_thread())
