"""`bench-view`: how well the window follows the mouse while the network works."""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from dvox_core.cli.arguments import OptionalPath, OptionalText, Unsaid
from dvox_core.cli.reports import complain, facts_text, tell
from dvox_core.errors import UserError
from dvox_core.program import program_call
from dvox_core.remote.bookmarks import place_named

SMALLEST = (760, 520)
"""The window's own least size."""


@dataclass(frozen=True)
class BenchViewCommand:
    """Open the window, turn the scene by synthetic mouse events at 60 Hz, and time what is seen.

    Without a scene, a model of full size with random weights is turned.

    Example: python main.py bench-view assets/sample.dvox --seconds 10 --json -
    """

    scene: tyro.conf.Positional[Annotated[OptionalText, tyro.conf.arg(metavar="[SCENE]")]] = None
    """A .dvox, an authors' checkpoint (.pth), or a training run's folder; on another machine
    ssh://[user@]host[:port]/path, or pipe:COMMAND."""

    there: tyro.conf.Positional[Annotated[OptionalText, tyro.conf.arg(metavar="[PATH]")]] = None
    """After pipe:COMMAND, the scene's path there."""

    remote_python: str = ""
    """The Python that has this program on the other machine; else `dvox` of its PATH."""

    intrinsics: OptionalPath = None
    """intrinsics.txt of an authors' checkpoint that has none near it."""

    seconds: float = 10.0
    """How long the scene is turned."""

    size: str = "1280x800"
    """The window's width and height in pixels."""

    panel: Unsaid[Literal["scene", "ray", "weights", "voxels", "compare", "pipeline"]] = None
    """The panel in view while the scene is turned, with five pinned pixels."""

    picture: int = 512
    """Side of the random model's picture in pixels, where no scene is named."""

    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """Where to compute."""

    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Arithmetic; auto takes bfloat16 where it is fast and this scene's picture agrees."""

    trace: OptionalPath = None
    """Write where the time of the start and of the drag went to this file, for ui.perfetto.dev."""

    json: OptionalPath = None
    """Write the report as JSON to this file; - prints it."""

    def run(self) -> int:
        """Measure and report."""
        size = window_size(self.size)
        if not self.seconds >= 0.5:
            raise UserError(f"--seconds {self.seconds:g}: must be 0.5 or more")
        if self.scene is None:
            return self._run_random()
        scene = place_named(self.scene, self.there, self.remote_python)
        if not scene.exists():
            raise UserError(f"{scene}: not found; name a .dvox file or an authors' .pth")
        report = measure(
            scene,
            self.intrinsics,
            size,
            self.seconds,
            self.device,
            self.precision,
            self.panel,
            self.trace,
        )
        tell(report, facts_text(report_lines(report)), self.json)
        return 0

    def _run_random(self) -> int:
        """Make a scene here and measure it in another process: this one knows torch already."""
        from dvox_core.checkpoints.scene_file import write_scene
        from dvox_core.evaluation.render_speed import random_scene

        with tempfile.TemporaryDirectory() as folder:
            scene = Path(folder) / "random.dvox"
            complain("Making a model with random weights…")
            write_scene(scene, random_scene(self.picture))
            options = [f"--seconds={self.seconds}", f"--size={self.size}"]
            options += [f"--device={self.device}", f"--precision={self.precision}"]
            if self.panel:
                options.append(f"--panel={self.panel}")
            if self.trace:
                options.append(f"--trace={self.trace}")
            if self.json:
                options.append(f"--json={self.json}")
            call = [*program_call(), "bench-view", str(scene), *options]
            return subprocess.run(call, check=False).returncode


def window_size(text: str) -> tuple[int, int]:
    """Width and height of "1280x800".

    Raises:
        UserError: it says something else, or too small a window.
    """
    match = re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", text.strip())
    if match is None:
        raise UserError(f"--size {text}: write width and height in pixels, for example 1280x800")
    width, height = int(match[1]), int(match[2])
    if width < SMALLEST[0] or height < SMALLEST[1]:
        raise UserError(f"--size {text}: the window is never under {SMALLEST[0]}x{SMALLEST[1]}")
    return width, height


