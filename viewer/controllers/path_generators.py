"""Makes camera paths by rule: asks for the numbers, computes off the window's thread."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject

from dvox_core.camera_paths.path import CameraPath
from dvox_core.geometry.cameras import Camera
from viewer.dialogs.paths import SECONDS, BetweenViewsDialog, MakePathDialog, NumberField
from viewer.state.capture_views import view_label
from viewer.text.units import path_time
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import Progress, run_in_background

if TYPE_CHECKING:
    from viewer.window.main_window import MainWindow

FIRST_CHOSEN = 5
"""Views that are chosen at first to go between."""

COMFORTABLE_KEYS = 60
"""Of a path through a capture's cameras, at first."""


@dataclass(frozen=True)
class PathGenerator:
    """A way to make a path.

    Attributes:
        title, text: for the user.
        amounts: what it needs.
        needs_up: whether it turns around the scene's upright axis.
    """

    title: str
    text: str
    amounts: tuple[NumberField, ...]
    needs_up: bool = True


TURNS = NumberField(
    "turns", "Turns", "How many times round; below 0 the other way", 1, -100, 100, "", 2
)

MAKERS: Mapping[str, PathGenerator] = {
    "orbit": PathGenerator(
        "Orbit",
        "Round the pivot, which stays in the middle, at the present height and distance.",
        (TURNS, SECONDS),
    ),
    "turntable": PathGenerator(
        "Turntable",
        "The present view carried round the pivot, as if the scene stood on a turntable.",
        (TURNS, SECONDS),
    ),
    "spiral": PathGenerator(
        "Spiral",
        "Round the pivot, from the present height evenly to another one.",
        (
            replace(TURNS, value=3),
            NumberField(
                "end_elevation", "Height at the end", "Above the pivot", 60, -88, 88, "°", 0
            ),
            NumberField(
                "distance_factor",
                "Distance at the end",
                "Of the present one",
                1,
                0.1,
                10,
                " × present",
                2,
            ),
            SECONDS,
        ),
    ),
    "figure_eight": PathGenerator(
        "Figure eight",
        "A lying eight around the present view, with the pivot in the middle.",
        (
            NumberField(
                "width", "To the sides", "From the middle to the outermost", 40, 1, 180, "°", 0
            ),
            NumberField(
                "height", "Up and down", "From the middle to the uppermost", 15, 0, 80, "°", 0
            ),
            SECONDS,
        ),
    ),
    "dolly": PathGenerator(
        "Dolly",
        "Along the line of sight; nearer below 1, farther above.",
        (
            NumberField(
                "end_factor",
                "Distance at the end",
                "Of the present one",
                0.6,
                0.05,
                10,
                " × present",
                2,
            ),
            replace(SECONDS, value=5),
        ),
        needs_up=False,
    ),
}


