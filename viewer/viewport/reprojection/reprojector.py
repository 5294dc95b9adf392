"""Keeps true frames and chooses what to show for the present camera while the network works."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Frame
from dvox_core.rendering.pictures import Legend, Picture
from dvox_core.rendering.reprojection.frame_cache import FrameCache, view_difference
from dvox_core.rendering.reprojection.warp import WarpSource
from dvox_core.rendering.reprojection.warp_sources import warp_source
from viewer.viewport.canvas.content import EMPTY, CanvasContent, Warp
from viewer.viewport.navigation.camera_motion import OrbitPose, fly, rotation_about
from viewer.viewport.reprojection.prefetch import Prefetcher

Kept = TypeVar("Kept")

FADE_S = 0.14
TICK_MS = 25
"""Between two steps of a fade at rest. Longer than a display's picture: each move of the mouse
begins it anew, and at 16 it came just before the next one, which waited for a painting of the old.
"""

MOVING_S = 0.04
"""So long after a move another is expected. It shows a frame that comes meanwhile: painted by
itself, eight times a second, each frame held up the painting of the next view.
"""

FREE_DEGREES = 10.0
MAX_DEGREES = 18.0
"""A picture follows the camera wholly up to the first, and more and more slowly up to the second.

Farther warped, more is torn than is seen; lagging behind, it stays an object until the next comes.
"""

MAX_SOURCES = 3
"""Pictures that are blended at most; each costs the CPU some milliseconds a painting."""

KEPT_SOURCES = 48
"""Pictures that are kept ready to be warped: 20 MiB, each made again in 3 ms.

