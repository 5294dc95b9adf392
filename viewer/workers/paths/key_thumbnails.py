"""Keeps a small picture of every keyframe of the edited path."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from dvox_core.camera_paths.path import CameraPath
from dvox_core.geometry.cameras import Camera
from dvox_core.rendering.frame import Frame, without_border
from viewer.state.path_editor import PathEditor
from viewer.state.viewer_state import ViewerState
from viewer.widgets.images import array_image

SIDE = 80  # pixels; shown half as large, for screens of scale 2
MAX_PICTURES = 500
MAX_LOOKED_FOR = 20
"""Keyframes that are looked for among the kept frames at each new one."""


class KeyThumbnails(QObject):
    """Makes them of frames that were rendered or prefetched anyway; never asks for one itself.

    Args:
        kept_frame: a frame of this camera, or of one hardly another, if one is kept.
    """

    changed = Signal()

    def __init__(
        self,
        state: ViewerState,
        editor: PathEditor,
        kept_frame: Callable[[Camera], Frame | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._editor, self._kept_frame = editor, kept_frame
        self._pictures: dict[Camera, QImage] = {}
        self._cameras: frozenset[Camera] = frozenset()
        self._shown = False
        state.scene_changed.connect(lambda _: self.forget())
        editor.path_changed.connect(self._on_path_changed)

    def of(self, camera: Camera) -> QImage | None:
        """The picture of a keyframe, if there is one yet."""
        return self._pictures.get(camera)

    @property
    def missing(self) -> tuple[Camera, ...]:
        """Cameras of keyframes that have no picture yet."""
        cameras = (keyframe.camera for keyframe in self._editor.path.keyframes)
        return tuple(camera for camera in cameras if camera not in self._pictures)

    def set_shown(self, shown: bool) -> None:
        """Keep pictures while somebody looks at them."""
        self._shown = shown
        if shown:
            self._on_path_changed(self._editor.path)

    def look_again(self) -> None:
        """Look whether frames of keyframes without a picture are kept by now."""
        before = len(self._pictures)
        self._on_path_changed(self._editor.path)
        if len(self._pictures) != before:
            self.changed.emit()

    def forget(self) -> None:
        """Another scene, or the same one edited: all look different."""
        self._pictures.clear()
        if self._shown:
            self._on_path_changed(self._editor.path)
        self.changed.emit()

    def add(self, frame: Frame | None) -> None:
        """Keep the picture of a frame, if it is a keyframe's."""
        if self._shown and frame is not None and not frame.draft and frame.camera in self._cameras:
            self._pictures[frame.camera] = small_picture(frame)
            self.changed.emit()

    def add_prefetched(self, frame: Frame) -> None:
        """Keep the picture of a prefetched frame; one of nearly the same view may do."""
        self.add(frame)
        if self._shown and 0 < len(self.missing) <= MAX_LOOKED_FOR:
            self.look_again()

    def _on_path_changed(self, path: CameraPath) -> None:
        if not self._shown:
            return
        self._cameras = frozenset(keyframe.camera for keyframe in path.keyframes)
        if len(self._pictures) > MAX_PICTURES:
            self._pictures = {c: p for c, p in self._pictures.items() if c in self._cameras}
        for camera in self._cameras - self._pictures.keys():
            frame = self._kept_frame(camera)
            if frame is not None:
                self._pictures[camera] = small_picture(frame)


def small_picture(frame: Frame) -> QImage:
    """A frame's picture without its untrained border, `SIDE` wide and high at most."""
    picture = without_border(frame.picture)
    step = max(picture.shape[0] // (2 * SIDE), 1)  # every pixel of a large one is not worth it
    return array_image(picture[::step, ::step]).scaled(
        SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
