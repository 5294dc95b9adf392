"""The main window: builds everything that it shows and connects it."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget

from dvox_core.model.scene import Scene
from viewer.actions.action import ActionEntry
from viewer.actions.camera import PICTURE_MENU, camera_actions
from viewer.actions.camera_path import camera_path_actions
from viewer.actions.conditions import SceneConditions
from viewer.actions.edit import edit_actions
from viewer.actions.file import file_actions
from viewer.actions.help import help_actions
from viewer.actions.scene import scene_actions
from viewer.actions.training import training_actions
from viewer.actions.view import view_actions
from viewer.controllers.camera_history import CameraHistory
from viewer.controllers.capture_views import CaptureViewController
from viewer.controllers.clip_box import ClipBoxController
from viewer.controllers.clipboard import PictureCommands
from viewer.controllers.closing import LossCheck
from viewer.controllers.comparison import ComparisonController
from viewer.controllers.context import ControllerContext
from viewer.controllers.dropped_files import recognise_drop
from viewer.controllers.full_screen import FullScreen
from viewer.controllers.help import HelpController
from viewer.controllers.known_runs import KnownRunsController
from viewer.controllers.later_imports import LaterImports
from viewer.controllers.live_scene import LiveScene
from viewer.controllers.navigation import NavigationController
from viewer.controllers.outputs import OutputControllers
from viewer.controllers.path_controllers import PathControllers
from viewer.controllers.pins import PinController
from viewer.controllers.remote import RemoteController
from viewer.controllers.replaced_scene import ReplacedScene
from viewer.controllers.saved_views import SavedViews
from viewer.controllers.scene_files import SceneFiles
from viewer.controllers.tables import TableController
from viewer.controllers.training import TrainingController, running_training_question
from viewer.controllers.training_wizard import WizardLauncher
from viewer.controllers.view_options import ViewOptions
from viewer.controllers.view_restoring import ViewRestoring
from viewer.panels.compare.panel import ComparePanel
from viewer.panels.panel import PanelContext
from viewer.panels.recordings import RecordingsPanel
from viewer.panels.registry import PANELS
from viewer.panels.scene.panel import ScenePanel
from viewer.panels.timeline.panel import TimelinePanel
from viewer.panels.training.panel import TrainingPanel
from viewer.panels.voxels.panel import VoxelsPanel
from viewer.plots.library import plot_library
from viewer.recent_files import RecentFiles
from viewer.settings import Settings
from viewer.state.rectangle_request import RectangleRequest
from viewer.state.scene_edits import SceneEdits
from viewer.state.selection import Selection
from viewer.state.shortcut_keys import ShortcutKeys
from viewer.state.training_state import TrainingState
from viewer.state.viewer_state import ViewerState
from viewer.text.edits import changes_text
from viewer.text.scenes import scene_title
from viewer.theme import ThemeManager
from viewer.viewport.overlays.edited_badge import EditedBadge
from viewer.viewport.overlays.pins import PinsOverlay
from viewer.viewport.overlays.pivot_mark import PivotMark
from viewer.viewport.overlays.rectangle_tool import RectangleTool
from viewer.viewport.pixel_picking import PixelPicking
from viewer.viewport.viewport import Viewport
from viewer.welcome.run_cards import RunCards
from viewer.welcome.welcome_page import WelcomePage
from viewer.widgets.focus_order import tab_through
from viewer.widgets.notifications import Notifications
from viewer.window.docks import Docks
from viewer.window.drop_target import DropTarget
from viewer.window.menus import Menus, add_titles
from viewer.window.opening_card import OpeningCard
from viewer.window.recording_indicator import RecordingIndicator
from viewer.window.remote_indicator import RemoteIndicator
from viewer.window.status_bar import StatusBar
from viewer.window.status_text import StatusText
from viewer.window.training_indicator import TrainingIndicator
from viewer.workers.comparison.comparison import Comparison
from viewer.workers.comparison.ground_truth import GroundTruth
from viewer.workers.comparison.second_scene import SecondScene
from viewer.workers.paths.path_tools import create_path_tools
from viewer.workers.remote.remote_links import RemoteLinks
from viewer.workers.rendering.scene_session import SceneSession
from viewer.workers.runs.run_link import RunLink

PROGRAM = "dvox"
FIRST_SIZE = QSize(1440, 900)
FRAME_SIZE = QSize(0, 40)  # what a window manager adds to a window, at most
SMALLEST_SIZE = QSize(760, 520)


class MainWindow(QMainWindow):
    """Welcome page or viewport in the middle, panels around it, menus and status bar."""

    closed = Signal()

    def __init__(
        self,
        state: ViewerState,
        session: SceneSession,
        themes: ThemeManager,
        settings: Settings,
        recent_files: RecentFiles,
        sample: Path | None = None,
    ) -> None:
        super().__init__()
        self.state, self.session, self.themes = state, session, themes
        self.settings, self.recent_files = settings, recent_files
        self.keys = ShortcutKeys(settings)
        self._sample = sample
        self.setWindowTitle(PROGRAM)
        self.setMinimumSize(SMALLEST_SIZE)
        self._build_center()
        self._build_tools()
        self._build_docks()
        self._build_controllers()
        self._build_menus()
        self._connect_welcome_page()
        self._connect_panels()
        self._connect()
        self._restore_session()
        self._show_scene(state.scene)

    # Assembly, each part of those before it

    def _build_center(self) -> None:
        self.stack = QStackedWidget()
        self.setCentralWidget(self.stack)
        details = "comes with the program" if self._sample else ""
        self.welcome = WelcomePage(self.themes, self.recent_files, self.keys, details)
        self.run_cards = RunCards(self.themes)
        self.welcome.add_above_recents(self.run_cards)
        self.viewport = Viewport(self.state, self.session, self.themes, self.stack)
        self.viewport.follow_keys(self.keys)
        self.stack.addWidget(self.welcome)
        self.stack.addWidget(self.viewport)
        self.notifications = Notifications(self.themes, self.stack)
        self.opening_card = OpeningCard(self.stack, self.state, self.session)
        self.status = StatusBar(self.themes)
        self.status_text = StatusText(self.status, self.state, self.session, self.keys)
        self.setStatusBar(self.status)

    def _build_tools(self) -> None:
        """What panels and controllers work with."""
        state = self.state
        self.selection = Selection(self)
        self.edits = SceneEdits(state, self)
        self.session.follow(self.edits)
        self.session.trust.set_capture_source(self.recent_files.capture_for)
        self.marking = RectangleRequest(state, self)
        self.pixel_picking = PixelPicking(self.viewport, state, self.selection)
        self.viewport.add_overlay(PinsOverlay(self.selection))
        self.viewport.add_overlay(RectangleTool(self.marking))
        self.viewport.add_overlay(EditedBadge(self.edits))
        self.viewport.add_overlay(PivotMark(state, self.viewport.navigator))
        self.viewport.picture_shown.connect(lambda _: plot_library().load())
        self.path_tools = create_path_tools(state, self.session, self.viewport.kept_frame, self)
        self.comparison = Comparison(
            state, GroundTruth(self.recent_files, self), SecondScene(self), self
        )
        self.training_link = RunLink(TrainingState(self), self)
        self.training_indicator = TrainingIndicator(self.themes, self.training_link.state)
        self.recording_indicator = RecordingIndicator(self.themes, self.path_tools.recordings)
        self.remote_links = RemoteLinks(self)
        self.remote_indicator = RemoteIndicator(self.themes, state, self.remote_links)
        for indicator in (self.training_indicator, self.recording_indicator, self.remote_indicator):
            self.status.add_indicator(indicator)

    def _build_docks(self) -> None:
        self.context = ControllerContext(
            self, self.state, self.session, self.settings, self.notifications, self.keys
        )
        self.pictures = PictureCommands(self.context, self.viewport)
        shown = (self.state, self.selection, self.edits, self.marking, self.themes)
        notices = (self.notifications.show_info, self.notifications.show_error)
        work = (self.training_link, self.comparison, self.path_tools)
        session = (self.session.trust, self.session.create_renderer)
        ask = self.pictures.ask_where_to_save
        parts = (*shown, *notices, ask, *work, *session, self.keys)
        panel_context = PanelContext(*parts)
        self.docks = Docks(
            self, PANELS, panel_context, lambda title: self.outputs.pictures.ask(title)
        )

    def _build_controllers(self) -> None:
        context, viewport, show_panel = self.context, self.viewport, self.docks.show_panel
        link, recent_files = self.training_link, self.recent_files
        self.navigation = NavigationController(context, viewport.navigator, self.selection)
        self.options = ViewOptions(context, viewport, self.themes, self.navigation)
        self.full_screen = FullScreen(self, self.state, self.docks, self.notifications)
        picked = (self.selection.undo_stack, self.docks.panel(VoxelsPanel).marker.undo_stack)
        self.paths = PathControllers(
            context, self.path_tools, viewport, self.edits, show_panel, picked
        )
        loss_check = LossCheck(self, (self.paths.edit_files.find_loss,))
        self.files = SceneFiles(context, recent_files, loss_check)
        self.restoring = ViewRestoring(context, self.files, self.edits, self.selection)
        self.replaced_scene = ReplacedScene(context, loss_check)
        self.comparison_controller = ComparisonController(
            context, self.comparison, viewport, self.docks.panel(ComparePanel), show_panel
        )
        self.clip_box = ClipBoxController(context, self.edits, viewport)
        self.history = CameraHistory(context, viewport.navigator)
        self.saved_views = SavedViews(context, viewport, self.path_tools.editor, show_panel)
        self.views = CaptureViewController(context, self.comparison)
        self.pins = PinController(self.selection, self.pixel_picking, show_panel)
        self.outputs = OutputControllers(
            context, viewport, self.themes, self.path_tools, self.edits, self.docks.parts_in_view
        )
        self.live_scene = LiveScene(context, link, show_panel, self.files.open_scene)
        self.training = TrainingController(context, link, recent_files, self.live_scene)
        self.remote = RemoteController(
            context, self.remote_links, link, self.files.open, self.training.attach
        )
        self.known_runs = KnownRunsController(
            context, link, recent_files, self.run_cards, self.training.attach
        )
        self.later_imports = LaterImports(self)
        self.wizard_launcher = WizardLauncher(self, self.themes, self.settings, self.training.start)
        self.tables = TableController(context, self.themes, self.files)
        self.help = HelpController(context, viewport, lambda: self.menus)
        self.closing_questions = (
            self.paths.loss_question,
            running_training_question(context, link, recent_files),
        )

    def _build_menus(self) -> None:
        scene = SceneConditions(self.state)
        comparison, paths, docks = self.comparison_controller, self.paths, self.docks
        looks = (self.state, scene, self.options, comparison, paths.display, docks)
        entries: tuple[ActionEntry, ...] = (
            *file_actions(scene, self.files, self.remote, self.options, self.outputs, self.close),
            *edit_actions(scene, paths.undo, self.pictures, self.edits),
            *view_actions(*looks, self.full_screen, self.clip_box),
            *scene_actions(scene, self.viewport, self.views, self.pins),
            *camera_actions(scene, self.navigation, self.history, self.saved_views),
            *camera_path_actions(scene, paths, docks),
            *training_actions(self.training, self.live_scene, self.wizard_launcher, self.tables),
            *help_actions(self.help),
        )
        self.menus = Menus(self.menuBar(), entries, docks.toggle_actions, self.keys)
        self.title_label = add_titles(self.menuBar(), PROGRAM)
        self.viewport.menu_requested.connect(
            lambda at: self.menus.context_menu(PICTURE_MENU, self.viewport).popup(at)
        )

    def _connect_welcome_page(self) -> None:
        welcome, cards, training = self.welcome, self.run_cards, self.training
        welcome.scene_expected.connect(self.session.expect_scene)
        welcome.open_requested.connect(self.files.ask)
        welcome.train_requested.connect(lambda: self.wizard_launcher.show())
        welcome.scene_requested.connect(self.files.open)
        welcome.removal_requested.connect(self.files.forget)
        welcome.sample_requested.connect(self._open_sample)
        cards.watch_requested.connect(training.attach)
        cards.resume_requested.connect(training.start)
        self.files.recents_changed.connect(self._show_recents)
        self._show_recents()

    def _connect_panels(self) -> None:
        docks, menus, files = self.docks, self.menus, self.files
        scene, timeline = docks.panel(ScenePanel), docks.panel(TimelinePanel)
        training = docks.panel(TrainingPanel)
        scene.copy_requested.connect(self.pictures.copy_pose)
        scene.paste_requested.connect(self.pictures.paste_pose)
        self.saved_views.serve(scene.saved)
        docks.panel(ComparePanel).go_requested.connect(self.views.go_to_nearest)
        for panel in (timeline, docks.panel(RecordingsPanel), training):
            panel.action_requested.connect(menus.trigger)
        timeline.shown_changed.connect(self.paths.display.set_timeline_shown)
        timeline.shown_changed.connect(lambda _: menus.refresh())
        timeline.offer(menus.actions)
        training.offer(menus.actions)
        self.training_link.state.run_changed.connect(
            lambda run: docks.set_run_open(run is not None)
        )
        self.training_indicator.button.clicked.connect(lambda: docks.show_panel("training"))
        self.recording_indicator.button.clicked.connect(lambda: docks.show_panel("recordings"))
        self.drops = DropTarget(
            self, self.themes, lambda paths: files.open_dropped(recognise_drop(paths))
        )
        self.drops.files_dragged_in.connect(self.session.expect_scene)
        files.run_named.connect(self.training.attach)
        files.path_dropped.connect(self.paths.files.open)
        files.picture_dropped.connect(self.restoring.open_picture)
        files.source_dropped.connect(self.wizard_launcher.show)

    def _connect(self) -> None:
        session, state, notifications = self.session, self.state, self.notifications
        session.opened.connect(lambda _: self._show_renderer_note())
        session.render_failed.connect(notifications.show_error)
        session.notice.connect(notifications.show_info)
        for spare_moment in (session.libraries_read, session.torch_ready):
            spare_moment.connect(self.later_imports.begin)
        session.torch_failed.connect(notifications.show_error)
        state.scene_changed.connect(self._show_scene)
        self.edits.interventions_changed.connect(self._show_title)
        state.frame_changed.connect(lambda _: self._on_frame())
        state.display_mode_changed.connect(lambda _: self.menus.refresh())
        for changed in (
            self.options.changed,
            self.full_screen.changed,
            self.paths.changed,
            self.history.changed,
            self.saved_views.changed,
            self.training.changed,
        ):
            changed.connect(lambda *_: self.menus.refresh())
        self.remote_links.state_changed.connect(lambda _: self.viewport.refresh_figures())
        self.training.changed.connect(self._share_processor)
        self.path_tools.recordings.running_changed.connect(lambda _: self._share_processor())
        for question in self.closing_questions:
            question.agreed.connect(self.close)

    # What follows the state

    def _show_title(self, *_: object) -> None:
        scene = self.state.scene
        title = scene_title(scene) if scene else ""
        if scene and changes_text(self.edits.interventions):
            title += " (changed)"
        self.setWindowTitle(f"{title} — {PROGRAM}" if scene else PROGRAM)
        self.title_label.setText(title)
        self.menuBar().adjustSize()

    def _show_scene(self, scene: Scene | None) -> None:
        self._show_title()
        self.stack.setCurrentWidget(self.viewport if scene else self.welcome)
        self.stack.setFocusProxy(self.viewport if scene else self.welcome.open_card)
        if scene is None:
            self.docks.hide_all()
            self.welcome.open_card.setFocus()
        else:
            if not self.full_screen.is_on:
                self.docks.show_again()
            self.viewport.setFocus()
        self.menus.refresh()

    def _on_frame(self) -> None:
        if not self.menus.actions["save_picture"].isEnabled() or self.state.frame is None:
            self.menus.refresh()

    def _show_recents(self) -> None:
        scenes = self.recent_files.scenes
        self.welcome.show_recents(scenes)
        self.menus.show_recents([scene for scene in scenes if scene.path.exists()], self.files.open)

    def _show_renderer_note(self) -> None:
        """Say why the renderer is not what was asked for, if it is not."""
        note = self.state.renderer.note if self.state.renderer else ""
        if note:
            self.notifications.show_info(note[0].upper() + note[1:])

    def _share_processor(self) -> None:
        """Render no views in advance while training or recording needs the processor."""
        trains = self.training.is_alive and not self.training.is_paused
        records = self.path_tools.recordings.running is not None
        self.viewport.set_prefetch_enabled(not (trains or records))

    def _open_sample(self) -> None:
        if self._sample:
            self.files.open(self._sample)

    # Between sessions

    def _restore_session(self) -> None:
        self.options.restore()
        room = self.screen().availableGeometry().size() - FRAME_SIZE
        self.resize(FIRST_SIZE.boundedTo(room))
        self.restoreGeometry(self.settings.window_geometry)
        self.docks.restore(self.settings.dock_layout)

    def _save_session(self) -> None:
        self.settings.window_geometry = self.full_screen.geometry
        self.settings.dock_layout = self.docks.layout
        self.restoring.keep_left()
        self.settings.save()

    # Qt

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask what has to be asked first; then save the session and wait for the workers."""
        if not all(question.allows_closing() for question in self.closing_questions):
            event.ignore()
            return
        self._save_session()
        self.hide()  # at once; the workers may take a moment to end
        self.notifications.clear()
        for part in (
            self.remote,  # first: nobody waits for another machine any more
            self.remote_indicator,
            self.docks,
            self.status,
            self.status_text,
            self.later_imports,
            self.wizard_launcher,
            self.tables,
            self.replaced_scene,
            self.saved_views,
            self.outputs,
            self.live_scene,
            self.known_runs,
            self.training,
            self.comparison,
            self.paths,
            self.session,
        ):
            part.stop()
        super().closeEvent(event)
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc cancels, leaves full screen, dismisses a message, or takes the newest pin away."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.session.opening:
            self.session.cancel_opening()
        elif self.full_screen.is_on:
            self.full_screen.leave()
        elif not self.notifications.dismiss_newest():
            self.selection.take_back_newest()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Let Tab go through what is in view, top to bottom: Qt goes behind tabs too."""
        areas = [self.stack, *self.docks.areas_in_view, self.status]
        return tab_through(self, areas, forward=forward)
