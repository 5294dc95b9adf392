"""Lets the window's user compare: chooses captures and second scenes, goes to views."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from viewer.dialogs.files import ask_for_folder, ask_for_second_scene
from viewer.panels.compare.panel import ComparePanel
from viewer.settings import Settings
from viewer.state.capture_views import view_label
from viewer.state.viewer_state import DisplayMode, ViewerState
from viewer.viewport.overlays.capture_cameras import CamerasOverlay
from viewer.viewport.overlays.comparison import ComparisonOverlay, ComparisonSplitter
from viewer.viewport.viewport import Viewport
from viewer.widgets.notifications import Notifications
from viewer.workers.comparison.comparison import Comparison, ComparisonDisplay, ComparisonTarget
from viewer.workers.comparison.ground_truth import GroundTruth
from viewer.workers.comparison.second_scene import SecondScene

if TYPE_CHECKING:
    from viewer.window.docks import Docks


class ComparisonController(QObject):
    """Between the comparison, which knows both sides, and the window.

    Attributes:
        comparison: both sides.
        cameras: the capture's cameras over the picture.
        beside, handle: the other side over the picture, and its splitter.
    """

    def __init__(
        self,
        window: QWidget,
        state: ViewerState,
        viewport: Viewport,
        settings: Settings,
        notifications: Notifications,
    ) -> None:
        super().__init__(window)
        self._window, self._state, self._viewport = window, state, viewport
        self._settings, self._notifications = settings, notifications
        self.comparison = Comparison(state, GroundTruth(settings, self), SecondScene(self), self)
        self.comparison.failed.connect(notifications.show_error)
        self.cameras = CamerasOverlay(state)
        self.beside = ComparisonOverlay(state, self.comparison)
        self.handle = ComparisonSplitter(self.comparison, self.beside)
        for overlay in (self.cameras, self.beside, self.handle):
            viewport.add_overlay(overlay)
        self._panel: ComparePanel | None = None
        self._docks: Docks | None = None

    def connect_docks(self, docks: "Docks") -> None:
        """Do what the compare panel asks for."""
        self._docks = docks
        for panel in docks.panels.values():
            if isinstance(panel, ComparePanel):
                self._panel = panel
                panel.go_requested.connect(self.go_to_nearest)
                panel.capture_requested.connect(self.ask_for_capture)
                panel.second_requested.connect(self.ask_for_second)
                panel.cameras_toggled.connect(self.set_cameras)

    @property
    def cameras_shown(self) -> bool:
        """Whether the capture's cameras are over the picture."""
        return self.cameras.wanted

    def set_cameras(self, wanted: bool) -> None:
        """Show the capture's cameras over the picture, or not."""
        self.cameras.set_wanted(wanted)
        if self._panel is not None:
            self._panel.cameras.setChecked(wanted)

    @property
    def split(self) -> bool:
        """Whether the splitter is over the picture."""
        return self.comparison.in_picture is ComparisonDisplay.SPLIT

    def set_split(self, wanted: bool) -> None:
        """Put the splitter over the picture, or take it away; at first against the capture."""
        if wanted and self.comparison.against is ComparisonTarget.NOTHING:
            self.comparison.set_against(ComparisonTarget.PHOTO)
        if wanted:
            self._state.set_display_mode(DisplayMode.RGB)  # there is nothing to see in others
        self.comparison.set_in_picture(
            ComparisonDisplay.SPLIT if wanted else ComparisonDisplay.NOTHING
        )
        if wanted and self.comparison.other() is None and self._docks is not None:
            self._docks.show_panel("compare")  # it says what is missing

    def go_to_nearest(self) -> None:
        """Look from the nearest view of the capture, exactly."""
        if self._state.camera is None:
            return
        view = self.comparison.nearest_view(self._state.camera)
        if view is not None:
            self._state.set_camera(view.camera)
            self._notifications.show_info(f"View {view_label(view)}", topic="view")

    def ask_for_capture(self) -> None:
        """Let the user choose the capture's folder."""
        truth = self.comparison.truth
        folder = truth.folder or self._settings.last_folder
        ask_for_folder(self._window, "Choose the capture's folder", folder, truth.choose)

    def ask_for_second(self) -> None:
        """Let the user choose the second scene."""
        scene = self._state.scene
        folder = scene.path.parent if scene and scene.path else self._settings.last_folder
        ask_for_second_scene(self._window, folder, self.open_second)

    def open_second(self, path: Path) -> None:
        """Open a second scene beside the open one."""
        self.comparison.set_against(ComparisonTarget.SCENE)
        self.comparison.second.open(path)

    def stop(self) -> None:
        """End every thread."""
        self.comparison.stop()
