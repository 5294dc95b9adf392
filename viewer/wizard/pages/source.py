"""The first page: which pictures to train on, and what was found there."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from viewer.text.units import counted, duration
from viewer.theme import Spacing, ThemeManager
from viewer.widgets.notice import Notice
from viewer.wizard.pages.base_page import WizardPage
from viewer.wizard.pages.object_card import ObjectCard
from viewer.wizard.pages.thumbnails import Thumbnails
from viewer.wizard.plan import FoundSource, Page
from viewer.wizard.source_reader import MAX_THUMBNAILS
from viewer.wizard.state import WizardState

FILES = (
    "Captures and videos (*.json *.mp4 *.mov *.m4v *.avi *.mkv *.webm *.mpg *.mpeg *.gif)",
    "All files (*)",
)
STEPS = 1000
MAX_NOTES = 6
SURE_SHARE, SURE_SECONDS = 0.03, 5.0
INVITATION = (
    "Drop a folder or a file anywhere in this window.\n"
    "Folders: photos, a COLMAP model, transforms.json with its pictures, DeepVoxels’ own layout.\n"
    "Files: a transforms.json, or a video taken while walking around the scene."
)


class SourcePage(WizardPage):
    """Chooses a source, and shows what it is and what is wrong with it."""

    page = Page.SOURCE

    def __init__(self, state: WizardState, themes: ThemeManager, sample: Path | None) -> None:
        super().__init__(
            state,
            themes,
            "Pictures",
            "A scene is learnt from pictures of it from all sides, 50 or more. What you choose is "
            "recognised by its content, and stays as it is.",
        )
        self._sample = sample
        self.column.addWidget(self._choices())
        self.problem = Notice(themes)
        self.column.addWidget(self.problem)
        self.former_button = self._button("", "Forget the choice that could not be read")
        self.former_button.clicked.connect(state.keep_former_source)
        self.column.addWidget(self.former_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.warning = Notice(themes)
        self.column.addWidget(self.warning)
        self.accept_button = self._button(
            "Go on all the same", "Make a scene of the pictures whose cameras were found"
        )
        self.accept_button.clicked.connect(state.accept_warning)
        self.column.addWidget(self.accept_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.column.addWidget(self._progress())
        self.title = QLabel()
        self.title.setProperty("role", "section")
        self.title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.notes = QLabel()
        self.notes.setProperty("role", "muted")
        self.notes.setWordWrap(True)
        self.notes.setTextFormat(Qt.TextFormat.PlainText)
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        found = QVBoxLayout()
        found.setSpacing(Spacing.LABEL)
        found.addWidget(self.title)
        found.addWidget(self.notes)
        self.column.addLayout(found)
        self.again_button = self._button(
            "Find the cameras again", "Do not take those that were found for these pictures"
        )
        self.again_button.clicked.connect(self._find_again)
        self.column.addWidget(self.again_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.object_card = ObjectCard(state, themes)
        self.column.addWidget(self.object_card)
        self.broken = Notice(themes, "amber")
        self.column.addWidget(self.broken)
        self.thumbnails = Thumbnails(themes)
        self.thumbnails.clicked.connect(self.object_card.mend)
        self.column.addWidget(self.thumbnails)
        self.shown_line = QLabel()
        self.shown_line.setProperty("role", "caption")
        self.all_button = self._button("Show all", "Make a small picture of every view")
        self.all_button.clicked.connect(self._show_all)
        shown = QHBoxLayout()
        shown.setSpacing(Spacing.CONTROL)
        shown.addWidget(self.shown_line)
        shown.addWidget(self.all_button)
        shown.addStretch(1)
        self.column.addLayout(shown)
        self.column.addStretch(1)
        state.reading_progressed.connect(self._show_progress)
        state.source_changed.connect(self._show_source)
        state.thumbnails_changed.connect(self._show_thumbnails)
        self._shown: FoundSource | None = None
        self._is_partly_shown = False
        self._show_source()

    def first_focus(self) -> QWidget | None:
        """The first button, until a source is found."""
        return None if self.state.plan.found_source else self.folder_button

    def ask_for_folder(self) -> QFileDialog:
        """Let the user choose a folder."""
        return self._ask(QFileDialog.FileMode.Directory, "Choose a folder of pictures")

    def ask_for_file(self) -> QFileDialog:
        """Let the user choose a file."""
        return self._ask(QFileDialog.FileMode.ExistingFile, "Choose a transforms.json or a video")

    def _choices(self) -> QWidget:
        card = QFrame()
        card.setProperty("role", "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(
            Spacing.SECTION, Spacing.SECTION, Spacing.SECTION, Spacing.SECTION
        )
        column.setSpacing(Spacing.PANEL)
        self.invitation = QLabel(INVITATION)
        self.invitation.setWordWrap(True)
        self.invitation.setProperty("role", "muted")
        column.addWidget(self.invitation)
        row = QHBoxLayout()
        row.setSpacing(Spacing.CONTROL)
        self.folder_button = QPushButton("Choose a folder…")
        self.folder_button.setToolTip("Photos, a COLMAP model, a capture (Alt+O)")
        self.folder_button.setShortcut("Alt+O")
        self.folder_button.clicked.connect(self.ask_for_folder)
        self.file_button = QPushButton("Choose a file…")
        self.file_button.setToolTip("A transforms.json, or a video")
        self.file_button.clicked.connect(self.ask_for_file)
        self.sample_button = QPushButton("Sample capture")
        self.sample_button.setToolTip("Try it with the tin robot that comes with the program")
        self.sample_button.setVisible(self._sample is not None)
        self.sample_button.clicked.connect(self._use_sample)
        for button in (self.folder_button, self.file_button, self.sample_button):
            button.setAutoDefault(True)
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        return card

    def _progress(self) -> QWidget:
        self.progress = QFrame()
        self.progress.setProperty("role", "card")
        column = QVBoxLayout(self.progress)
        column.setContentsMargins(Spacing.SECTION, Spacing.PANEL, Spacing.SECTION, Spacing.PANEL)
        column.setSpacing(Spacing.CONTROL)
        self.bar = QProgressBar()
        self.bar.setRange(0, STEPS)
        self.bar.setTextVisible(False)
        self.progress_text = QLabel()
        self.progress_text.setProperty("role", "muted")
        self.stop_button = QPushButton("Cancel")
        self.stop_button.setToolTip("Give up reading; what was found before stays")
        self.stop_button.setAutoDefault(True)
        self.stop_button.clicked.connect(self._cancel)
        row = QHBoxLayout()
        row.addWidget(self.progress_text, 1)
        row.addWidget(self.stop_button)
        column.addWidget(self.bar)
        column.addLayout(row)
        return self.progress

    def _ask(self, mode: QFileDialog.FileMode, title: str) -> QFileDialog:
        given = self.state.given
        dialog = QFileDialog(self, title, str(given.parent if given else Path.home()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(mode)
        if mode is QFileDialog.FileMode.Directory:
            dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        else:
            dialog.setNameFilters(FILES)
        dialog.fileSelected.connect(lambda name: self.state.find(Path(name)))
        dialog.open()
        return dialog

    @staticmethod
    def _button(text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.hide()
        return button

    def _find_again(self) -> None:
        found_source = self.state.plan.found_source
        if found_source is not None:
            self.state.find(found_source.given, cameras_again=True)

    def _show_all(self) -> None:
        self.all_button.setEnabled(False)
        self.state.load_all_thumbnails()

    def _use_sample(self) -> None:
        if self._sample is not None:
            self.state.find(self._sample)

    def _cancel(self) -> None:
        self.stop_button.setEnabled(False)
        self.progress_text.setText("Cancelling…")
        self.state.cancel_reading()

    def _show_progress(self, fraction: float, text: str) -> None:
        self.bar.setRange(0, STEPS if fraction else 0)  # without a share it only moves
        self.bar.setValue(round(STEPS * fraction))
        if self.stop_button.isEnabled():
            left = time_left(self.state.reading_seconds, fraction)
            self.progress_text.setText(f"{text[:1].upper()}{text[1:]}…{left}")

    def _show_source(self) -> None:
        state, found_source = self.state, self.state.plan.found_source
        is_reading = state.is_reading
        if is_reading and self.progress.isHidden():
            self.stop_button.setEnabled(True)
            self.bar.setRange(0, 0)
            self.progress_text.setText(f"Reading {state.given.name if state.given else ''}…")
        self.progress.setVisible(is_reading)
        problem = "" if is_reading else state.source_problem
        self.problem.set_text(problem)
        # What was chosen before is not shown below an error, as if the error spoke of it.
        seen = found_source is not None and not problem
        self.former_button.setVisible(found_source is not None and bool(problem))
        self.warning.set_text(state.source_warning if seen else "")
        self.accept_button.setVisible(
            seen and bool(state.source_warning) and not state.is_warning_accepted
        )
        for part in (self.title, self.notes, self.thumbnails, self.shown_line):
            part.setVisible(seen)
        self.object_card.refresh()
        self.broken.setVisible(seen and bool(self.broken.text))
        self.all_button.setVisible(seen and self._is_partly_shown)
        if found_source is None:
            return
        self.former_button.setText(f"Go on with “{found_source.name}”")
        self.again_button.setVisible(seen and found_source.cameras_were_found)
        if found_source is self._shown:
            return
        self._shown = found_source
        self._is_partly_shown = False
        self.all_button.hide()
        self.shown_line.setText("")
        self.title.setText(summary(found_source))
        self.notes.setText("\n".join(notes_of(found_source)))
        self.broken.set_text("")
        self.thumbnails.expect(min(MAX_THUMBNAILS, len(found_source.survey.views)))

    def _show_thumbnails(self) -> None:
        found_source = self.state.plan.found_source
        if found_source is None:
            return
        thumbnails = self.state.thumbnails
        self.thumbnails.show_pictures(thumbnails, [view.name for view in found_source.survey.views])
        shown = sum(thumbnail.index >= 0 for thumbnail in thumbnails)
        count, lost = len(found_source.survey.views), len(found_source.source.dropped)
        parts = [f"{shown} of {count} pictures, evenly spread"] if shown < count else []
        parts += [f"{counted(lost, 'picture')} left out: rest the mouse on one"] if lost else []
        self.shown_line.setText("  ·  ".join(parts))
        self._is_partly_shown = shown < count
        self.all_button.setVisible(self._is_partly_shown)
        self.all_button.setEnabled(True)
        broken = [thumbnail.problem for thumbnail in thumbnails if thumbnail.problem]
        more = f" ({len(broken)} pictures in all)" if len(broken) > 1 else ""
        self.broken.set_text(broken[0] + more if broken else "")


def time_left(seconds: float, fraction: float) -> str:
    """How long it takes yet, by how long it has taken; "" where that says nothing yet."""
    if fraction < SURE_SHARE or seconds < SURE_SECONDS:
        return ""
    return f"  about {duration(seconds * (1 - fraction) / fraction)} left"


def summary(found_source: FoundSource) -> str:
    """The source in a line."""
    views = found_source.survey.views
    sizes = sorted({(view.lens.width, view.lens.height) for view in views})
    size = f"{sizes[0][0]} × {sizes[0][1]} px"
    if len(sizes) > 1:
        size = f"{len(sizes)} sizes, from {size} on"
    lenses = len({view.lens for view in views})
    cameras = "one camera" if lenses == 1 else f"{lenses} cameras"
    points = len(found_source.source.points)
    parts = [found_source.source.format_name, f"{len(views)} pictures", size, cameras]
    if points:
        parts.append(counted(points, "point"))
    return "  ·  ".join(parts)


def notes_of(found_source: FoundSource) -> list[str]:
    """Remarks about the source, one line each."""
    survey = found_source.survey
    notes = [str(found_source.given), *found_source.source.notes]
    distorted = sum(view.lens.is_distorted for view in survey.views)
    if distorted:
        notes.append(
            f"{distorted} pictures are straightened in importing, as their lens bends lines"
        )
    if survey.narrow:
        names = ", ".join(survey.narrow)
        notes.append(f"left out, as they see much less than the others: {names}")
    if len(survey.views) < 20:
        notes.append(f"{len(survey.views)} pictures are few; 50 or more make a better scene")
    shown = [note[:1].upper() + note[1:] for note in notes[: MAX_NOTES + 1]]
    return [str(found_source.given), *shown[1:]]
