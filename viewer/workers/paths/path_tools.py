"""All that works on the edited camera path, in one place for panels."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject

from dvox_core.geometry.cameras import Camera
from dvox_core.rendering.frame import Frame
from viewer.state.camera_recorder import CameraRecorder
from viewer.state.path_editor import PathEditor
from viewer.state.viewer_state import ViewerState
from viewer.workers.paths.key_thumbnails import KeyThumbnails
from viewer.workers.paths.path_player import PathPlayer
from viewer.workers.paths.recording_queue import RecordingQueue
from viewer.workers.rendering.scene_session import SceneSession


@dataclass(frozen=True, eq=False)
class PathTools:
    """Attributes:
    editor: the path, its selection and its playhead.
    player: goes along it.
    pictures: of its keys.
    capture: records how the user moves the camera.
    recordings: makes videos of it.
    """

    editor: PathEditor
    player: PathPlayer
    pictures: KeyThumbnails
    capture: CameraRecorder
    recordings: RecordingQueue


def create_path_tools(
    state: ViewerState,
    session: SceneSession,
    kept_frame: Callable[[Camera], Frame | None],
    parent: QObject,
) -> PathTools:
    """The tools for the scene of `session`; `kept_frame` is for the thumbnails."""
    editor = PathEditor(parent)
    return PathTools(
        editor,
        PathPlayer(state, editor, parent),
        KeyThumbnails(state, editor, kept_frame, parent),
        CameraRecorder(state, parent),
        RecordingQueue(session.create_renderer, session.device, parent),
    )
