"""Finds out what the training views know of a scene's voxels, and tells the trust in its frames."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.interventions import Interventions
from dvox_core.rendering.trust_maps import TrustMaps
from viewer.state.viewer_state import DisplayMode, ViewerState
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import Operation, Progress, run_in_background

if TYPE_CHECKING:
    from dvox_core.inspection.trust.assessment import CameraTrust, TrustAssessor
    from dvox_core.inspection.trust.support import ViewSupport


class TrustFinder(QObject):
    """Computes a scene's `ViewSupport` once it is wanted. On the window's thread, but `complete`.

    The trust mode wants it; so does whoever calls `begin`.
    """

    changed = Signal()  # the support is there, or another scene has none yet
    progressed = Signal(float, str)  # share 0…1, text
    ended = Signal()  # however it ended
    failed = Signal(str)  # one line

    def __init__(self, state: ViewerState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._find_capture: Callable[[Path], Path | None] = lambda _: None
        self._support: ViewSupport | None = None
        self._assessor: tuple[Scene, TrustAssessor] | None = None  # of the thread that renders
        self._finding = LatestOperation(self)
        self._finding.ended.connect(self._on_ended)
        state.scene_changed.connect(self._on_scene_changed)
        state.scene_refreshed.connect(self._on_scene_changed)
        state.display_mode_changed.connect(self._on_mode_changed)

    @property
    def support(self) -> "ViewSupport | None":
        """What the training views know of the open scene's voxels, where it has been found."""
        return self._support

    @property
    def is_busy(self) -> bool:
        """Whether it is being found."""
        return self._finding.is_busy

    def set_capture_source(self, find: Callable[[Path], Path | None]) -> None:
        """Ask `find` for the folder of the capture that the user chose for a scene's file."""
        self._find_capture = find

    def begin(self) -> None:
        """Find the open scene's support in the background, unless it is there or being found."""
        scene = self._state.scene
        if scene is None or self._support is not None or self._finding.is_busy:
            return
        chosen = self._find_capture(scene.path) if scene.path is not None else None

        def find(progress: Progress) -> Any:
            return find_scene_support(scene, chosen, progress)

        def start() -> Operation:
            return run_in_background(
                find,
                "Looking through the training views",
                on_done=lambda support: self._on_found(scene, support),
                on_failed=self._on_failed,
                on_progress=self._on_progressed,
            )

        self._state.set_trust_line("Looking through the training views…")
        self._finding.replace(start)

    def cancel(self) -> None:
        """Give up what is being found."""
        self._finding.abandon()
        self._state.set_trust_line("Given up: choose the mode again to look through the views.")
        self.ended.emit()

    def stop(self) -> None:
        """End what runs; nothing is sent any more."""
        self._finding.stop()

    def complete(self, scene: Scene, frame: Frame, extras: Extra) -> Frame:
        """The frame with its trust, where that is asked for and known; on the rendering thread."""
        support = self._support
        if Extra.TRUST not in extras or support is None or frame.visibility is None:
            return frame
        from dvox_core.inspection.trust.assessment import TrustAssessor

        known = self._assessor
        if known is None or known[0] is not scene or known[1].support is not support:
            known = self._assessor = scene, TrustAssessor(scene, support)
        return replace(frame, trust=known[1].assess(frame))

    def _on_scene_changed(self, _: Scene | None) -> None:
        self._finding.abandon()
        self._support = self._assessor = None
        self._state.set_trust_line("")
        self.ended.emit()
        self._on_mode_changed()

    def _on_mode_changed(self, *_: object) -> None:
        scene = self._state.scene
        is_possible = scene is not None and scene.config.knows_depth
        if self._state.display_mode is DisplayMode.TRUST and is_possible:
            self.begin()

    def _on_found(self, scene: Scene, support: "ViewSupport") -> None:
        if scene is self._state.scene:
            self._support = support
            self._state.set_trust_line("")
            self.changed.emit()

    def _on_failed(self, line: str) -> None:
        self._state.set_trust_line(line)
        self.failed.emit(line)

    def _on_progressed(self, share: float, text: str) -> None:
        self._state.set_trust_line(f"{text} ({share:.0%})")
        self.progressed.emit(share, text)

    def _on_ended(self) -> None:
        self.ended.emit()


def find_scene_support(scene: Scene, capture: Path | None, progress: Progress) -> Any:
    """The `ViewSupport` of a scene, with the pictures of its capture where they are found."""
    from dvox_core.data.ground_truth import capture_near, true_views
    from dvox_core.errors import CaptureError
    from dvox_core.inspection.trust.support import Photo, find_support, training_photos

    folder = capture or capture_near(scene)
    photos: Sequence[Any] = ()
    if folder is not None:
        try:
            views = true_views(folder, scene)
        except CaptureError:  # what lies there is another capture: trust without its pictures
            views = ()
        photos = training_photos(scene, [Photo(view.camera, view.picture_path) for view in views])
    return find_support(scene, photos, progress)


@dataclass(frozen=True, eq=False)
class TrustQuestion:
    """Whose trust is asked for: views of a scene, by their cameras."""

    scene: Scene
    support: "ViewSupport"
    cameras: Sequence[Camera]
    interventions: Interventions


@dataclass(frozen=True, eq=False)
class TrustAnswer:
    """The trust in each of the cameras' views."""

    question: TrustQuestion
    maps: Sequence[TrustMaps]


class CameraTrustAnswers:
    """Tells the trust in views without rendering them; belongs to the thread that asks it."""

    def __init__(self) -> None:
        self._known: tuple[ViewSupport, CameraTrust] | None = None

    def answer(self, question: TrustQuestion) -> TrustAnswer:
        """The trust in every view that is asked for."""
        from dvox_core.inspection.trust.assessment import CameraTrust

        known = self._known
        if known is None or known[0] is not question.support:
            known = question.support, CameraTrust(question.scene, question.support)
            self._known = known
        maps = [known[1].assess(camera, question.interventions) for camera in question.cameras]
        return TrustAnswer(question, maps)

    def forget(self) -> None:
        """Give the memory back."""
        self._known = None