A camera that turns to and fro comes back to more than 12 of them.
"""


@dataclass(frozen=True)
class ReprojectionFacts:
    """What is shown while the network works on the present view.

    Attributes:
        age_s: how long ago the shown network frame came, seconds; None when it is the present
            view's own.
        degrees: how far it was warped.
        kept_frames: true frames that are kept.
        kept_bytes: memory that they take.
    """

    age_s: float | None
    degrees: float | None
    kept_frames: int
    kept_bytes: int


class Reprojector(QObject):
    """Chooses the kept frames that suit the present camera, and lets every change of them fade.

    Args:
        compose: a frame's picture in the present display mode; None where it has none.
        fades: whether motion is wanted; otherwise changes are sudden.
        max_pixels: side of the pictures that the canvas warps at most.
        prepared: a frame's picture, ready to be warped, if that was done already.
    """

    changed = Signal()  # ask `shown` again

    def __init__(
        self,
        compose: Callable[[Frame], Picture | None],
        fades: Callable[[], bool],
        max_pixels: Callable[[], int],
        parent: QObject | None = None,
        *,
        prepared: Callable[[Frame], tuple[Picture, WarpSource] | None] = lambda _: None,
    ) -> None:
        super().__init__(parent)
        self.cache = FrameCache()
        self._prepared = prepared
        self._compose = compose
        self._fades = fades
        self._max_pixels = max_pixels
        self._scene: Scene | None = None
        self._view: OrbitPose | None = None  # the present one
        self._shares: dict[Frame, float] = {}  # of the frames that are shown warped
        self._wanted: dict[Frame, float] = {}  # what the shares are on their way to
        self._exact: Frame | None = None  # of the present camera, if it is kept
        self._opacity = 0.0  # of the exact one, over the others
        self._advanced = 0.0
        self._moved = 0.0  # when the present view came
        self._arrived: WeakKeyDictionary[Frame, float] = WeakKeyDictionary()
        self._sources: OrderedDict[Frame, WarpSource] = OrderedDict()
        self._pictures: OrderedDict[Frame, Picture] = OrderedDict()
        self.prefetcher = Prefetcher(
            lambda: self._view,
            self._up_axis,
            self._holds,
            lambda: self._frame_ms,
            lambda: self._exact is not None and self._opacity >= 1,
            self,
        )
        self._frame_ms = 0.0
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._go_on)

    @property
    def frame(self) -> Frame | None:
        """The frame that is seen most of."""
        if self._exact is not None and self._opacity >= 1:
            return self._exact
        return max(self._shares, key=self._shares.__getitem__, default=self._exact)

    @property
    def legend(self) -> Legend | None:
        """Of the pictures' colours."""
        frame = self.frame
        picture = self._picture(frame) if frame is not None else None
        return picture.legend if picture is not None else None

    @property
    def facts(self) -> ReprojectionFacts:
        """What is shown, for the HUD."""
        frame, age, degrees = self.frame, None, None
        if frame is not None and self._view is not None:
            away = view_difference(self._view.camera, frame.camera, self._view.pivot)
            degrees = followed_degrees(away)
            if frame is not self._exact:
                age = time.perf_counter() - self._arrived.get(frame, time.perf_counter())
        return ReprojectionFacts(age, degrees, len(self.cache), self.cache.size)

    def set_scene(self, scene: Scene | None) -> None:
        """Forget everything, for another scene."""
        self._scene = scene
        self._view = None
        self.cache.clear()
        self._arrived.clear()
        self.forget_pictures()
        self.prefetcher.begin()
        self._let_go()

    def refresh_scene(self, scene: Scene) -> None:
        """The scene has newer weights; what is kept serves until their first frame."""
        self._scene = scene
        self.outdate()

    def forget_pictures(self) -> None:
        """The frames look different from now on: another mode, another range of colours."""
        self._sources.clear()
        self._pictures.clear()

    def outdate(self) -> None:
        """The frames show what is not so any more: replace them all by the next one."""
        self.cache.outdate()

    def keep(self, frame: Frame) -> None:
        """Take a true frame of the open scene that was waited for."""
        self._frame_ms = frame.total_ms
        self._keep(frame)
        self.prefetcher.begin()

    def keep_prefetched(self, frame: Frame) -> None:
        """Take a true frame of the open scene that nobody waited for."""
        self._keep(frame)
        self.prefetcher.on_rendered()

    def _keep(self, frame: Frame) -> None:
        kept = self.cache.add(frame)
        self._arrived[kept] = time.perf_counter()
        ready = self._prepared(frame)
        if ready is not None:
            _keep_newest(self._pictures, kept, ready[0])
            _keep_newest(self._sources, kept, ready[1])
        self._choose()
        is_moving = time.perf_counter() - self._moved < MOVING_S
        if not (is_moving and self._timer.isActive()):
            self.changed.emit()

    def look_from(self, view: OrbitPose | None) -> None:
        """Show this view; None without a scene."""
        self._view, self._moved = view, time.perf_counter()
        self.prefetcher.begin()
        self._choose()
        self.changed.emit()

    def _up_axis(self) -> NDArray[np.float64]:
        assert self._scene is not None
        return self._scene.up_axis

    def _holds(self, camera: Camera, degrees: float) -> bool:
        return self._view is not None and self.cache.holds(camera, self._view.pivot, degrees)

    def shown(self) -> CanvasContent:
        """What to paint now."""
        if self._scene is None or self._view is None:
            return EMPTY
        exact = self._picture(self._exact) if self._exact is not None else None
        if exact is not None and self._opacity >= 1:
            return CanvasContent(exact)
        ready = [
            (source, share)
            for frame, share in self._shares.items()
            if (source := self._source(frame)) is not None and share > 0
        ]
        if not ready:
            return CanvasContent(exact) if exact is not None else EMPTY
        ready.sort(key=lambda pair: -pair[1])
        ready = [(held_back(source, self._view), share) for source, share in ready[:MAX_SOURCES]]
        sources, weights = zip(*ready, strict=True)
        lens = self._scene.intrinsics.scaled_to(self._scene.config.image_size)
        return CanvasContent(exact, self._opacity, Warp(sources, weights, self._view.camera, lens))

    def settle(self) -> None:
        """End every fade at once."""
        self._advance(float("inf"))
        self.changed.emit()

    def _choose(self) -> None:
        """Find the frames for the present camera, and begin to move towards them."""
        if self._view is None or not len(self.cache):
            self._let_go()
            return
        choices = self.cache.choose(self._view.camera, self._view.pivot)
        best = choices[0].frame
        exact = best if best.camera == self._view.camera else None
        if exact is not self._exact:
            self._let_exact_move()
        self._exact = exact
        self._wanted = {choice.frame: choice.weight for choice in choices}
        if not self._shares and not self._opacity:
            self._advance(float("inf"))  # the first picture does not fade in
        else:
            now = time.perf_counter()
            self._advance(now - self._advanced if self._timer.isActive() else 0.0)
        if self.settled:
            self._timer.stop()
        else:
            if not self._timer.isActive():
                self._advanced = time.perf_counter()
            self._timer.start()  # anew: a moving camera lets them fade without it

    def _let_exact_move(self) -> None:
        """Warp on, by as much as was seen of it, the frame that is no longer the view's own."""
        if self._exact is not None and self._opacity > 0:
            rest = 1 - self._opacity
            shares = {frame: rest * share for frame, share in self._shares.items() if rest}
            shares[self._exact] = shares.get(self._exact, 0.0) + self._opacity
            self._shares = shares
        self._opacity = 0.0

    def _go_on(self) -> None:
        self._advance(time.perf_counter() - self._advanced)
        if self.settled:
            self._timer.stop()
        self.changed.emit()

    @property
    def settled(self) -> bool:
        """Whether nothing fades."""
        if self._exact is not None:
            return self._opacity >= 1
        return self._shares == self._wanted

    def _advance(self, seconds: float) -> None:
        """Move shares and opacity on by some time."""
        self._advanced = time.perf_counter()
        step = seconds / FADE_S if self._fades() else float("inf")
        if self._exact is not None:
            self._opacity = min(self._opacity + step, 1.0)
            if self._opacity >= 1:
                self._shares = {}
            return
        shares = {}
        for frame in [*self._wanted, *(f for f in self._shares if f not in self._wanted)]:
            share, wanted = self._shares.get(frame, 0.0), self._wanted.get(frame, 0.0)
            # Exactly there in the end, whatever rounding does.
            share = wanted if abs(wanted - share) <= step else share + step * _sign(wanted - share)
            if share > 0 or frame in self._wanted:
                shares[frame] = share
        self._shares = shares

    def _let_go(self) -> None:
        self._timer.stop()
        self._shares, self._wanted = {}, {}
        self._exact, self._opacity = None, 0.0

    def _picture(self, frame: Frame) -> Picture | None:
        if frame not in self._pictures:
            picture = self._compose(frame)
            if picture is None:
                return None
            _keep_newest(self._pictures, frame, picture)
        return self._pictures[frame]

    def _source(self, frame: Frame) -> WarpSource | None:
        if frame not in self._sources:
            picture = self._picture(frame)
            if picture is None or self._scene is None:
                return None
            source = warp_source(
                frame, picture.rgba, self._scene.frustum, self._scene.pivot, self._max_pixels()
            )
            _keep_newest(self._sources, frame, source)
        self._sources.move_to_end(frame)
        return self._sources[frame]


