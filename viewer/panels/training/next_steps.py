"""What can be done once a training has finished."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton

from dvox_core.evaluation.verdict import verdict
from dvox_core.training.run.status import Status
from viewer.panels.panel import PanelContext, Section
from viewer.text.units import count, decibels, duration, scores
from viewer.theme import Spacing

STEPS = (
    ("show_run_scene", "Show the scene", "Open what the training has come to"),
    ("path_orbit", "Make an orbit…", "Make a path around the scene, to be recorded as a video"),
    ("look_inside", "Look inside", "Point at a pixel and see the depth weights along its ray"),
    ("train_longer", "Train longer…", "Go on with another end"),
)


class NextStepsSection(Section):
    """The scores and the next steps; shown once the run is finished."""

    action_requested = Signal(str)

    def __init__(self, context: PanelContext) -> None:
        super().__init__("Finished")
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.buttons: dict[str, QPushButton] = {}
        grid = QGridLayout()
        grid.setSpacing(Spacing.CONTROL)
        for index, (name, text, tip) in enumerate(STEPS):
            button = QPushButton(text)
            button.setToolTip(tip)
            button.clicked.connect(lambda _=False, name=name: self.action_requested.emit(name))
            self.buttons[name] = button
            grid.addWidget(button, *divmod(index, 2))
        self.buttons["show_run_scene"].setProperty("role", "primary")
        self.column.addWidget(self.text)
        self.column.addLayout(grid)
        context.training.state.status_changed.connect(self._show)
        context.training.state.run_changed.connect(lambda _: self.hide())
        self.hide()

    def _show(self, status: Status) -> None:
        finished = status.state == "finished"
        if finished:
            self.text.setText(finished_text(status))
        self.setVisible(finished)


def finished_text(status: Status) -> str:
    """How the training went, with its scores."""
    text = f"{count(status.step)} steps in {duration(status.elapsed_seconds)}."
    if status.psnr is not None and status.ssim is not None:
        text += f" On views it has not seen: PSNR {scores(status.psnr, status.ssim)}"
        best = status.best_psnr
        text += f"; at best {decibels(best)}." if best and best > status.psnr + 0.01 else "."
        if status.nearest_psnr is not None:
            words = verdict(status.psnr, status.nearest_psnr)
            text += f" {words[:1].upper()}{words[1:]}."
    return text
