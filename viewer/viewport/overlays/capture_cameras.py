"""The capture's cameras as small pyramids over the picture."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF

from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from viewer.state.capture_views import nearest_view
from viewer.state.viewer_state import ViewerState
from viewer.theme import faded
from viewer.viewport.overlays.overlay import Overlay

MAX_CAMERAS = 150
"""So many are painted at most, evenly chosen: more would cost more than a frame has time for."""

SIZE = 0.05
"""Depth of a pyramid, as a share of the grid's side."""

HERE = 1e-6
"""A camera nearer than this many grid's sides is the present one: its pyramid fills the view."""


class CamerasOverlay(Overlay):
    """Shows where the views of the capture were taken from; the nearest one stands out."""

    def __init__(self, state: ViewerState) -> None:
        super().__init__()
        self.setObjectName("cameras")
        self._state = state
        self._wanted = False
        self._corners = np.zeros((0, 5, 3))
        self._cameras: tuple[Camera, ...] = ()
        state.scene_changed.connect(self._on_scene_changed)
        state.scene_refreshed.connect(self._on_scene_changed)  # with a capture's cameras, perhaps
        self._on_scene_changed(state.scene)

    @property
    def wanted(self) -> bool:
        """Whether the user wants to see them."""
        return self._wanted

    def set_wanted(self, wanted: bool) -> None:
        """Show them, or not."""
        self._wanted = wanted
        self.setVisible(wanted and len(self._corners) > 0)

    def _on_scene_changed(self, scene: Scene | None) -> None:
        views = scene.cameras if scene else ()
        step = -(-len(views) // MAX_CAMERAS) or 1
        self._cameras = tuple(view.camera for view in views[::step])
        self._corners = pyramids(self._cameras, scene) if scene and views else np.zeros((0, 5, 3))
        self.set_wanted(self._wanted)

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint all that lie before the camera."""
        if self.projection is None:
            return
        points = self.projection.points(self._corners.reshape(-1, 3))[0].reshape(-1, 5, 2)
        scale = self._state.scene.placement.scale if self._state.scene else 1.0
        away = np.linalg.norm(self._corners[:, 0] - self.projection.camera.position, axis=1)
        shown = np.isfinite(points).all(axis=(1, 2)) & (away > HERE * scale)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(faded(self.theme.accent, 170), 1))
            for corners in points[shown].tolist():
                painter.drawPolyline(_outline(corners))
            nearest = self._nearest()
            if nearest is not None and shown[nearest]:
                painter.setPen(QPen(QColor(self.theme.amber), 2))
                painter.drawPolyline(_outline(points[nearest].tolist()))

    def _nearest(self) -> int | None:
        scene, camera = self._state.scene, self._state.camera
        if scene is None or camera is None:
            return None
        view = nearest_view(camera, scene.cameras)
        found = [
            index for index, known in enumerate(self._cameras) if view and view.camera is known
        ]
        return found[0] if found else None


def pyramids(cameras: tuple[Camera, ...], scene: Scene) -> NDArray[np.float64]:
    """[N, 5, 3]: each camera's centre and the corners of its picture, `SIZE` before it."""
    intrinsics = scene.intrinsics
    depth = SIZE * scene.placement.scale
    half = depth * intrinsics.width / 2 / intrinsics.focal
    corners = np.array(
        [[0, 0, 0], *([x * half, y * half, depth] for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1)))]
    )
    rotations = np.array([camera.rotation for camera in cameras])
    positions = np.array([camera.position for camera in cameras])
    return np.asarray(np.einsum("nij,kj->nki", rotations, corners) + positions[:, None])


def _outline(corners: list[list[float]]) -> QPolygonF:
    """One line along all eight edges."""
    tip, a, b, c, d = (QPointF(x, y) for x, y in corners)
    return QPolygonF([tip, a, b, c, d, a, tip, b, tip, c, tip, d])
