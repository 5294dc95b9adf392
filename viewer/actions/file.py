"""The menu File."""

from collections.abc import Callable

from viewer.actions.action import RECENT_MENU, ActionEntry
from viewer.actions.conditions import SceneConditions
from viewer.controllers.clipboard import PictureCommands
from viewer.controllers.remote import RemoteController
from viewer.controllers.scene_files import SceneFiles
from viewer.controllers.sharing import SharingController
from viewer.controllers.view_options import ViewOptions


def file_actions(
    scene: SceneConditions,
    files: SceneFiles,
    remote: RemoteController,
    pictures: PictureCommands,
    options: ViewOptions,
    sharing: SharingController,
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
            "open_remote",
            "&File",
            "Open on another &machine…",
            remote.ask,
            ("Ctrl+Alt+O",),
            "Open a scene or a training run where it lies, over ssh, and have it rendered there",
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
            "share_picture",
            "&File",
            "Share pict&ure",
            sharing.share_picture,
            ("Ctrl+Shift+F12",),
            "Save the picture in your folder of pictures, and put it on the clipboard",
            is_enabled=scene.has_picture,
        ),
        ActionEntry(
            "share_turntable",
            "&File",
            "Share &turntable video",
            sharing.share_turntable,
            tip="Record one turn around the scene into your folder of videos",
            is_enabled=scene.is_open,
        ),
        ActionEntry(
            "save_scene",
            "&File",
            "Save scene &as…",
            sharing.ask_how_to_save,
            tip="Save a copy of the scene to send or to keep: half precision, with or without "
            "cameras",
            is_enabled=scene.is_open,
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
