"""The menu Edit."""

from viewer.actions.action import ActionEntry
from viewer.actions.conditions import SceneConditions
from viewer.controllers.clipboard import PictureCommands
from viewer.controllers.undo import UndoController


def edit_actions(
    scene: SceneConditions, undo: UndoController, pictures: PictureCommands
) -> tuple[ActionEntry, ...]:
    """Undo, and the clipboard."""
    return (
        ActionEntry(
            "undo",
            "&Edit",
            "&Undo",
            undo.undo,
            ("Ctrl+Z",),
            "Take the last change of the camera path or of the scene back",
            is_enabled=lambda: undo.can_undo,
            present_text=lambda: _naming("&Undo", undo.undo_text),
        ),
        ActionEntry(
            "redo",
            "&Edit",
            "&Redo",
            undo.redo,
            ("Ctrl+Shift+Z", "Ctrl+Y"),
            "Make the change again that was taken back last",
            is_enabled=lambda: undo.can_redo,
            present_text=lambda: _naming("&Redo", undo.redo_text),
        ),
        ActionEntry(
            "copy_pose",
            "&Edit",
            "&Copy the pose",
            pictures.copy_pose,
            ("Ctrl+C",),
            "Put the camera's pose on the clipboard as JSON",
            is_enabled=scene.is_open,
            starts_group=True,
        ),
        ActionEntry(
            "paste_pose",
            "&Edit",
            "&Paste a pose",
            pictures.paste_pose,
            ("Ctrl+V",),
            "Look from the pose on the clipboard: JSON, or 16 numbers",
            is_enabled=scene.is_open,
        ),
        ActionEntry(
            "copy_picture",
            "&Edit",
            "Copy the p&icture",
            pictures.copy_picture,
            ("Ctrl+Shift+C",),
            "Put what the network painted, in this mode, on the clipboard",
            is_enabled=scene.has_picture,
            starts_group=True,
        ),
    )


def _naming(verb: str, change: str) -> str:
    return f"{verb} “{change}”" if change else verb
