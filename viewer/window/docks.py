"""The docks: one a panel, at the right tabbed and free to float, or at the bottom.

Those of the scene are hidden while none is open; those of a training run are there while one is.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QByteArray, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QTabBar,
    QTabWidget,
    QWidget,
)

from viewer.panels.panel import PANEL_WIDTH, Panel, PanelContext
from viewer.panels.registry import PanelEntry
from viewer.theme import ThemeManager
from viewer.widgets.icon_button import IconButton
from viewer.window.dock_places import bring_on_screen, tab_menu

LAYOUT_VERSION = 2
PanelType = TypeVar("PanelType", bound=Panel)

_DIRECT = Qt.FindChildOption.FindDirectChildrenOnly


class Docks:
    """Makes the docks of a window and keeps their layout."""

    def __init__(
        self,
        window: QMainWindow,
        entries: Sequence[PanelEntry],
        context: PanelContext,
        save_panel: Callable[[str], object] = lambda title: None,
    ) -> None:
        """Make them; `save_panel` takes a picture of the panel of a title."""
        self._window, self._save_panel = window, save_panel
        self._entries = entries
        self._stopped = False
        creators = {entry.name: partial(entry.create, context) for entry in entries}
        self.panels = _Panels(creators, self._put_into_dock)
        # Once for a group of changes, when the window's layout is done with them.
        self._titles_timer = QTimer(window, singleShot=True, interval=0)
        self._titles_timer.timeout.connect(self._show_titles)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        self._application = application
        application.screenRemoved.connect(self._show_titles_soon)
        self._titles: dict[str, DockTitle] = {}
        self._docks: dict[str, QDockWidget] = {}
        window.setDockOptions(
            QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AllowNestedDocks
            | QMainWindow.DockOption.GroupedDragging
        )
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        for entry in entries:
            dock = QDockWidget(entry.title, window)
            dock.setObjectName(f"dock_{entry.name}")
            self._titles[entry.name] = DockTitle(dock, context.themes)
            title = self._titles[entry.name]
            dock.setTitleBarWidget(title)
            title.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            title.customContextMenuRequested.connect(partial(self._show_menu, dock, title))
            for changed in (dock.visibilityChanged, dock.topLevelChanged, dock.dockLocationChanged):
                changed.connect(self._show_titles_soon)
            dock.visibilityChanged.connect(partial(self._set_in_view, entry))
            dock.visibilityChanged.connect(partial(self._give_focus_back, dock))
            dock.toggleViewAction().setToolTip(entry.tip)
            window.addDockWidget(_area(entry), dock)
            self._docks[entry.name] = dock
        self._titled = {entry.name for entry in entries if not entry.has_own_bar}
        self._run_docks = [self._docks[entry.name] for entry in entries if entry.needs_run]
        self._run_is_open = False
        self._arrange()
        self._layout = self._defaults = window.saveState(LAYOUT_VERSION)
        self._is_hidden = False
        self.hide_all()

    @property
    def toggle_actions(self) -> list[QAction]:
        """Show and hide each panel."""
        return [dock.toggleViewAction() for dock in self._docks.values()]

    @property
    def layout(self) -> QByteArray:
        """The layout to keep for the next session."""
        return self._layout if self._is_hidden else self._window.saveState(LAYOUT_VERSION)

    def parts_in_view(self) -> dict[str, QWidget]:
        """The content of every panel that is in view, scrolled out of it or not, by its title."""
        shown = [
            (self._docks[name].windowTitle(), panel)
            for name, panel in self.panels.items()
            if panel.isVisible() and not panel.visibleRegion().isEmpty()
        ]
        return {title: panel.widget() or panel for title, panel in shown}

    @property
    def areas_in_view(self) -> list[QWidget]:
        """Tabs and panels inside the window that are in view, in the order they are read in."""
        docks = [
            dock
            for dock in self._docks.values()
            if dock.isVisible() and not dock.isFloating() and not dock.visibleRegion().isEmpty()
        ]
        # Qt keeps bars that it needs no more outside the window, where they count as visible.
        inside = self._window.rect()
        bars = [
            bar for bar in self._tab_bars() if bar.isVisible() and inside.intersects(bar.geometry())
        ]
        return sorted([*bars, *docks], key=lambda area: (area.y(), area.x()))

    def panel(self, kind: type[PanelType]) -> PanelType:
        """The panel of a class, one that is made with the window."""
        name = next(entry.name for entry in self._entries if entry.create is kind)
        panel = self.panels[name]
        assert isinstance(panel, kind)
        return panel

    def show_panel(self, name: str) -> None:
        """Bring a panel into view."""
        dock = self._docks[name]
        if dock.toggleViewAction().isEnabled():
            self.panels.make(name)  # before its dock is given room
            dock.show()
            dock.raise_()

    def stop(self) -> None:
        """Let the panels follow nothing more, for good: Qt does not hide those that float."""
        if self._stopped:
            return
        self._stopped = True
        self._titles_timer.stop()
        self._application.screenRemoved.disconnect(self._show_titles_soon)
        for panel in self.panels.values():
            panel.set_in_view(False)

    def is_shown(self, name: str) -> bool:
        """Whether a panel is open; it may lie behind another tab."""
        return name in self._docks and not self._docks[name].isHidden()

    def set_shown(self, name: str, shown: bool) -> None:
        """Bring a panel into view, or hide it."""
        if shown:
            self.show_panel(name)
        else:
            self._docks[name].hide()

    def set_run_open(self, is_open: bool) -> None:
        """Show the panels of a training run in front, or hide them."""
        if is_open == self._run_is_open:
            return
        self._run_is_open = is_open
        self._allow_toggling()
        self._place_run_docks()

    def restore(self, layout: QByteArray) -> None:
        """Restore the layout of an earlier session; one that does not fit is ignored."""
        if layout.isEmpty():
            return
        if self._is_hidden:
            self._layout = layout
        elif not self._window.restoreState(layout, LAYOUT_VERSION):
            self.reset()
        else:
            self._place_run_docks()

    def reset(self) -> None:
        """Put all panels back to where they were at first."""
        self._layout = self._defaults
        if not self._is_hidden:
            self._window.restoreState(self._defaults, LAYOUT_VERSION)
            self._arrange()
            self._place_run_docks()

    def hide_all(self) -> None:
        """Hide all panels; their layout is kept."""
        if not self._is_hidden:
            self._layout = self._window.saveState(LAYOUT_VERSION)
            self._is_hidden = True
            for dock in self._docks.values():
                if dock not in self._run_docks or not self._run_is_open:
                    dock.hide()
            self._allow_toggling()

    def show_again(self) -> None:
        """Bring back the panels that `hide_all` hid."""
        if self._is_hidden:
            self._is_hidden = False
            if not self._window.restoreState(self._layout, LAYOUT_VERSION):
                self._window.restoreState(self._defaults, LAYOUT_VERSION)
            self._place_run_docks()
            self._allow_toggling()

    # Panels are made when they are first in view, or asked for

    def _put_into_dock(self, name: str, panel: Panel) -> None:
        self._docks[name].setWidget(panel)

    def _set_in_view(self, entry: PanelEntry, in_view: bool) -> None:
        if self._stopped:
            return
        if entry.name in self.panels:
            self.panels[entry.name].set_in_view(in_view)
        elif in_view and entry.at_bottom:  # at once: the dock is given room for what is in it
            self.panels[entry.name].set_in_view(True)
        elif in_view:  # not what is in view only while a layout is restored
            QTimer.singleShot(0, self._window, partial(self._make_if_in_view, entry.name))

    def _make_if_in_view(self, name: str) -> None:
        dock = self._docks[name]
        if not self._stopped and dock.isVisible() and not dock.visibleRegion().isEmpty():
            self.panels[name].set_in_view(True)

    def _show_titles_soon(self, *_: object) -> None:
        if not self._stopped:
            self._titles_timer.start()

    def _show_titles(self) -> None:
        """A dock that has a tab needs no title; what floats must be on a screen."""
        for name, dock in self._docks.items():
            others = self._window.tabifiedDockWidgets(dock)
            tabbed = not dock.isFloating() and any(not other.isHidden() for other in others)
            bare = name not in self._titled and not dock.isFloating()
            self._titles[name].show_in_full(not tabbed and not bare)
            if dock.isFloating() and dock.isVisible():
                self.panels[name].set_in_view(True)  # Qt is silent where one floats from behind
                # From behind another tab Qt floats it where tabs are kept: off the screen.
                bring_on_screen(dock, self._window.geometry())
        for bar in self._tab_bars():
            if not bar.property("floats"):
                bar.setProperty("floats", True)
                bar.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
                bar.customContextMenuRequested.connect(partial(self._show_tab_menu, bar))
                bar.tabBarDoubleClicked.connect(
                    lambda index, bar=bar: self._float(bar.tabText(index))
                )

    def _tab_bars(self) -> list[QTabBar]:
        return list(self._window.findChildren(QTabBar, options=_DIRECT))

    def _float(self, title: str) -> None:
        dock = self._titled_dock(title)
        if dock is not None:
            dock.setFloating(True)

    def _titled_dock(self, title: str) -> QDockWidget | None:
        return next((dock for dock in self._docks.values() if dock.windowTitle() == title), None)

    def _show_tab_menu(self, bar: QTabBar, place: QPoint) -> None:
        index = bar.tabAt(place)
        dock = self._titled_dock(bar.tabText(bar.currentIndex() if index < 0 else index))
        if dock is not None:
            self._show_menu(dock, bar, place)

    def _show_menu(self, dock: QDockWidget, shown: QWidget, place: QPoint) -> None:
        dock.raise_()  # only what is in view has a picture
        menu = tab_menu(shown, dock, self._save_panel, self.reset)
        menu.popup(shown.mapToGlobal(place))

    def _give_focus_back(self, dock: QDockWidget, visible: bool) -> None:
        """What lies behind another tab keeps no keys: Space would act there unseen."""
        focused, center = self._window.focusWidget(), self._window.centralWidget()
        if not visible and not self._stopped and focused and dock.isAncestorOf(focused):
            focused.clearFocus()
            if center is not None:
                center.setFocus()

    def _allow_toggling(self) -> None:
        for dock in self._docks.values():
            of_run = dock in self._run_docks
            dock.toggleViewAction().setEnabled(self._run_is_open if of_run else not self._is_hidden)

    def _place_run_docks(self) -> None:
        """A layout may be of a session with a run, or of one without."""
        for dock in self._run_docks:
            dock.setVisible(self._run_is_open)
            if self._run_is_open:
                dock.raise_()

    def _arrange(self) -> None:
        for entry in self._entries:
            dock = self._docks[entry.name]
            dock.setFloating(False)
            self._window.addDockWidget(_area(entry), dock)
            dock.setVisible(not entry.starts_hidden)
        docks = [
            self._docks[entry.name]
            for entry in self._entries
            if not (entry.at_bottom or entry.below_others)
        ]
        for dock in docks[1:]:
            self._window.tabifyDockWidget(docks[0], dock)
        bottom = [self._docks[entry.name] for entry in self._entries if entry.at_bottom]
        for dock in bottom[1:]:
            self._window.tabifyDockWidget(bottom[0], dock)
        if docks:
            docks[0].raise_()
            self._window.resizeDocks(docks[:1], [PANEL_WIDTH], Qt.Orientation.Horizontal)


def _area(entry: PanelEntry) -> Qt.DockWidgetArea:
    areas = Qt.DockWidgetArea
    return areas.BottomDockWidgetArea if entry.at_bottom else areas.RightDockWidgetArea


class _Panels(dict[str, Panel]):
    """Panels by their names, each made when it is first asked for; the others are not in it."""

    def __init__(
        self,
        creators: Mapping[str, Callable[[], Panel]],
        made: Callable[[str, Panel], object],
    ) -> None:
        super().__init__()
        self._creators, self._made = creators, made

    def make(self, name: str) -> None:
        """Make one, unless that was done."""
        if name not in self:
            self.__missing__(name)

    def __missing__(self, name: str) -> Panel:
        panel = self[name] = self._creators[name]()
        self._made(name, panel)
        return panel


class DockTitle(QWidget):
    """A dock's title that looks like the tab it would be; gone where there are tabs."""

    def __init__(self, dock: QDockWidget, themes: ThemeManager) -> None:
        super().__init__(dock)
        self._dock = dock
        self._full = True
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName("dockTitle")
        self._label = QLabel(dock.windowTitle())
        self._label.setObjectName("dockTitleTab")
        self._float = IconButton(
            themes, "dock-window", f"Float {dock.windowTitle()}: take it out of the window"
        )
        self._float.clicked.connect(lambda: dock.setFloating(not dock.isFloating()))
        self._close = IconButton(themes, "close", "Hide: View, Panels brings it back")
        self._close.clicked.connect(dock.close)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 8, 0)
        row.setSpacing(2)
        row.addWidget(self._label)
        row.addStretch(1)
        row.addWidget(self._float)
        row.addWidget(self._close)
        dock.topLevelChanged.connect(self._show_way)

    def show_in_full(self, full: bool) -> None:
        """Take the height of a tab, or none."""
        if full != self._full:
            self._full = full
            for child in (self._label, self._float, self._close):
                child.setVisible(full)
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        """What the dock's layout gives it."""
        return super().sizeHint() if self._full else QSize(0, 0)

    def minimumSizeHint(self) -> QSize:
        """Nothing where there are tabs."""
        return super().minimumSizeHint() if self._full else QSize(0, 0)

    def _show_way(self, floating: bool) -> None:
        title = self._dock.windowTitle()
        self._float.setToolTip(
            f"Dock {title}: put it back into the window"
            if floating
            else f"Float {title}: take it out of the window"
        )
