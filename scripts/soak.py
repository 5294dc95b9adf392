"""Uses the real window for long, and tells whether it keeps memory, threads or files for good.

Scenes are opened, turned, looked at in every mode and panel, and closed, again and again. After
each closing it is measured what the process holds. Exit code 1 says that more is held at the end
than after warming up.

Example: python scripts/soak.py --minutes 30 --openings 300
"""

import argparse
import faulthandler
import gc
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

ALLOWED_MIB = 60.0
"""So much more memory than after warming up may be held."""

READINGS = 5
"""What is held in so many readings in a row is held for good."""

WARM_UP_SHARE, FEWEST_WARM_UPS = 0.1, 12
"""Openings that count as warming up: each panel has been in view by then."""

WAIT_S = 120.0
"""Longest wait for a scene, a picture, a closing."""

MEASURING_S = 900.0
"""For faster renderers, which are measured anew where the processor has other work."""

REST_S, TURN_S = 0.6, 0.05
"""After a closing; after each turn of the camera."""

REST_EVERY = 7
"""Of so many openings one is left alone until its faster renderers are there."""


@dataclass(frozen=True)
class Wait:
    """A condition that has to come true, what is waited for, and how long at most."""

    what: str
    is_over: Callable[[], bool]
    seconds: float = WAIT_S


Step = Wait | float


@dataclass(frozen=True)
class Level:
    """What the process holds while no scene is open."""

    memory_mib: float
    threads: int
    files: int

    @classmethod
    def now(cls) -> "Level":
        """Measure it."""
        gc.collect()
        # Pages of files, such as libraries, come and go as the system likes: they are not held.
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        kib = {words[0]: int(words[1]) for words in map(str.split, status.splitlines())
               if words[0] in ("RssAnon:", "RssShmem:")}  # fmt: skip
        return cls(
            round(sum(kib.values()) / 2**10, 1),
            len(os.listdir("/proc/self/task")),  # noqa: PTH208
            len(os.listdir("/proc/self/fd")),  # noqa: PTH208
        )


