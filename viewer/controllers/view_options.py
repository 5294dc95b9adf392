"""How the window looks: figures, theme, reprojection, motion; and the preferences of all."""

from PySide6.QtCore import QObject, Signal

from viewer.controllers.context import ControllerContext
from viewer.controllers.navigation import NavigationController
from viewer.dialogs.preferences import PreferencesDialog
from viewer.theme import ThemeChoice, ThemeManager
from viewer.viewport.viewport import Viewport


class ViewOptions(QObject):
    """Applies the options of the view and remembers them."""

    changed = Signal()

    def __init__(
        self,
        context: ControllerContext,
        viewport: Viewport,
        themes: ThemeManager,
        navigation: NavigationController,
    ) -> None:
        super().__init__(context.parent)
        self._parent, self._settings, self._keys = context.parent, context.settings, context.keys
        self._viewport, self._themes, self._navigation = viewport, themes, navigation
        viewport.hud_visible_changed.connect(self._on_hud_visible)

    def restore(self) -> None:
        """Apply the remembered options; the theme was applied before the window was made."""
        self._themes.set_motion(self._settings.motion)
        self._viewport.set_hud_visible(self._settings.hud)
        self._viewport.set_reprojects(self._settings.reproject)

    @property
    def hud_visible(self) -> bool:
        """Whether figures are shown over the picture."""
        return self._viewport.hud_visible

    def set_hud(self, visible: bool) -> None:
        """Show or hide the figures over the picture."""
        self._viewport.set_hud_visible(visible)

    def toggle_hud(self) -> None:
        """Show the figures over the picture if they are hidden, and hide them otherwise."""
        self.set_hud(not self.hud_visible)

    @property
    def reprojects(self) -> bool:
        """Whether true frames are warped to the present view while the network works."""
        return self._viewport.reprojects

    def set_reproject(self, wanted: bool) -> None:
        """Warp true frames to the present view while the network works, or wait for it."""
        self._settings.reproject = wanted
        self._viewport.set_reprojects(wanted)
        self.changed.emit()

    def toggle_reproject(self) -> None:
        """Switch reprojection off or on."""
        self.set_reproject(not self.reprojects)

    @property
    def theme(self) -> str:
        """Which theme was chosen: "system", "light" or "dark"."""
        return self._settings.theme

    def set_theme(self, choice: str) -> None:
        """Show the "system", "light" or "dark" theme."""
        self._settings.theme = choice
        self._themes.set_choice(ThemeChoice(choice))
        self.changed.emit()

    def set_motion(self, wanted: bool) -> None:
        """Let things move, or change at once."""
        self._settings.motion = wanted
        self._themes.set_motion(wanted)

    def set_reopening(self, wanted: bool) -> None:
        """Begin where the program was left, or on the welcome page."""
        self._settings.reopens = wanted

    def show_preferences(self) -> PreferencesDialog:
        """Show the preferences."""
        dialog = PreferencesDialog(
            self._parent, self._settings, self._navigation.options, self._keys
        )
        dialog.theme_chosen.connect(self.set_theme)
        dialog.hud_chosen.connect(self.set_hud)
        dialog.reproject_chosen.connect(self.set_reproject)
        dialog.motion_chosen.connect(self.set_motion)
        dialog.reopening_chosen.connect(self.set_reopening)
        dialog.navigation_chosen.connect(self._navigation.set_options)
        dialog.open()
        return dialog

    def _on_hud_visible(self, visible: bool) -> None:
        self._settings.hud = visible
        self.changed.emit()
