"""What the open scene is compared with: the capture's true pictures, or a second scene."""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene, SceneCamera
from dvox_core.rendering.frame import Extra, Frame
from viewer.state.capture_views import nearest_view
from viewer.state.viewer_state import ViewerState
from viewer.workers.comparison.grid_norms import GridNorms
from viewer.workers.comparison.ground_truth import GroundTruth, TrueView
from viewer.workers.comparison.second_scene import SecondScene

HERE_ANGLE, HERE_DISTANCE = 0.01, 1e-4
"""Degrees, and shares of the grid's side, within which two cameras stand on the same place."""

AnyView = TypeVar("AnyView", TrueView, SceneCamera)


class ComparisonTarget(enum.Enum):
    """With what the open scene is compared."""

    NOTHING = "Nothing"
    PHOTO = "The nearest true picture"
    SCENE = "A second scene"


class ComparisonDisplay(enum.Enum):
    """What the comparison puts over the picture."""

    NOTHING = "Nothing"
    SPLIT = "A splitter to drag"
    DIFFERENCE = "The difference"
    ERROR = "The error, on one scale"


class ViewSubset(enum.Enum):
    """Which views of the capture count."""

    TRAINING = "Training views"
    HELD_OUT = "Test and validation views"
    ALL = "All views"


@dataclass(frozen=True, eq=False)
class ComparedView:
    """What the open scene's frame is compared with.

    Attributes:
        name: for the user.
        picture: [S, S, 3] uint8, its border kept.
        frame: of the second scene; None for a photo.
        is_here: whether it is seen from where the open scene's frame is.
        scene: the second scene; None for a photo.
        camera: where it is seen from.
        shown: [S, S] bool: what a padded photo shows; None: all of it.
    """

    name: str
    picture: NDArray[np.uint8]
    frame: Frame | None
    is_here: bool
    scene: Scene | None
    camera: Camera | None = None
    shown: NDArray[np.bool_] | None = None


