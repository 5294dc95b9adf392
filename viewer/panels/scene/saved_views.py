"""The section of saved views: pictures with names, to be gone to by a click or by the keys."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
)

from dvox_core.camera_paths.saved_views import SavedView
from viewer.panels.panel import Section
from viewer.state.key_tips import add_keys_to_tip
from viewer.state.shortcut_keys import ShortcutKeys
from viewer.widgets.widget_row import WidgetRow

PICTURE = 80
CELL = QSize(100, 112)


class SavedViewsSection(Section):
    """Lists the saved views and tells what is wanted of them."""

    save_requested = Signal()
    go_requested = Signal(int)
    rename_requested = Signal(int, str)
    retake_requested = Signal(int)
    removal_requested = Signal(int)
    keyframes_requested = Signal(object)  # list of numbers

    def __init__(self, keys: ShortcutKeys) -> None:
        super().__init__("Saved views")
        self.set_remark("Enter goes there, F2 renames")
        self.empty = QLabel("Views that you save appear here, with a picture.")
        self.empty.setProperty("role", "muted")
        self.empty.setWordWrap(True)
        self.list = _ViewList()
        self.list.setAccessibleName("Saved views")
        self.save = QPushButton("Save this view")
        self.save.setToolTip("Keep the present view beside the scene")
        add_keys_to_tip(self.save, keys, "save_view")
        self.keyframes = QPushButton("Make keys of them")
        self.keyframes.setToolTip("Add the selected views, or all, to the camera path as keys")
        row = WidgetRow(self.save, self.keyframes)
        row.add_stretch()
        for widget in (self.empty, self.list, row):
            self.column.addWidget(widget)
        self.list.itemActivated.connect(lambda item: self.go_requested.emit(self.list.row(item)))
        self.list.itemClicked.connect(lambda item: self.go_requested.emit(self.list.row(item)))
        self.list.itemChanged.connect(
            lambda item: self.rename_requested.emit(self.list.row(item), item.text())
        )
        self.list.removal_wanted.connect(self.removal_requested)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.save.clicked.connect(self.save_requested)
        self.keyframes.clicked.connect(lambda: self.keyframes_requested.emit(self._chosen()))
        self.show_views(())

    def show_views(self, views: Sequence[SavedView]) -> None:
        """Show these."""
        chosen = self.list.currentRow()
        self.list.blockSignals(True)
        self.list.clear()
        for view in views:
            item = QListWidgetItem(_icon(view.thumbnail), view.name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            item.setToolTip(view.name)
            self.list.addItem(item)
        self.list.setCurrentRow(min(chosen, len(views) - 1))
        self.list.blockSignals(False)
        self.empty.setVisible(not views)
        self.list.setVisible(bool(views))
        self.keyframes.setEnabled(bool(views))
        self.list.fit()

    def _chosen(self) -> list[int]:
        rows = sorted(self.list.row(item) for item in self.list.selectedItems())
        return rows if len(rows) > 1 else list(range(self.list.count()))

    def _show_menu(self, place: QPoint) -> None:
        if not self.list.count():
            return
        item = self.list.itemAt(place) or self.list.currentItem() or self.list.item(0)
        row = self.list.row(item)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("&Go there", lambda: self.go_requested.emit(row))
        menu.addAction("&Rename", lambda: self.list.editItem(item))
        menu.addAction("Give it the &present view", lambda: self.retake_requested.emit(row))
        menu.addAction("Add as a &key", lambda: self.keyframes_requested.emit([row]))
        menu.addSeparator()
        menu.addAction("&Delete", lambda: self.removal_requested.emit(row))
        menu.popup(self.list.viewport().mapToGlobal(place))


class _ViewList(QListWidget):
    """As high as its rows need; Delete asks for a removal."""

    removal_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setIconSize(QSize(PICTURE, PICTURE))
        self.setGridSize(CELL)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def fit(self) -> None:
        """Take the height of all rows: the panel scrolls, not the list."""
        columns = max(self.viewport().width() // CELL.width(), 1)
        rows = -(-max(self.count(), 1) // columns)
        self.setFixedHeight(rows * CELL.height() + 8)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete asks for a removal; Enter goes there everywhere."""
        key = event.key()
        if key == Qt.Key.Key_Delete and self.currentRow() >= 0:
            self.removal_wanted.emit(self.currentRow())
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentItem() is not None:
            self.itemActivated.emit(self.currentItem())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other columns, other rows."""
        super().resizeEvent(event)
        self.fit()


def _icon(png: bytes) -> QIcon:
    picture = QPixmap()
    picture.loadFromData(png)
    return QIcon(picture)
