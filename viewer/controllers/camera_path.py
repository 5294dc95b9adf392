"""Lets the window's user make camera paths: joins editor, player, timeline, overlays and files."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer

from dvox_core.camera_paths.path import CameraPath
from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from viewer.controllers.path_files import PathFiles
from viewer.controllers.path_generators import PathGenerators
from viewer.controllers.recording import RecordingController
from viewer.controllers.undo import UndoController
from viewer.dialogs.paths import ClosingPathDialog
from viewer.needs import Needs
from viewer.panels.recordings import RecordingsPanel
from viewer.panels.timeline.panel import TimelinePanel
from viewer.state.camera_recorder import CameraRecorder
from viewer.state.path_editor import PathEditor
from viewer.viewport.overlays.camera_path import PathOverlay
from viewer.viewport.overlays.orbit_sphere import OrbitSphere
from viewer.viewport.path_picking import PathPicking
from viewer.workers.paths.key_thumbnails import KeyThumbnails
from viewer.workers.paths.path_player import PathPlayer
from viewer.workers.paths.path_tools import PathTools
from viewer.workers.paths.recording_queue import RecordingQueue

if TYPE_CHECKING:
    from viewer.window.docks import Docks
    from viewer.window.main_window import MainWindow
    from viewer.window.menus import Menus

WISH_MS = 400
"""So long the path must have stood still before its views are rendered ahead."""

MAX_PREFETCHED_VIEWS = 120
"""Views along the path that are rendered ahead."""


class CameraPathController(QObject):
    """Everything about camera paths that belongs to the window.

    Attributes:
        tools: what panels work with.
        makers: makes paths by rule.
        files: opens and saves them.
        recording: makes videos of them.
        overlay, sphere: the path over the picture, and on the orbit sphere.
        undoing: undo of path and scene.
    """

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        state, viewport = window.state, window.viewport
        editor = PathEditor(self)
        player = PathPlayer(state, editor, self)
        pictures = KeyThumbnails(state, editor, viewport.kept_frame, self)
        recordings = RecordingQueue(window.session.create_renderer, window.session.device, self)
        self.tools = PathTools(editor, player, pictures, CameraRecorder(state, self), recordings)
        self.undoing = UndoController([editor.undo_stack, window.edits.undo_stack], self)
        self.overlay = PathOverlay(editor, player)
        self.sphere = OrbitSphere(
            state, viewport.navigator, editor, player.curve_if_ready, self.jump_to
        )
        for overlay in (self.overlay, self.sphere):
            viewport.add_overlay(overlay)
        self.picking = PathPicking(viewport, self.overlay, player, self._take_key)
        self.makers = PathGenerators(window, self._take_made)
        self.files = PathFiles(window)
        self.recording = RecordingController(window, recordings)
        self.closing_dialog: ClosingPathDialog | None = None
        self._may_close = False
        self._timeline_shown = False
        self._menus: Menus | None = None
        self._docks: Docks | None = None
        self._wish = QTimer(self, singleShot=True, interval=WISH_MS)
        self._wish.timeout.connect(self._ask_for_views)
        editor.path_changed.connect(self._follow)
        state.frame_changed.connect(pictures.add)
        window.session.prefetched.connect(pictures.add_prefetched)
        state.scene_changed.connect(self._say_that_path_stays)
        window.edits.interventions_changed.connect(lambda _: pictures.forget())
        state.scene_refreshed.connect(lambda _: pictures.forget())
        player.curve_ready.connect(self.sphere.follow_path)
        player.failed.connect(window.notifications.show_error)
        self.sphere.set_wanted(window.settings.orbit_sphere)

    def connect_window(self, docks: "Docks", menus: "Menus") -> None:
        """Do what the timeline asks for, and keep the menus up to date."""
        self._docks, self._menus = docks, menus
        editor, tools = self.tools.editor, self.tools
        for changed in (
            editor.path_changed,
            editor.selection_changed,
            tools.player.playing_changed,
            tools.capture.capturing_changed,
            self.undoing.changed,
        ):
            changed.connect(self._refresh_menus)
        for panel in docks.panels.values():
            if isinstance(panel, TimelinePanel | RecordingsPanel):
                panel.action_requested.connect(lambda name: menus.actions[name].trigger())
            if isinstance(panel, TimelinePanel):
                panel.shown_changed.connect(self._show_with_timeline)
                panel.offer(menus.actions)

    @property
    def needs(self) -> Needs:
        """What is there for actions to work on."""
        editor, present = self.tools.editor, Needs.NOTHING
        if editor.path.keyframes:
            present |= Needs.KEYS
        if editor.path.seconds > 0:
            present |= Needs.PATH
        if editor.selected:
            present |= Needs.SELECTED_KEYS
            present |= Needs.KEY if len(editor.selected) == 1 else Needs.NOTHING
        present |= Needs.UNDO if self.undoing.can_undo else Needs.NOTHING
        present |= Needs.REDO if self.undoing.can_redo else Needs.NOTHING
        return present

    # What the user can do

    def add_key(self) -> None:
        """Add the present view to the path, and show the timeline."""
        camera = self._window.state.camera
        if camera is not None:
            self.tools.player.pause()
            self.tools.editor.add_key(camera)
            self._show_timeline()

    def retake(self) -> None:
        """Give the selected key the present view."""
        camera, selected = self._window.state.camera, self.tools.editor.selected
        if camera is not None and len(selected) == 1:
            self.tools.editor.retake(selected[0], camera)

    def jump_to(self, index: int) -> None:
        """Look from a key, and select it."""
        self.tools.editor.select((index,))
        self.tools.player.seek(self.tools.editor.path.times[index])

    def jump_to_selected(self) -> None:
        """Look from the selected key."""
        if self.tools.editor.selected:
            self.jump_to(self.tools.editor.selected[0])

    def toggle_capture(self) -> None:
        """Take down how the hand moves the scene, or end that and make it the path."""
        capture = self.tools.capture
        if not capture.capturing:
            self._show_timeline()
            self.tools.player.pause()
            capture.begin()
            self._window.notifications.show_info(
                "Capturing your moves: turn the scene; Shift+K ends it", topic="path"
            )
            return
        times, cameras = capture.finish()
        if len(set(cameras)) < 2:
            self._window.notifications.show_info(
                "Nothing was captured: move the scene while capturing", topic="path"
            )
        else:
            self.makers.take_motion(times, cameras)

    def set_sphere(self, wanted: bool) -> None:
        """Show the orbit sphere, or not."""
        self.sphere.set_wanted(wanted)
        self._window.settings.orbit_sphere = wanted

    def may_close(self) -> bool:
        """Whether the window may close now; otherwise its user is asked, and it closes later."""
        editor = self.tools.editor
        if self._may_close:
            return True
        unfinished = self.tools.recordings.unfinished
        if unfinished and self.closing_dialog is None:
            self._ask(self.recording.closing_dialog(unfinished))
        if not unfinished and editor.needs_saving and self.closing_dialog is None:
            name = f"“{editor.file.name}”" if editor.file else "The camera path"
            dialog = ClosingPathDialog(
                self._window,
                f"{name} is not saved",
                f"It has {len(editor.path.keyframes)} keys and lasts {editor.path.seconds:g} s.",
                "Close without saving",
                "Save…" if editor.file is None else "Save",
            )
            dialog.saved.connect(lambda: self.files.save_and_then(self._close))
            self._ask(dialog)
        return self.closing_dialog is None

    def let_close(self) -> None:
        """Let the window close without a question: the user has answered."""
        self._may_close = True

    def stop(self) -> None:
        """End every timer and thread."""
        self.undoing.stop()
        self._wish.stop()
        self.tools.player.stop()
        self.makers.stop()
        self.recording.stop()
        self.files.stop()

    # What follows

    def _refresh_menus(self, *_: object) -> None:
        if self._menus is not None:
            self._menus.refresh()
            for name, text in (("undo", self.undoing.undo_text), ("redo", self.undoing.redo_text)):
                what = f" “{text}”" if text else ""
                self._menus.actions[name].setText(f"&{name.capitalize()}{what}")

    def _close(self) -> None:
        self.let_close()
        self._window.close()

    def _ask(self, dialog: ClosingPathDialog) -> None:
        self.closing_dialog = dialog
        dialog.dropped.connect(self._close)
        dialog.finished.connect(self._forget_closing)
        dialog.open()

    def _forget_closing(self) -> None:
        self.closing_dialog = None

    def _show_timeline(self) -> None:
        if self._docks is not None and not self._window.isFullScreen():
            self._docks.show_panel("timeline")

    def _take_made(self, what: str, path: CameraPath) -> None:
        self.tools.editor.replace_keys(what, path)
        self._show_timeline()

    def _take_key(self, index: int, jumps: bool) -> None:
        if jumps:
            self.jump_to(index)
        else:
            self.tools.editor.select((index,))

    def _show_with_timeline(self, shown: bool) -> None:
        self._timeline_shown = shown
        self.overlay.set_wanted(shown)
        self._follow()
        self._refresh_menus()

    def _say_that_path_stays(self, scene: Scene | None) -> None:
        if scene is not None and self.tools.editor.path.keyframes:
            self._window.notifications.show_info(
                "The camera path is kept for this scene",
                "New path",
                self.tools.editor.begin_anew,
                topic="path",
            )

    def _follow(self, *_: object) -> None:
        self._wish.start()

    def _ask_for_views(self) -> None:
        """Have the path's views rendered while nothing else is to be done: its keys first."""
        viewport, editor = self._window.viewport, self.tools.editor
        self.tools.pictures.look_again()
        curve = self.tools.player.curve_if_ready() if self._timeline_shown else None
        if curve is None or self._window.state.scene is None:
            if not self._timeline_shown:
                viewport.set_wanted_views(())
            return
        cameras: list[Camera] = [key.camera for key in editor.path.keyframes]
        times = editor.path.frame_seconds()
        step = max(1, -(-len(times) // MAX_PREFETCHED_VIEWS))
        cameras += [view.camera for view in curve.views_at(np.array(times[::step]))]
        viewport.set_wanted_views(cameras)
