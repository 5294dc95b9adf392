"""The training wizard's window: pages, the list of them at the left, and the buttons below."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from viewer.theme import Spacing, ThemeManager
from viewer.widgets.drop_frame import DropFrame, local_files
from viewer.widgets.focus_order import tab_through
from viewer.wizard.page_list import PageList
from viewer.wizard.pages.base_page import WizardPage
from viewer.wizard.pages.cameras import CamerasPage
from viewer.wizard.pages.quality import QualityPage
from viewer.wizard.pages.schedule import SchedulePage
from viewer.wizard.pages.source import SourcePage
from viewer.wizard.pages.summary import SummaryPage
from viewer.wizard.plan import Page
from viewer.wizard.state import WizardState

FIRST_SIZE = QSize(1100, 760)
FRAME_SIZE = QSize(0, 40)  # what a window manager adds, at most
SMALLEST_SIZE = QSize(900, 560)
LIST_WIDTH = 196
ASK_AFTER_S = 5.0
"""Of reading, from which on closing asks before it ends that."""


class TrainingWizard(QDialog):
    """From pictures to a run. Closing it keeps all that was chosen, until a run is started."""

    prepared = Signal(object)  # Path of a run that is ready to be trained

    def __init__(
        self,
        parent: QWidget | None,
        themes: ThemeManager,
        folder: Path,
        sample: Path | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Train a scene")
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.setMinimumSize(SMALLEST_SIZE)
        self.setAcceptDrops(True)
        self.state = WizardState(folder, self)
        self._page = Page.SOURCE
        self.question: QMessageBox | None = None
        self._pages: dict[Page, WizardPage] = {
            page.page: page
            for page in (
                SourcePage(self.state, themes, sample),
                CamerasPage(self.state, themes),
                QualityPage(self.state, themes),
                SchedulePage(self.state, themes),
                SummaryPage(self.state, themes),
            )
        }
        self.list = PageList(themes, [page for page in Page if page in self._pages])
        self.list.chosen.connect(self.go_to)
        self.stack = QStackedWidget()
        for page in self._pages.values():
            self.stack.addWidget(_scrolled(page))
        self._build_bar()
        main = QHBoxLayout()
        main.setContentsMargins(0, 0, 0, 0)
        main.setSpacing(0)
        self.list.setFixedWidth(LIST_WIDTH)
        main.addWidget(self.list)
        main.addWidget(self.stack, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(main, 1)
        column.addWidget(self._bar)
        self.drop_frame = DropFrame(themes, self)
        for changed in (
            self.state.plan_changed,
            self.state.source_changed,
            self.state.preview_changed,
            self.state.object.changed,
            self.state.costs.changed,
            self.state.location_changed,
            self.state.starting_changed,
        ):
            changed.connect(self._show_state)
        self.state.prepared.connect(self._end)
        QShortcut(QKeySequence("Alt+Left"), self, self.back)
        QShortcut(QKeySequence("Alt+Right"), self, self.forward)
        room = self.screen().availableGeometry().size() - FRAME_SIZE
        self.resize(FIRST_SIZE.boundedTo(room))
        self.go_to(Page.SOURCE)

    @property
    def page(self) -> Page:
        """The page that is shown."""
        return self._page

    def page_widget(self, page: Page) -> WizardPage:
        """A page's widget."""
        return self._pages[page]

    def use(self, path: Path) -> None:
        """Read a source: a folder or a file."""
        self.go_to(Page.SOURCE)
        self.state.find(path)

    def go_to(self, page: Page) -> None:
        """Show a page: any before this one, and one after it if those before that are complete."""
        if page not in self._pages or not self._is_reachable(page) or self.state.is_starting:
            return
        self._page = page
        self.stack.setCurrentIndex(list(self._pages).index(page))
        widget = self._pages[page]
        widget.enter()
        self._show_state()
        focus = widget.first_focus()
        (focus or self.next_button).setFocus(Qt.FocusReason.OtherFocusReason)

    def back(self) -> None:
        """Show the page before."""
        order = list(self._pages)
        index = order.index(self._page)
        if index:
            self.go_to(order[index - 1])

    def forward(self) -> None:
        """Show the next page; on the last one, start."""
        if not self.next_button.isEnabled():
            return
        order = list(self._pages)
        index = order.index(self._page)
        if index + 1 < len(order):
            self.go_to(order[index + 1])
        else:
            self.state.start()

    def stop(self) -> None:
        """End all work; nothing is kept."""
        self.state.stop()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves what it leaves on the page first, then the wizard; Enter goes on."""
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.forward()  # a button in focus has taken it before it comes here
        elif key is not Qt.Key.Key_Escape or not self._pages[self._page].handle_escape():
            super().keyPressEvent(event)

    def reject(self) -> None:
        """Close; what was chosen stays for the next time."""
        if self._asks_first():
            return
        self.state.cancel_reading()
        self.state.cancel_start()
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        """As Cancel."""
        if self._asks_first():
            event.ignore()
            return
        self.state.cancel_reading()
        self.state.cancel_start()
        super().closeEvent(event)

    def _asks_first(self) -> bool:
        """Whether closing would end work of some time, which is asked about then."""
        if self.state.reading_seconds < ASK_AFTER_S or not self.isVisible():
            return False
        if self.question is None:
            box = QMessageBox(self)
            box.setText("The pictures are still being read. Closing ends that.")
            keep = box.addButton("Keep reading", QMessageBox.ButtonRole.RejectRole)
            end = box.addButton("End it and close", QMessageBox.ButtonRole.AcceptRole)
            box.setDefaultButton(keep)
            box.setEscapeButton(keep)
            end.clicked.connect(self._end_and_close)
            box.finished.connect(self._on_answered)
            self.question = box
            box.open()
        return True

    def _end_and_close(self) -> None:
        self.state.cancel_reading()
        self.state.cancel_start()
        super().reject()

    def _on_answered(self) -> None:
        box, self.question = self.question, None
        if box is not None:
            box.deleteLater()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Show what dropping would do."""
        paths = local_files(event.mimeData())
        if paths and not self.state.is_starting:
            event.acceptProposedAction()
            self.drop_frame.show_text(f"Drop to train on {dropped_source(paths).name}")

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Hide the frame."""
        self.drop_frame.hide()
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Read what was dropped."""
        self.drop_frame.hide()
        event.acceptProposedAction()
        self.use(dropped_source(local_files(event.mimeData())))

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Let Tab go through what is in view, top to bottom, whatever was made first."""
        return tab_through(self, (self.list, self.stack, self._bar), forward=forward)

    def _is_reachable(self, page: Page) -> bool:
        before = [other for other in self._pages if other < page]
        return page <= self._page or all(self.state.is_complete(other) for other in before)

    def _build_bar(self) -> None:
        self._bar = QFrame()
        self._bar.setProperty("role", "bar")
        self._bar.setObjectName("wizardBar")
        row = QHBoxLayout(self._bar)
        row.setContentsMargins(Spacing.PAGE - 4, Spacing.PANEL, Spacing.PAGE - 4, Spacing.PANEL)
        row.setSpacing(Spacing.CONTROL)
        self.facts = QLabel()
        self.facts.setProperty("role", "muted")
        self.facts.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setToolTip("Close; what you have chosen is kept (Esc)")
        self.cancel_button.clicked.connect(self.reject)
        self.back_button = QPushButton("Back")
        self.back_button.setToolTip("To the page before; nothing is lost (Alt+Left)")
        self.back_button.clicked.connect(self.back)
        self.next_button = QPushButton("Next")
        self.next_button.setProperty("role", "primary")
        self.next_button.setDefault(True)
        self.next_button.clicked.connect(self.forward)
        row.addWidget(self.facts, 1)
        for button in (self.cancel_button, self.back_button, self.next_button):
            button.setAutoDefault(True)  # Enter presses the button that has the focus, else Next
            button.setMinimumWidth(76)
            row.addWidget(button)

    def _show_state(self) -> None:
        state, order = self.state, list(self._pages)
        last = self._page is order[-1]
        busy = state.is_starting
        self.list.show_pages(
            self._page,
            {page for page in order if self._is_reachable(page) and not busy},
            {page for page in order if page < self._page and state.is_complete(page)},
        )
        self.next_button.setText("Start training" if last else "Next")
        self.next_button.setToolTip(
            "Import the pictures and start the training (Enter)"
            if last
            else "To the next page (Enter, Alt+Right)"
        )
        self.next_button.setEnabled(state.is_complete(self._page) and not busy)
        self.back_button.setEnabled(self._page is not order[0] and not busy)
        self.facts.setText(facts_line(state))

    def _end(self, run: Path) -> None:
        self.prepared.emit(run)
        self.accept()


def dropped_source(paths: list[Path]) -> Path:
    """What dropped files mean: one thing as it is, several pictures as the folder they lie in."""
    return paths[0] if len(paths) == 1 else paths[0].parent


def facts_line(state: WizardState) -> str:
    """The source in a line, for the bar below the pages."""
    found_source = state.plan.found_source
    if found_source is None:
        return ""
    count = len(found_source.survey.views)
    return f"{state.plan.name}  ·  {found_source.source.format_name}  ·  {count} pictures"


def _scrolled(page: WizardPage) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(page)
    return area
