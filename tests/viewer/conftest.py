"""Windows for tests: real ones, with their own settings and with nothing left running."""

import contextlib
import functools
import os
import threading
import time
from pathlib import Path

import pyqtgraph  # noqa: F401 - so that plots are there when they are first seen
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
from pytestqt.qtbot import QtBot

from tests.helpers.fakes import FakeRendererFactory, fake_opener
from viewer.app.application import create_application
from viewer.recent_files import RecentFiles
from viewer.settings import Settings
from viewer.state.viewer_state import ViewerState
from viewer.theme import ThemeChoice, ThemeManager
from viewer.window.main_window import MainWindow
from viewer.workers.rendering.scene_session import SceneSession
from viewer.workers.runs import run_follower

PATIENCE = 180_000  # milliseconds


@pytest.fixture(scope="session", autouse=True)
def settings_apart(tmp_path_factory):
    """Nothing of the user's is read or written, whatever a test forgets."""
    folder = tmp_path_factory.mktemp("home")
    before = dict(os.environ)
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        os.environ[name] = str(folder / name)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def qapp(settings_apart):
    """The application as the program makes it."""
    return QCoreApplication.instance() or create_application()


class PatientQtBot(QtBot):
    """Waits for a condition as long as a busy machine may need."""

    waitExposed = functools.partialmethod(QtBot.waitExposed, timeout=PATIENCE)  # noqa: N815
    waitActive = functools.partialmethod(QtBot.waitActive, timeout=PATIENCE)  # noqa: N815
    waitSignal = functools.partialmethod(QtBot.waitSignal, timeout=PATIENCE)  # noqa: N815
    waitSignals = functools.partialmethod(QtBot.waitSignals, timeout=PATIENCE)  # noqa: N815
    waitUntil = functools.partialmethod(QtBot.waitUntil, timeout=PATIENCE)  # noqa: N815


@pytest.fixture
def qtbot(qapp, request):
    """pytest-qt's, but patient: no test of ours depends on how fast the machine is."""
    return PatientQtBot(request)


@pytest.fixture(autouse=True)
def nothing_left_running():
    """Fails if a thread, a timer or a process is left running."""
    threads = set(threading.enumerate())
    timers = _running_timers()
    children = set(_children())
    yield
    if QCoreApplication.instance() is None:
        return
    _delete_what_waits()
    left = _eventually_none(lambda: [t for t in threading.enumerate() if t not in threads])
    assert not left, f"threads left running: {left}"
    left = [timer for timer in _running_timers() if timer not in timers]
    assert not left, f"timers left running: {[(t, t.interval(), t.parent()) for t in left]}"
    assert not _running_threads(), f"threads of Qt left running: {_running_threads()}"
    left = set(_children()) - children
    assert not left, f"processes left running: {left}"


def _eventually_none(find, seconds=60.0):
    """What `find` still finds after some time."""
    end = time.monotonic() + seconds
    while (found := find()) and time.monotonic() < end:
        time.sleep(0.02)
    return found


def _delete_what_waits():
    """Let what was put off to the next round of the event loop happen, and what that puts off."""
    for round_number in range(100):
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        if round_number >= 2 and all(timer.interval() for timer in _running_timers()):
            return


def _running_timers():
    """Active timers of all windows, found below the top-level widgets and the application."""
    application = QCoreApplication.instance()
    if application is None:
        return []
    roots = [application, *getattr(application, "topLevelWidgets", list)()]
    found = []
    for root in roots:
        found += [timer for timer in root.findChildren(QTimer) if timer.isActive()]
    return found


def _running_threads():
    """Qt's threads, found likewise."""
    application = QCoreApplication.instance()
    roots = [application, *getattr(application, "topLevelWidgets", list)()]
    threads = [thread for root in roots for thread in root.findChildren(QThread)]
    return [thread for thread in threads if thread.isRunning()]


def _children():
    """Names of this process's children that still run; empty where the system does not tell."""
    children = []
    for task in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            children += task.read_text().split()
    return [name for name in map(_name, children) if name]


def _name(process):
    try:
        name, state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)
    except OSError:
        return ""
    return "" if state.split()[0] == "Z" else name


@pytest.fixture
def settings(tmp_path):
    """Settings of this test alone."""
    return Settings.in_folder(tmp_path / "settings")


@pytest.fixture
def recent_files(tmp_path):
    """Recent files of this test alone."""
    return RecentFiles.in_folder(tmp_path / "settings")


@pytest.fixture
def renderers():
    """Makes the renderers of `window`, and keeps them."""
    return FakeRendererFactory()


@pytest.fixture
def themes(qapp):
    """The dark theme."""
    manager = ThemeManager(qapp, ThemeChoice.DARK)
    yield manager
    manager.deleteLater()


@pytest.fixture
def make_window(qtbot, themes, settings, recent_files, renderers):
    """Makes real windows whose scenes and renderers live in memory."""
    windows = []

    def make(open_scene=fake_opener, sample=None):
        state = ViewerState()
        session = SceneSession(
            state, open_scene=open_scene, create_renderer=renderers, warm_up=None
        )
        window = MainWindow(state, session, themes, settings, recent_files, sample)
        windows.append(window)
        window.resize(1200, 800)
        window.show()
        qtbot.waitExposed(window)
        return window

    yield make
    for window in windows:
        for question in window.closing_questions:
            question.skip()
        window.close()
        window.training.stop()
        window.session.stop()
        window.deleteLater()


@pytest.fixture
def window(make_window):
    """A real window on its welcome page."""
    return make_window()


@pytest.fixture
def scene_file(tmp_path):
    """A file that `window` opens as a scene."""
    path = tmp_path / "lego.dvox"
    path.write_bytes(b"scene")
    return path


@pytest.fixture
def open_window(window, scene_file, qtbot):
    """A real window with an open scene and its first picture."""
    with qtbot.waitSignal(window.viewport.picture_shown):
        window.files.open(scene_file)
    return window


@pytest.fixture(scope="session")
def training_server():
    """What training processes are forked from."""
    from tests.helpers.training_process import start_server, stop_server  # imports torch

    start_server()
    yield
    stop_server()


@pytest.fixture
def starter(training_server, tmp_path, monkeypatch):
    """Training processes that start in a moment, and are looked at often."""
    from tests.helpers.training_process import Starter

    made = Starter(tmp_path)
    monkeypatch.setattr(run_follower, "start_training", made)
    monkeypatch.setattr(run_follower, "LOOK_SECONDS", 0.05)
    yield made
    made.stop()
