"""The program as a whole: displays, exit codes, screenshots, failures and the log."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from viewer.app.display import (
    WITHOUT_WINDOW,
    connect_to_x,
    find_display,
    missing_library,
)
from viewer.app.screenshot import Screenshot
from viewer.log import FAULT_LINE, FaultReporter, start_log, stop_log
from viewer.state.viewer_state import DisplayMode

ROOT = Path(__file__).resolve().parents[3]
REFERENCE = ROOT.parent / "shared" / "reference" / "lego128"

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks X and Wayland")


def run_viewer(tmp_path, call, **environment):
    """Run the viewer in a process of its own, its settings apart."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    kept.pop("WAYLAND_DISPLAY", None)
    for name in ("CONFIG", "STATE", "CACHE", "DATA"):
        kept[f"XDG_{name}_HOME"] = str(tmp_path / name)
    for name, value in environment.items():
        kept.pop(name, None)
        if value is not None:
            kept[name] = value
    code = (
        f"import sys; from pathlib import Path; from viewer.app.application import run_viewer; "
        f"sys.exit(run_viewer({call}))"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=kept,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


# Displays


@linux
@pytest.mark.parametrize("display", [None, ":4711", "nosuchhost.invalid:3"])
def test_without_a_display_one_line_says_how_to_go_on(tmp_path, display):
    ended = run_viewer(tmp_path, "None", DISPLAY=display, QT_QPA_PLATFORM=None)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "main.py render" in ended.stderr


@linux
def test_a_wayland_display_that_does_not_answer_is_no_display(tmp_path):
    ended = run_viewer(
        tmp_path,
        "None",
        DISPLAY=None,
        QT_QPA_PLATFORM=None,
        WAYLAND_DISPLAY="wayland-77",
        XDG_RUNTIME_DIR=str(tmp_path),
    )
    assert ended.returncode == 2
    assert "wayland-77" in ended.stderr


@linux
def test_a_platform_chosen_on_purpose_is_not_asked_about():
    offscreen = find_display({"QT_QPA_PLATFORM": "offscreen"})
    assert (offscreen.problem, offscreen.platform) == ("", "")
    assert WITHOUT_WINDOW in find_display({"QT_QPA_PLATFORM": "xcb"}).problem


@linux
@pytest.mark.parametrize("display", ["", ":", ":x", "host", ":99999999", "h:-1", "/no/such:0"])
def test_a_malformed_display_does_not_answer(display):
    assert connect_to_x(display) is None


@linux
@pytest.mark.skipif(not os.environ.get("DISPLAY"), reason="needs an X server")
def test_a_display_that_answers_is_asked_for_and_let_go():
    found = find_display({"DISPLAY": os.environ["DISPLAY"]})
    assert (found.problem, found.platform) == ("", "xcb")
    found.release()


@linux
def test_a_library_that_the_x_plugin_lacks_is_named():
    def fail(name):
        raise OSError("libxcb-cursor.so.0: cannot open shared object file")

    assert missing_library(fail) == "libxcb-cursor.so.0"
    assert missing_library(lambda name: None) == ""


# Bad input of the command line


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("Path('gone.dvox')", "not found"),
        ("None, screenshot=Path('a.png')", "needs a scene"),
        ("Path('pyproject.toml'), screenshot=Path('a.jpg')", ".png"),
        ("Path('pyproject.toml'), pose=Path('pyproject.toml')", "pyproject.toml"),
        ("None, mode='purple'", "purple"),
    ],
)
def test_bad_input_is_one_line_before_there_is_a_window(tmp_path, call, says):
    ended = run_viewer(tmp_path, call, QT_QPA_PLATFORM="offscreen")
    assert ended.returncode == 2
    assert says in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_screenshot_of_what_is_no_checkpoint_fails_with_one_line(tmp_path):
    broken = tmp_path / "broken.pth"
    broken.write_text("not a checkpoint")
    ended = run_viewer(
        tmp_path,
        f"Path({str(broken)!r}), screenshot=Path({str(tmp_path / 'a.png')!r})",
        QT_QPA_PLATFORM="offscreen",
    )
    assert ended.returncode == 2
    assert "broken.pth" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "a.png").exists()


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference data are not on this machine")
@pytest.mark.slow
def test_a_screenshot_of_a_real_scene_is_the_whole_window_and_leaves_no_trace(tmp_path):
    target = tmp_path / "window.png"
    ended = run_viewer(
        tmp_path,
        f"Path({str(REFERENCE / 'checkpoint.pth')!r}), screenshot=Path({str(target)!r}),"
        f" mode='depth', pose=Path({str(REFERENCE / 'pose' / '000001.txt')!r})",
        QT_QPA_PLATFORM="offscreen",
    )
    assert ended.returncode == 0, ended.stderr
    picture = QImage(str(target))
    assert picture.width() >= 760
    colors = [
        picture.pixelColor(x, y)
        for x in range(0, picture.width(), 8)
        for y in range(0, picture.height(), 8)
    ]
    # The window is grey; what is coloured is the depth map.
    assert sum(color.saturation() > 110 for color in colors) > 0.1 * len(colors)
    assert not list((tmp_path / "CONFIG").rglob("*.conf"))


