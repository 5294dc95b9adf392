"""Asks which scene or checkpoint to convert, and to what."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from viewer.dialogs.task import TaskDialog, file_row

FORMATS = (
    ("Scene file (.dvox)", "full", ".dvox"),
    ("Scene file, half precision (.dvox)", "half", ".dvox"),
    ("The authors' checkpoint (.pth)", "upstream", ".pth"),
)


@dataclass(frozen=True)
class ConversionRequest:
    """What to convert, and how."""

    source: Path
    target: Path
    half: bool
    rendering_only: bool


class ConvertDialog(TaskDialog):
    """A file, a format, and where to; then progress, until it is done."""

    requested = Signal(object)  # ConversionRequest

    def __init__(
        self,
        parent: QWidget,
        source: Path | None,
        ask_for_source: Callable[[Path, Callable[[Path], object]], object],
        ask_where: Callable[[Path, str, Callable[[Path], object]], object],
    ) -> None:
        super().__init__(parent, "Convert a scene", "Convert")
        self._ask_for_source, self._ask_where = ask_for_source, ask_where
        self.text.setText(
            "Between scene files of this program and checkpoints of the authors' code. Nothing in "
            "either runs when it is read."
        )
        self.source, self.browse_source, source_row = file_row(
            "A .dvox, or an authors' .pth with its intrinsics.txt beside it or above"
        )
        self.format = QComboBox()
        for title, name, _ in FORMATS:
            self.format.addItem(title, name)
        self.format.setToolTip(
            "Half precision takes half the space and looks the same; a scene of half precision "
            "stays one"
        )
        self.rendering_only = QCheckBox("Without what only training needs")
        self.rendering_only.setToolTip("Smaller; the scene cannot be trained longer from it")
        self.file, self.browse, file_row_layout = file_row("The file to write")
        self.add_rows(
            (
                ("From", self.source, source_row),
                ("To", self.format, self.format),
                ("File", self.file, file_row_layout),
            )
        )
        self.add_unlabelled(self.rendering_only)
        self.source.textChanged.connect(self._propose)
        self.format.currentIndexChanged.connect(self._propose)
        self.file.textChanged.connect(self.show_target)
        self.browse_source.clicked.connect(self._browse_source)
        self.browse.clicked.connect(self._browse)
        self.run.clicked.connect(lambda: self.requested.emit(self.request))
        self.source.setText(str(source) if source else "")
        self._propose()

    @property
    def request(self) -> ConversionRequest:
        """What the fields say."""
        upstream = self.format.currentData() == "upstream"
        return ConversionRequest(
            Path(self.source.text().strip()).expanduser(),
            Path(self.file.text().strip()).expanduser(),
            half=self.format.currentData() == "half",
            rendering_only=self.rendering_only.isChecked() and not upstream,
        )

    def show_target(self) -> None:
        """Say what lies beside the file, or whether it is replaced."""
        request = self.request
        named = bool(self.source.text().strip()) and bool(self.file.text().strip())
        same = named and request.source == request.target
        exists = named and request.target.exists() and not same
        upstream = self.format.currentData() == "upstream"
        notes = []
        if upstream:
            notes.append("intrinsics.txt and the cameras' poses are written beside it.")
        if exists:
            notes.append(f"{request.target.name} is there already: it is replaced at the end.")
        self.note.setText(" ".join(notes))
        self.problem.setText("This is the source itself; choose another name." if same else "")
        self.name_run(replaces=exists)
        self.run.setEnabled(named and not same)
        self.rendering_only.setEnabled(not upstream)

    def _propose(self, *_: object) -> None:
        source = self.request.source
        suffix = FORMATS[self.format.currentIndex()][2]
        if self.source.text().strip():
            ending = "-half" if self.format.currentData() == "half" else ""
            proposal = source.with_name(f"{source.stem}{ending}{suffix}")
            if proposal == source:
                proposal = source.with_name(f"{source.stem}-copy{suffix}")
            self.file.setText(str(proposal))
        self.show_target()

    def _browse_source(self) -> None:
        folder = self.request.source.parent if self.source.text().strip() else Path()
        self._ask_for_source(folder, lambda path: self.source.setText(str(path)))

    def _browse(self) -> None:
        title, _, suffix = FORMATS[self.format.currentIndex()]
        self._ask_where(
            self.request.target,
            f"{title.partition(' (')[0]} (*{suffix})",
            lambda path: self.file.setText(str(path)),
        )