def held_back(source: WarpSource, view: OrbitPose) -> WarpSource:
    """The source, or one that the view sees as one less far away sees it."""
    degrees = view_difference(view.camera, source.camera, view.pivot)
    followed = followed_degrees(degrees)
    if followed >= degrees:
        return source
    seen_by = fly(OrbitPose(source.camera, view.pivot), view, followed / degrees).camera
    # Turned so that the pivot is seen where the view has it: that tears nothing.
    turn = np.eye(4)
    turn[:3, :3] = turn_between(
        seen_direction(seen_by, view.pivot), seen_direction(view.camera, view.pivot)
    )
    moved = view.camera.camera_to_world @ turn @ seen_by.world_to_camera
    return replace(source, camera=Camera(moved @ source.camera.camera_to_world))


def seen_direction(
    camera: Camera,
    point: NDArray[np.float64],  # [3], world units
) -> NDArray[np.float64]:
    """[3]: the unit vector to a point as the camera sees it; ahead where it stands on the point."""
    seen = camera.rotation.T @ (point - camera.position)
    length = float(np.linalg.norm(seen))
    return np.asarray(seen / length if length > 1e-12 else np.array([0.0, 0.0, 1.0]))


def turn_between(
    first: NDArray[np.float64],  # [3], unit vectors
    second: NDArray[np.float64],
) -> NDArray[np.float64]:
    """[3, 3]: the least rotation that takes one direction to another."""
    axis = np.cross(first, second)
    sine = float(np.linalg.norm(axis))
    if sine < 1e-12:
        return np.eye(3)
    return rotation_about(axis / sine, float(np.arctan2(sine, first @ second)))


def followed_degrees(degrees: float) -> float:
    """How far a picture is warped for a view that is so far away: all of it, or less and less."""
    if degrees <= FREE_DEGREES:
        return degrees
    room = MAX_DEGREES - FREE_DEGREES
    return FREE_DEGREES + room * (1 - math.exp(-(degrees - FREE_DEGREES) / room))


def _sign(value: float) -> float:
    return 1.0 if value > 0 else -1.0


def _keep_newest(kept: "OrderedDict[Frame, Kept]", frame: Frame, value: Kept) -> None:
    kept[frame] = value
    while len(kept) > KEPT_SOURCES:
        kept.popitem(last=False)
