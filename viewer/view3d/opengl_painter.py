"""Paints shapes by pyqtgraph's OpenGL items, in the program's core profile."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph.opengl as gl
from OpenGL import GL
from PySide6.QtCore import Qt
from PySide6.QtGui import QMatrix4x4
from PySide6.QtWidgets import QWidget

from viewer.theme import faded
from viewer.view3d.opengl_support import core_profile
from viewer.view3d.projection import Projection
from viewer.view3d.shapes import Dots, Lines, PaintedShape, Sheets, Volume

OVER = {
    GL.GL_DEPTH_TEST: False,
    GL.GL_BLEND: True,
    GL.GL_CULL_FACE: False,
    "glBlendFuncSeparate": (
        GL.GL_SRC_ALPHA,
        GL.GL_ONE_MINUS_SRC_ALPHA,
        GL.GL_ONE,
        GL.GL_ONE_MINUS_SRC_ALPHA,
    ),
}
"""Each shape over those before it, as the flat painter does."""

FAR_OVER_NEAR = 1e5


class OpenGLPainter(gl.GLViewWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """Sees the shapes by a `Projection` instead of the library's own camera."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFormat(core_profile())
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._shapes: Sequence[PaintedShape] = ()
        self._projection: Projection | None = None

    def show_shapes(
        self, shapes: Sequence[PaintedShape], view: Projection | None, ground: str
    ) -> None:
        """Show these as `view` sees them; without one there are none."""
        self._projection = view
        self.setBackgroundColor(ground)
        if [type(shape) for shape in shapes] != [type(shape) for shape in self._shapes]:
            self.clear()
            for order, shape in enumerate(shapes):
                item = _new_item(shape)
                item.setDepthValue(order)
                self.addItem(item)
            self._shapes = ()
        for number, (item, shape) in enumerate(zip(self.items, shapes, strict=True)):
            if not self._shapes or self._shapes[number] is not shape:
                _fill(item, shape)
        self._shapes = list(shapes)
        self.update()

    # The library's overrides

    def viewMatrix(self) -> QMatrix4x4:
        """World → the camera's space, where OpenGL looks along −z."""
        if self._projection is None:
            return QMatrix4x4()
        camera = self._projection.camera
        rows = np.stack([camera.right, -camera.down, -camera.forward])
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = rows, -rows @ camera.position
        return QMatrix4x4(*matrix.ravel().tolist())

    def projectionMatrix(self, region: object, viewport: object) -> QMatrix4x4:
        """The camera's space → the view, by focal length and optical axis in pixels."""
        matrix, view = QMatrix4x4(), self._projection
        if view is not None:
            x, y = view.origin
            share = view.near / view.scale
            matrix.frustum(
                *(-x * share, (self.width() - x) * share),
                *((y - self.height()) * share, y * share),
                *(view.near, FAR_OVER_NEAR * view.near),
            )
        return matrix


def _new_item(shape: PaintedShape) -> gl.GLGraphicsItem.GLGraphicsItem:
    if isinstance(shape, Lines):
        return gl.GLLinePlotItem(mode="lines", glOptions=OVER)
    if isinstance(shape, Dots):
        return gl.GLScatterPlotItem(glOptions=OVER)
    if isinstance(shape, Sheets):
        return gl.GLMeshItem(
            vertexes=np.zeros((1, 3, 3)), smooth=False, computeNormals=False, glOptions=OVER
        )
    return gl.GLVolumeItem(None, glOptions=OVER)


def _fill(item: gl.GLGraphicsItem.GLGraphicsItem, shape: PaintedShape) -> None:
    if isinstance(shape, Volume):
        side = len(shape.cloud)
        voxels = np.rint(255 * shape.cloud.transpose(2, 1, 0, 3)).astype(np.uint8)  # x, y, z
        item.setData(np.ascontiguousarray(voxels))
        to_world = shape.placement.grid_to_world(side).copy()
        to_world[:3, 3] -= to_world[:3, :3] @ np.full(3, 0.5)  # its item begins at voxels' corners
        item.setTransform(QMatrix4x4(*to_world.ravel().tolist()))
        return
    color = faded(shape.color, shape.alpha)
    if isinstance(shape, Lines):
        ends = np.stack([shape.starts, shape.ends], axis=1).reshape(-1, 3)
        item.setData(pos=ends, color=color, width=shape.width)
    elif isinstance(shape, Dots):
        sizes = np.broadcast_to(shape.sizes, len(shape.points)).astype(np.float32)
        item.setData(pos=shape.points, color=color, size=sizes)
    elif isinstance(shape, Sheets):
        halves = shape.corners[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3, 3)
        item.setMeshData(vertexes=halves, color=color.getRgbF())