def measure(
    scene: Path,
    intrinsics: Path | None,
    size: tuple[int, int],
    seconds: float,
    device: str = "auto",
    precision: str = "auto",
    panel: str | None = None,
    trace_file: Path | None = None,
) -> dict[str, Any]:
    """Run the window until all is measured; see `WindowBench` for what the report says.

    Args:
        trace_file: where to write a `Trace`; without one nothing is traced.

    Raises:
        UserError: there is no display, or the scene cannot be opened.
    """
    from PySide6.QtCore import QSize
    from PySide6.QtWidgets import QApplication

    from viewer.app.application import WindowSession, start_application
    from viewer.bench.event_costs import TracedApplication
    from viewer.bench.trace import Trace
    from viewer.bench.window_bench import WindowBench
    from viewer.log import log_folder, start_log, stop_log
    from viewer.recent_files import RecentFiles
    from viewer.settings import Settings

    application = start_application(kind=TracedApplication if trace_file else QApplication)
    trace = Trace() if trace_file else None
    start_log(log_folder())
    outcome: list[tuple[dict[str, Any], str]] = []
    with tempfile.TemporaryDirectory() as folder:  # the user's settings stay as they are
        session = WindowSession(
            application,
            Settings.in_folder(Path(folder)),
            RecentFiles.in_folder(Path(folder)),
            device=device,
            precision=precision,
        )
        try:
            bench = WindowBench(session.window, QSize(*size), seconds, panel=panel, trace=trace)

            def end(report: dict[str, Any], line: str) -> None:
                outcome.append((report, line))
                session.window.close()
                application.quit()

            bench.finished.connect(end)
            session.faults.fault.connect(bench.fail)
            bench.start(scene, intrinsics)
            application.exec()
            bench.stop()
        finally:
            if trace is not None:
                trace.stop()
            session.stop()
            stop_log()
    report, line = outcome[0] if outcome else ({}, "ended before anything was measured")
    if line:
        raise UserError(line)
    if trace is not None and trace_file is not None:
        trace.write(trace_file)
        report["trace"] = trace.summary
    return report


def report_lines(report: dict[str, Any]) -> list[tuple[str, str]]:
    """The report as lines for people."""

    def spread(name: str) -> str:
        values = report[name]
        if values["p50"] is None:
            return "none"
        return f"{values['p50']:.1f} ms, 95 % within {values['p95']:.1f} ms"

    remote = report.get("remote")
    line = []
    if remote:
        trip, size, under_way = (
            remote[name]["p50"] for name in ("round_trip_ms", "frame_bytes", "frames_under_way")
        )
        trip = "unknown" if trip is None else f"{trip:.0f} ms there and back"
        text = f"{remote['host']}, {trip}, {(size or 0) / 1000:.0f} kB a frame"
        line = [("Line", f"{text}, {under_way or 0:.0f} under way")]
    ratio = report["network_ratio"]
    slower = f" (×{ratio:.1f} of {spread('network_alone_ms')} alone)" if ratio else ""
    return [
        (
            "Window after",
            f"{report['window_s']:.1f} s, picture after {report['first_frame_s']:.1f} s",
        ),
        ("Renderer", f"{report['backend']}, {report['device']}, {report['precision']}"),
        ("Painted by", report["gl"]),
        ("New view every", spread("display_interval_ms")),
        ("Hand to picture", spread("event_to_paint_ms")),
        ("Network's frame", spread("network_frame_ms") + slower),
        ("Without a frame", f"{report['true_frame_gap_ms']:.0f} ms at most"),
        ("At rest", f"picture after {report['rest_s']:.2f} s"),
        ("Longest block", f"{report['longest_block_ms']:.1f} ms"),
        ("Window's thread", f"{report['window_cpu_ms_per_view']:.1f} ms of a processor a view"),
        *line,
        *_traced_lines(report.get("trace", {}).get("drag")),
    ]


def _traced_lines(drag: dict[str, Any] | None) -> list[tuple[str, str]]:
    """What a trace says of the drag in short."""
    if drag is None:
        return []

    def listed(costs: dict[str, float], unit: str) -> str:
        return ", ".join(f"{name} {spent:g} {unit}" for name, spent in list(costs.items())[:5])

    collected = drag["garbage_collections"]
    return [
        ("Of a view", listed(drag["by_kind_ms_per_view"], "ms")),
        (
            "Waits in it",
            f"{drag['without_processor_ms_per_view']:g} ms for a processor, "
            f"{drag['waits_in_events_ms_per_view']:g} ms for Python's lock and others",
        ),
        ("Threads", listed(drag["threads_s"], "s")),
        (
            "Garbage",
            f"collected {collected['count']} times, longest {collected['longest_ms']:g} ms",
        ),
    ]
