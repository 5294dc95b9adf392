"""Where the time goes: sums of events, names, and the file."""

import gc
import json

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QTimer

from dvox_core.geometry.cameras import Camera
from dvox_core.rendering.frame import Frame
from viewer.bench.event_costs import EventCosts, ThreadClocks, costliest, event_name
from viewer.bench.thread_costs import WINDOW, named_threads, spent_since
from viewer.bench.trace import Trace


class Times:
    """Clocks that go on when they are told to."""

    def __init__(self):
        self.wall = self.cpu = self.delayed = 0.0

    def go_on(self, wall, cpu, delayed=0.0):
        self.wall, self.cpu = self.wall + wall, self.cpu + cpu
        self.delayed += delayed


@pytest.fixture
def times():
    return Times()


@pytest.fixture
def costs(times):
    return EventCosts(ThreadClocks(lambda: times.wall, lambda: times.cpu, lambda: times.delayed))


def test_an_event_costs_what_it_took_without_those_within_it(costs, times):
    costs.enter()
    times.go_on(0.003, 0.002)
    costs.enter()
    times.go_on(0.005, 0.005)
    costs.leave("Paint: Plot", "painting")
    times.go_on(0.001, 0.001)
    costs.leave("UpdateRequest: Window", "composing")
    assert costs.costs["Paint: Plot"].cpu_ms == pytest.approx(5)
    assert costs.costs["UpdateRequest: Window"].cpu_ms == pytest.approx(3)
    assert list(costs.by_kind()) == ["painting", "composing"]
    assert [name for name, _ in costliest(costs.costs.items(), 1)] == ["Paint: Plot"]
    whole = next(span for span in costs.spans if span.kind == "composing")
    assert (whole.ended - whole.began) * 1000 == pytest.approx(9)


def test_waits_for_a_processor_are_told_from_other_waits(costs, times):
    costs.enter()
    times.go_on(0.010, 0.002, delayed=0.005)
    costs.leave("Timer: Panel", "timers")
    times.go_on(0.016, 0.0, delayed=0.007)  # no event: nothing waits for it
    costs.enter()
    times.go_on(0.001, 0.001)
    costs.leave("Timer: Panel", "timers")
    assert costs.delayed_ms == pytest.approx(5)
    assert costs.waited_ms == pytest.approx(3)
    assert costs.costs["Timer: Panel"].count == 2
    costs.clear()
    assert not costs.costs
    assert costs.spans


def test_an_event_of_qts_own_objects_names_the_programs_above_them(qapp):
    class Clock(QObject):
        pass

    clock = Clock()
    timer = QTimer(clock)
    assert event_name(timer, QEvent(QEvent.Type.Timer)) == ("Timer: QTimer of Clock", "timers")
    assert event_name(clock, QEvent(QEvent.Type.User)) == ("User: Clock", "others")


def test_threads_are_told_apart_by_their_names():
    assert WINDOW in named_threads().values()
    spent = spent_since({}, named_threads())
    assert list(spent.values()) == sorted(spent.values(), reverse=True)


def test_a_trace_is_a_file_that_browsers_show(qapp, tmp_path):
    before = list(gc.callbacks)
    trace = Trace()
    try:
        trace.begin_drag()
        picture = np.zeros((8, 8, 3), dtype=np.uint8)
        stages = {"occlusion": 20.0, "rendering": 40.0}
        trace.add_frame(Frame(Camera(np.eye(4)), picture, None, None, stages))
        gc.collect()
        trace.end_drag(views=3)
        trace.mark("The first picture")
    finally:
        trace.stop()
    assert gc.callbacks == before
    trace.write(tmp_path / "trace.json")
    written = json.loads((tmp_path / "trace.json").read_text())
    events = written["traceEvents"]
    assert {"ph", "pid", "tid", "ts", "dur", "name"} <= events[0].keys()
    assert [event["ts"] for event in events] == sorted(event["ts"] for event in events)
    first, second = (event for event in events if event["tid"] == "Network")
    assert (first["name"], second["name"]) == ("occlusion", "rendering")
    assert first["ts"] + first["dur"] == pytest.approx(second["ts"], abs=1)
    assert any(event["tid"] == "gc" for event in events)
    drag = written["otherData"]["drag"]
    assert drag["views"] == 3
    assert drag["garbage_collections"]["count"] >= 1
    assert written["otherData"]["start_s"]["The first picture"] > 0
