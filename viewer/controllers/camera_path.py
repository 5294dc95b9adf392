"""Edits the camera path from the picture: keyframes of the present view, captured moves."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from dvox_core.camera_paths.path import CameraPath
from dvox_core.model.scene import Scene
from viewer.controllers.closing import Loss
from viewer.controllers.context import ControllerContext
from viewer.controllers.path_files import PathFiles
from viewer.controllers.path_generators import PathGenerators
from viewer.workers.paths.path_tools import PathTools


class CameraPathController(QObject):
    """Adds and changes keyframes, and goes to them.

    Attributes:
        generators: makes paths by rule.
    """

    def __init__(
        self, context: ControllerContext, tools: PathTools, show_timeline: Callable[[], object]
    ) -> None:
        super().__init__(context.parent)
        self._state, self._notifications = context.state, context.notifications
        self._tools, self._show_timeline, self._keys = tools, show_timeline, context.keys
        self.generators = PathGenerators(context, tools.editor, self._replace_path)
        context.state.scene_changed.connect(self._on_scene)
        tools.player.failed.connect(context.notifications.show_error)

    @property
    def has_keyframes(self) -> bool:
        """Whether the path has any."""
        return bool(self._tools.editor.path.keyframes)

    @property
    def can_play(self) -> bool:
        """Whether the path leads anywhere: it has two keyframes or more."""
        return self._tools.editor.path.seconds > 0

    @property
    def selected_count(self) -> int:
        """How many keyframes are selected."""
        return len(self._tools.editor.selected)

    @property
    def is_capturing(self) -> bool:
        """Whether the moves of the scene are being captured."""
        return self._tools.capture.capturing

    @property
    def _end_of_capture(self) -> str:
        return self._keys.text_of("path_capture") or "the button Capture"

    def add_keyframe(self) -> None:
        """Add the present view to the path, and show the timeline."""
        camera = self._state.camera
        if camera is not None:
            self._tools.player.pause()
            self._tools.editor.add_key(camera)
            self._show_timeline()

    def retake(self) -> None:
        """Give the selected keyframe the present view."""
        camera, selected = self._state.camera, self._tools.editor.selected
        if camera is not None and len(selected) == 1:
            self._tools.editor.retake(selected[0], camera)

    def jump_to(self, index: int) -> None:
        """Look from a keyframe, and select it."""
        self._tools.editor.select((index,))
        self._tools.player.seek(self._tools.editor.path.times[index])

    def jump_to_selected(self) -> None:
        """Look from the selected keyframe."""
        if self._tools.editor.selected:
            self.jump_to(self._tools.editor.selected[0])

    def toggle_capture(self) -> None:
        """Capture how the user moves the scene, or end that and make the moves the path."""
        capture = self._tools.capture
        if not capture.capturing:
            self._show_timeline()
            self._tools.player.pause()
            capture.begin()
            self._notifications.show_info(
                f"Capturing your moves: turn the scene; {self._end_of_capture} ends it",
                topic="path",
            )
            return
        times, cameras = capture.finish()
        if len(set(cameras)) < 2:
            self._notifications.show_info(
                "Nothing was captured: move the scene while capturing", topic="path"
            )
        else:
            self.generators.make_of_moves(times, cameras)

    def stop(self) -> None:
        """Stop playing, and end what is being computed."""
        self._tools.player.stop()
        self.generators.stop()

    def _replace_path(self, what: str, path: CameraPath) -> None:
        self._tools.editor.replace_keys(what, path)
        self._show_timeline()

    def _on_scene(self, scene: Scene | None) -> None:
        if scene is not None and self.has_keyframes:
            self._notifications.show_info(
                "The camera path is kept for this scene",
                "New path",
                self._tools.editor.begin_anew,
                topic="path",
            )


def unsaved_path(tools: PathTools, files: PathFiles) -> Loss | None:
    """The camera path, where it is not saved."""
    editor = tools.editor
    if not editor.needs_saving:
        return None
    name = f"“{editor.file.name}”" if editor.file else "The camera path"
    return Loss(
        f"{name} is not saved",
        f"It has {len(editor.path.keyframes)} keys and lasts {editor.path.seconds:g} s.",
        (editor.path,),
        save=files.save_and_then,
        needs_place=editor.file is None,
    )
