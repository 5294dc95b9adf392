"""The menu Edit."""

from viewer.actions.action import ActionEntry
from viewer.actions.conditions import SceneConditions
from viewer.controllers.clipboard import PictureCommands
from viewer.controllers.undo import UndoController
from viewer.state.scene_edits import SceneEdits
from viewer.text.edits import changes_text


def edit_actions(
    scene: SceneConditions, undo: UndoController, pictures: PictureCommands, edits: SceneEdits
) -> tuple[ActionEntry, ...]:
    """Undo, and the clipboard."""
    return (
        ActionEntry(
            "undo",
            "&Edit",
            "&Undo",
            undo.undo,
            ("Ctrl+Z",),
            "Take the last change of the camera path, of the scene or of what is picked back",
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
            "as_trained",
            "&Edit",
            "Show as &trained",
            edits.restore_trained,
            tip="Take every change of the scene back at once; undo brings them again",
            is_enabled=lambda: bool(changes_text(edits.interventions)),
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
