"""Takes a screenshot of the whole window once the network's picture is in it, then ends."""

import logging
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from dvox_core.atomic_files import atomic_file
from dvox_core.errors import UserError
from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from dvox_core.program import program_name
from dvox_core.rendering.frame import Frame
from viewer.state.viewer_state import DisplayMode
from viewer.window.main_window import MainWindow

LIMIT_S = 300
SETTLE_MS = 400  # for the figures over the picture to follow it

FAULT_ENDING = "details are in the log"

_log = logging.getLogger(__name__)


class Screenshot(QObject):
    """Waits for the picture of one pose in one mode, saves the window, and reports how it went."""

    finished = Signal(int, str)  # exit code, and a line where it is not 0

    def __init__(
        self,
        window: MainWindow,
        target: Path,
        camera: Camera | None,
        mode: DisplayMode,
        limit_s: float = LIMIT_S,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._target = target
        self._camera = camera
        self._mode = mode
        self._over = False
        self._limit = QTimer(self, singleShot=True, interval=round(limit_s * 1000))
        self._limit.timeout.connect(
            lambda: self._end(
                2,
                f"No picture after {limit_s:g} s; try a smaller scene, or render it: "
                f"{program_name()} render SCENE --poses DIR --out DIR",
            )
        )
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._save)
        session = window.session
        session.opened.connect(self._set_up)
        session.open_failed.connect(lambda _path, line: self._end(_exit_code(line), line))
        session.intrinsics_missing.connect(
            lambda path: self._end(
                2, f"{path}: no intrinsics.txt beside it or above; give it with --intrinsics"
            )
        )
        session.opening_cancelled.connect(lambda path: self._end(2, f"{path}: cancelled"))
        session.render_failed.connect(lambda line: self._end(_exit_code(line), line))
        window.viewport.picture_shown.connect(self._on_picture)
        window.closed.connect(lambda: self._end(2, "The window was closed before the picture came"))

    def start(self, scene: Path, intrinsics: Path | None) -> None:
        """Open the scene and begin to wait."""
        self._window.viewport.set_reprojects(False)  # what is saved is the network's own
        self._limit.start()
        self._window.files.open(scene, intrinsics)

    def stop(self) -> None:
        """End the timers."""
        self._over = True
        self._limit.stop()
        self._settle.stop()

    def fail(self, line: str) -> None:
        """End for a fault of the program's own."""
        self._end(1, line)

    def _set_up(self, scene: Scene) -> None:
        state = self._window.state
        if self._mode is not DisplayMode.RGB and not scene.config.knows_depth:
            self._end(
                2,
                f"{scene.name}: this model knows no {self._mode.value}; use --mode rgb",
            )
            return
        self._camera = self._camera or scene.start_camera
        state.set_display_mode(self._mode)
        # From beside it at first: a model's first frame is slow, and the figures would show that.
        state.set_camera(_moved(self._camera))

    def _on_picture(self, frame: Frame) -> None:
        """Save the window soon if this is the picture that was asked for; otherwise wait."""
        state = self._window.state
        if frame.draft or self._over or self._camera is None:
            return
        if state.display_mode is not self._mode:
            return
        if frame.camera != self._camera:
            state.set_camera(self._camera)
        elif self._mode.is_carried_by(frame):
            self._settle.start()

    def _save(self) -> None:
        self._window.notifications.clear()
        picture = self._window.grab()
        try:
            with atomic_file(self._target) as temporary:
                if not picture.save(str(temporary), "PNG"):
                    raise UserError(f"{self._target}: could not be written; choose another place")
        except UserError as error:
            self._end(2, str(error))
        else:
            self._end(0, "")

    def _end(self, code: int, line: str) -> None:
        if not self._over:
            self.stop()
            self.finished.emit(code, line)


def _exit_code(line: str) -> int:
    """1 for a fault of the program, whose details the workers put into the log; else 2."""
    return 1 if line.endswith(FAULT_ENDING) else 2


def _moved(camera: Camera) -> Camera:
    """The camera moved by next to nothing."""
    matrix = camera.camera_to_world.copy()
    matrix[:3, 3] += 1e-6 * (1 + np.abs(matrix[:3, 3]))
    return Camera(matrix)
