"""A widget around a pyqtgraph view that is made when it is first seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from viewer.plots.library import plot_library
from viewer.theme import DARK, Theme

if TYPE_CHECKING:
    import pyqtgraph as pg

USUAL_WIDTH = 320

CLICK_PX = 4
"""A press that moves farther before it is let go is no click."""

_HANDLERS = {
    QEvent.Type.MouseButtonPress: "mousePressEvent",
    QEvent.Type.MouseMove: "mouseMoveEvent",
    QEvent.Type.MouseButtonRelease: "mouseReleaseEvent",
    QEvent.Type.MouseButtonDblClick: "mouseDoubleClickEvent",
    QEvent.Type.Wheel: "wheelEvent",
    QEvent.Type.ContextMenu: "contextMenuEvent",
    QEvent.Type.Enter: "enterEvent",
    QEvent.Type.Leave: "leaveEvent",
}


class PlotHost(QWidget):
    """Keeps what is to be shown, and shows it once its view is there.

    Subclasses make the view in `prepare` and `make_view`, fill it in `draw` and colour it in
    `apply_theme`. The mouse comes to this widget's own handlers first; what they ignore goes to
    pyqtgraph's items.
    """

    made = Signal()  # the view is there

    def __init__(self, name: str, height: int | None = None) -> None:
        super().__init__()
        if height is not None:  # as wide as there is room
            self.setFixedHeight(height)
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.theme: Theme = DARK
        self.view: Any = None  # pg.GraphicsView, once pyqtgraph is there
        self._making = self._make()
        self._pressed: QPointF | None = None
        self._is_awaited = False  # whether the library is to make it
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def prepare(self) -> None:
        """Make the view's largest item; called a turn of the event loop before `make_view`."""

    def make_view(self) -> pg.GraphicsView:
        """Make the view and its items."""
        raise NotImplementedError

    def draw(self) -> None:
        """Show what is kept; called when the view is there."""

    def apply_theme(self) -> None:
        """Take the theme's colours; called when the view is there."""

    def clicked_at(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Do what a click of the left button means."""

    def tip_at(self, point: QPointF) -> str:
        """The tool tip at a point."""
        return self.toolTip()

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        if theme is not self.theme:
            self.theme = theme
            if self.view is not None:
                self.apply_theme()
                self.draw()

    def redraw(self) -> None:
        """Show what is kept, now or once the view is there."""
        if self.view is not None:
            self.draw()

    def ready(self) -> bool:
        """Whether the view is there; it is made if pyqtgraph is loaded."""
        if self.view is None and plot_library().is_loaded:
            for _ in self._making:
                pass
        return self.view is not None

    def _make_if_seen(self) -> Iterator[None]:
        """Make the view; not that of a widget that is gone, or hidden until it is seen again."""
        if not shiboken6.isValid(self):
            return
        self._is_awaited = False
        if self.isVisible():
            for _ in self._making:
                yield
                if not shiboken6.isValid(self):
                    return

    def _make(self) -> Iterator[None]:
        """Make the view in pieces, so that none holds the window's thread for long."""
        self.prepare()
        yield
        view = self.make_view()
        view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        view.setCursor(self.cursor())
        yield
        self.view = view
        for watched in (view, view.viewport()):
            watched.installEventFilter(self)
        # No layout: its items' proportions would count, and not this widget's own.
        view.setParent(self)
        self.apply_theme()
        self.draw()
        view.resize(self.size())
        view.show()
        self.made.emit()
        yield

    # Qt's overrides

    def sizeHint(self) -> QSize:
        """As wide as a panel."""
        return QSize(USUAL_WIDTH, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Have the view made: only what is in view is painted, not what a tab or a scroll hides."""
        if self.view is None and not self._is_awaited:
            self._is_awaited = True
            plot_library().make_soon(self._make_if_seen())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill it with the view."""
        super().resizeEvent(event)
        if self.view is not None:
            self.view.resize(self.size())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the view's mouse events; hand on what is ignored here."""
        kind = event.type()
        if isinstance(event, QHelpEvent) and kind == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.tip_at(QPointF(event.pos())), self)
            return True
        name = _HANDLERS.get(kind)
        if name is None or (watched is self.view and kind != QEvent.Type.Wheel):
            return False
        getattr(self, name)(event)
        if kind in (QEvent.Type.Enter, QEvent.Type.Leave):
            return False
        if isinstance(event, QWheelEvent) and not event.isAccepted():
            # Without Ctrl the wheel scrolls the panel that this is in.
            return not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        return event.isAccepted()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin what may be a click."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position()
        event.ignore()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Click, if the mouse stayed where it was pressed."""
        pressed, self._pressed = self._pressed, None
        is_left = event.button() == Qt.MouseButton.LeftButton
        if pressed is None or not is_left:
            pass
        elif (event.position() - pressed).manhattanLength() < CLICK_PX:
            self.clicked_at(event.position(), event.modifiers())
        event.ignore()


def keep_menu_with(host: QWidget, plot: pg.PlotItem) -> None:
    """Let pyqtgraph's own menu, which is never shown, end with its widget; else it ends never."""
    plot.ctrlMenu.setParent(host, plot.ctrlMenu.windowFlags())
