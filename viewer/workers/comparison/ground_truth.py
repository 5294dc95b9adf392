"""Reads the capture's true pictures, one at a time, off the window's thread."""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from dvox_core.data.true_pictures import TruePicture, load_true_picture
from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene, SceneCamera
from viewer.recent_files import RecentFiles
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import Progress, run_in_background

KEPT = 24
"""Pictures that are kept, so that stepping back and forth reads nothing again."""


@dataclass(frozen=True, eq=False)
class OtherPoses:
    """A capture that the user chose, now or before, whose poses are not the scene's.

    Attributes:
        scene: that it was chosen for.
        folder: where it is.
        cameras: the capture's, as a scene has them.
        match: a `PoseMatch` of dvox_core.data.ground_truth: what was compared.
        is_remembered: whether it was attached to the scene's file before.
    """

    scene: Scene
    folder: Path
    cameras: tuple[SceneCamera, ...]
    match: Any
    is_remembered: bool


@dataclass(frozen=True, eq=False)
class TrueView:
    """A view of the capture.

    Attributes:
        name: as its files are called.
        split: "train", "validation", "test" or "".
        camera: where it was taken from.
        path: its picture.
    """

    name: str
    split: str
    camera: Camera
    path: Path


class GroundTruth(QObject):
    """Knows where the open scene's capture is, and gives a view's picture. On the window's thread.

    A folder is looked for near the scene's file; one that the user chose is remembered.
    """

    changed = Signal()  # another capture, or none
    failed = Signal(str)  # one line
    picture_read = Signal(object)  # TrueView
    other_poses_found = Signal(object)  # OtherPoses: its cameras may be attached to the scene

    def __init__(self, recent_files: RecentFiles, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._recent_files = recent_files
        self._scene: Scene | None = None
        self._views: tuple[TrueView, ...] = ()
        self._folder: Path | None = None
        self._pictures: OrderedDict[Path, TruePicture] = OrderedDict()
        self._looking = LatestOperation(self)
        self._reading = LatestOperation(self)

    @property
    def folder(self) -> Path | None:
        """Where the capture is."""
        return self._folder

    @property
    def views(self) -> tuple[TrueView, ...]:
        """Its views; none while no capture is known."""
        return self._views

    def set_scene(self, scene: Scene | None) -> None:
        """Look for the capture of another scene, in the background."""
        if scene is self._scene:
            return
        if scene is not None and self._is_newer(scene):
            self._scene = scene  # with newer weights: its capture is the same
            return
        self._looking.abandon()
        self._reading.abandon()
        self._pictures.clear()
        self._scene, self._folder, self._views = scene, None, ()
        if scene is not None:
            self._look(scene, None)
        self.changed.emit()

    @property
    def is_looking(self) -> bool:
        """Whether a capture is being looked for."""
        return self._looking.is_busy

    def choose(self, folder: Path) -> None:
        """Take the user's folder, and remember it for this scene."""
        if self._scene is not None:
            self._look(self._scene, folder)

    def remember(self, scene: Path, folder: Path) -> None:
        """Look for the pictures of this scene's file here from now on."""
        self._recent_files.remember_capture(scene, folder)

    def picture(self, view: TrueView) -> TruePicture | None:
        """A view's picture; None while it is read, `picture_read` tells when it is."""
        picture = self._pictures.get(view.path)
        if picture is not None:
            self._pictures.move_to_end(view.path)
        elif not self._reading.is_busy:
            self._read(view)
        return picture

    def stop(self) -> None:
        """End what runs; nothing is sent any more."""
        self._looking.stop()
        self._reading.stop()

    def _is_newer(self, scene: Scene) -> bool:
        former = self._scene
        return (
            former is not None
            and former.path is not None
            and former.path == scene.path
            and former.config == scene.config
            and former.cameras == scene.cameras
        )

    def _look(self, scene: Scene, chosen: Path | None) -> None:
        path = scene.path
        remembered = self._recent_files.capture_for(path) if path is not None else None

        def find(_: Progress) -> tuple[Path | None, tuple[TrueView, ...]] | OtherPoses:
            from dvox_core.data.ground_truth import OtherPosesError, capture_near, true_views

            folder = chosen or remembered or capture_near(scene)
            if folder is None:
                return None, ()
            try:
                views = true_views(folder, scene)
            except OtherPosesError as error:
                if folder not in (chosen, remembered):
                    raise
                return OtherPoses(scene, folder, error.cameras, error.match, chosen is None)
            return folder, tuple(
                TrueView(view.name, view.split, view.camera, view.picture_path) for view in views
            )

        def done(found: tuple[Path | None, tuple[TrueView, ...]] | OtherPoses) -> None:
            if isinstance(found, OtherPoses):
                self.other_poses_found.emit(found)
                return
            self._pictures.clear()
            self._folder, self._views = found
            if chosen is not None and path is not None:
                self._recent_files.remember_capture(path, chosen)
            self.changed.emit()

        def fail(line: str) -> None:
            if chosen is not None:  # what was only guessed is no fault of the user's
                self.failed.emit(line)
            self.changed.emit()

        self._looking.replace(
            lambda: run_in_background(find, "Looking for the capture", on_done=done, on_failed=fail)
        )

    def _read(self, view: TrueView) -> None:
        scene = self._scene
        if scene is None:
            return
        side = scene.config.image_size

        def read(_: Progress) -> TruePicture:
            return load_true_picture(view.path, side)

        def keep(picture: TruePicture) -> None:
            self._pictures[view.path] = picture
            while len(self._pictures) > KEPT:
                self._pictures.popitem(last=False)
            self.picture_read.emit(view)

        self._reading.replace(
            lambda: run_in_background(
                read, f"Reading {view.name}", on_done=keep, on_failed=self.failed.emit
            )
        )
