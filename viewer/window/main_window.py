"""The main window: assembled from the lists of panels and actions."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
)
from PySide6.QtWidgets import QDialog, QMainWindow, QStackedWidget

from dvox_core.model.scene import Scene
from viewer.actions.view import ACTIONS
from viewer.controllers.camera_path import CameraPathController
from viewer.controllers.clipboard import PictureCommands
from viewer.controllers.comparison import ComparisonController
from viewer.controllers.dropped_files import recognise_drop
from viewer.controllers.scene_files import SceneFiles
from viewer.controllers.training import TrainingController
from viewer.controllers.training_wizard import WizardLauncher
from viewer.dialogs.about import AboutDialog
from viewer.dialogs.preferences import PreferencesDialog
from viewer.dialogs.shortcuts import ShortcutsDialog
from viewer.log import log_folder
from viewer.panels.panel import PanelContext
from viewer.panels.registry import PANELS
from viewer.panels.scene.panel import ScenePanel
from viewer.panels.training.panel import TrainingPanel
from viewer.settings import Settings
from viewer.state.capture_views import stepped_view, view_label
from viewer.state.rectangle_request import RectangleRequest
from viewer.state.scene_edits import SceneEdits
from viewer.state.selection import Selection
from viewer.state.training_state import TrainingState
from viewer.state.viewer_state import ViewerState
from viewer.text.scenes import scene_title
from viewer.theme import ThemeChoice, ThemeManager
from viewer.viewport.overlays.pins import PinsOverlay
from viewer.viewport.overlays.rectangle_tool import RectangleTool
from viewer.viewport.pixel_picking import PixelPicking
from viewer.viewport.viewport import Viewport
from viewer.welcome.welcome_page import WelcomePage
from viewer.widgets.drop_frame import DropFrame, local_files
from viewer.widgets.notifications import Notifications
from viewer.widgets.status_dot import Mood
from viewer.window.docks import Docks
from viewer.window.full_screen import FullScreen
from viewer.window.menus import Menus, add_titles
from viewer.window.opening_card import OpeningCard
from viewer.window.status_bar import StatusBar
from viewer.workers.background.operation import Operation, run_in_background
from viewer.workers.background.torch_import import count_threads
from viewer.workers.rendering.scene_session import SceneSession
from viewer.workers.runs.run_link import RunLink

PROGRAM = "DeepVoxels"
FIRST_SIZE = QSize(1440, 900)
FRAME_SIZE = QSize(0, 40)  # what a window manager adds to a window, at most
SMALLEST_SIZE = QSize(760, 520)
SCENE_HINT = "Left drag orbits · wheel zooms · double-click sets the pivot · ? shortcuts"
WELCOME_HINT = "Ctrl+O opens a scene · ? shortcuts"
OPENING_HINT = "Esc cancels"


class MainWindow(QMainWindow):
    """WelcomePage page or viewport in the middle, panels at the right, menus and status bar."""

    closed = Signal()

    def __init__(
        self,
        state: ViewerState,
        session: SceneSession,
        themes: ThemeManager,
        settings: Settings,
        sample: Path | None = None,
    ) -> None:
        super().__init__()
        self.state = state
        self.session = session
        self.themes = themes
        self.settings = settings
        self.selection = Selection(self)
        self.edits = SceneEdits(state, self)
        session.follow(self.edits)
        self.marking = RectangleRequest(state, self)
        self._sample = sample
        self._torch_is_loading = True
        self._counting: Operation | None = None
        self._full_screen = FullScreen(self)
        self.setWindowTitle(PROGRAM)
        self.setMinimumSize(SMALLEST_SIZE)
        self.setAcceptDrops(True)
        self._assemble()
        self._connect()
        self._restore_session()
        self._show_scene(state.scene)

    def _assemble(self) -> None:
        self.stack = QStackedWidget()
        self.setCentralWidget(self.stack)
        details = "comes with the program" if self._sample else ""
        self.welcome = WelcomePage(self.themes, self.settings, sample_details=details)
        self.viewport = Viewport(self.state, self.session, self.themes, self.stack)
        self.pointing = PixelPicking(self.viewport, self.state, self.selection)
        self.viewport.add_overlay(PinsOverlay(self.selection))
        self.viewport.add_overlay(RectangleTool(self.marking))
        self.stack.addWidget(self.welcome)
        self.stack.addWidget(self.viewport)
        self.notifications = Notifications(self.themes, self.stack)
        self.opening_card = OpeningCard(self.stack)
        self.drop_frame = DropFrame(self.themes, self)
        self.status = StatusBar(self.themes)
        self.setStatusBar(self.status)
        self.pictures = PictureCommands(
            self, self.state, self.viewport, self.settings, self.notifications
        )
        self.files = SceneFiles(self, self.state, self.session, self.settings, self.notifications)
        self.comparing = ComparisonController(
            self, self.state, self.viewport, self.settings, self.notifications
        )
        self.paths = CameraPathController(self)
        say, warn = self.notifications.show_info, self.notifications.show_error
        self.training_link = RunLink(TrainingState(self), self)
        context = PanelContext(
            self.state,
            self.selection,
            self.edits,
            self.marking,
            self.themes,
            say,
            warn,
            self.pictures.ask_where_to_save,
            self.training_link,
            self.comparing.comparison,
            self.paths.tools,
        )
        self.docks = Docks(self, PANELS, context)
        self.comparing.connect_docks(self.docks)
        self.training = TrainingController(self, self.training_link)
        self.new_training = WizardLauncher(self, self.themes, self.settings, self.training.start)
        self.menus = Menus(self, ACTIONS)
        self.paths.connect_window(self.docks, self.menus)
        self.title_label = add_titles(self.menuBar(), PROGRAM)

    def _connect(self) -> None:
        session, state = self.session, self.state
        session.opening_started.connect(self._begin_opening)
        session.opening_progress.connect(self.opening_card.show_progress)
        session.opened.connect(self._end_opening)
        session.opened.connect(lambda _: self._say_renderer_note())
        session.open_failed.connect(self._end_opening)
        session.opening_cancelled.connect(self._end_opening)
        session.intrinsics_missing.connect(self._end_opening)
        session.render_failed.connect(self.notifications.show_error)
        session.notice.connect(self.notifications.show_info)
        session.busy_changed.connect(lambda _: self._show_status())
        session.torch_ready.connect(self._torch_is_there)
        session.torch_ready.connect(self.new_training.warm_up)
        session.torch_failed.connect(self._torch_is_missing)
        self.opening_card.cancelled.connect(session.cancel_opening)
        self.viewport.hud_visible_changed.connect(self._keep_hud)
        state.scene_changed.connect(self._show_scene)
        state.display_mode_changed.connect(lambda _: self.menus.refresh())
        state.frame_changed.connect(lambda _: self._on_frame())
        state.renderer_changed.connect(self.status.show_renderer)
        session.upgrading.connect(lambda _, text: self.status.show_upgrading(text))
        session.upgrading_ended.connect(lambda: self.status.show_upgrading(""))
        self.training.changed.connect(self.menus.refresh)
        self.training.changed.connect(self.share_processor)
        self.files.run_named.connect(self.training.attach)
        self.files.path_dropped.connect(self.paths.files.open)
        self.files.source_dropped.connect(self.new_training.show)
        self.files.recents_changed.connect(self._show_recents)
        self.welcome.open_requested.connect(self.ask_for_scene)
        self.welcome.train_requested.connect(lambda: self.new_training.show())
        self.welcome.scene_requested.connect(self.open_scene)
        self.welcome.removal_requested.connect(self.files.forget)
        self.welcome.sample_requested.connect(self._open_sample)
        for panel in self.docks.panels.values():
            if isinstance(panel, ScenePanel):
                panel.copy_requested.connect(self.pictures.copy_pose)
                panel.paste_requested.connect(self.pictures.paste_pose)
            if isinstance(panel, TrainingPanel):
                self.training.connect_panel(panel, self.menus.actions)
        self._show_recents()
        self.status.show_renderer(state.renderer)

    # Scenes

    def open_scene(self, path: Path, intrinsics: Path | None = None) -> None:
        """Open a scene's file in place of the open scene."""
        self.files.open(path, intrinsics)

    def ask_for_scene(self) -> None:
        """Let the user choose a scene's file."""
        self.files.ask()

    def close_scene(self) -> None:
        """Close the scene and show the welcome page."""
        self.session.close_scene()
        self._end_opening()

    def clear_recents(self) -> None:
        """Forget the recent scenes."""
        self.files.forget_all()

    def step_view(self, step: int) -> None:
        """Look from the next or the previous view of the capture."""
        scene, camera = self.state.scene, self.state.camera
        view = stepped_view(camera, scene.cameras, step) if scene and camera is not None else None
        if view:
            self.state.set_camera(view.camera)
            self.notifications.show_info(f"View {view_label(view)}", topic="view")

    def pin_pixel(self) -> None:
        """Pin the pixel under the mouse, or the middle one, and show its ray."""
        pixel = self.selection.hovered
        self.docks.show_panel("ray")
        self.pointing.pin(pixel)

    def _open_sample(self) -> None:
        if self._sample:
            self.open_scene(self._sample)

    def _begin_opening(self, path: Path) -> None:
        self.opening_card.begin(path)
        self._show_status()

    def _end_opening(self, *_: object) -> None:
        self.opening_card.end()
        self._show_status()

    def _show_scene(self, scene: Scene | None) -> None:
        title = scene_title(scene) if scene else ""
        self.setWindowTitle(f"{title} — {PROGRAM}" if scene else PROGRAM)
        self.title_label.setText(title)
        self.menuBar().adjustSize()
        self.stack.setCurrentWidget(self.viewport if scene else self.welcome)
        self.training.known.set_wanted(scene is None)
        if scene and not self.isFullScreen():
            self.docks.unstow()
        elif not scene:
            self.docks.stow()
            self.welcome.open_card.setFocus()
        if scene:
            self.viewport.setFocus()
        self.menus.refresh()
        self._show_status()

    def share_processor(self) -> None:
        """Leave the processor to training and recording but for the views that are looked at."""
        trains = self.training.is_alive and not self.training.is_paused
        records = self.paths.tools.recordings.running is not None
        self.viewport.set_prefetch_enabled(not (trains or records))

    def _show_recents(self) -> None:
        recents = self.settings.recents
        self.welcome.show_recents(recents)
        self.menus.show_recents([scene for scene in recents if scene.path.exists()])

    # The look

    @property
    def hud_visible(self) -> bool:
        """Whether figures are shown over the picture."""
        return self.viewport.hud_visible

    def set_hud(self, visible: bool) -> None:
        """Show or hide the figures over the picture."""
        self.viewport.set_hud_visible(visible)

    def _keep_hud(self, visible: bool) -> None:
        self.settings.hud = visible
        self.menus.refresh()

    def set_theme(self, choice: str) -> None:
        """Show the "system", "light" or "dark" theme."""
        self.settings.theme = choice
        self.themes.set_choice(ThemeChoice(choice))
        self.menus.refresh()

    def set_reproject(self, wanted: bool) -> None:
        """Warp true frames to the present view while the network works, or wait for it."""
        self.settings.reproject = wanted
        self.viewport.set_reprojects(wanted)
        self.menus.refresh()

    def set_motion(self, wanted: bool) -> None:
        """Let things move, or change at once."""
        self.settings.motion = wanted
        self.themes.set_motion(wanted)

    def set_full_screen(self, wanted: bool) -> None:
        """Show nothing but the picture, or everything again."""
        if wanted == self.isFullScreen():
            return
        if wanted:
            self.docks.stow()
        self._full_screen.set(wanted)
        if wanted:
            self.notifications.show_info("F11 or Esc leaves full screen")
        elif self.state.scene:
            self.docks.unstow()
        self.menus.refresh()

    def reset_layout(self) -> None:
        """Put all panels back to where they were at first."""
        self.docks.reset()

    # Dialogs

    def show_preferences(self) -> QDialog:
        """Show the preferences."""
        dialog = PreferencesDialog(self, self.settings)
        dialog.theme_chosen.connect(self.set_theme)
        dialog.hud_chosen.connect(self.set_hud)
        dialog.reproject_chosen.connect(self.set_reproject)
        dialog.motion_chosen.connect(self.set_motion)
        dialog.open()
        return dialog

    def show_shortcuts(self) -> QDialog:
        """Show all keys and mouse gestures."""
        dialog = ShortcutsDialog(self, self.menus.shortcut_groups())
        dialog.open()
        return dialog

    def show_about(self) -> QDialog:
        """Show version, licence and citation."""
        dialog = AboutDialog(self, self.viewport.backend_name)
        dialog.open()
        return dialog

    def show_log(self) -> None:
        """Open the log's folder in the system's file manager."""
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_folder()))):
            self.notifications.show_info(f"The log is in {log_folder()}")

    def show_fault(self, line: str) -> None:
        """Show a line about a failure inside the program."""
        self.notifications.show_error(line)

    # State

    def _on_frame(self) -> None:
        if not self.menus.actions["save_picture"].isEnabled() or self.state.frame is None:
            self.menus.refresh()

    def _say_renderer_note(self) -> None:
        """Say why the renderer is not what was asked for, if it is not."""
        note = self.state.renderer.note if self.state.renderer else ""
        if note:
            self.notifications.show_info(note[0].upper() + note[1:])

    def _torch_is_there(self) -> None:
        self._torch_is_loading = False
        self._show_status()
        self._counting = run_in_background(
            count_threads, "Counting threads", on_done=self.status.show_threads
        )

    def _torch_is_missing(self, line: str) -> None:
        self._torch_is_loading = False
        self._show_status()
        self.notifications.show_error(line)

    def _show_status(self) -> None:
        opening = self.session.opening
        if opening:
            text, mood, hint = f"Opening {opening.name}…", Mood.WORKING, OPENING_HINT
        elif self.state.scene:
            busy = self.session.busy
            text, mood = ("Rendering…", Mood.BUSY) if busy else ("Ready", Mood.READY)
            hint = SCENE_HINT
        else:
            loading = self._torch_is_loading
            text = "Loading torch in the background…" if loading else "Ready"
            mood, hint = Mood.IDLE if loading else Mood.READY, WELCOME_HINT
        self.status.show_state(text, mood)
        self.status.show_hint(hint)

    # Session

    def _restore_session(self) -> None:
        self.themes.set_motion(self.settings.motion)
        self.viewport.set_hud_visible(self.settings.hud)
        self.viewport.set_reprojects(self.settings.reproject)
        room = self.screen().availableGeometry().size() - FRAME_SIZE
        self.resize(FIRST_SIZE.boundedTo(room))
        self.restoreGeometry(self.settings.window_geometry)
        self.docks.restore(self.settings.dock_layout)

    def _save_session(self) -> None:
        self.settings.window_geometry = self._full_screen.geometry
        self.settings.dock_layout = self.docks.layout
        self.settings.save()

    # Qt

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep the session and wait for the workers; ask first what becomes of a training."""
        if not (self.paths.may_close() and self.training.may_close()):
            event.ignore()
            return
        self._save_session()
        self.hide()  # at once; the workers may take a moment to end
        self.docks.stop()
        self.notifications.clear()
        self.status.stop()
        if self._counting:
            self._counting.stop()
        self.new_training.stop()
        self.training.stop()
        self.comparing.stop()
        self.paths.stop()
        self.session.stop()
        super().closeEvent(event)
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc cancels, leaves full screen, dismisses a message, or unpins, in this order."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.session.opening:
            self.session.cancel_opening()
        elif self.isFullScreen():
            self.set_full_screen(False)
        elif not self.notifications.dismiss_newest():
            self.selection.clear()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Say what dropping would do; only names are looked at yet."""
        paths = local_files(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.drop_frame.show_text(f"Drop to open {paths[0].name}")

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Forget it."""
        self.drop_frame.hide()
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open it, judged by its content."""
        self.drop_frame.hide()
        event.acceptProposedAction()
        self.files.take(recognise_drop(local_files(event.mimeData())))
