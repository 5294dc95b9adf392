"""Steers the state's camera: turns pixels and notches into motions, and flies."""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import BORDER, Frame
from dvox_core.rendering.pictures import has_surface
from dvox_core.rendering.reprojection.warp import WarpTarget, point_seen
from viewer.state.navigation_options import NavigationOptions
from viewer.state.viewer_state import ViewerState
from viewer.viewport.canvas.letterbox import Rectangle, picture_pixel
from viewer.viewport.navigation import axis_views, camera_motion
from viewer.viewport.navigation.camera_motion import OrbitPose
from viewer.viewport.navigation.depth_limits import SLOWNESS, DepthLimits

TICK_MS = 16

FRAMED_RADIUS = 0.6
"""Of the ball that fills the picture when the object is framed, as a share of the grid's side."""

MIN_DISTANCE = 0.02
"""Least distance to the pivot, as a share of the grid's side."""

MAX_DISTANCE = 20.0
"""Greatest distance to the pivot, as a share of the grid's side."""


class Navigator(QObject):
    """Changes camera and pivot of the state; does nothing while no scene is open.

    Args:
        place: where the picture lies, in the pixels that the motions are given in.
        flight_ms: how long a flight takes; 0 where motion is switched off.
        shown: the frame that is shown, and the camera that it is shown for; the newest frame, as
            it is, where none is given.
    """

    nothing_there = Signal(str)  # one line: why no pivot could be taken
    steered = Signal()  # by hand: a drag, the wheel, a key; flights are not

    def __init__(
        self,
        state: ViewerState,
        place: Callable[[], Rectangle],
        flight_ms: Callable[[], int],
        parent: QObject | None = None,
        *,
        shown: Callable[[], tuple[Frame, Camera] | None] | None = None,
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._place = place
        self._flight_ms = flight_ms
        self._shown = shown or self._newest
        self._flight: tuple[OrbitPose, OrbitPose, float, float] | None = (
            None  # from, to, start, seconds
        )
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._fly_on)
        self._limits: DepthLimits | None = None
        self.options = NavigationOptions()
        state.scene_changed.connect(self._on_scene_changed)
        self._on_scene_changed(state.scene)

    @property
    def view(self) -> OrbitPose | None:
        """Where the state looks from."""
        camera, pivot = self._state.camera, self._state.pivot
        return None if camera is None or pivot is None else OrbitPose(camera, pivot)

    @property
    def flying(self) -> bool:
        """Whether a flight is on its way."""
        return self._flight is not None

    def orbit_by(self, right: float, down: float) -> None:
        """Turn the scene as a drag by so many pixels does; across the picture is half a turn."""
        half_turn = self.options.speed * np.pi / max(self._place().width, 1)
        sign = -1.0 if self.options.inverts_drag else 1.0
        self.turn(right * half_turn, sign * down * half_turn)

    def turn(self, right: float, down: float) -> None:
        """Turn the scene by angles in radians, as seen: to the right, and downwards."""
        scene, view = self._state.scene, self._begin_motion()
        if scene is not None and view is not None:
            self._look_from(camera_motion.orbit(view, scene.up_axis, -right, -down))

    def pan_by(self, right: float, down: float) -> None:
        """Shift the scene by so many pixels; what lies at the pivot's depth stays under them."""
        scene, view = self._state.scene, self._begin_motion()
        if scene is not None and view is not None:
            side = scene.config.image_size
            trained = side - 2 * BORDER
            focal = scene.intrinsics.scaled_to(side).focal
            shown_focal = focal * self._place().width / trained
            unit = self.options.speed * view.pivot_depth / shown_focal
            self._look_from(camera_motion.pan(view, -right * unit, -down * unit))

    def dolly(self, steps: float) -> None:
        """Move towards the pivot by wheel notches; below 0 away from it.

        Slower where the scene would leave the frustum's planes.
        """
        self._dolly(steps, camera_motion.dolly)

    def dolly_at(self, steps: float, x: float, y: float) -> None:
        """Move by wheel notches towards what is under a point, or the pivot: as chosen."""
        steps *= self.options.speed * (-1.0 if self.options.inverts_wheel else 1.0)
        view = self.view
        point = self._point_under(x, y) if self.options.wheel_to_cursor else None
        if view is None or point is None:
            self.dolly(steps)
        else:
            self._dolly(steps, lambda view, *rest: camera_motion.dolly_to(view, point, *rest))

    def _dolly(self, steps: float, move: Callable[..., OrbitPose]) -> None:
        scene, view = self._state.scene, self._begin_motion()
        if scene is None or view is None:
            return
        scale = scene.placement.scale
        limits = MIN_DISTANCE * scale, MAX_DISTANCE * scale
        wanted = move(view, steps, *limits)
        if self._limits is not None and self._limits.is_near_limit(wanted.camera, nearer=steps > 0):
            wanted = move(view, SLOWNESS * steps, *limits)
        self._look_from(wanted)

    def fly_by(self, right: float, up: float, forward: float) -> None:
        """Move camera and pivot by shares of the distance to the pivot; up is the world's."""
        scene, view = self._state.scene, self._begin_motion()
        if scene is not None and view is not None:
            way = right * view.camera.right + forward * view.camera.forward + up * scene.up_axis
            unit = self.options.speed * max(view.distance, MIN_DISTANCE * scene.placement.scale)
            self._look_from(camera_motion.move(view, unit * way))

    def look_along(self, name: str) -> None:
        """Fly to where the pivot is seen from the "front", "back", "right", "left", "top" …"""
        scene, view = self._state.scene, self.view
        if scene is not None and view is not None:
            direction = axis_views.named_directions(scene.up_axis)[name]
            self.fly_to(axis_views.view_from(view, direction, scene.up_axis))

    def look_from_direction(self, direction: NDArray[np.float64]) -> None:
        """Fly to where the pivot is seen from a direction, [3], a unit vector."""
        scene, view = self._state.scene, self.view
        if scene is not None and view is not None:
            self.fly_to(axis_views.view_from(view, direction, scene.up_axis))

    def straighten(self) -> None:
        """Fly to the nearest of front, back, right, left, top and bottom."""
        scene, view = self._state.scene, self.view
        if scene is not None and view is not None:
            self.look_from_direction(axis_views.nearest_direction(view, scene.up_axis))

    def frame_object(self) -> None:
        """Fly to where the whole grid is seen, as large as it can be, from this direction."""
        scene, view = self._state.scene, self.view
        if scene is None or view is None or self._limits is None:
            return
        intrinsics = scene.intrinsics
        half = min(intrinsics.width, intrinsics.height) / 2 / intrinsics.focal
        distance = FRAMED_RADIUS * scene.placement.scale / np.sin(np.arctan(half))
        distance = float(np.clip(distance, self._limits.nearest, self._limits.farthest))
        centered = camera_motion.focus(view, scene.pivot)
        self.fly_to(camera_motion.at_distance(centered, distance))

    def frame_pixel(self, u: float, v: float) -> bool:
        """Fly near to what a pixel of the newest picture shows; whether there is a surface."""
        view, point = self.view, self._point_at_pixel(u, v)
        if view is None or point is None or self._limits is None:
            return False
        centered = camera_motion.focus(view, point)
        distance = min(centered.distance, self._limits.nearest)
        self.fly_to(camera_motion.at_distance(centered, distance))
        return True

    def reset(self) -> None:
        """Fly back to the scene's start view."""
        if self._state.scene is not None:
            self.fly_to(OrbitPose(self._state.scene.start_camera, self._state.scene.pivot))

    def pick(self, x: float, y: float) -> None:
        """Take the surface under a point as pivot, and fly until it is in the middle."""
        scene, shown, place = self._state.scene, self._shown(), self._place()
        pivot = self._state.pivot
        if scene is None or pivot is None or shown is None or not place.contains(x, y):
            return
        frame, camera = shown
        if has_surface(frame, scene.frustum) is None:
            self.nothing_there.emit("This model knows no depth: no pivot can be picked.")
            return
        point = self._point_under(x, y)
        if point is None:
            self.nothing_there.emit("Nothing there: double-click on the object to set the pivot.")
            return
        # From where it was seen: that is what was clicked on.
        self.fly_to(camera_motion.focus(OrbitPose(camera, pivot), point))

    def _point_under(self, x: float, y: float) -> NDArray[np.float64] | None:
        """[3]: the surface under a point of the viewport; None where there is none."""
        scene, place = self._state.scene, self._place()
        if scene is None or not place.contains(x, y):
            return None
        return self._point_at_pixel(*picture_pixel(x, y, place, scene.config.image_size))

    def _point_at_pixel(self, u: float, v: float) -> NDArray[np.float64] | None:
        """[3]: the surface that the shown picture has at a pixel; None where there is none."""
        scene, shown = self._state.scene, self._shown()
        if scene is None or shown is None:
            return None
        frame, camera = shown
        surface = has_surface(frame, scene.frustum)
        if surface is None:
            return None
        if camera == frame.camera:
            return camera_motion.point_under(frame, scene.frustum, surface, u, v)
        side = scene.config.image_size
        target = WarpTarget(camera, scene.intrinsics.scaled_to(side), side)
        return point_seen(frame, surface, target, u, v)

    @property
    def planes_hint(self) -> str:
        """What of the scene the frustum's planes cut away, and what to do; "" for nothing."""
        camera = self._state.camera
        return "" if self._limits is None or camera is None else self._limits.hint(camera)

    def _on_scene_changed(self, scene: Scene | None) -> None:
        self.stop()
        self._limits = DepthLimits(scene) if scene is not None else None

    def _newest(self) -> tuple[Frame, Camera] | None:
        frame = self._state.frame
        return None if frame is None else (frame, frame.camera)

    def fly_to(self, target: OrbitPose) -> None:
        """Fly to `target` along an arc, or be there at once where motion is switched off."""
        start = self.view
        if start is None:
            return
        seconds = self._flight_ms() / 1000
        if seconds <= 0:
            self.stop()
            self._look_from(target)
            return
        self._flight = (start, target, time.perf_counter(), seconds)
        self._timer.start()

    def stop(self) -> None:
        """End a flight where it is."""
        self._flight = None
        self._timer.stop()

    def _begin_motion(self) -> OrbitPose | None:
        """The view that a motion begins with; it ends every flight."""
        self.stop()
        self.steered.emit()
        return self.view

    def _fly_on(self) -> None:
        if self._flight is None:
            return
        start, target, began, seconds = self._flight
        share = (time.perf_counter() - began) / seconds
        if share >= 1:
            self.stop()
        self._look_from(camera_motion.fly(start, target, camera_motion.eased(share)))

    def _look_from(self, view: OrbitPose) -> None:
        pivot = self._state.pivot
        if pivot is None or not np.array_equal(view.pivot, pivot):
            self._state.set_pivot(view.pivot)
        self._state.set_camera(view.camera)
