"""The clip box over the picture: its edges, and a handle on each face that moves it."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen

from dvox_core.model.scene import Scene
from dvox_core.rendering.interventions import Box
from viewer.state.scene_edits import SceneEdits
from viewer.state.viewer_state import ViewerState
from viewer.view3d.projection import BOX_EDGES, Projection, box_corners
from viewer.viewport.canvas.letterbox import PictureArea, Rectangle
from viewer.viewport.overlays.overlay import Overlay

HANDLE_PX = 16
AXES = ("x", "y", "z")


def whole_grid(scene: Scene) -> Box:
    """A box around all voxels."""
    side = scene.voxel_config.grid_size
    return Box((0, 0, 0), (side, side, side))


def moved_face(box: Box, axis: int, is_upper: bool, place: int, side: int) -> Box:
    """The box with one face elsewhere: within the grid, and a voxel from the opposite one."""
    lower, upper = list(box.lower), list(box.upper)
    if is_upper:
        upper[axis] = min(max(place, lower[axis] + 1), side)
    else:
        lower[axis] = max(min(place, upper[axis] - 1), 0)
    return Box((lower[0], lower[1], lower[2]), (upper[0], upper[1], upper[2]))


class ClipBoxOverlay(Overlay):
    """Paints the box's edges; its handles are `handles`, overlays of their own."""

    def __init__(self, state: ViewerState, edits: SceneEdits) -> None:
        super().__init__()
        self.setObjectName("clipBox")
        self._state, self._edits = state, edits
        self.handles = [ClipHandle(self, axis, end) for axis in range(3) for end in (False, True)]
        self._is_wanted = False
        edits.interventions_changed.connect(self._follow)
        state.scene_changed.connect(self._follow)
        self.set_wanted(False)

    @property
    def is_wanted(self) -> bool:
        """Whether the user wants to see it."""
        return self._is_wanted

    @property
    def box(self) -> Box | None:
        """What is left of the grid; all of it where nothing is clipped; None without a grid."""
        scene = self._state.scene
        if scene is None or not scene.config.has_grid:
            return None
        return self._edits.clip or whole_grid(scene)

    def set_wanted(self, wanted: bool) -> None:
        """Show box and handles, or not."""
        self._is_wanted = wanted
        self._follow()

    def move_face(self, axis: int, is_upper: bool, place: int, *, begins: bool) -> None:
        """Cut the grid by a face at a voxel's number; moves of one drag are undone as one."""
        scene, box = self._state.scene, self.box
        if scene is not None and box is not None:
            side = scene.voxel_config.grid_size
            self._edits.set_clip(moved_face(box, axis, is_upper, place, side), begins=begins)

    def world(self, voxels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where box coordinates [N, 3], voxels' lower faces, are in the world."""
        scene = self._state.scene
        assert scene is not None
        to_world = scene.placement.grid_to_world(scene.voxel_config.grid_size)
        return np.asarray((voxels - 0.5) @ to_world[:3, :3].T + to_world[:3, 3])

    def show_projection(self, projection: Projection | None, area: PictureArea | None) -> None:
        """Follow the present camera."""
        super().show_projection(projection, area)
        if not self.isHidden():  # else they are put when it is shown
            for handle in self.handles:
                handle.put(projection)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the edges that lie before the camera."""
        scene, box = self._state.scene, self.box
        if self.projection is None or scene is None or box is None:
            return
        points, _ = self.projection.points(box_corners(scene, box))
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(self.theme.amber), 1.5))
            for one, other in BOX_EDGES:
                if np.isfinite(points[[one, other]]).all():
                    painter.drawLine(QPointF(*points[one]), QPointF(*points[other]))

    def _follow(self, *_: object) -> None:
        shown = self._is_wanted and self.box is not None
        self.setVisible(shown)
        for handle in self.handles:
            handle.setVisible(shown)
            handle.put(self.projection)
        self.update()


class ClipHandle(Overlay):
    """A handle in the middle of a face; a drag or the arrow keys move the face along its axis."""

    def __init__(self, overlay: ClipBoxOverlay, axis: int, is_upper: bool) -> None:
        super().__init__()
        self._overlay, self._axis, self._is_upper = overlay, axis, is_upper
        self._pressed: tuple[QPointF, int] | None = None  # where, and the face's place then
        self._begins = True
        end = "upper" if is_upper else "lower"
        self.setObjectName(f"clip_{AXES[axis]}_{end}")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SizeAllCursor)
        self.setAccessibleName(f"Clip box, {end} face along {AXES[axis]}")
        self.setToolTip("Drag, or use the arrow keys, to cut the grid here; Ctrl+Z takes it back")

    @property
    def place(self) -> int:
        """The number of the voxel that the face lies before."""
        box = self._overlay.box
        assert box is not None
        return (box.upper if self._is_upper else box.lower)[self._axis]

    def lay_out(self, size: QSize, place: Rectangle) -> None:
        """Stay on the face: `put` follows."""

    def show_projection(self, projection: Projection | None, area: PictureArea | None) -> None:
        """The box puts its handles where they belong."""

    def put(self, projection: Projection | None) -> None:
        """Stand in the middle of the face as it is seen now."""
        middle = None if projection is None else self._shown(projection, 0.0)
        if middle is None:
            self.setGeometry(-HANDLE_PX, -HANDLE_PX, HANDLE_PX, HANDLE_PX)
            return
        x, y = (round(float(one) - HANDLE_PX / 2) for one in middle)
        self.setGeometry(x, y, HANDLE_PX, HANDLE_PX)

    def voxels_along(self, delta: QPointF) -> float:
        """By how many voxels a movement in the viewport moves the face along its axis."""
        projection = self._overlay.projection
        if projection is None:
            return 0.0
        here, there = self._shown(projection, 0.0), self._shown(projection, 1.0)
        if here is None or there is None:
            return 0.0
        step = there - here
        length = float(step @ step)
        return float(np.array([delta.x(), delta.y()]) @ step) / length if length > 1e-6 else 0.0

    def _shown(self, projection: Projection, further: float) -> NDArray[np.float64] | None:
        """[2]: the face's middle, or a point so many voxels further along the axis."""
        box = self._overlay.box
        if box is None:
            return None
        middle = (np.array(box.lower, dtype=float) + np.array(box.upper)) / 2
        middle[self._axis] = self.place + further
        point = projection.points(self._overlay.world(middle[None]))[0][0]
        return point if np.isfinite(point).all() else None

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint a disc, ringed where it has the focus."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            ring = self.theme.text if self.hasFocus() else self.theme.panel
            painter.setPen(QPen(QColor(ring), 2))
            painter.setBrush(QColor(self.theme.amber))
            painter.drawEllipse(self.rect().adjusted(3, 3, -3, -3))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of it; nothing reaches the picture below."""
        event.accept()
        self._pressed = self.mapToParent(event.position()), self.place
        self._begins = True

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse along the axis."""
        if self._pressed is None:
            return
        start, place = self._pressed
        moved = self.voxels_along(self.mapToParent(event.position()) - start)
        if place + round(moved) != self.place:
            self._move(place + round(moved))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        event.accept()
        self._pressed = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by the arrow keys: up and right outwards along the axis."""
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Down: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: 1,
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        self._begins = not event.isAutoRepeat()
        self._move(self.place + step)

    def _move(self, place: int) -> None:
        self._overlay.move_face(self._axis, self._is_upper, place, begins=self._begins)
        self._begins = False
