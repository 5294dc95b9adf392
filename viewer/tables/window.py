"""The window that compares systems: a table's cells as they come, and systems side by side."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from dvox_core.baselines.systems import NEAREST
from dvox_core.training.presets import find_preset
from viewer.tables.cell_grid import CellGrid
from viewer.tables.new_table import NewTable
from viewer.tables.tiles import SideBySide
from viewer.theme import Spacing, ThemeManager
from viewer.widgets.empty_state import EmptyState
from viewer.widgets.focus_order import tab_through
from viewer.widgets.labels import ElidedLabel
from viewer.widgets.notice import Notice
from viewer.workers.tables.table_process import TableProcess, TableRequest, going_on
from viewer.workers.tables.table_reader import SeenTable, TableFollower, system_title
from viewer.workers.tables.tile_renderer import MAX_TILES, TileRenderer, TileSource

FIRST_SIZE = QSize(1100, 800)
FRAME_SIZE = QSize(0, 40)  # what a window manager adds, at most
SMALLEST_SIZE = QSize(640, 480)
TEXT_WIDTH = 560
EMPTY = (
    "A table trains several systems on several captures, scores them on the same views, and lays "
    "the pictures out side by side, as the paper's Table 1 and Figure 4 do."
)

MakeRenderer = Callable[[list[TileSource]], TileRenderer]


class TableWindow(QDialog):
    """Opens a table's folder, starts one, and turns several systems together.

    Closing it leaves what makes the table at work; `stop` ends all its threads.
    """

    cell_chosen = Signal(object)  # SeenCell: open its scene at its view
    table_requested = Signal()  # a folder with a table is to be chosen
    capture_requested = Signal()  # a capture's folder is to be chosen, for the form

    def __init__(
        self,
        parent: QWidget | None,
        themes: ThemeManager,
        folder: Path,
        captures: tuple[Path, ...] = (),
        make_renderer: MakeRenderer = TileRenderer,
    ) -> None:
        """New tables are proposed in `folder`, on `captures`."""
        super().__init__(parent)
        self.setWindowTitle("Compare systems")
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.setMinimumSize(SMALLEST_SIZE)
        self._themes, self._make_renderer = themes, make_renderer
        self._seen: SeenTable | None = None
        self._has_stopped = False
        self.follower = TableFollower(self)
        self.process = TableProcess(self)
        self.grid = CellGrid(themes)
        self.tiles = SideBySide(themes)
        self.form = NewTable(folder, captures)
        self.empty = EmptyState(EMPTY, "Open a table…", self.table_requested.emit)
        self.stack = QStackedWidget()
        self._empty_page = _centred(self.empty)
        for page in (self._empty_page, self.form, self.grid, self.tiles):
            self.stack.addWidget(page)
        self.notice = Notice(themes)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar())
        column.addWidget(self.notice)
        column.addWidget(self.stack, 1)
        self.follower.seen.connect(self._on_seen)
        self.follower.failed.connect(self._on_unreadable)
        self.process.began.connect(self.open_table)
        self.process.ended.connect(self._on_ended)
        self.grid.cell_chosen.connect(self.cell_chosen)
        self.grid.side_by_side_requested.connect(self.show_side_by_side)
        self.form.started.connect(self._start)
        self.form.capture_requested.connect(self.capture_requested)
        self.form.cancelled.connect(self._leave_form)
        room = self.screen().availableGeometry().size() - FRAME_SIZE
        self.resize(FIRST_SIZE.boundedTo(room))
        self._update()

    @property
    def seen(self) -> SeenTable | None:
        """What is known of the open table."""
        return self._seen

    def open_table(self, path: Path) -> None:
        """Follow the table in a folder; until it is read the former one stays."""
        self.notice.set_text("")
        self.follower.follow(path)
        self._update()

    def ask_for_new(self) -> None:
        """Show the form of a new table."""
        self.stack.setCurrentWidget(self.form)
        self._update()

    def show_side_by_side(self, capture: str) -> None:
        """Turn the systems on a capture together."""
        if self._seen is None:
            return
        sources = tile_sources(self._seen, capture)
        self.tiles.open(sources, self._make_renderer(sources))
        self.stack.setCurrentWidget(self.tiles)
        self.tiles.setFocus()
        self._update()

    def show_table(self) -> None:
        """Back to the table's cells."""
        self.tiles.close_tiles()
        self.stack.setCurrentWidget(self.grid)
        self._update()

    def stop(self) -> None:
        """End all threads; the process that makes a table goes on."""
        self.follower.stop()
        self.process.stop()
        self.tiles.close_tiles()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Give the renderers' memory back, and look at the folder no more."""
        self._rest()
        super().closeEvent(event)

    def reject(self) -> None:
        """As closing."""
        self._rest()
        super().reject()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Let Tab go through what is in view, top to bottom, whatever was made first."""
        return tab_through(self, (self,), forward=forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves the tiles or the form first; Enter presses the button that has the focus."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            # Not the dialog's default button, which would be whichever comes first.
            focused = self.focusWidget()
            if isinstance(focused, QPushButton):
                focused.click()
        elif event.key() == Qt.Key.Key_Escape and self.stack.currentWidget() is self.tiles:
            self.show_table()
        elif event.key() == Qt.Key.Key_Escape and self.stack.currentWidget() is self.form:
            self._leave_form()
        else:
            super().keyPressEvent(event)

    def take_up_again(self) -> None:
        """Go on following the open table, after the window was closed."""
        if self.follower.path is not None:
            self.follower.follow(self.follower.path)

    def _rest(self) -> None:
        self.follower.stop()
        if self.stack.currentWidget() is self.tiles:
            self.show_table()

    def _bar(self) -> QFrame:
        bar = QFrame()
        bar.setProperty("role", "bar")
        self.state_text = ElidedLabel(elide=Qt.TextElideMode.ElideRight)
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setFixedSize(120, 4)
        self.back_button = QPushButton("Back to the table")
        self.back_button.clicked.connect(self.show_table)
        self.open_button = QPushButton("Open…")
        self.open_button.setToolTip("A folder that holds a table, finished or not")
        self.open_button.clicked.connect(self.table_requested)
        self.new_button = QPushButton("New table…")
        self.new_button.clicked.connect(self.ask_for_new)
        self.run_button = QPushButton("Go on")
        self.run_button.clicked.connect(self._toggle_run)
        row = QHBoxLayout(bar)
        row.setContentsMargins(Spacing.PAGE, Spacing.CONTROL, Spacing.PAGE, Spacing.CONTROL)
        row.setSpacing(Spacing.CONTROL)
        row.addWidget(self.state_text, 1)
        for widget in (
            self.progress,
            self.back_button,
            self.run_button,
            self.open_button,
            self.new_button,
        ):
            if isinstance(widget, QPushButton):
                widget.setAutoDefault(False)
            row.addWidget(widget)
        return bar

    def _toggle_run(self) -> None:
        seen = self._seen
        if seen is None:
            return
        self.notice.set_text("")
        if seen.is_running:
            self._has_stopped = True
            self.process.ask_to_stop(seen.path)
        else:
            self.process.start(going_on(seen.path, seen.table.plan), seen.path)
        self._update()

    def _start(self, request: TableRequest) -> None:
        self.notice.set_text("")
        self._has_stopped = False
        self.process.start(request.arguments(), request.out)
        self._update()

    def _leave_form(self) -> None:
        self.stack.setCurrentWidget(self.grid if self._seen else self._empty_page)
        self._update()

    def _on_seen(self, seen: SeenTable) -> None:
        is_other = self._seen is None or self._seen.path != seen.path
        self._seen = seen
        if not seen.is_running:
            self._has_stopped = False
        self.grid.show_table(seen)
        if is_other:
            self.show_table()
        self._update()

    def _on_unreadable(self, line: str) -> None:
        if self.process.is_running:
            return  # a new one is planned before it writes its file
        self.notice.set_text(line)
        if self._seen is None:
            self.follower.stop()
        elif self._seen.path != self.follower.path:
            self.follower.follow(self._seen.path)

    def _on_ended(self, line: str) -> None:
        if line:
            self.notice.set_text(line)
        self.follower.look()
        self._update()

    def _update(self) -> None:
        seen, page = self._seen, self.stack.currentWidget()
        is_running = seen is not None and seen.is_running
        self.back_button.setVisible(page is self.tiles)
        self.progress.setVisible(is_running)
        is_whole = seen is not None and seen.done == len(seen.cells)
        self.run_button.setVisible(seen is not None and page is self.grid and not is_whole)
        self.run_button.setText("Stop" if is_running else "Go on")
        self.run_button.setToolTip(
            "Save the trainings and stop; Go on continues"
            if is_running
            else "Make the cells that wait or have failed"
        )
        self.run_button.setEnabled(not (is_running and self._has_stopped))
        self.new_button.setEnabled(page is not self.form)
        if seen is not None:
            self.progress.setValue(round(1000 * seen.share))
        self.state_text.setText(self._state_line())

    def _state_line(self) -> str:
        seen = self._seen
        if self.process.is_running and (seen is None or seen.path != self.follower.path):
            return "Starting the table…"
        if seen is None:
            return ""
        line = f"{seen.path.name}: {seen.done} of {len(seen.cells)} cells"
        if not seen.is_running:
            return line if seen.done == len(seen.cells) else f"{line}, at rest"
        if self._has_stopped:
            return f"{line}, the trainings are being saved"
        return f"{line}, {100 * seen.share:.0f} % of the work"


def tile_sources(seen: SeenTable, capture: str) -> list[TileSource]:
    """What stands side by side for a capture: five at most, the nearest view only if there is room.

    Systems without a scene yet are left out.
    """
    plan = seen.table.plan
    side = plan.size if plan.size is not None else find_preset(plan.preset).model.image_size
    cells = [seen.cells[capture, system] for system in plan.systems]
    shown = [cell for cell in cells if cell.scene is not None]
    shown = shown[-MAX_TILES:]  # the systems' order ends with the paper's own
    if len(shown) < MAX_TILES:
        shown = [cell for cell in cells if cell.key.system == NEAREST] + shown
    return [
        TileSource(
            system_title(cell.key.system), cell.scene, plan.path_of(capture), cell.view, side
        )
        for cell in shown
    ]


def _centred(widget: QWidget) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(Spacing.PAGE, Spacing.PAGE, Spacing.PAGE, Spacing.PAGE)
    widget.setFixedWidth(TEXT_WIDTH)
    column.addStretch(2)
    column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
    column.addStretch(3)
    return page
