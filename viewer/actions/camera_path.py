"""The menu Path: camera paths and videos."""

from viewer.actions.action import ActionEntry, all_of
from viewer.actions.conditions import SceneConditions
from viewer.controllers.context import PanelHost
from viewer.controllers.path_controllers import PathControllers

PATH = "&Path"
MAKE = "&Path/&Make a path"
GENERATORS = (
    ("orbit", "&Orbit…", "Round the pivot at the present height and distance"),
    (
        "turntable",
        "&Turntable…",
        "The present view carried round, as if the scene stood on a turntable",
    ),
    ("spiral", "&Spiral…", "Round the pivot and up"),
    ("figure_eight", "&Figure eight…", "A lying eight around the present view"),
    ("dolly", "&Dolly…", "Nearer, or farther away, along the line of sight"),
)


def camera_path_actions(
    scene: SceneConditions, paths: PathControllers, panels: PanelHost
) -> tuple[ActionEntry, ...]:
    """Making, editing, saving and recording camera paths."""
    keyframes, generators, files = paths.keyframes, paths.generators, paths.files
    editor, player = paths.tools.editor, paths.tools.player

    def has_keyframes() -> bool:
        return keyframes.has_keyframes

    def can_play() -> bool:
        return keyframes.can_play

    def some_selected() -> bool:
        return keyframes.selected_count > 0

    def one_selected() -> bool:
        return keyframes.selected_count == 1

    def toggle_timeline() -> None:
        panels.set_shown("timeline", not panels.is_shown("timeline"))

    def generator(kind: str, text: str, tip: str) -> ActionEntry:
        return ActionEntry(
            f"path_{kind}",
            MAKE,
            text,
            lambda: generators.ask(kind),
            tip=tip,
            is_enabled=scene.is_open,
        )

    return (
        ActionEntry(
            "timeline",
            PATH,
            "&Timeline",
            toggle_timeline,
            ("T",),
            "The camera path over time: keys, playing, videos",
            is_enabled=scene.is_open,
            is_checked=lambda: panels.is_shown("timeline"),
        ),
        ActionEntry(
            "path_add_key",
            PATH,
            "&Add a key",
            keyframes.add_keyframe,
            ("K",),
            "Add the present view to the camera path: at the playhead, or after the last key",
            is_enabled=scene.is_open,
            starts_group=True,
        ),
        ActionEntry(
            "path_play",
            PATH,
            "&Play",
            player.toggle,
            ("Ctrl+Space",),
            "Go along the path in real time; Space does too, in the picture and the timeline",
            is_enabled=all_of(scene.is_open, can_play),
            is_checked=lambda: player.playing,
        ),
        ActionEntry(
            "path_jump",
            PATH,
            "Look from the &key",
            keyframes.jump_to_selected,
            tip="Look from the selected key (Enter in the timeline)",
            is_enabled=all_of(scene.is_open, one_selected),
            starts_group=True,
        ),
        ActionEntry(
            "path_retake",
            PATH,
            "&Retake the key",
            keyframes.retake,
            ("Ctrl+K",),
            "Give the selected key the present view; its time stays",
            is_enabled=all_of(scene.is_open, one_selected),
        ),
        ActionEntry(
            "path_duplicate",
            PATH,
            "&Duplicate",
            editor.duplicate_selected,
            tip="Copy the selected keys after the last of them (Ctrl+D in the timeline)",
            is_enabled=some_selected,
        ),
        ActionEntry(
            "path_delete",
            PATH,
            "De&lete",
            editor.remove_selected,
            tip="Delete the selected keys (Delete in the timeline)",
            is_enabled=some_selected,
        ),
        ActionEntry(
            "path_earlier",
            PATH,
            "Earlier in the order",
            lambda: editor.move_in_order(-1),
            tip="The selected key changes places with the one before; the times stay",
            is_enabled=one_selected,
        ),
        ActionEntry(
            "path_later",
            PATH,
            "Later in the order",
            lambda: editor.move_in_order(1),
            tip="The selected key changes places with the one after; the times stay",
            is_enabled=one_selected,
        ),
        *(generator(kind, text, tip) for kind, text, tip in GENERATORS),
        ActionEntry(
            "path_through",
            MAKE,
            "Through the &cameras…",
            generators.ask_for_cameras,
            tip="Through the cameras of the capture, in their order",
            is_enabled=scene.has_views,
            starts_group=True,
        ),
        ActionEntry(
            "path_between",
            MAKE,
            "&Between chosen views…",
            generators.ask_for_views,
            tip="From view to view of the capture around the scene, as the authors' videos go",
            is_enabled=scene.has_views,
        ),
        ActionEntry(
            "path_capture",
            PATH,
            "&Capture my moves",
            keyframes.toggle_capture,
            ("Shift+K",),
            "Take down how you move the scene, as a path to be rendered afterwards",
            is_enabled=scene.is_open,
            is_checked=lambda: keyframes.is_capturing,
        ),
        ActionEntry(
            "path_reverse",
            PATH,
            "Re&verse",
            editor.reverse,
            tip="Go the same way backwards",
            is_enabled=can_play,
        ),
        ActionEntry(
            "path_thin",
            PATH,
            "Thi&n out the keys",
            generators.thin,
            tip="Leave out keys that the way hardly needs, of a captured or imported path",
            is_enabled=can_play,
        ),
        ActionEntry(
            "path_new",
            PATH,
            "Ne&w path",
            editor.begin_anew,
            tip="Take all keys away; undo brings them back",
            is_enabled=has_keyframes,
            starts_group=True,
        ),
        ActionEntry(
            "path_open",
            PATH,
            "&Open a path…",
            files.ask_for_file,
            tip="camera_path.json of this program or nerfstudio, a path of instant-ngp, or a video "
            "that this program recorded",
            is_enabled=scene.is_open,
        ),
        ActionEntry(
            "path_open_poses",
            PATH,
            "&Import a pose folder…",
            files.ask_for_folder,
            tip="A folder of pose files, one a key",
            is_enabled=scene.is_open,
        ),
        ActionEntry(
            "path_save",
            PATH,
            "&Save the path",
            files.save,
            ("Ctrl+Alt+S",),
            "Save the path to its file, which nerfstudio reads too",
            is_enabled=all_of(scene.is_open, has_keyframes),
        ),
        ActionEntry(
            "path_save_as",
            PATH,
            "Save the path &as…",
            files.save_as,
            tip="Save the path to another file",
            is_enabled=all_of(scene.is_open, has_keyframes),
        ),
        ActionEntry(
            "path_export",
            PATH,
            "&Export a pose folder…",
            files.ask_where_to_export,
            tip="Every frame's pose as a text file, as the authors' code reads them",
            is_enabled=all_of(scene.is_open, has_keyframes),
        ),
        ActionEntry(
            "record",
            PATH,
            "Record a &video…",
            paths.recording.ask,
            ("Ctrl+R",),
            "Render every frame of the path into a video",
            is_enabled=all_of(scene.is_open, has_keyframes),
            starts_group=True,
        ),
    )
