"""The measurement of the window: what it reports, and that it would notice."""

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QSize

from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.errors import UserError
from tests.helpers.scenes import random_scene
from viewer.bench.command import report_lines, window_size
from viewer.bench.meters import FrameTimes, LoopMeter, PaintMeter, process_age_s
from viewer.bench.synthetic_drag import SyntheticDrag
from viewer.bench.window_bench import WindowBench
from viewer.state.viewer_state import ViewerState

ROOT = Path(__file__).resolve().parents[3]
PROMISED = {
    "window_s",
    "first_frame_s",
    "display_interval_ms",
    "event_to_paint_ms",
    "network_frame_ms",
    "longest_block_ms",
    "window_cpu_ms_per_view",
    "backend",
    "gl",
}


@pytest.fixture
def bench(make_window, monkeypatch):
    """Runs a short measurement of a window with fake renderers; returns report and line."""
    monkeypatch.setattr("viewer.bench.window_bench.SETTLE_MS", 50)
    monkeypatch.setattr("viewer.bench.window_bench.ALONE_FRAMES", 4)

    def run(qtbot, path, **arguments):
        window = make_window()
        measured = WindowBench(window, QSize(800, 600), seconds=2.0, **arguments)
        try:
            with qtbot.waitSignal(measured.finished) as outcome:
                measured.start(path, None)
        finally:
            measured.stop()
        return outcome.args

    return run


def test_the_report_has_all_it_promises(bench, qtbot, scene_file, renderers):
    renderers.delay = 0.02
    report, line = bench(qtbot, scene_file)
    assert line == ""
    assert report.keys() >= PROMISED
    json.dumps(report)
    assert report["counts"]["events"] >= 25
    assert report["counts"]["network_frames"] >= 1
    assert report["event_to_paint_ms"]["p50"] > 0
    assert report["network_frame_ms"]["p50"] >= 20
    assert report["network_alone_ms"]["p50"] >= 20
    assert report["backend"] == "fake"
    assert report["window"] == "800x600"
    assert all(value for _, value in report_lines(report))


@pytest.mark.parametrize("at_rest", ["drafts too", "no drafts"])
def test_drafts_during_the_drag_do_not_make_it_wait_for_drafts_at_rest(
    bench, qtbot, scene_file, renderers, monkeypatch, at_rest
):
    renderers.delay = 0.02
    set_frame, let_go = ViewerState.set_frame, WindowBench._let_go
    is_moving = [True]

    def set_after_a_draft(self, frame):
        """As from a render thread that shows a draft before a full picture."""
        if frame is not None and (is_moving[0] or at_rest == "drafts too"):
            set_frame(self, replace(frame, draft=True, made_by="quick"))
        set_frame(self, frame)

    def rest(self):
        is_moving[0] = False
        let_go(self)

    monkeypatch.setattr(ViewerState, "set_frame", set_after_a_draft)
    monkeypatch.setattr(WindowBench, "_let_go", rest)
    report, line = bench(qtbot, scene_file, limit_s=15)
    assert line == ""
    assert report["network_alone_ms"]["p50"] >= 20


def test_like_is_compared_with_like():
    moving = FrameTimes(drafts_ms=[10.0, 20.0, 30.0], full_ms=[100.0])
    assert moving.compared_with(FrameTimes(drafts_ms=[10.0, 10.0], full_ms=[50.0])) == ([10, 10], 2)
    assert moving.compared_with(FrameTimes(full_ms=[50.0, 50.0])) == ([50, 50], 2)
    assert FrameTimes(drafts_ms=[5.0]).compared_with(FrameTimes(full_ms=[9.0])) == ([9], None)
    assert FrameTimes().compared_with(FrameTimes()) == ([], None)


def test_what_cannot_be_opened_ends_the_measurement_with_its_line(bench, qtbot, tmp_path):
    _, line = bench(qtbot, tmp_path / "broken.pth")
    assert "broken.pth" in line


def test_a_scene_that_never_shows_ends_the_measurement(bench, qtbot, scene_file, renderers):
    renderers.delay = 1
    _, line = bench(qtbot, scene_file, limit_s=0.2)
    assert "0.2 s" in line


def test_a_block_of_the_event_loop_is_noticed(qtbot):
    meter = LoopMeter()
    meter.start()
    qtbot.wait(20)
    time.sleep(0.08)
    qtbot.wait(20)
    assert meter.stop() >= 80


def test_a_move_is_answered_by_the_first_painting_that_shows_it(open_window, qtbot):
    window = open_window
    hand = SyntheticDrag(window.viewport)
    meter = PaintMeter(window, hand)
    meter.start()
    hand.start()
    qtbot.waitUntil(lambda: len(meter.latencies_ms) >= 5 and len(meter.intervals_ms) >= 1)
    hand.stop()
    meter.stop()
    assert min(meter.latencies_ms) > 0
    assert len(meter.latencies_ms) <= len(hand.lateness_ms)


def test_every_painting_says_which_view_it_shows(open_window, qtbot):
    window = open_window
    shown = []
    window.viewport.view_painted.connect(shown.append)
    window.viewport.navigator.turn(0.3, 0.0)
    qtbot.waitUntil(lambda: bool(shown) and shown[-1] == window.state.camera)


def test_the_age_of_a_process_grows_with_time():
    began = time.perf_counter()
    before = process_age_s()
    slept = time.perf_counter()
    time.sleep(0.05)
    woken = time.perf_counter()
    passed = process_age_s() - before
    ticks = 0.03  # the system counts in hundredths
    assert woken - slept - ticks < passed < time.perf_counter() - began + ticks


@pytest.mark.parametrize("text", ["1280", "axb", "300x200", "-5x800", ""])
def test_a_size_that_is_none_is_one_line_with_a_remedy(text):
    with pytest.raises(UserError, match="--size"):
        window_size(text)


def test_a_size_is_width_and_height():
    assert window_size("1280x800") == window_size("1280×800") == (1280, 800)


def test_the_command_prints_its_report_as_json(tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    for name in ("CONFIG", "STATE", "CACHE", "DATA"):
        kept[f"XDG_{name}_HOME"] = str(tmp_path / name)
    kept |= {"QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1"}
    write_scene(tmp_path / "small.dvox", random_scene())
    call = [sys.executable, "main.py", "bench-view", str(tmp_path / "small.dvox")]
    ended = subprocess.run(
        [*call, "--seconds", "0.5", "--json", "-", "--trace", str(tmp_path / "trace.json")],
        cwd=ROOT,
        env=kept,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert report.keys() >= PROMISED
    assert 0 < report["window_s"] < report["first_frame_s"]
    drag = report["trace"]["drag"]
    assert drag["by_kind_ms_per_view"]["painting"] > 0
    lanes = {
        event["tid"] for event in json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    }
    assert lanes >= {"Window's thread", "Network", "Start"}
    assert not list((tmp_path / "CONFIG").rglob("*.conf"))
    refused = subprocess.run(
        [*call, "--size", "wide"], cwd=ROOT, env=kept, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1


def test_a_panel_is_in_view_with_pinned_rays_while_the_hand_turns_the_scene(
    bench, qtbot, scene_file, renderers
):
    renderers.delay = 0.02
    report, line = bench(qtbot, scene_file, panel="ray")
    assert line == ""
    assert report["panel"] == "ray"
    assert report["panel_updates"] >= 1
