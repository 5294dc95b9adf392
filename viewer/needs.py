"""What actions need, and what is there for them to work on."""

import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viewer.window.main_window import MainWindow


class Needs(enum.Flag):
    """What an action needs to be offered."""

    NOTHING = 0
    SCENE = enum.auto()
    VIEWS = enum.auto()  # a scene whose file holds cameras
    DEPTH = enum.auto()  # a scene whose model knows depth
    PICTURE = enum.auto()  # a scene whose first picture has come
    RECENTS = enum.auto()
    PATH = enum.auto()  # a camera path of two keys or more
    KEYS = enum.auto()  # one of any
    KEY = enum.auto()  # exactly one selected key
    SELECTED_KEYS = enum.auto()
    UNDO = enum.auto()
    REDO = enum.auto()
    RUN = enum.auto()  # a training run that is watched
    RUN_ALIVE = enum.auto()  # one that is being trained
    RUN_AT_REST = enum.auto()  # one that is not


def present_needs(window: "MainWindow") -> Needs:
    """What is there for actions to work on."""
    scene, present = window.state.scene, Needs.NOTHING
    if window.settings.recents:
        present |= Needs.RECENTS
    if window.training.is_open:
        present |= Needs.RUN
        present |= Needs.RUN_ALIVE if window.training.is_alive else Needs.RUN_AT_REST
    present |= window.paths.needs
    if scene:
        present |= Needs.SCENE
        present |= Needs.VIEWS if scene.cameras else Needs.NOTHING
        present |= Needs.DEPTH if scene.config.knows_depth else Needs.NOTHING
        present |= Needs.PICTURE if window.state.frame else Needs.NOTHING
    return present
