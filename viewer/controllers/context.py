"""What most controllers are given."""

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtWidgets import QWidget

from viewer.dialogs.commands import Command
from viewer.dialogs.shortcuts import ShortcutGroup
from viewer.settings import Settings
from viewer.state.shortcut_keys import ShortcutKeys
from viewer.state.viewer_state import ViewerState
from viewer.widgets.notifications import Notifications
from viewer.workers.rendering.scene_session import SceneSession


@dataclass(frozen=True)
class ControllerContext:
    """What most controllers use.

    Attributes:
        parent: owns the controllers, and their dialogs are shown over it.
        state: what is shown.
        session: opens and renders scenes.
        settings: what is remembered.
        notifications: messages to the user.
        keys: of the actions.
    """

    parent: QWidget
    state: ViewerState
    session: SceneSession
    settings: Settings
    notifications: Notifications
    keys: ShortcutKeys


class CommandHost(Protocol):
    """Knows all that can be done, and by which keys."""

    @property
    def keys(self) -> ShortcutKeys:
        """The keys of the actions."""

    def commands(self) -> list[Command]:
        """Every action, as it is now."""

    def shortcut_groups(self) -> list[ShortcutGroup]:
        """What the shortcuts sheet lists."""


class PanelHost(Protocol):
    """Shows and hides panels by name."""

    def show_panel(self, name: str) -> None:
        """Bring a panel into view."""

    def is_shown(self, name: str) -> bool:
        """Whether a panel is open; it may lie behind another tab."""

    def set_shown(self, name: str, shown: bool) -> None:
        """Bring a panel into view, or hide it."""

    def hide_all(self) -> None:
        """Hide all panels; their layout is kept."""

    def show_again(self) -> None:
        """Bring back the panels that `hide_all` hid."""

    def reset(self) -> None:
        """Put all panels back to where they were at first."""