# Screenshots, with time standing still


def take(window, qtbot, target, path, **arguments):
    screenshot = Screenshot(
        window,
        target,
        arguments.pop("camera", None),
        arguments.pop("mode", DisplayMode.RGB),
        **arguments,
    )
    with qtbot.waitSignal(screenshot.finished) as outcome:
        screenshot.start(path, None)
    return outcome.args


def test_a_screenshot_waits_for_its_pose_and_mode(window, renderers, qtbot, tmp_path):
    pose = window_pose()
    target = tmp_path / "shot.png"
    code, line = take(
        window, qtbot, target, tmp_path / "a.dvox", camera=pose, mode=DisplayMode.ENTROPY
    )
    assert (code, line) == (0, "")
    assert window.state.frame.camera == pose
    assert window.state.frame.entropy is not None
    assert QImage(str(target)).size() == window.grab().size()


def window_pose():
    from dvox_core.geometry.cameras import look_at

    return look_at((3, 2, 2), (0.1, -0.2, 0.3), (0, 0, 1))


def test_a_screenshot_has_a_time_limit(window, renderers, qtbot, tmp_path):
    with qtbot.waitSignal(window.viewport.picture_shown):
        window.files.open(tmp_path / "first.dvox")
    renderers.delay = 5
    code, line = take(window, qtbot, tmp_path / "a.png", tmp_path / "a.dvox", limit_s=0.2)
    assert code == 2
    assert "0.2 s" in line
    assert not (tmp_path / "a.png").exists()


def test_a_screenshot_of_a_depth_that_the_model_does_not_know_is_refused(window, qtbot, tmp_path):
    code, line = take(
        window, qtbot, tmp_path / "a.png", tmp_path / "collapse.pth", mode=DisplayMode.DEPTH
    )
    assert code == 2
    assert "depth" in line


def test_a_screenshot_that_fails_by_our_fault_ends_with_1(window, renderers, qtbot, tmp_path):
    renderers.failures.append(RuntimeError("broken"))
    code, line = take(window, qtbot, tmp_path / "a.png", tmp_path / "a.dvox")
    assert code == 1
    assert "log" in line
    code, _ = take(window, qtbot, tmp_path / "a.png", tmp_path / "broken.dvox")
    assert code == 2


def test_a_screenshot_that_cannot_be_written_is_one_line(window, qtbot, tmp_path):
    (tmp_path / "file").write_text("")
    code, line = take(window, qtbot, tmp_path / "file" / "a.png", tmp_path / "a.dvox")
    assert code == 2
    assert "a.png" in line


# Failures and the log


@pytest.fixture
def log(tmp_path):
    path = start_log(tmp_path / "state")
    yield path
    stop_log()


def test_what_nobody_caught_is_one_line_in_the_window_and_a_traceback_in_the_log(
    window, qtbot, log
):
    reporter = FaultReporter(window.notifications.show_error)
    reporter.install()
    try:
        sys.excepthook(*_raised(ValueError("secret of the log")))
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
        qtbot.waitUntil(lambda: bool(window.notifications.messages))
    finally:
        reporter.remove()
    assert [message.text for message in window.notifications.messages] == [FAULT_LINE]
    text = log.read_text()
    assert "secret of the log" in text
    assert "ZeroDivisionError" in text
    assert "Traceback" in text


def _raised(error):
    try:
        raise error
    except Exception:
        return sys.exc_info()


def test_the_log_rotates(tmp_path, monkeypatch):
    import logging

    monkeypatch.setattr("viewer.log.LOG_BYTES", 2000)
    path = start_log(tmp_path / "state")
    for number in range(200):
        logging.getLogger("viewer.test").info("line %d of the log", number)
    stop_log()
    assert path.stat().st_size <= 2000
    assert len(list(path.parent.iterdir())) == 4


def test_a_log_that_cannot_be_written_does_not_keep_the_program_from_starting(tmp_path, capfd):
    import logging

    (tmp_path / "file").write_text("")
    start_log(tmp_path / "file" / "state")
    logging.getLogger("viewer.test").warning("to stderr instead")
    stop_log()
    assert "to stderr instead" in capfd.readouterr().err