def main() -> int:
    """Soak, and report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--minutes", type=float, default=30.0, help="as long as this at most")
    parser.add_argument("--openings", type=int, default=300, help="scenes to open and close")
    parser.add_argument("--json", type=Path, help="write all levels to this file")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scenes = [ROOT / "assets/sample.dvox", _small_scene(folder / "small.dvox")]
        levels, faults = _soak(folder, scenes, chosen.openings, 60 * chosen.minutes)
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(level) for level in levels], indent=1) + "\n")
    return _judge(levels, faults)


def _judge(levels: list[Level], faults: list[str]) -> int:
    for fault in faults:
        print(f"fault: {fault}")
    warm_ups = max(FEWEST_WARM_UPS, round(WARM_UP_SHARE * len(levels)))
    if len(levels) < warm_ups + 2 * READINGS:
        print(f"only {len(levels)} openings: too few to tell anything; give more --minutes")
        return 1
    warm, rest = levels[warm_ups], levels[warm_ups + 1 :]
    last = rest[-READINGS:]
    held = _held_mib(levels[warm_ups:])
    grown = max(held) - held[0]
    threads = min(level.threads for level in last) - warm.threads
    files = min(level.files for level in last) - warm.files
    print(f"openings      {len(levels)}, the first {warm_ups} to warm up")
    print(f"memory        {held[0]:.0f} MiB held after warming up, {grown:+.0f} at most since")
    highest = max(level.memory_mib for level in rest)
    print(f"              {held[-1]:.0f} MiB at the end; {highest:.0f} MiB the highest reading")
    print(f"threads       {warm.threads} after warming up, {threads:+d} at the end")
    print(f"open files    {warm.files} after warming up, {files:+d} at the end")
    is_well = grown <= ALLOWED_MIB and threads <= 0 and files <= 0 and not faults
    print("held for good: nothing" if is_well else "held for good: more than is allowed")
    return 0 if is_well else 1


def _held_mib(levels: list[Level]) -> list[float]:
    """The least of some readings in a row, each time: threads may just be giving memory back."""
    memory = [level.memory_mib for level in levels]
    return [min(memory[place : place + READINGS]) for place in range(len(memory) - READINGS + 1)]


def _soak(
    folder: Path, scenes: list[Path], openings: int, seconds: float
) -> tuple[list[Level], list[str]]:
    from viewer.app.application import WindowSession, start_application
    from viewer.log import log_folder, start_log, stop_log
    from viewer.recent_files import RecentFiles
    from viewer.settings import Settings

    application = start_application()
    start_log(log_folder())
    session = WindowSession(application, Settings.in_folder(folder), RecentFiles.in_folder(folder))
    levels: list[Level] = []
    faults: list[str] = []
    session.faults.fault.connect(faults.append)
    window = session.window
    window.session.open_failed.connect(lambda _, line: faults.append(line))
    window.session.render_failed.connect(faults.append)
    driver = _Driver(
        _steps(window, scenes, openings, seconds, levels),
        lambda what: faults.append(f"waited in vain for {what}: {_state_of(window)}"),
        application.quit,
    )
    try:
        window.show()
        driver.start()
        application.exec()
    finally:
        for question in window.closing_questions:
            question.skip()
        window.close()
        session.stop()
        stop_log()
    left = [thread.name for thread in threading.enumerate() if thread.name != "MainThread"]
    faults += [f"thread left running at the end: {name}" for name in left]
    return levels, faults


def _steps(
    window, scenes: list[Path], openings: int, seconds: float, levels: list[Level]
) -> Iterator[Step]:
    """What a person does, as waits: a condition, or seconds."""
    from viewer.state.viewer_state import DisplayMode

    state, modes, panels = window.state, list(DisplayMode), list(window.docks.panels)
    end = time.monotonic() + seconds
    for number in range(openings):
        if time.monotonic() > end:
            return
        window.files.open(scenes[number % len(scenes)])
        yield Wait("a picture", lambda: state.scene is not None and state.frame is not None)
        panel = panels[number % len(panels)]
        window.docks.show_panel(panel)
        for turn in range(12):
            if turn % 6 == 0:
                state.set_display_mode(modes[(number + turn // 6) % len(modes)])
            window.viewport.navigator.turn(0.2, 0.05 * (-1) ** turn)
            yield TURN_S
        yield Wait(
            "the picture of the last view",
            lambda: state.frame is not None and state.frame.camera == state.camera,
        )
        if number % REST_EVERY == 0:
            yield Wait("faster renderers", lambda: not window.session.is_upgrading, MEASURING_S)
        window.docks.set_shown(panel, False)
        window.files.close()
        yield Wait("the closing", lambda: state.scene is None)
        yield Wait("what was being prepared to be given up", lambda: not _is_preparing())
        yield REST_S
        levels.append(Level.now())
        if number % 10 == 0:
            print(f"{number + 1:4d} {levels[-1]}", file=sys.stderr, flush=True)


def _is_preparing() -> bool:
    return any(thread.name == "Preparing a faster renderer" for thread in threading.enumerate())


def _state_of(window) -> str:
    """Where everything stands, in one line; the stacks of all threads go to standard error."""
    from PySide6.QtWidgets import QApplication

    faulthandler.dump_traceback(sys.stderr, all_threads=True)
    state, session, frame = window.state, window.session, window.state.frame
    facts = {
        "scene": state.scene and state.scene.name,
        "frame": frame and ("draft" if frame.draft else "full"),
        "at the camera": frame is not None and frame.camera == state.camera,
        "mode": state.display_mode.name,
        "opening": session.opening,
        "waiting": session.is_waiting,
        "upgrading": session.is_upgrading,
        "panels": [name for name in window.docks.panels if window.docks.is_shown(name)],
        "dialog": QApplication.activeModalWidget(),
    }
    return ", ".join(f"{name} {value}" for name, value in facts.items())


class _Driver:
    """Takes one step after another on the event loop."""

    def __init__(
        self, steps: Iterator[Step], report: Callable[[str], None], end: Callable[[], object]
    ) -> None:
        from PySide6.QtCore import QTimer

        self._steps, self._report, self._end = steps, report, end
        self._wait: Step = 0.5
        self._since = time.monotonic()
        self._timer = QTimer(interval=10)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """Begin."""
        self._timer.start()

    def _look(self) -> None:
        waited = time.monotonic() - self._since
        if isinstance(self._wait, Wait):
            if waited > self._wait.seconds:
                self._report(self._wait.what)
                self._finish()
                return
            if not self._wait.is_over():
                return
        elif waited < self._wait:
            return
        try:
            self._wait = next(self._steps)
        except StopIteration:
            self._finish()
        self._since = time.monotonic()

    def _finish(self) -> None:
        self._timer.stop()
        self._end()


def _small_scene(path: Path) -> Path:
    """A scene of few weights, so that opening takes a moment."""
    import torch

    from dvox_core.checkpoints.scene_file import write_scene
    from dvox_core.checkpoints.weights import MemoryWeights
    from dvox_core.geometry.cameras import Intrinsics
    from dvox_core.geometry.grid import GridPlacement
    from dvox_core.model.config import ModelConfig
    from dvox_core.model.deepvoxels import DeepVoxels
    from dvox_core.model.scene import Scene

    config = ModelConfig(image_size=128, grid_size=16, features=8, base_channels=8)
    torch.manual_seed(0)
    scene = Scene(
        name="small",
        path=None,
        file_format="memory",
        config=config,
        intrinsics=Intrinsics(200.0, 64.0, 64.0, 128, 128),
        placement=GridPlacement((0.0, 0.0, 0.0), 1.0),
        near_plane=1.0,
        weights=MemoryWeights(dict(DeepVoxels(config).state_dict())),
    )
    write_scene(path, scene)
    return path


if __name__ == "__main__":
    sys.exit(main())
