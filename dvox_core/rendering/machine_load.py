"""How much of the processor others take while something is measured."""

import os
import time
from pathlib import Path

_STAT = Path("/proc/stat")


class LoadMeter:
    """Watches from when it is made."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._wall = time.monotonic()
        self._busy, self._own = _busy_seconds(), _own_seconds()

    def share_lost(self) -> float:
        """The share of this process's threads that had no core of their own, 0…1.

        0 where the system does not tell.
        """
        passed = time.monotonic() - self._wall
        busy = _busy_seconds()
        if busy is None or self._busy is None:
            others = _load_average()
        elif passed <= 0:
            return 0.0
        else:
            own = _own_seconds() - self._own
            others = max(0.0, busy - self._busy - own) / passed
        missing = others + self._threads - (os.cpu_count() or 1)
        return min(1.0, max(0.0, missing / self._threads))


def _own_seconds() -> float:
    times = os.times()
    return times.user + times.system


def _busy_seconds() -> float | None:
    """Of all cores together since the machine started; None where there is no /proc/stat."""
    try:
        fields = _STAT.read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]
        user, nice, system, _, _, irq, softirq, steal = (int(field) for field in fields)
        return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None


def _load_average() -> float:
    try:
        return os.getloadavg()[0]
    except (OSError, AttributeError):  # Windows
        return 0.0