class PathGenerators(QObject):
    """The menu “Make a path”."""

    def __init__(self, window: "MainWindow", take: Callable[[str, CameraPath], object]) -> None:
        """Make paths for `window`; each is handed to `take` with a name for undo."""
        super().__init__(window)
        self._window, self._take = window, take
        self._operations = LatestOperation(self)

    @property
    def _replaces(self) -> bool:
        return bool(self._window.paths.tools.editor.path.keyframes)

    def ask(self, name: str) -> MakePathDialog:
        """Ask for the numbers of a maker, and make the path."""
        if name == "through":
            return self._ask_for_cameras()
        maker = MAKERS[name]
        dialog = MakePathDialog(
            self._window, maker.title, maker.text, maker.amounts, replaces=self._replaces
        )
        dialog.chosen.connect(lambda values: self._make_by_rule(name, values))
        dialog.open()
        return dialog

    def ask_for_views(self) -> BetweenViewsDialog:
        """Ask for views of the capture, and go between them."""
        views = self._window.state.scene.cameras
        first = np.unique(np.linspace(0, len(views) - 1, FIRST_CHOSEN).round().astype(int))
        labels = [view_label(view) for view in views]
        dialog = BetweenViewsDialog(self._window, labels, first.tolist(), replaces=self._replaces)
        dialog.chosen.connect(self._go_between)
        dialog.open()
        return dialog

    def thin(self) -> None:
        """Leave out keys that the present path hardly needs."""
        path = self._window.paths.tools.editor.path

        def compute(progress: Progress) -> CameraPath:
            from dvox_core.camera_paths.thinning import thinned

            return thinned(path, progress=lambda share: progress(share, "Thinning out"))

        def take(result: CameraPath) -> None:
            if self._window.paths.tools.editor.path is not path:
                return  # edited meanwhile
            before, after = len(path.keyframes), len(result.keyframes)
            if after < before:
                self._window.paths.tools.editor.change("Thin out the keys", result, ())
            self._window.notifications.show_info(
                f"{after} of {before} keys are left; the camera is within 1 % of where it was"
                if after < before
                else f"All {before} keys are needed: the way would change without any of them",
                topic="path",
            )

        self._run(compute, "Thinning out the keys", take)

    def stop(self) -> None:
        """End what is being computed."""
        self._operations.stop()

    def take_motion(self, times: list[float], cameras: list[Camera]) -> None:
        """Make a path of how the hand moved."""
        fps = self._window.paths.tools.editor.path.fps

        def compute(_: Progress) -> CameraPath:
            from dvox_core.camera_paths.generators import recorded

            return recorded(times, cameras, fps=fps)

        def take(path: CameraPath) -> None:
            self._take("Capture my moves", path)
            self._window.notifications.show_info(
                f"Captured {path_time(path.seconds)} of your moves as {len(path.keyframes)} keys",
                "Thin out the keys",
                self.thin,
                topic="path",
            )

        self._run(compute, "Capturing the moves", take)

    def _ask_for_cameras(self) -> MakePathDialog:
        count = len(self._window.state.scene.cameras)
        every = NumberField(
            "every",
            "Every nth camera",
            "1 takes all of them",
            max(1, round(count / COMFORTABLE_KEYS)),
            1,
            max(1, count // 2),
            f" of {count}",
            0,
        )
        dialog = MakePathDialog(
            self._window,
            "Through the cameras",
            "Through the cameras of the capture in their order, at an even speed.",
            (every, SECONDS),
            replaces=self._replaces,
            loop="Come back to the first one",
        )
        dialog.chosen.connect(
            lambda values: self._go_through(
                int(values["every"]), values["seconds"], dialog.loop.isChecked()
            )
        )
        dialog.open()
        return dialog

    def _make_by_rule(self, name: str, values: Mapping[str, float]) -> None:
        state = self._window.state
        scene, camera, pivot = state.scene, state.camera, state.pivot
        if scene is None:
            return
        maker = MAKERS[name]

        def compute(_: Progress) -> CameraPath:
            from dvox_core.camera_paths import generators

            make: Any = getattr(generators, name)
            axes = (scene.up_axis,) if maker.needs_up else ()
            return make(camera, pivot, *axes, **values)

        self._run(compute, f"Making the {maker.title.lower()}", self._taker(maker.title))

    def _go_through(self, every: int, seconds: float, loop: bool) -> None:
        cameras = [view.camera for view in self._window.state.scene.cameras[::every]]

        def compute(_: Progress) -> CameraPath:
            from dvox_core.camera_paths.generators import through_cameras

            return through_cameras(cameras, seconds=seconds, loop=loop)

        self._run(compute, "Making the path", self._taker("Through the cameras"))

    def _go_between(self, indices: list[int], seconds: float) -> None:
        state = self._window.state
        cameras = [state.scene.cameras[index].camera for index in indices]
        center = state.scene.pivot

        def compute(_: Progress) -> CameraPath:
            from dvox_core.camera_paths.generators import between_views

            return between_views(cameras, center, seconds=seconds)

        self._run(compute, "Making the path", self._taker("Between chosen views"))

    def _taker(self, what: str) -> Callable[[CameraPath], object]:
        return lambda path: self._take(what, path)

    def _run(
        self,
        compute: Callable[[Progress], CameraPath],
        name: str,
        take: Callable[[CameraPath], object],
    ) -> None:
        self._operations.replace(
            lambda: run_in_background(
                compute, name, on_done=take, on_failed=self._window.notifications.show_error
            )
        )
