"""How much of the processor each thread of this process took."""

import os
import threading
from collections import defaultdict
from pathlib import Path

NAMELESS = "torch, OpenVINO and others"
"""Threads that Python does not know: mostly those that compute for the network."""

WINDOW = "the window's thread"


def thread_seconds() -> dict[int, float]:
    """Seconds of the processor by the system's number of each thread; empty where none says."""
    tick = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
    seconds = {}
    for folder in Path("/proc/self/task").glob("*"):
        try:
            fields = (folder / "stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        except OSError:
            continue  # it has just ended
        seconds[int(folder.name)] = (int(fields[11]) + int(fields[12])) / tick  # proc(5): 14, 15
    return seconds


def named_threads() -> dict[int, str]:
    """The names of Python's threads by the system's number."""
    main = threading.main_thread()
    return {
        thread.native_id: WINDOW if thread is main else thread.name
        for thread in threading.enumerate()
        if thread.native_id is not None
    }


def spent_since(before: dict[int, float], names: dict[int, str]) -> dict[str, float]:
    """Seconds of the processor by name since an earlier reading, the largest first."""
    spent: defaultdict[str, float] = defaultdict(float)
    for number, seconds in thread_seconds().items():
        spent[names.get(number, NAMELESS)] += seconds - before.get(number, 0.0)
    kept = {name: round(seconds, 2) for name, seconds in spent.items() if seconds > 0}
    return dict(sorted(kept.items(), key=lambda pair: -pair[1]))
