"""What works on the edited camera path, in one hand for panels."""

from dataclasses import dataclass

from viewer.state.motion_capture import MotionCapture
from viewer.state.path_editor import PathEditor
from viewer.workers.key_pictures import KeyPictures
from viewer.workers.path_player import PathPlayer


@dataclass(frozen=True, eq=False)
class PathTools:
    """Attributes:
    editor: the path, its selection and its playhead.
    player: goes along it.
    pictures: of its keys.
    capture: takes down how the hand moves.
    """

    editor: PathEditor
    player: PathPlayer
    pictures: KeyPictures
    capture: MotionCapture
