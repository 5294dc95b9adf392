"""The menu File."""

from collections.abc import Callable

from viewer.actions.action import RECENT_MENU, ActionEntry
from viewer.actions.conditions import SceneConditions
from viewer.controllers.clipboard import PictureCommands
from viewer.controllers.scene_files import SceneFiles
from viewer.controllers.view_options import ViewOptions


def file_actions(
    scene: SceneConditions,
    files: SceneFiles,
    pictures: PictureCommands,
    options: ViewOptions,
    quit_program: Callable[[], object],
) -> tuple[ActionEntry, ...]:
    """Opening and closing scenes, saving pictures, preferences."""
    return (
        ActionEntry(
            "open",
            "&File",
            "&Open a scene…",
            files.ask,
            ("Ctrl+O",),
            "Open a .dvox file or an authors' .pth",
        ),
        ActionEntry(
            "clear_recents",
            RECENT_MENU,
            "&Clear this list",
            files.forget_all,
            tip="Forget the recent scenes; their files stay",
            is_enabled=lambda: files.has_recents,
            starts_group=True,
        ),
        ActionEntry(
            "close",
            "&File",
            "&Close the scene",
            files.close,
            ("Ctrl+W",),
            "Close the scene and show the welcome page",
            is_enabled=scene.is_open,
        ),
        ActionEntry(
            "save_picture",
            "&File",
            "&Save the picture…",
            pictures.ask_where_to_save_picture,
            ("Ctrl+S", "F12"),
            "Save what the network painted, in this mode, as a PNG file",
            is_enabled=scene.has_picture,
            starts_group=True,
        ),
        ActionEntry(
            "preferences",
            "&File",
            "&Preferences…",
            options.show_preferences,
            ("Ctrl+,",),
            "Theme, figures over the picture, reprojection, motion",
            starts_group=True,
        ),
        ActionEntry(
            "quit",
            "&File",
            "&Quit",
            quit_program,
            ("Ctrl+Q",),
            "End the program",
            starts_group=True,
        ),
    )