class Comparison(QObject):
    """Keeps the other side up to date while somebody looks at it. On the window's thread.

    Attributes:
        truth: the capture's pictures.
        second: the second scene.
        grids: the voxel grids of both.
    """

    changed = Signal()  # what is compared, or its newest picture
    split_changed = Signal(float)  # share of the picture's width that is left to the open scene
    failed = Signal(str)  # one line

    def __init__(
        self,
        state: ViewerState,
        truth: GroundTruth,
        second: SecondScene,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.truth, self.second = truth, second
        self._state = state
        self._against = ComparisonTarget.NOTHING
        self._in_picture = ComparisonDisplay.NOTHING
        self._among = ViewSubset.TRAINING
        self._split = 0.5
        self._blinks = False
        self._watched = False
        self._extras = Extra.NONE
        self._chosen: dict[str, tuple[Sequence[Any], ViewSubset, Sequence[Any]]] = {}
        self.grids = GridNorms(self)
        self.grids.read.connect(self.changed)
        self.grids.failed.connect(self.failed)
        second.changed.connect(self.grids.forget)
        state.scene_changed.connect(lambda _: self.grids.forget())
        for worker in (truth, second):
            worker.failed.connect(self.failed)
            worker.changed.connect(self._follow)
        truth.picture_read.connect(self._follow)
        second.frame_changed.connect(self._follow)
        state.scene_changed.connect(self._follow)
        state.frame_changed.connect(self._follow)

    @property
    def against(self) -> ComparisonTarget:
        """With what the open scene is compared."""
        return self._against

    @property
    def in_picture(self) -> ComparisonDisplay:
        """What is over the picture."""
        return self._in_picture

    @property
    def among(self) -> ViewSubset:
        """Which views count."""
        return self._among

    @property
    def split(self) -> float:
        """How much of the picture's width is left to the open scene, 0…1."""
        return self._split

    @property
    def active(self) -> bool:
        """Whether somebody looks at the other side; where nobody does, nothing is computed."""
        over = self._blinks or self._in_picture is not ComparisonDisplay.NOTHING
        shown = self._watched or over
        return self._against is not ComparisonTarget.NOTHING and shown

    @property
    def blinks(self) -> bool:
        """Whether the other side is over the whole picture for the moment."""
        return self._blinks

    def set_blinks(self, blinks: bool) -> None:
        """Put the other side over the whole picture for the moment, or take it away."""
        if blinks != self._blinks:
            self._blinks = blinks
            self._follow()

    def set_against(self, against: ComparisonTarget) -> None:
        """Compare with something else."""
        if against is not self._against:
            self._against = against
            self._follow()

    def set_in_picture(self, in_picture: ComparisonDisplay) -> None:
        """Put something else over the picture."""
        if in_picture is not self._in_picture:
            self._in_picture = in_picture
            self._follow()

    def set_among(self, among: ViewSubset) -> None:
        """Let other views count."""
        if among is not self._among:
            self._among = among
            self._follow()

    def set_split(self, split: float) -> None:
        """Leave another share of the picture's width to the open scene."""
        split = min(max(split, 0.0), 1.0)
        if split != self._split:
            self._split = split
            self.split_changed.emit(split)

    def set_watched(self, watched: bool, extras: Extra = Extra.NONE) -> None:
        """Say whether a panel shows the other side, and what frames of it must carry."""
        if (watched, extras) != (self._watched, self._extras):
            self._watched, self._extras = watched, extras
            self._follow()

    def nearest_view(self, camera: Camera) -> SceneCamera | None:
        """The scene's view nearest to a camera, among those that count."""
        scene = self._state.scene
        if scene is None:
            return None
        return nearest_view(camera, self._counting("scene", scene.cameras, tuple))

    def nearest_photo(self, camera: Camera) -> TrueView | None:
        """The photo taken nearest to a camera, among those that count."""
        # By the same measure as the scene's views, and so the same one.
        cameras = self._counting("truth", self.truth.views, _as_cameras)
        found = nearest_view(camera, cameras)
        if found is None:
            return None
        return next(view for view in self.truth.views if view.camera is found.camera)

    def other(self) -> ComparedView | None:
        """What the newest frame is compared with; None while there is nothing."""
        frame = self._state.frame
        if frame is None or not self.active:
            return None
        if self._against is ComparisonTarget.SCENE:
            second = self.second.frame
            if second is None or self.second.scene is None:
                return None
            here = self._is_here(second.camera, frame.camera)
            scene = self.second.scene
            return ComparedView(scene.name, second.picture, second, here, scene, second.camera)
        view = self.nearest_photo(frame.camera)
        picture = None if view is None else self.truth.picture(view)
        if view is None or picture is None:
            return None
        here = self._is_here(view.camera, frame.camera)
        name = f"View {view.name}"
        return ComparedView(name, picture.pixels, None, here, None, view.camera, picture.shown)

    def stop(self) -> None:
        """End every thread; nothing is sent any more."""
        self.truth.stop()
        self.second.stop()
        self.grids.stop()

    def _follow(self, *_: object) -> None:
        frame = self._state.frame
        if self._against is ComparisonTarget.PHOTO and self.active:
            self.truth.set_scene(self._state.scene)
        elif self._state.scene is None:
            self.truth.set_scene(None)
        if self.active and self._against is ComparisonTarget.SCENE and frame is not None:
            self.second.show(frame.camera, self._extras | Extra.ENTROPY)
        self.changed.emit()

    def _counting(
        self,
        name: str,
        views: Sequence[AnyView],
        convert: Callable[[Sequence[AnyView]], Sequence[SceneCamera]],
    ) -> Sequence[SceneCamera]:
        """The views that count, the same list as long as nothing changes."""
        known = self._chosen.get(name)
        if known is None or known[0] is not views or known[1] is not self._among:
            known = (views, self._among, convert(_counting(views, self._among)))
            self._chosen[name] = known
        return known[2]

    def _is_here(self, one: Camera, other: Camera) -> bool:
        scene = self._state.scene
        side = scene.placement.scale if scene else 1.0
        near = one.distance_to(other) <= HERE_DISTANCE * side
        return near and one.angle_to(other) <= HERE_ANGLE


def _as_cameras(views: Sequence[TrueView]) -> Sequence[SceneCamera]:
    return [SceneCamera(view.name, view.split, view.camera) for view in views]


def _counting(views: Sequence[AnyView], among: ViewSubset) -> Sequence[AnyView]:
    """The views that count; all of them where the capture has no such split."""
    if among is ViewSubset.ALL:
        return views
    training = among is ViewSubset.TRAINING
    chosen = [
        view
        for view in views
        if (view.split == "train" if training else view.split in ("test", "validation"))
    ]
    return chosen or views
