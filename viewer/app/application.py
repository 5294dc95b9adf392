"""Starts the program with its window, and ends it cleanly."""

import logging
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSocketNotifier, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QIcon, QSurfaceFormat
from PySide6.QtWidgets import QApplication

from dvox_core.allocator import share_arenas
from dvox_core.data.deepvoxels_files import read_pose
from dvox_core.errors import UserError
from dvox_core.geometry.cameras import Camera
from dvox_core.inspection.picture_text import read_picture_view
from dvox_core.model.scene import Scene
from dvox_core.program import program_name
from viewer.app.display import find_display
from viewer.app.screenshot import Screenshot
from viewer.log import FaultReporter, log_folder, start_log, stop_log
from viewer.recent_files import RecentFiles
from viewer.settings import Settings
from viewer.state.viewer_state import DisplayMode, ViewerState
from viewer.theme import ThemeChoice, ThemeManager
from viewer.view3d.opengl_support import core_profile
from viewer.window.main_window import MainWindow
from viewer.workers.rendering.default_renderer import FirstRenderers
from viewer.workers.rendering.renderer_upgrades import find_upgrades
from viewer.workers.rendering.scene_session import SceneSession

ORGANISATION = "dvox"
APPLICATION = "dvox"
DONE, PROGRAM_FAULT, BAD_INPUT = 0, 1, 2
ICON = Path(__file__).resolve().parents[2] / "assets" / "icons" / "dvox.svg"
SAMPLE = Path(__file__).resolve().parents[2] / "assets" / "sample.dvox"

_log = logging.getLogger(__name__)


def run_viewer(
    scene: Path | None = None,
    *,
    intrinsics: Path | None = None,
    screenshot: Path | None = None,
    pose: Path | None = None,
    mode: str = "rgb",
    sample: Path | None = None,
    device: str = "auto",
    precision: str = "auto",
    arguments: Sequence[str] = (),
) -> int:
    """Show the window until it is closed, or take a screenshot of it.

    Args:
        scene: what to open; None shows the welcome page.
        intrinsics: the intrinsics.txt of an authors' checkpoint.
        screenshot: where to save the whole window as PNG; the program ends afterwards.
        pose: a pose file to look from.
        mode: "rgb", "depth", "entropy", "outside" or "trust".
        sample: the sample scene; None takes the one that comes with the program, if it does.
        device: passed to the renderer.
        precision: passed to the renderer.
        arguments: Qt's own, e.g. "-platform".

    Returns:
        0 when done, 2 for bad input or a missing display, 1 for a fault of the program;
        a line on stderr says what is wrong.
    """
    try:
        camera = _checked(scene, screenshot, pose, mode)
    except UserError as error:
        return _report(str(error), BAD_INPUT)
    try:
        application = start_application(arguments)
        log = start_log(log_folder())
    except UserError as error:
        return _report(str(error), BAD_INPUT)
    except Exception as error:
        return _report(f"The window cannot be started: {error}", PROGRAM_FAULT)
    try:
        with ExitStack() as resources:
            settings, recent_files = Settings.of_user(), RecentFiles.of_user()
            if screenshot:  # a picture of the window as it is at first, and no trace in the user's
                folder = Path(resources.enter_context(tempfile.TemporaryDirectory()))
                theme, settings = settings.theme, Settings.in_folder(folder)
                settings.theme = theme
                recent_files = RecentFiles.in_folder(folder)
            if sample is None and SAMPLE.is_file():
                sample = SAMPLE
            session = WindowSession(
                application, settings, recent_files, sample, device=device, precision=precision
            )
            resources.callback(session.stop)
            display_mode = DisplayMode(mode)
            if screenshot and scene:
                return session.take_screenshot(scene, intrinsics, screenshot, camera, display_mode)
            return session.run(scene, intrinsics, camera, display_mode)
    except Exception:
        _log.exception("The viewer failed")
        return _report(f"The viewer failed; details are in {log}", PROGRAM_FAULT)
    finally:
        stop_log()


GIL_SECONDS = 0.0005
"""How long the render thread may keep Python to itself while the window's thread waits for it.

With Python's own 5 ms a view was painted 4.4 ms after its event (p95 9.6), with this 3.4 (p95 7.5).
"""


def start_application(
    arguments: Sequence[str] = (), kind: type[QApplication] = QApplication
) -> QApplication:
    """The application, of a class, on a display that answers.

    Raises:
        UserError: there is none; the line says how to go on without.
    """
    display = find_display(os.environ)
    if display.problem:
        raise UserError(display.problem)
    if display.platform:
        os.environ["QT_QPA_PLATFORM"] = display.platform
    share_arenas()
    application = create_application(arguments, kind)
    display.release()
    sys.setswitchinterval(GIL_SECONDS)
    return application


def create_application(
    arguments: Sequence[str] = (), kind: type[QApplication] = QApplication
) -> QApplication:
    """The application, with everything that must be set before it is made."""
    surface = core_profile()
    surface.setSwapInterval(1)
    QSurfaceFormat.setDefaultFormat(surface)
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(
        Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
    )
    name_application()
    QGuiApplication.setApplicationDisplayName("")
    QGuiApplication.setDesktopFileName(APPLICATION)
    application = kind([APPLICATION, *arguments])
    application.setWindowIcon(QIcon(str(ICON)))
    return application


