"""Tells where the time of a start and of a drag goes, and keeps it as a file to be looked at.

The file is in the format of Chrome's traces: Perfetto (ui.perfetto.dev) and chrome://tracing show
it as lanes over time.
"""

import gc
import json
import threading
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from dvox_core.atomic_files import write_text
from dvox_core.rendering.frame import Frame
from viewer.bench.event_costs import (
    EventCosts,
    TracedApplication,
    clocks_of_this_thread,
    costliest,
)
from viewer.bench.meters import process_age_s
from viewer.bench.thread_costs import named_threads, spent_since, thread_seconds
from viewer.window.main_window import MainWindow

WINDOW_LANE, NETWORK_LANE, GC_LANE, START_LANE = "Window's thread", "Network", "gc", "Start"
LISTED = 25


class Trace(QObject):
    """Records from its making on; `begin_drag` and `end_drag` mark what the sums are over."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []
        self.summary: dict[str, Any] = {}
        self._zero = time.perf_counter() - process_age_s()
        self._milestone = self._zero
        self._collecting = 0.0
        self._collections: list[tuple[str, float]] = []  # thread, milliseconds: since the drag
        self._threads: dict[int, float] = {}
        self._drag_began = 0.0
        self._costs = EventCosts(clocks_of_this_thread())
        TracedApplication.costs = self._costs
        gc.callbacks.append(self._on_collection)
        self.mark("Python, imports")

    def follow(self, window: MainWindow) -> None:
        """Note the window's milestones and the network's frames."""
        window.session.opened.connect(lambda _: self.mark("Reading the scene, making its renderer"))
        window.session.torch_ready.connect(lambda: self.mark("Loading torch"))
        window.state.frame_changed.connect(self.add_frame)

    def mark(self, name: str) -> None:
        """What ends now began at the last mark."""
        now = time.perf_counter()
        self._add(START_LANE, name, "start", self._milestone, now)
        self.summary.setdefault("start_s", {})[name] = round(now - self._zero, 3)
        self._milestone = now

    def begin_drag(self) -> None:
        """The sums begin here."""
        self._costs.clear()
        self._collections.clear()
        self._threads, self._drag_began = thread_seconds(), time.perf_counter()

    def end_drag(self, views: int) -> None:
        """The sums end here, after so many views were painted."""
        seconds, views = time.perf_counter() - self._drag_began, max(views, 1)
        costs = self._costs
        self._add("Drag", "the drag", "drag", self._drag_began, time.perf_counter())
        own_ms = sum(cost.cpu_ms for cost in costs.costs.values())
        self.summary["drag"] = {
            "seconds": round(seconds, 2),
            "views": views,
            "window_ms_per_view": round(own_ms / views, 2),
            "by_kind_ms_per_view": {
                kind: round(spent / views, 2) for kind, spent in costs.by_kind().items()
            },
            "without_processor_ms_per_view": round(costs.delayed_ms / views, 2),
            "waits_in_events_ms_per_view": round(costs.waited_ms / views, 2),
            "events": [
                {
                    "name": name,
                    "per_view": round(cost.count / views, 2),
                    "ms_per_view": round(cost.cpu_ms / views, 3),
                }
                for name, cost in costliest(costs.costs.items(), LISTED)
            ],
            "threads_s": spent_since(self._threads, named_threads()),
            "garbage_collections": {
                "count": len(self._collections),
                "ms": round(sum(took for _, took in self._collections), 1),
                "longest_ms": round(max((took for _, took in self._collections), default=0.0), 1),
            },
        }

    def stop(self) -> None:
        """Record nothing more."""
        TracedApplication.costs = None
        if self._on_collection in gc.callbacks:
            gc.callbacks.remove(self._on_collection)

    def write(self, path: Path) -> None:
        """Write all that was recorded, whole or not at all.

        Raises:
            UserError: the file cannot be written.
        """
        for span in self._costs.spans:
            arguments = {"processor_ms": round(span.cpu_ms, 3)}
            self._add(WINDOW_LANE, span.name, span.kind, span.began, span.ended, arguments)
        self._costs.spans.clear()
        document = {
            "traceEvents": sorted(self.events, key=lambda event: float(event["ts"])),
            "displayTimeUnit": "ms",
            "otherData": self.summary,
        }
        write_text(path, json.dumps(document))

    def _add(
        self,
        lane: str,
        name: str,
        kind: str,
        began: float,
        ended: float,
        arguments: dict[str, Any] | None = None,
    ) -> None:
        self.events.append(
            {
                "ph": "X",
                "pid": 1,
                "tid": lane,
                "name": name,
                "cat": kind,
                "ts": round((began - self._zero) * 1e6, 1),
                "dur": round((ended - began) * 1e6, 1),
                "args": arguments or {},
            }
        )

    def add_frame(self, frame: Frame | None) -> None:
        """Note a frame's stages, laid back to back up to the moment when the window has it."""
        if frame is None:
            return
        ended = time.perf_counter()
        for name, took in reversed(frame.stages_ms.items()):
            began = ended - took / 1000
            self._add(NETWORK_LANE, name, "draft" if frame.draft else "frame", began, ended)
            ended = began

    def _on_collection(self, phase: str, facts: dict[str, int]) -> None:
        now = time.perf_counter()
        if phase == "start":
            self._collecting = now
            return
        thread = threading.current_thread().name
        self._collections.append((thread, (now - self._collecting) * 1000))
        name = f"generation {facts['generation']}"
        self._add(GC_LANE, name, "gc", self._collecting, now, {"thread": thread})
