"""Shows the camera path over the picture, and has the network render its views in advance."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, QTimer

from dvox_core.geometry.cameras import Camera
from viewer.controllers.context import ControllerContext
from viewer.state.scene_edits import SceneEdits
from viewer.viewport.overlays.camera_path import PathOverlay
from viewer.viewport.overlays.orbit_sphere import OrbitSphere
from viewer.viewport.path_picking import PathPicking
from viewer.viewport.viewport import Viewport
from viewer.workers.paths.path_tools import PathTools

PREFETCH_DELAY_MS = 400
"""How long the path must have been unchanged before its views are rendered in advance."""

MAX_PREFETCHED_VIEWS = 120
"""Views along the path that are rendered in advance."""


class PathDisplay(QObject):
    """The path's overlays, its thumbnails, and the views that are rendered in advance.

    Attributes:
        overlay, sphere: the path over the picture, and on the orbit sphere.
    """

    def __init__(
        self,
        context: ControllerContext,
        tools: PathTools,
        viewport: Viewport,
        edits: SceneEdits,
        jump_to: Callable[[int], object],
    ) -> None:
        """Show the path of `tools`; a keyframe that is double-clicked goes to `jump_to`."""
        super().__init__(context.parent)
        self._state, self._settings = context.state, context.settings
        self._tools, self._viewport, self._jump_to = tools, viewport, jump_to
        self._timeline_shown = False
        player, thumbnails = tools.player, tools.pictures
        self.overlay = PathOverlay(tools.editor, player)
        self.sphere = OrbitSphere(
            context.state, viewport.navigator, tools.editor, player.curve_if_ready, jump_to
        )
        for overlay in (self.overlay, self.sphere):
            viewport.add_overlay(overlay)
        self._picking = PathPicking(viewport, self.overlay, player, self._on_keyframe_clicked)
        self._prefetch_delay = QTimer(self, singleShot=True, interval=PREFETCH_DELAY_MS)
        self._prefetch_delay.timeout.connect(self._prefetch)
        tools.editor.path_changed.connect(self._prefetch_soon)
        player.curve_ready.connect(self.sphere.follow_path)
        context.state.frame_changed.connect(thumbnails.add)
        context.session.prefetched.connect(thumbnails.add_prefetched)
        context.state.scene_refreshed.connect(lambda _: thumbnails.forget())
        edits.interventions_changed.connect(lambda _: thumbnails.forget())
        self.sphere.set_wanted(context.settings.orbit_sphere)

    @property
    def sphere_shown(self) -> bool:
        """Whether the orbit sphere is wanted."""
        return self.sphere.wanted

    def toggle_sphere(self) -> None:
        """Show the orbit sphere if it is hidden, and hide it otherwise."""
        wanted = not self.sphere_shown
        self.sphere.set_wanted(wanted)
        self._settings.orbit_sphere = wanted

    def set_timeline_shown(self, shown: bool) -> None:
        """Show the path over the picture while the timeline is shown."""
        self._timeline_shown = shown
        self.overlay.set_wanted(shown)
        self._prefetch_soon()

    def stop(self) -> None:
        """Ask for no more views."""
        self._prefetch_delay.stop()

    def _on_keyframe_clicked(self, index: int, is_double: bool) -> None:
        if is_double:
            self._jump_to(index)
        else:
            self._tools.editor.select((index,))

    def _prefetch_soon(self, *_: object) -> None:
        self._prefetch_delay.start()

    def _prefetch(self) -> None:
        """Have the path's views rendered when the network is idle: its keyframes first."""
        editor = self._tools.editor
        self._tools.pictures.look_again()
        if not self._timeline_shown:
            self._viewport.set_wanted_views(())
            return
        curve = self._tools.player.curve_if_ready()
        if curve is None or self._state.scene is None:
            return
        cameras: list[Camera] = [keyframe.camera for keyframe in editor.path.keyframes]
        times = editor.path.frame_seconds()
        step = max(1, -(-len(times) // MAX_PREFETCHED_VIEWS))
        cameras += [view.camera for view in curve.views_at(np.array(times[::step]))]
        self._viewport.set_wanted_views(cameras)
