"""What is loaded before a scene is expected, and what after."""

import os
import subprocess
import sys
import threading

import pytest

from viewer.workers.background import warm_up
from viewer.workers.background.warm_up import WarmUp


@pytest.fixture
def loads(monkeypatch):
    """The threads that something was loaded in."""
    monkeypatch.setattr(warm_up, "READ_AHEAD_DELAY_MS", 0)
    monkeypatch.setattr(warm_up, "prepare_warp", lambda progress: None)
    monkeypatch.setattr(warm_up, "read_libraries_ahead", lambda progress: None)
    return []


def test_nothing_is_loaded_until_a_scene_is_expected_and_then_once(qtbot, loads):
    loading = WarmUp(lambda progress: loads.append(threading.current_thread()))
    with qtbot.waitSignal(loading.read_ahead):
        pass
    assert not loads
    with qtbot.waitSignal(loading.ready):
        loading.begin()
        loading.begin()
    loading.stop()
    assert len(loads) == 1
    assert loads[0] is not threading.main_thread()


def test_a_scene_that_is_expected_at_once_is_not_read_ahead_for(qtbot, loads):
    loading = WarmUp(lambda progress: loads.append(1))
    loading.begin()
    assert not loading._timer.isActive()
    loading.stop()
    loading.begin()  # too late
    assert len(loads) <= 1


def test_the_warp_is_prepared_once_there_is_a_picture(qtbot, loads, monkeypatch):
    monkeypatch.setattr(warm_up, "prepare_warp", lambda progress: loads.append("warp"))
    loading = WarmUp(lambda progress: loads.append("torch"))
    with qtbot.waitSignal(loading.ready):
        loading.begin()
    assert loads == ["torch"]
    loading.prepare_warp()
    loading.prepare_warp()
    qtbot.waitUntil(lambda: len(loads) == 2)
    loading.stop()
    assert loads == ["torch", "warp"]


def test_a_welcome_page_holds_none_of_the_large_libraries(tmp_path):
    script = """
import sys
from pathlib import Path
from viewer.app.application import WindowSession, create_application
from viewer.recent_files import RecentFiles
from viewer.settings import Settings
application = create_application()
folder = Path(sys.argv[1])
session = WindowSession(application, Settings.in_folder(folder), RecentFiles.in_folder(folder))
session.window.later_imports.begin()
session.window.show()
session.window.session.libraries_read.connect(session.window.close)
application.exec()
session.stop()
assert "viewer.wizard.dialog" in sys.modules
print(*{"torch", "numba", "scipy", "pyqtgraph", "OpenGL", "av"} & set(sys.modules))
"""
    ended = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split() == []
