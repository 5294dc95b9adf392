"""Makes camera paths by rule: asks for the numbers, computes in the background."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PySide6.QtCore import QObject

from dvox_core.camera_paths.path import CameraPath
from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.directions_seen import directions_seen
from dvox_core.model.scene import SceneCamera
from viewer.controllers.context import ControllerContext
from viewer.dialogs.paths import SECONDS, BetweenViewsDialog, MakePathDialog, NumberField
from viewer.state.capture_views import view_label
from viewer.state.path_editor import PathEditor
from viewer.text.units import path_time
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import Progress, run_in_background

FIRST_CHOSEN = 5
"""Views that are chosen at first to go between."""

COMFORTABLE_KEYFRAMES = 60
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

GENERATORS: Mapping[str, PathGenerator] = {
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

    def __init__(
        self,
        context: ControllerContext,
        editor: PathEditor,
        on_made: Callable[[str, CameraPath], object],
    ) -> None:
        """Hand each path that is made to `on_made`, with a name for undo."""
        super().__init__(context.parent)
        self._parent, self._notifications = context.parent, context.notifications
        self._state, self._editor, self._on_made = context.state, editor, on_made
        self._operations = LatestOperation(self)

    @property
    def _capture_views(self) -> Sequence[SceneCamera]:
        return self._state.scene.cameras if self._state.scene else ()

    @property
    def _replaces(self) -> bool:
        return bool(self._editor.path.keyframes)

    def ask(self, name: str) -> MakePathDialog:
        """Ask for the numbers of a generator, and make the path."""
        generator = GENERATORS[name]
        dialog = MakePathDialog(
            self._parent,
            generator.title,
            f"{generator.text} {self._what_is_unseen(generator)}".strip(),
            generator.amounts,
            replaces=self._replaces,
        )
        dialog.chosen.connect(lambda values: self._make_by_rule(name, values))
        dialog.open()
        return dialog

    def _what_is_unseen(self, generator: PathGenerator) -> str:
        """A warning where a way round passes sides that no picture looked from; or ""."""
        scene = self._state.scene
        cameras = [view.camera for view in self._capture_views if view.split != "test"]
        if scene is None or not cameras or not generator.needs_up:
            return ""
        seen = directions_seen(cameras, scene.pivot, scene.up_axis)
        return f"The scene was {seen.words}: there it is soft." if seen.gaps else ""

    def ask_for_views(self) -> BetweenViewsDialog:
        """Ask for views of the capture, and go between them."""
        views = self._capture_views
        first = np.unique(np.linspace(0, len(views) - 1, FIRST_CHOSEN).round().astype(int))
        labels = [view_label(view) for view in views]
        dialog = BetweenViewsDialog(self._parent, labels, first.tolist(), replaces=self._replaces)
        dialog.chosen.connect(self._go_between)
        dialog.open()
        return dialog

    def thin(self) -> None:
        """Leave out keys that the present path hardly needs."""
        path = self._editor.path

        def compute(progress: Progress) -> CameraPath:
            from dvox_core.camera_paths.thinning import thinned

            return thinned(path, progress=lambda share: progress(share, "Thinning out"))

        def apply(result: CameraPath) -> None:
            if self._editor.path is not path:
                return  # edited meanwhile
            before, after = len(path.keyframes), len(result.keyframes)
            if after < before:
                self._editor.change("Thin out the keys", result, ())
            self._notifications.show_info(
                f"{after} of {before} keys are left; the camera is within 1 % of where it was"
                if after < before
                else f"All {before} keys are needed: the way would change without any of them",
                topic="path",
            )

        self._run(compute, "Thinning out the keys", apply)

    def stop(self) -> None:
        """End what is being computed."""
        self._operations.stop()

    def make_of_moves(self, times: list[float], cameras: list[Camera]) -> None:
        """Make a path of how the user moved the scene."""
        fps = self._editor.path.fps

        def compute(_: Progress) -> CameraPath:
            from dvox_core.camera_paths.generators import recorded

            return recorded(times, cameras, fps=fps)

        def finish(path: CameraPath) -> None:
            self._on_made("Capture my moves", path)
            self._notifications.show_info(
                f"Captured {path_time(path.seconds)} of your moves as {len(path.keyframes)} keys",
                "Thin out the keys",
                self.thin,
                topic="path",
            )

        self._run(compute, "Capturing the moves", finish)

    def ask_for_cameras(self) -> MakePathDialog:
        """Ask how many cameras of the capture to go through, and make the path."""
        count = len(self._capture_views)
        every = NumberField(
            "every",
            "Every nth camera",
            "1 takes all of them",
            max(1, round(count / COMFORTABLE_KEYFRAMES)),
            1,
            max(1, count // 2),
            f" of {count}",
            0,
        )
        dialog = MakePathDialog(
            self._parent,
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
        scene, camera, pivot = self._state.scene, self._state.camera, self._state.pivot
        if scene is None:
            return
        generator = GENERATORS[name]

        def compute(_: Progress) -> CameraPath:
            from dvox_core.camera_paths import generators

            make: Any = getattr(generators, name)
            axes = (scene.up_axis,) if generator.needs_up else ()
            made: CameraPath = make(camera, pivot, *axes, **values)
            return made

        self._run(compute, f"Making the {generator.title.lower()}", self._named(generator.title))

    def _go_through(self, every: int, seconds: float, loop: bool) -> None:
        cameras = [view.camera for view in self._capture_views[::every]]

        def compute(_: Progress) -> CameraPath:
            from dvox_core.camera_paths.generators import through_cameras

            return through_cameras(cameras, seconds=seconds, loop=loop)

        self._run(compute, "Making the path", self._named("Through the cameras"))

    def _go_between(self, indices: list[int], seconds: float) -> None:
        if self._state.scene is None:
            return
        cameras = [self._capture_views[index].camera for index in indices]
        center = self._state.scene.pivot

        def compute(_: Progress) -> CameraPath:
            from dvox_core.camera_paths.generators import between_views

            return between_views(cameras, center, seconds=seconds)

        self._run(compute, "Making the path", self._named("Between chosen views"))

    def _named(self, what: str) -> Callable[[CameraPath], object]:
        return lambda path: self._on_made(what, path)

    def _run(
        self,
        compute: Callable[[Progress], CameraPath],
        name: str,
        on_done: Callable[[CameraPath], object],
    ) -> None:
        self._operations.replace(
            lambda: run_in_background(
                compute, name, on_done=on_done, on_failed=self._notifications.show_error
            )
        )
