"""Keeps panels that float where they can be reached, and offers what a panel's tab can do."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDockWidget, QMenu, QWidget

TITLE_PX = 32
"""Height of what a floating panel is held by."""

REACHABLE_PX = 80
"""So much of its width must be on a screen to be taken hold of."""


def bring_on_screen(dock: QDockWidget, home: QRect) -> None:
    """Move a floating dock that cannot be reached into `home`, the window's place."""
    screens = [screen.availableGeometry() for screen in QGuiApplication.screens()]
    wanted = reachable_place(dock.geometry(), screens, home)
    if wanted != dock.geometry():
        dock.setGeometry(wanted)


def reachable_place(place: QRect, screens: Sequence[QRect], home: QRect) -> QRect:
    """The place itself where its title is on a screen; else the middle of `home`, bounded."""
    title = QRect(place.topLeft(), QSize(place.width(), TITLE_PX))
    for screen in screens:
        shared = title.intersected(screen)
        if shared.width() >= min(REACHABLE_PX, place.width()) and shared.height() >= TITLE_PX // 2:
            return place
    room = next((screen for screen in screens if screen.intersects(home)), home)
    size = place.size().boundedTo(room.size())
    moved = QRect(QPoint(), size)
    moved.moveCenter(home.center())
    left = min(max(moved.left(), room.left()), room.right() - size.width() + 1)
    top = min(max(moved.top(), room.top()), room.bottom() - size.height() + 1)
    return QRect(QPoint(left, top), size)


def tab_menu(
    bar: QWidget,
    dock: QDockWidget,
    save: Callable[[str], object],  # a picture of the panel of that title
    reset: Callable[[], object],
) -> QMenu:
    """What the context menu of a panel's tab or title offers."""
    title = dock.windowTitle()
    menu = QMenu(bar)
    menu.aboutToHide.connect(menu.deleteLater)
    floats = dock.isFloating()
    words = f"&Dock {title}" if floats else f"&Float {title}"
    menu.addAction(words, lambda: dock.setFloating(not floats))
    menu.addAction(f"&Hide {title}", dock.close)
    menu.addAction(f"&Save {title} as a picture…", lambda: save(title))
    menu.addSeparator()
    menu.addAction("&Reset the layout", reset)
    return menu
