"""What tests of signals share."""

import threading

from PySide6.QtCore import QObject

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


class EventCounter(QObject):
    """Counts a widget's events of one kind."""

    def __init__(self, kind):
        super().__init__()
        self.kind, self.count = kind, 0

    def eventFilter(self, watched, event):  # noqa: N802
        self.count += event.type() == self.kind
        return False
