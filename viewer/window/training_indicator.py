"""The watched training in the status bar: how it stands, whatever panel is in front."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from dvox_core.training.run.status import ACTIVE, Status
from viewer.state.training_state import TrainingState
from viewer.text.runs import MOODS, share_done, state_word
from viewer.text.units import count, duration, percent
from viewer.theme import Spacing, ThemeManager, interface_font, tabular
from viewer.widgets.status_dot import Dot, Mood

MAX_NAME_LENGTH = 24  # characters


class TrainingIndicator(QWidget):
    """A dot and a line that is a button; there while the run is trained, or has broken off."""

    def __init__(self, themes: ThemeManager, state: TrainingState) -> None:
        super().__init__()
        self._state = state
        self._dot = Dot(themes)
        self.button = QPushButton()
        self.button.setProperty("role", "sign")
        self.button.setFont(tabular(interface_font()))
        self.button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.button.setToolTip("The training run: show its panel")
        row = QHBoxLayout(self)
        row.setContentsMargins(Spacing.CONTROL, 0, 0, 0)
        row.setSpacing(Spacing.LABEL)
        row.addWidget(self._dot)
        row.addWidget(self.button)
        state.status_changed.connect(self._show)
        state.run_changed.connect(lambda _: self.hide())
        self.hide()

    def _show(self, status: Status) -> None:
        self.setVisible(status.state in (*ACTIVE, "failed", "interrupted"))
        self._dot.show_mood(Mood(MOODS.get(status.state, "muted")))
        self.button.setText(indicator_text(self._state.name, status, self._state.config))


def indicator_text(name: str, status: Status, config: Mapping[str, Any]) -> str:
    """E.g. "lego: training, step 1 200, 45 %, 12 min left"."""
    if len(name) > MAX_NAME_LENGTH:
        name = f"{name[: MAX_NAME_LENGTH - 1]}…"
    parts = [f"{name}: {state_word(status).lower()}"]
    if status.state in ("training", "paused"):
        parts.append(f"step {count(status.step)}")
        share = share_done(status, config)
        if share is not None:
            parts.append(percent(share))
        if status.state == "training" and status.eta_seconds is not None:
            parts.append(f"{duration(status.eta_seconds)} left")
    return ", ".join(parts)
