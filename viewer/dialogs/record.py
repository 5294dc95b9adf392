"""Asks for the settings of a video, and warns of problems before it starts."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dvox_core.camera_paths.path import CameraPath
from dvox_core.model.config import ModelConfig
from dvox_core.model.scene import Scene
from dvox_core.recording.settings import CODECS, Codec, Mode, RecordingSettings, default_size
from dvox_core.rendering.interventions import NO_INTERVENTIONS, Interventions
from viewer.dialogs.task import row_of
from viewer.text.units import counted, file_size, memory_size, path_time
from viewer.widgets.dialog import Dialog
from viewer.widgets.form_grid import FormGrid
from viewer.widgets.number_fields import DecimalField, WholeNumberField
from viewer.workers.background.latest_answer import LatestAnswer
from viewer.workers.paths.recording_check import PlanAnswer, PlanQuestion, answer_plan
from viewer.workers.paths.recording_queue import RecordingRequest

MODES: dict[str, Mode] = {
    "Picture": "rgb",
    "Depth": "depth",
    "Entropy": "entropy",
    "Picture and depth": "side-by-side",
}
SIZES = {
    "Square, 1080": (1080, 1080),
    "720p": (1280, 720),
    "1080p": (1920, 1080),
    "1440p": (2560, 1440),
    "Upright, 1080": (1080, 1920),
}
OWN_SIZE = "Free"
FITS = {"Show all of the picture": "letterbox", "Fill the video": "crop"}
LARGEST_SIDE = 8192
REMARKS_HEIGHT = 52
ENCODER_BYTES_A_PIXEL = 80
"""Measured with H.264 at 492 × 492 and 1920 × 1080."""

AskWhere = Callable[[Path, str, Callable[[Path], object]], object]


class RecordDialog(Dialog):
    """Settings of a video; every change is planned again at once, in the background."""

    accepted_request = Signal(object)  # RecordingRequest

    def __init__(
        self,
        parent: QWidget,
        scene: Scene,
        path: CameraPath,
        target: Path,
        interventions: Interventions,
        ask_where: AskWhere,
        *,
        before: Sequence[Path] = (),  # the files of recordings that it has to wait for
    ) -> None:
        super().__init__(parent, "Record a video", width=560)
        self._scene, self._path, self._ask_where = scene, path, ask_where
        self._interventions = interventions
        self._before = tuple(before)
        self._answer: PlanAnswer | None = None
        self._planner: LatestAnswer[PlanQuestion] = LatestAnswer(
            answer_plan, "Planning the video", self
        )
        self._planner.answered.connect(self._show_answer)
        self._planner.failed.connect(self._show_problem)
        self._make_fields(target)
        self._lay_out()
        self.summary = self.add_text("\n", "muted")
        self.summary.setMinimumHeight(2 * self.summary.fontMetrics().lineSpacing())
        remarks = QWidget()
        remarks.setMinimumHeight(REMARKS_HEIGHT)  # nothing moves while a name is being typed
        column = QVBoxLayout(remarks)
        column.setContentsMargins(0, 0, 0, 0)
        self.notes, self.problem = QLabel(), QLabel()
        self.problem.setProperty("role", "error")
        for label in (self.notes, self.problem):
            label.setWordWrap(True)
            column.addWidget(label)
        column.addStretch(1)
        self.column.addWidget(remarks)
        cancel = self.add_button("Cancel")
        cancel.clicked.connect(self.reject)
        self.record = self.add_button("Record", primary=True)
        self.record.clicked.connect(self._accept_request)
        self.finished.connect(lambda _: self.stop())
        self._connect()
        self._plan()

    def stop(self) -> None:
        """Plan no more, and wait until the thread has ended."""
        self._planner.stop()

    @property
    def settings(self) -> RecordingSettings:
        """The settings in the fields."""
        return RecordingSettings(
            size=(self.columns.value(), self.rows.value()),
            fps=self.fps.value(),
            mode=self.mode.currentData(),
            codec=self.codec.currentData(),
            quality=self.quality.value(),
            fit=self.fit.currentData(),
        )

    @property
    def target(self) -> Path:
        """The file to write."""
        return Path(self.file.text().strip()).expanduser()

    def _make_fields(self, target: Path) -> None:
        self.size_choice = QComboBox()
        self.size_choice.addItem("Like the network's picture", None)
        for text, size in SIZES.items():
            self.size_choice.addItem(f"{text} ({size[0]} × {size[1]})", size)
        self.size_choice.addItem(OWN_SIZE, "own")
        self.size_choice.setToolTip(
            "Width and height of the video; the network's picture is scaled to it"
        )
        width, height = self._path.size or default_size(self._scene, "rgb")
        self.columns, self.rows = WholeNumberField(), WholeNumberField()
        for field, value, name in ((self.columns, width, "Width"), (self.rows, height, "Height")):
            field.setRange(1, LARGEST_SIDE)
            field.setValue(value)
            field.setSuffix(" px")
            field.setAccessibleName(name)
            field.setToolTip(f"{name} in pixels")
        self._show_preset()
        self.fps = DecimalField()
        self.fps.setDecimals(2)
        self.fps.setRange(1, 240)
        self.fps.setValue(self._path.fps)
        self.fps.setSuffix(" fps")
        self.fps.setToolTip("Frames a second; the path lasts as long as before")
        self.mode = QComboBox()
        for text, mode in MODES.items():
            if mode == "rgb" or self._scene.config.knows_depth:
                self.mode.addItem(text, mode)
        self.mode.setToolTip("What the video shows; depth needs a model with an occlusion network")
        self.codec = QComboBox()
        self.codec.setToolTip("How the video is stored; only what this machine can write is here")
        self._offer_codecs(("h264",))
        self.quality = WholeNumberField()
        self.quality.setRange(1, 100)
        self.quality.setValue(80)
        self.quality.setToolTip("1 makes a small file; 80 is hard to tell from the picture itself")
        self.fit = QComboBox()
        for text, fit in FITS.items():
            self.fit.addItem(text, fit)
        self.fit.setToolTip(
            "Where the video has another shape than the picture: bars beside it, or cut edges"
        )
        self.file = QLineEdit(str(target))
        self.file.setToolTip("The video's file; for PNG pictures, a folder")
        self.browse = QPushButton("Browse…")
        self.edited = QCheckBox(f"Render under the present edits ({_edits(self._interventions)})")
        self.edited.setToolTip(
            "Otherwise the scene is rendered as trained; the edits are written into the video"
        )
        self.edited.setVisible(self._interventions != NO_INTERVENTIONS)

    def _lay_out(self) -> None:
        grid = FormGrid()
        rows: tuple[tuple[str, tuple[QWidget, ...]], ...] = (
            ("Shows", (self.mode,)),
            ("Size", (self.size_choice, self.columns, self.rows)),
            ("Fit", (self.fit,)),
            ("Frames a second", (self.fps,)),
            ("Format", (self.codec,)),
            ("Quality", (self.quality,)),
            ("File", (self.file, self.browse)),
        )
        for text, fields in rows:
            grid.add_field(text, fields[0], row=row_of(*fields))
        self.column.addLayout(grid)
        self.column.addWidget(self.edited)

    def _connect(self) -> None:
        self.size_choice.activated.connect(self._on_preset)
        for field in (self.columns, self.rows):
            field.valueChanged.connect(self._show_preset)
            field.valueChanged.connect(self._plan)
        self.mode.activated.connect(self._on_mode)
        self.codec.activated.connect(self._on_codec)
        self.fps.valueChanged.connect(self._plan)
        self.fit.activated.connect(self._plan)
        self.file.textChanged.connect(self._on_file_name)
        self.browse.clicked.connect(self._browse)

    # Fields that follow others

    def _on_preset(self) -> None:
        size = self.size_choice.currentData()
        if size == "own":
            self.columns.setFocus()
            return
        self._set_size(size or default_size(self._scene, self.mode.currentData()))

    def _set_size(self, size: tuple[int, int]) -> None:
        for field, value in zip((self.columns, self.rows), size, strict=True):
            with QSignalBlocker(field):
                field.setValue(value)
        self._show_preset()
        self._plan()

    def _show_preset(self, *_: object) -> None:
        size = (self.columns.value(), self.rows.value())
        mode: Mode = self.mode.currentData() if hasattr(self, "mode") else "rgb"
        known = [None if size == default_size(self._scene, mode) else size, size, "own"]
        found = next(i for i in map(self._preset_index, known) if i >= 0)
        self.size_choice.setCurrentIndex(found)

    def _preset_index(self, data: object) -> int:
        found = [i for i in range(self.size_choice.count()) if self.size_choice.itemData(i) == data]
        return found[0] if found else -1

    def _on_mode(self) -> None:
        if self.size_choice.currentData() is None:
            self._set_size(default_size(self._scene, self.mode.currentData()))
        else:
            self._plan()

    def _on_codec(self) -> None:
        """Give the file the suffix that goes with the format."""
        facts = CODECS[self.codec.currentData()]
        target = self.target
        known = {suffix for other in CODECS.values() for suffix in other.suffixes}
        if target.suffix.lower() not in facts.suffixes:
            bare = target.with_suffix("") if target.suffix.lower() in known else target
            suffix = facts.suffixes[0] if facts.suffixes else ""
            self.file.setText(str(bare.with_name(bare.name + suffix)))
        self._plan()

    def _on_file_name(self) -> None:
        """Take the format that goes with the file's suffix."""
        suffix = self.target.suffix.lower()
        if suffix not in CODECS[self.codec.currentData()].suffixes:
            fitting = (i for i in range(self.codec.count()) if suffix in self._suffixes(i))
            self.codec.setCurrentIndex(next(fitting, self.codec.currentIndex()))
        self._plan()

    def _suffixes(self, index: int) -> tuple[str, ...]:
        codec: Codec = self.codec.itemData(index)
        return CODECS[codec].suffixes

    def _offer_codecs(self, codecs: tuple[Codec, ...]) -> None:
        chosen = self.codec.currentData()
        if [self.codec.itemData(i) for i in range(self.codec.count())] == list(codecs):
            return
        self.codec.clear()
        for codec in codecs:
            suffix = CODECS[codec].suffixes[0] if CODECS[codec].suffixes else "a folder"
            self.codec.addItem(f"{CODECS[codec].title} ({suffix})", codec)
        self.codec.setCurrentIndex(max(self.codec.findData(chosen), 0))

    def _browse(self) -> None:
        facts = CODECS[self.codec.currentData()]
        patterns = " ".join(f"*{suffix}" for suffix in facts.suffixes) or "*"
        self._ask_where(
            self.target,
            f"{facts.title} ({patterns})",
            lambda path: self.file.setText(str(path)),
        )

    # The plan

    def _plan(self, *_: object) -> None:
        self.record.setEnabled(False)  # until it is known that it can be made
        if not self.file.text().strip():
            self._show_problem("Name a file to write the video to")
            return
        if self.target in self._before:
            self._show_problem(f"{self.target}: is being recorded already; choose another name")
            return
        self._planner.ask(PlanQuestion(self._scene, self._path, self.settings, self.target))

    def _show_problem(self, line: str) -> None:
        self.problem.setText(line)
        self.problem.setVisible(bool(line))
        self.notes.setVisible(False)
        self.summary.setText("")
        self.record.setEnabled(False)

    def _show_answer(self, answer: PlanAnswer) -> None:
        self._offer_codecs(answer.codecs)
        if answer.question.target != self.target or answer.question.settings != self.settings:
            return  # a newer one is on its way
        self._answer = answer
        self._show_problem(answer.problem)
        plan = answer.plan
        if plan is None:
            return
        width, height = plan.size
        memory = renderer_bytes(self._scene) + ENCODER_BYTES_A_PIXEL * width * height
        self.summary.setText(
            f"{counted(len(plan.views), 'frame')}, {path_time(plan.seconds)}. "
            f"While it is recorded: up to {file_size(plan.bytes_while_recording)} of disk beside "
            f"the file, about {memory_size(memory)} of memory."
        )
        notes = list(plan.notes)
        if answer.kept:
            notes.append(
                f"{answer.kept} frames are kept of an unfinished recording to this file: it goes "
                "on from them where they fit."
            )
        if answer.exists:
            notes.append(f"{self.target.name} is there already: it is replaced at the very end.")
        if self._before:
            notes.append(
                "It waits for the recording before it."
                if len(self._before) == 1
                else f"It waits for the {len(self._before)} recordings before it."
            )
        self.notes.setText("\n".join(f"• {note}" for note in notes))
        self.notes.setVisible(bool(notes))
        self.record.setText("Replace and record" if answer.exists else "Record")
        self.record.setEnabled(True)

    def _accept_request(self) -> None:
        answer = self._answer
        if answer is None or answer.plan is None:
            return
        under = self._interventions if self.edited.isChecked() else NO_INTERVENTIONS
        self.accepted_request.emit(
            RecordingRequest(
                self._scene, self._path, self.settings, self.target, answer.exists, under
            )
        )
        self.accept()


def renderer_bytes(scene: Scene) -> float:
    """About the memory that a second renderer of a scene takes while it works."""
    weights = sum(_count(shape) for shape in scene.weights.shapes().values())
    bytes_of_weights = 8 * weights  # each as it is, and packed
    if not isinstance(scene.config, ModelConfig):
        return bytes_of_weights
    samples = 64 * 64 * scene.frustum.plane_count
    # Per sample a few features more: the occlusion network's.
    return bytes_of_weights + 4 * samples * (scene.config.features + 12)


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for side in shape:
        count *= side
    return count


def _edits(interventions: Interventions) -> str:
    count = len(interventions.edits)
    parts = [f"{count} of the grid"] if count else []
    if interventions.grid is not None:
        parts.append("an observed grid")
    if interventions.occlusion != NO_INTERVENTIONS.occlusion:
        parts.append("other depth weights")
    return ", ".join(parts) or "inpainting"
