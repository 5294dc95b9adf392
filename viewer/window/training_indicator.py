"""The watched training in the status bar: how it stands, whatever panel is in front."""

from collections.abc import Mapping
from typing import Any

from dvox_core.training.run.status import ACTIVE, Status
from viewer.state.training_state import TrainingState
from viewer.text.runs import MOODS, share_done, state_word
from viewer.text.units import count, duration, percent
from viewer.theme import ThemeManager
from viewer.widgets.status_dot import Mood
from viewer.window.indicator import ButtonIndicator

MAX_NAME_LENGTH = 24  # characters


class TrainingIndicator(ButtonIndicator):
    """There while the run is trained, or has broken off."""

    def __init__(self, themes: ThemeManager, state: TrainingState) -> None:
        super().__init__(themes)
        self._state = state
        self.button.setToolTip("The training run: show its panel")
        state.status_changed.connect(self._show)
        state.run_changed.connect(lambda _: self.hide())
        self.hide()

    def _show(self, status: Status) -> None:
        self.setVisible(status.state in (*ACTIVE, "failed", "interrupted"))
        self.dot.show_mood(Mood(MOODS.get(status.state, "muted")))
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
