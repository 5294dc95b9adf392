"""What works on the edited camera path, in one hand for panels."""

from dataclasses import dataclass

from viewer.state.camera_recorder import CameraRecorder
from viewer.state.path_editor import PathEditor
from viewer.workers.paths.key_thumbnails import KeyThumbnails
from viewer.workers.paths.path_player import PathPlayer
from viewer.workers.paths.recording_queue import RecordingQueue


@dataclass(frozen=True, eq=False)
class PathTools:
    """Attributes:
    editor: the path, its selection and its playhead.
    player: goes along it.
    pictures: of its keys.
    capture: takes down how the hand moves.
    recordings: makes videos of it.
    """

    editor: PathEditor
    player: PathPlayer
    pictures: KeyThumbnails
    capture: CameraRecorder
    recordings: RecordingQueue