def name_application() -> None:
    """Say whose settings are meant; needs no application yet."""
    QCoreApplication.setOrganizationName(ORGANISATION)
    QCoreApplication.setApplicationName(APPLICATION)


class WindowSession:
    """State, workers and window of one run, and the way they end."""

    def __init__(
        self,
        application: QApplication,
        settings: Settings,
        recent_files: RecentFiles,
        sample: Path | None = None,
        *,
        device: str = "auto",
        precision: str = "auto",
    ) -> None:
        self._application = application
        themes = ThemeManager(application, ThemeChoice(settings.theme))
        self._state = ViewerState()
        self._session = SceneSession(
            self._state,
            create_first=FirstRenderers(),
            device=device,
            precision=precision,
            find_upgrades=find_upgrades,
        )
        self._window = MainWindow(
            self._state, self._session, themes, settings, recent_files, sample
        )
        self._reporter = FaultReporter(self._window.notifications.show_error)
        self._reporter.install()
        self._interrupts = _Interrupts(self._window.close)

    @property
    def window(self) -> MainWindow:
        """The window, not shown yet."""
        return self._window

    @property
    def faults(self) -> FaultReporter:
        """Reports failures inside the program."""
        return self._reporter

    def run(
        self, scene: Path | None, intrinsics: Path | None, camera: Camera | None, mode: DisplayMode
    ) -> int:
        """Show the window until it is closed."""
        window, state = self._window, self._state
        if scene:

            def set_up(opened: Scene) -> None:
                self._session.opened.disconnect(set_up)
                if mode is DisplayMode.RGB or opened.config.knows_depth:
                    state.set_display_mode(mode)
                if camera is not None:
                    state.set_camera(camera)

            self._session.opened.connect(set_up)
            # After the first paint: the window is there before anything is read.
            QTimer.singleShot(0, lambda: window.files.open_named(scene, intrinsics))
        else:
            QTimer.singleShot(0, window.restoring.open_left)
        window.show()
        self._application.exec()
        return DONE

    def take_screenshot(
        self,
        scene: Path,
        intrinsics: Path | None,
        target: Path,
        camera: Camera | None,
        mode: DisplayMode,
    ) -> int:
        """Show the window until the picture is in it, and save it."""
        outcome: list[tuple[int, str]] = []
        screenshot = Screenshot(self._window, target, camera, mode)
        self._reporter.fault.connect(screenshot.fail)

        def end(code: int, line: str) -> None:
            outcome.append((code, line))
            self._window.close()
            self._application.quit()

        screenshot.finished.connect(end)
        self._window.show()
        QTimer.singleShot(0, lambda: screenshot.start(scene, intrinsics))
        self._application.exec()
        screenshot.stop()
        code, line = outcome[0] if outcome else (BAD_INPUT, "Ended before the picture came")
        return _report(line, code) if code else code

    def stop(self) -> None:
        """End workers and hooks."""
        self._interrupts.stop()
        self._reporter.remove()
        self._window.training.stop()
        self._session.stop()
        self._window.deleteLater()
        self._application.sendPostedEvents(None, 0)


class _Interrupts:
    """Lets Ctrl+C in the terminal close the window instead of being kept until an event comes."""

    def __init__(self, close: Callable[[], object]) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read)
        # The event loop wakes up; Python then runs the handler.
        self._notifier.activated.connect(lambda: self._reader.recv(64))
        self._former_descriptor = signal.set_wakeup_fd(self._writer.fileno())
        self._former = signal.signal(signal.SIGINT, lambda *_: close())

    def stop(self) -> None:
        """Put the former handler back."""
        signal.signal(signal.SIGINT, self._former)
        signal.set_wakeup_fd(self._former_descriptor)
        self._notifier.setEnabled(False)
        self._reader.close()
        self._writer.close()


def _checked(
    scene: Path | None, screenshot: Path | None, pose: Path | None, mode: str
) -> Camera | None:
    """Check what can be checked before there is a window; return the camera of `pose`.

    Raises:
        UserError: a line that says so.
    """
    if mode not in {known.value for known in DisplayMode}:
        raise UserError(f"--mode {mode}: unknown; use rgb, depth, entropy, outside or trust")
    if screenshot and not scene:
        raise UserError(f"--screenshot: needs a scene; name one: {program_name()} view SCENE …")
    if scene and not scene.exists():
        raise UserError(f"{scene}: not found; name a .dvox file or an authors' .pth")
    if screenshot and screenshot.suffix.lower() != ".png":
        raise UserError(f"{screenshot}: a screenshot is a PNG; give it a name that ends with .png")
    if pose is None:
        return None
    return read_picture_view(pose).camera if pose.suffix.lower() == ".png" else read_pose(pose)


def _report(line: str, code: int) -> int:
    sys.stderr.write(f"{line}\n")
    return code
