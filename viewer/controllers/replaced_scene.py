"""Tells when a newer file lies where the open scene was read from."""

from PySide6.QtCore import QObject, QTimer

from dvox_core.model.scene import Scene
from viewer.controllers.closing import LossCheck
from viewer.controllers.context import ControllerContext
from viewer.workers.background.latest_answer import LatestAnswer
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import run_in_background

CHECK_MS = 5000
"""Between two looks at the file. A run's scene that is followed is read anew before the second."""

TOPIC = "replaced scene"


class ReplacedScene(QObject):
    """Looks at the open scene's file now and then, and offers to read it anew: once a scene.

    The scene itself stays what was opened, as it holds its file. One of another size takes the
    open one's place, edits included: that is asked about first.
    """

    def __init__(self, context: ControllerContext, loss_check: LossCheck) -> None:
        super().__init__(context.parent)
        self._loss_check = loss_check
        self._sizing = LatestOperation(self)
        self._state, self._session = context.state, context.session
        self._notifications = context.notifications
        self._seen: Scene | None = None  # found replaced at the last look
        self._told: Scene | None = None
        self._look = LatestAnswer(_look_at, "Looking at the scene's file", self)
        self._look.answered.connect(self._on_looked)
        self._timer = QTimer(self, interval=CHECK_MS)
        self._timer.timeout.connect(self.check)
        self._timer.start()

    def check(self) -> None:
        """Look at the file, off the window's thread: a disk may take its time."""
        scene = self._state.scene
        if scene is not None and scene.path is not None and scene is not self._told:
            self._look.ask(scene)

    def stop(self) -> None:
        """End the timer and the thread."""
        self._timer.stop()
        self._look.stop()
        self._sizing.stop()

    def _on_looked(self, found: tuple[Scene, bool]) -> None:
        scene, is_replaced = found
        if scene is not self._state.scene or not is_replaced:
            self._seen = None
        elif scene is self._seen and scene is not self._told:
            self._told = scene
            assert scene.path is not None
            self._notifications.show_info(
                f"{scene.path.name}: another file lies there than the one that is open",
                "Read it",
                lambda: self._read(scene),
                TOPIC,
            )
        else:
            self._seen = scene

    def _read(self, scene: Scene) -> None:
        """Read the newer file; ask first where the edits of the open scene would be lost by it."""
        if not self._loss_check.has_losses:
            self._session.refresh()
            return

        def go_on(keeps_edits: bool) -> None:
            if scene is not self._state.scene:
                return
            if keeps_edits:
                self._session.refresh()
            else:
                self._loss_check.run(self._session.refresh)

        self._sizing.replace(
            lambda: run_in_background(
                lambda _: _is_of_same_size(scene),
                "Looking at the newer scene",
                self,
                on_done=go_on,
                on_failed=lambda _: go_on(True),  # nothing is lost: reading it says what is wrong
            )
        )


def _is_of_same_size(scene: Scene) -> bool:
    """Whether the file at a scene's path holds a model of the same size."""
    from dvox_core.checkpoints.opening import open_scene

    return scene.path is not None and open_scene(scene.path).config == scene.config


def _look_at(scene: Scene) -> tuple[Scene, bool]:
    from dvox_core.checkpoints.opening import is_replaced

    return scene, is_replaced(scene)
