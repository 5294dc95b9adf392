"""A widget that looks into the world: turned, moved and zoomed by mouse and keys."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QToolTip, QWidget

from viewer.plots.export import make_menu, picture_entries, pop_up, save_picture
from viewer.plots.library import plot_library
from viewer.plots.plot_host import CLICK_PX
from viewer.theme import CAPTION_PX, DARK, Theme, interface_font
from viewer.view3d.opengl_speed import opengl_speed
from viewer.view3d.orbit_camera import TURN_PER_PX, Orbit
from viewer.view3d.projection import Projection
from viewer.view3d.shapes import Label, Shape, Volume

if TYPE_CHECKING:  # they import pyqtgraph
    from viewer.view3d.flat_painter import FlatPainter
    from viewer.view3d.opengl_painter import OpenGLPainter

KEY_TURN = 0.1  # radians
WHEEL_ZOOM, KEY_ZOOM = 1.1, 1.15


class Drag(enum.Enum):
    """What the mouse moves."""

    NONE = enum.auto()
    TURN = enum.auto()
    PAN = enum.auto()
    HOLD = enum.auto()  # something of the subclass's


@dataclass(frozen=True, eq=False)
class VolumeOrder:
    """A volume's picture that a flat view needs."""

    volume: Volume
    view: Projection
    width: int
    height: int


