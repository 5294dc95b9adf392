"""What the window's thread does: each event that it handles, with its time and its waits."""

import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

SHORTEST_SPAN_MS = 0.1
"""Shorter events count in the sums and are not kept one by one."""

KINDS = {
    "Paint": "painting",
    "UpdateRequest": "composing what was painted",
    "Resize": "layout",
    "LayoutRequest": "layout",
    "Polish": "layout",
    "PolishRequest": "layout",
    "StyleChange": "layout",
    "FontChange": "layout",
    "MouseMove": "mouse",
    "MouseButtonPress": "mouse",
    "MouseButtonRelease": "mouse",
    "Timer": "timers",
    "MetaCall": "signals from threads",
}


@dataclass(frozen=True)
class EventSpan:
    """An event that was handled: seconds of `time.perf_counter`, and milliseconds."""

    name: str
    kind: str
    began: float
    ended: float
    cpu_ms: float  # of its own, without the events that were handled within it


@dataclass
class EventCost:
    """Sums over events of one name."""

    kind: str
    count: int = 0
    cpu_ms: float = 0.0  # of their own


@dataclass(frozen=True)
class ThreadClocks:
    """The clocks of one thread, all in seconds."""

    wall: Callable[[], float] = time.perf_counter
    cpu: Callable[[], float] = time.thread_time
    delayed: Callable[[], float] = lambda: 0.0  # ready to run, without a processor


def clocks_of_this_thread() -> ThreadClocks:
    """With the system's count of waits for a processor, where it keeps one (Linux)."""
    path = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
    try:
        statistics = os.open(path, os.O_RDONLY)
    except OSError:
        return ThreadClocks()
    return ThreadClocks(delayed=lambda: int(os.pread(statistics, 96, 0).split()[1]) / 1e9)


class EventCosts:
    """Sums what events cost, and keeps the longer ones; on one thread.

    An event's own time is without that of events handled within it. What neither computed nor
    waited for a processor in an event waited for something else: Python's lock, as a rule.

    Attributes:
        costs: by name.
        spans: the events that took longer than `SHORTEST_SPAN_MS`.
        delayed_ms: waits for a processor during events.
        waited_ms: other waits during events.
    """

    def __init__(self, clocks: ThreadClocks) -> None:
        self._clocks = clocks
        self._stack: list[tuple[float, float, float]] = []  # wall, processor, that of children
        self._delayed = 0.0
        self.spans: list[EventSpan] = []
        self.clear()

    def clear(self) -> None:
        """Begin the sums anew; spans stay."""
        self.costs: defaultdict[str, EventCost] = defaultdict(lambda: EventCost("others"))
        self.delayed_ms = self.waited_ms = 0.0

    def enter(self) -> None:
        """An event begins."""
        if not self._stack:
            self._delayed = self._clocks.delayed()
        self._stack.append((self._clocks.wall(), self._clocks.cpu(), 0.0))

    def leave(self, name: str, kind: str) -> None:
        """The event that began last ends."""
        began, cpu_began, of_children = self._stack.pop()
        ended, cpu = self._clocks.wall(), self._clocks.cpu() - cpu_began
        own_ms = (cpu - of_children) * 1000
        cost = self.costs[name]
        cost.kind = kind
        cost.count += 1
        cost.cpu_ms += own_ms
        if (ended - began) * 1000 >= SHORTEST_SPAN_MS:
            self.spans.append(EventSpan(name, kind, began, ended, own_ms))
        if self._stack:
            wall, processor, children = self._stack[-1]
            self._stack[-1] = (wall, processor, children + cpu)
        else:
            delayed = self._clocks.delayed() - self._delayed
            self.delayed_ms += delayed * 1000
            self.waited_ms += max(ended - began - cpu - delayed, 0.0) * 1000

    def by_kind(self) -> dict[str, float]:
        """Milliseconds of the processor by kind of event, the largest first."""
        sums: defaultdict[str, float] = defaultdict(float)
        for cost in self.costs.values():
            sums[cost.kind] += cost.cpu_ms
        return dict(sorted(sums.items(), key=lambda pair: -pair[1]))


class TracedApplication(QApplication):
    """Has each event of the thread that `costs` belong to measured."""

    costs: ClassVar[EventCosts | None] = None

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        """Handle an event."""
        costs = self.costs
        if costs is None or threading.current_thread() is not threading.main_thread():
            return super().notify(receiver, event)
        # Asked before: the event and its receiver may be gone afterwards.
        name, kind = event_name(receiver, event)
        costs.enter()
        try:
            return super().notify(receiver, event)
        finally:
            costs.leave(name, kind)


def event_name(receiver: QObject, event: QEvent) -> tuple[str, str]:
    """What an event does to whom, and its kind."""
    kind = getattr(event.type(), "name", "User")
    return f"{kind}: {_known_name(receiver)}", KINDS.get(kind, "others")


def _known_name(receiver: QObject) -> str:
    """The class of an object; of one of Qt's own, with the nearest of the program's above it."""
    own = type(receiver).__name__
    if type(receiver).__module__.partition(".")[0] != "PySide6":
        return own
    above = receiver.parent()
    while above is not None and type(above).__module__.partition(".")[0] == "PySide6":
        above = above.parent()
    return own if above is None else f"{own} of {type(above).__name__}"


def costliest(costs: Iterable[tuple[str, EventCost]], count: int) -> list[tuple[str, EventCost]]:
    """The events that cost most in all."""
    return sorted(costs, key=lambda pair: -pair[1].cpu_ms)[:count]
