"""Chooses what the open scene is compared with, and shows the comparison over the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from viewer.controllers.context import ControllerContext
from viewer.dialogs.files import ask_for_folder, ask_for_second_scene
from viewer.panels.compare.panel import ComparePanel
from viewer.state.viewer_state import DisplayMode
from viewer.text.units import counted
from viewer.viewport.overlays.blink_key import BlinkKey
from viewer.viewport.overlays.capture_cameras import CamerasOverlay
from viewer.viewport.overlays.comparison import ComparisonOverlay, ComparisonSplitter
from viewer.viewport.viewport import Viewport
from viewer.workers.comparison.comparison import Comparison, ComparisonDisplay, ComparisonTarget
from viewer.workers.comparison.ground_truth import OtherPoses

if TYPE_CHECKING:
    from viewer.dialogs.attach_capture import AttachCaptureDialog


class ComparisonController(QObject):
    """Between the comparison, which knows both sides, and the window.

    Attributes:
        cameras: the capture's cameras over the picture.
        overlay, splitter: the other side over the picture, and where it begins.
    """

    def __init__(
        self,
        context: ControllerContext,
        comparison: Comparison,
        viewport: Viewport,
        panel: ComparePanel,
        show_panel: Callable[[str], object],
    ) -> None:
        super().__init__(context.parent)
        self._context, self._comparison = context, comparison
        self._panel, self._show_panel = panel, show_panel
        self.cameras = CamerasOverlay(context.state)
        self.overlay = ComparisonOverlay(context.state, comparison)
        self.splitter = ComparisonSplitter(comparison, self.overlay)
        for overlay in (self.cameras, self.overlay, self.splitter):
            viewport.add_overlay(overlay)
        self.blink_key = BlinkKey(viewport, self.blink)
        comparison.failed.connect(context.notifications.show_error)
        comparison.truth.other_poses_found.connect(self._ask_to_attach)
        self.attach_dialog: AttachCaptureDialog | None = None
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
        self._panel.cameras.setChecked(wanted)

    def toggle_cameras(self) -> None:
        """Show the capture's cameras if they are hidden, and hide them otherwise."""
        self.set_cameras(not self.cameras_shown)

    @property
    def split(self) -> bool:
        """Whether the splitter is over the picture."""
        return self._comparison.in_picture is ComparisonDisplay.SPLIT

    def toggle_split(self) -> None:
        """Put the splitter over the picture, or take it away; at first against the capture."""
        if self.split:
            self._comparison.set_in_picture(ComparisonDisplay.NOTHING)
            return
        if self._comparison.against is ComparisonTarget.NOTHING:
            self._comparison.set_against(ComparisonTarget.PHOTO)
        self._context.state.set_display_mode(DisplayMode.RGB)  # others have nothing to compare
        self._comparison.set_in_picture(ComparisonDisplay.SPLIT)
        if self._comparison.other() is None:
            self._show_panel("compare")  # it says what is missing

    def blink(self, blinks: bool) -> None:
        """Put the other side over the picture for the moment; at first the nearest true picture."""
        if blinks and self._comparison.against is ComparisonTarget.NOTHING:
            self._comparison.set_against(ComparisonTarget.PHOTO)
        self._comparison.set_blinks(blinks)

    def ask_for_capture(self) -> None:
        """Let the user choose the capture's folder."""
        truth = self._comparison.truth
        folder = truth.folder or self._context.settings.last_folder
        ask_for_folder(self._context.parent, "Choose the capture's folder", folder, truth.choose)

    def attach(self, found: OtherPoses) -> None:
        """Let a capture's cameras take the place of the scene's; its file stays as it is."""
        state = self._context.state
        if state.scene is not found.scene:
            return
        if found.scene.path is not None:
            self._comparison.truth.remember(found.scene.path, found.folder)
        state.refresh_scene(replace(found.scene, cameras=found.cameras))
        self._comparison.truth.set_scene(state.scene)
        self._context.notifications.show_info(
            f"{counted(len(found.cameras), 'camera')} of {found.folder.name} serve as the scene's"
        )

    def _ask_to_attach(self, found: OtherPoses) -> None:
        if found.is_remembered:
            self.attach(found)
            return
        from viewer.dialogs.attach_capture import AttachCaptureDialog

        dialog = AttachCaptureDialog(
            self._context.parent, found.folder.name, found.scene.name, found.match
        )
        dialog.attached.connect(lambda: self.attach(found))
        dialog.finished.connect(self._forget_attach_dialog)
        self.attach_dialog = dialog
        dialog.open()

    def _forget_attach_dialog(self) -> None:
        self.attach_dialog = None

    def ask_for_second(self) -> None:
        """Let the user choose the second scene."""
        scene = self._context.state.scene
        last_folder = self._context.settings.last_folder
        folder = scene.path.parent if scene and scene.path else last_folder
        ask_for_second_scene(self._context.parent, folder, self.open_second)

    def open_second(self, path: Path) -> None:
        """Open a second scene beside the open one."""
        self._comparison.set_against(ComparisonTarget.SCENE)
        self._comparison.second.open(path)