class SpaceView(QWidget):
    """Shows the `shapes` of a subclass as its `projection` sees them.

    OpenGL paints where it is fast enough, else flat items do, with the same shapes; what is under
    the mouse is found by the projection in both cases.
    """

    wheel_needs_ctrl = True  # in a panel that the wheel scrolls
    can_pan = False
    can_turn = True  # also zoom; not while another camera's view is shown

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self.theme: Theme = DARK
        self.orbit: Orbit | None = None
        self._drag = Drag.NONE
        self._pressed_at = self._last = QPointF()
        self._moved = False
        self._flat: FlatPainter | None = None
        self._opengl: OpenGLPainter | None = None
        self.labels: list[Label] = []
        self.seen_by: Projection | None = None  # when it was refreshed last
        self._overlay = _Overlay(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(name)
        self.setToolTip(tip)

    # What subclasses say

    def shapes(self) -> Sequence[Shape]:
        """What is there to see; shapes that have not changed are the same objects."""
        raise NotImplementedError

    def projection(self) -> Projection | None:
        """How it is seen now; None while there is nothing to see."""
        raise NotImplementedError

    def reset(self) -> None:
        """Back to the first view."""
        raise NotImplementedError

    def takes_hold(self, point: QPointF) -> bool:
        """Whether a drag that begins here is the subclass's own."""
        return False

    def held_moved(self, step: QPointF) -> None:
        """Move what was taken hold of."""

    def clicked_at(self, point: QPointF) -> None:
        """Do what a click means."""

    def hovered_at(self, point: QPointF) -> None:
        """Show what a click would do."""

    def tip_at(self, point: QPointF) -> str:
        """The tool tip at a point."""
        return self.toolTip()

    def limited(self, orbit: Orbit) -> Orbit:
        """The nearest orbit that is allowed."""
        return orbit

    def order_volume(self, order: VolumeOrder) -> None:
        """Have a volume's picture made, and give it to `show_volume_picture`."""

    def paint_over(self, painter: QPainter, view: Projection | None) -> None:
        """Paint over the shapes, in the widget's pixels, below the labels."""

    # Showing

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        if theme is not self.theme:
            self.theme = theme
            self.refresh()

    def refresh(self) -> None:
        """Show shapes and labels as they are now."""
        view = self.seen_by = self.projection()
        painter = self._painter(view)
        everything = self.shapes() if view is not None else ()
        self.labels = [shape for shape in everything if isinstance(shape, Label)]
        shapes = [shape for shape in everything if not isinstance(shape, Label)]
        if painter is not None:
            painter.show_shapes(shapes, view, self.theme.viewport)
        if view is not None and painter is not None and painter is self._flat:
            for shape in shapes:
                if isinstance(shape, Volume):
                    self.order_volume(VolumeOrder(shape, view, self.width(), self.height()))
        self._overlay.update()

    def show_volume_picture(self, rgba: NDArray[np.uint8] | None) -> None:
        """The volume's picture [H, W, 4] for a flat view; None takes it away."""
        if self._flat is not None:
            self._flat.show_volume_picture(rgba)

    @property
    def paints_by_opengl(self) -> bool:
        """Whether the volume is painted by OpenGL."""
        return self._opengl is not None and self._opengl.isVisibleTo(self)

    def _painter(self, view: Projection | None) -> FlatPainter | OpenGLPainter | None:
        """The painter for a view: lenses bend lines, which only flat items can show."""
        if not self.isVisible() or not plot_library().is_loaded:
            return self._flat
        fast = opengl_speed().suffices and (view is None or view.lens is None)
        if fast and self._opengl is None:
            from viewer.view3d.opengl_painter import OpenGLPainter

            self._opengl = OpenGLPainter(self)
        elif not fast and self._flat is None:
            from viewer.view3d.flat_painter import FlatPainter

            self._flat = FlatPainter(self)
        for painter, wanted in ((self._opengl, fast), (self._flat, not fast)):
            if painter is not None and painter.isVisibleTo(self) != wanted:
                painter.resize(self.size())
                painter.setVisible(wanted)
                self._overlay.raise_()
        return self._opengl if fast else self._flat

    def _begin(self) -> Iterator[None]:
        if shiboken6.isValid(self):
            self.refresh()
            yield

    # Turning

    def turn(self, right: float, down: float) -> None:
        """Turn around the target by angles in radians."""
        if self.orbit is not None and self.can_turn:
            self._set_orbit(self.orbit.turned(right, down))

    def zoom(self, factor: float) -> None:
        """Go so many times as near."""
        if self.orbit is not None and self.can_turn:
            self._set_orbit(self.orbit.nearer(1 / factor))

    def _set_orbit(self, orbit: Orbit) -> None:
        self.orbit = self.limited(orbit)
        self.refresh()

    # Qt's overrides

    def showEvent(self, event: QShowEvent) -> None:
        """Have it painted."""
        super().showEvent(event)
        opengl_speed().measure()
        opengl_speed().measured.connect(self.refresh, Qt.ConnectionType.UniqueConnection)
        plot_library().make_soon(self._begin())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill it."""
        super().resizeEvent(event)
        for part in (self._flat, self._opengl, self._overlay):
            if part is not None:
                part.resize(self.size())
        self.refresh()

    def event(self, event: QEvent) -> bool:
        """Say in a tool tip what is under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.tip_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that it has the keys."""
        super().focusInEvent(event)
        self._overlay.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show it no more."""
        super().focusOutEvent(event)
        self._overlay.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of something, or of the view."""
        self._pressed_at = self._last = event.position()
        self._moved = False
        is_left = event.button() == Qt.MouseButton.LeftButton
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if is_left and self.takes_hold(event.position()):
            self._drag = Drag.HOLD
        elif is_left and not (shifted and self.can_pan):
            self._drag = Drag.TURN
        else:
            self._drag = Drag.PAN

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what is held."""
        if self._drag is Drag.NONE:
            self.hovered_at(event.position())
            return
        away = event.position() - self._pressed_at
        if not self._moved and away.manhattanLength() < CLICK_PX:
            return
        self._moved = True
        step, self._last = event.position() - self._last, event.position()
        if self._drag is Drag.HOLD:
            self.held_moved(step)
        elif self._drag is Drag.TURN:
            self.turn(TURN_PER_PX * step.x(), TURN_PER_PX * step.y())
        elif self.can_pan and self.orbit is not None and (view := self.projection()) is not None:
            self._set_orbit(self.orbit.moved(-step.x() / view.scale, -step.y() / view.scale))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go, or click."""
        was, self._drag = self._drag, Drag.NONE
        if was is Drag.TURN and not self._moved:
            self.clicked_at(event.position())
        elif event.button() == Qt.MouseButton.RightButton and not self._moved:
            pop_up(self.make_menu(), event.globalPosition().toPoint())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Return to the first view."""
        self._drag = Drag.NONE
        self.reset()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer the menu by its key; the mouse has it when it lets go, as a drag may come first."""
        if event.reason() != QContextMenuEvent.Reason.Mouse:
            pop_up(self.make_menu(), event.globalPos())

    def make_menu(self) -> QMenu:
        """What can be done with the view."""
        exports = picture_entries(self, partial(save_picture, self))
        return make_menu(self, [("Show all", self.reset)], exports)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Come nearer or go away."""
        with_ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if with_ctrl or not self.wheel_needs_ctrl:
            self.zoom(WHEEL_ZOOM ** (event.angleDelta().y() / 120))
            event.accept()
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn and zoom by keys; Home and R return to the first view."""
        turns = {
            Qt.Key.Key_Left: (KEY_TURN, 0.0),
            Qt.Key.Key_Right: (-KEY_TURN, 0.0),
            Qt.Key.Key_Up: (0.0, KEY_TURN),
            Qt.Key.Key_Down: (0.0, -KEY_TURN),
        }
        key = Qt.Key(event.key())
        if key in turns:
            self.turn(*turns[key])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self.zoom(1 / KEY_ZOOM if key == Qt.Key.Key_Minus else KEY_ZOOM)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_R):
            self.reset()
        else:
            super().keyPressEvent(event)


class _Overlay(QWidget):
    """Labels and focus frame, over whatever paints the shapes."""

    def __init__(self, owner: SpaceView) -> None:
        super().__init__(owner)
        self._owner = owner
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFont(interface_font(CAPTION_PX))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint them."""
        owner = self._owner
        view = owner.seen_by
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            owner.paint_over(painter, view)
            if view is not None:
                for label in owner.labels:
                    (point,), _ = view.points(label.point)
                    if np.isfinite(point).all():
                        painter.setPen(QColor(label.color))
                        room = QRectF(point[0] - 40, point[1] - 8, 80, 16)
                        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, label.text)
            if owner.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(owner.theme.accent), 1))
                painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
