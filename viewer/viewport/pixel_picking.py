"""Reports the pixel under the mouse to the selection, and pins what is clicked."""

import time

from PySide6.QtCore import QEvent, QObject, QPointF, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Frame
from viewer.state.selection import Pin, Pixel, Selection
from viewer.state.viewer_state import ViewerState
from viewer.viewport.viewport import Viewport

HOVER_MS = 16
PIN_RADIUS = 8.0
"""How near to a pin a click means that pin, the viewport's pixels."""


class PixelPicking(QObject):
    """Connects the mouse over a viewport with the selection, while somebody watches it.

    While a drag turns the scene, the pixel under the mouse changes with every view, and what is
    known of it with every frame of the network: it is reported once a frame then.
    """

    def __init__(self, viewport: Viewport, state: ViewerState, selection: Selection) -> None:
        super().__init__(viewport)
        self._viewport = viewport
        self._state = state
        self._selection = selection
        self._place = QPointF()
        self._before_click: tuple[Pin, ...] = ()
        self._clicked_at = 0.0
        self._is_dragging = False
        self._timer = QTimer(self, singleShot=True, interval=HOVER_MS)
        self._timer.timeout.connect(self._on_timeout)
        viewport.installEventFilter(self)
        viewport.clicked.connect(self._toggle_pin)
        selection.watched_changed.connect(self._watch)
        state.scene_changed.connect(self._forget)
        state.frame_changed.connect(self._on_frame_changed)
        self._watch(selection.watched)

    def pin(self, pixel: Pixel | None) -> None:
        """Pin `pixel`, or the middle of the picture."""
        scene = self._state.scene
        if scene is not None:
            middle = scene.config.image_size / 2
            self._selection.pin(pixel or Pixel(middle, middle))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Listen to moves; take no event away from the viewport."""
        if watched is self._viewport and self._selection.watched:
            if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseMove:
                self._place = event.position()
                if not (self._is_dragging or self._timer.isActive()):
                    self._timer.start()
            elif event.type() == QEvent.Type.MouseButtonPress:
                self._is_dragging = True
            elif event.type() == QEvent.Type.MouseButtonRelease:
                self._is_dragging = False
                self._timer.start()
            elif event.type() in (QEvent.Type.Leave, QEvent.Type.Hide):
                self._timer.stop()
                self._selection.hover(None)
            elif event.type() == QEvent.Type.MouseButtonDblClick:
                self._restore_pins()
        return False

    def _watch(self, watched: bool) -> None:
        self._viewport.setMouseTracking(watched)
        if not watched:
            self._timer.stop()
            self._is_dragging = False
            self._selection.hover(None)

    def _on_frame_changed(self, _: Frame | None) -> None:
        if self._is_dragging and self._selection.watched:
            self._on_timeout()

    def _on_timeout(self) -> None:
        pixel = self._viewport.pixel_at(self._place.x(), self._place.y())
        self._selection.hover(None if pixel is None else Pixel(*pixel))

    def _toggle_pin(self, u: float, v: float) -> None:
        if not self._selection.watched:
            return
        self._before_click = self._selection.pins
        self._clicked_at = time.perf_counter()
        self._selection.toggle_pin(Pixel(u, v), PIN_RADIUS * self._viewport.pixel_size)

    def _restore_pins(self) -> None:
        """A double click sets the pivot: its first half was not meant to pin."""
        elapsed = time.perf_counter() - self._clicked_at
        if elapsed * 1000 < 2 * QApplication.doubleClickInterval():
            self._selection.restore_pins(self._before_click)

    def _forget(self, _: Scene | None) -> None:
        self._timer.stop()
        self._selection.hover(None)
        self._selection.forget()
