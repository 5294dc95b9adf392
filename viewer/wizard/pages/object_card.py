"""What the first page shows of the object: whether it is cut out, how much, how to mend it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSlider, QVBoxLayout

from dvox_core.data.background_check import BACKGROUND_DIFFERS
from viewer.theme import Spacing, ThemeManager
from viewer.widgets.notice import Notice
from viewer.widgets.progress_row import ProgressRow
from viewer.wizard.mask_editor import MaskEditor
from viewer.wizard.state import WizardState

CUT_OUT = (
    "The object is cut out of its surroundings: look at the small pictures below, where what is "
    "pale becomes background. A click on one mends its mask."
)
LEAST, MOST = 5, 95  # percent


class ObjectCard(QFrame):
    """The sentence about the background, the way out of it, and what came of that."""

    mending = Signal(object)  # MaskEditor, shown

    def __init__(self, state: WizardState, themes: ThemeManager) -> None:
        super().__init__()
        self._state, self._themes = state, themes
        self.notice = Notice(themes, "amber")
        self.problem = Notice(themes)
        self.button = QPushButton()
        self.button.setAutoDefault(True)
        self.button.clicked.connect(self._toggle)
        self.progress = ProgressRow("Stop looking for the object")
        self.progress.cancelled.connect(state.object.cancel)
        self.threshold = QSlider(Qt.Orientation.Horizontal)
        self.threshold.setRange(LEAST, MOST)
        self.threshold.setInvertedAppearance(True)  # further right keeps more
        self.threshold.setAccessibleName("How much of the pictures is kept")
        self.threshold.setToolTip(
            "Share of a pixel that the object covers at least; masks that were mended stay"
        )
        self.threshold.setFixedWidth(180)
        self.threshold.valueChanged.connect(self._on_threshold_changed)
        self._less, self._more = QLabel("Keep less"), QLabel("more")
        row = QHBoxLayout()
        row.setSpacing(Spacing.CONTROL)
        row.addWidget(self.button)
        for part in (self._less, self.threshold, self._more):
            row.addWidget(part)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Spacing.CONTROL)
        for widget in (self.notice, self.problem, self.progress):
            column.addWidget(widget)
        column.addLayout(row)
        state.object.progressed.connect(self._show_progress)
        state.object.changed.connect(self.refresh)
        state.plan_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what is so now."""
        plan, finder = self._state.plan, self._state.object
        found_source = plan.found_source
        seen = found_source is not None and not self._state.source_problem
        differs = found_source is not None and found_source.background_differs
        seen = seen and (differs or plan.masks_object) and not self._state.is_reading
        self.setVisible(seen)
        self.notice.set_text(CUT_OUT if plan.masks_object else BACKGROUND_DIFFERS)
        self.problem.set_text(finder.problem)
        if not finder.is_busy:
            self.progress.hide()
        self.button.setVisible(not finder.is_busy)
        self.button.setText("Keep the surroundings" if plan.masks_object else "Cut the object out")
        self.button.setToolTip(
            "Train on the pictures as they are"
            if plan.masks_object
            else "Found by the pictures' geometry; takes some minutes"
        )
        for part in (self._less, self.threshold, self._more):
            part.setVisible(plan.masks_object)
        self.threshold.blockSignals(True)
        self.threshold.setValue(round(100 * finder.threshold))
        self.threshold.blockSignals(False)

    def mend(self, index: int) -> None:
        """Let the user mend a view's mask."""
        found_source = self._state.plan.found_source
        if found_source is None or not self._state.plan.masks_object:
            return
        count = len(found_source.survey.views)
        editor = MaskEditor(self, self._themes, self._state.object, index, count)
        editor.open()
        self.mending.emit(editor)

    def _toggle(self) -> None:
        if self._state.plan.masks_object:
            self._state.object.use(False)
        else:
            self._state.find_object()

    def _show_progress(self, share: float, text: str) -> None:
        if self._state.object.is_busy:
            self.progress.show_progress(share, f"{text[:1].upper()}{text[1:]}…")

    def _on_threshold_changed(self, percent: int) -> None:
        self._state.object.set_threshold(percent / 100)
