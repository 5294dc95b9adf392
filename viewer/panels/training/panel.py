"""The training panel shows the open run; all that it shows comes from the run's directory."""

from collections.abc import Iterable

from PySide6.QtCore import Signal

from viewer.panels.panel import Panel, PanelContext
from viewer.panels.training.curves import CurveSections
from viewer.panels.training.log import LogSection
from viewer.panels.training.next_steps import NextStepsSection
from viewer.panels.training.run_section import RunSection
from viewer.panels.training.snapshots import SnapshotsSection


class TrainingPanel(Panel):
    """Sections that follow the open run while the panel is in view."""

    action_requested = Signal(str)  # the name of an action of the window

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.run = RunSection(context)
        self.next = NextStepsSection(context)
        self.plots = CurveSections(context)
        self.snapshots = SnapshotsSection(context)
        self.log = LogSection(context)
        self.run.action_requested.connect(self.action_requested)
        self.next.action_requested.connect(self.action_requested)
        compared = self.plots.losses.compared
        compared.chosen.connect(lambda: self.action_requested.emit("compare_runs"))
        compared.removed.connect(lambda: context.training.compare(None))
        for section in (
            self.run,
            self.next,
            self.plots.losses,
            self.plots.scores,
            self.snapshots,
            self.log,
        ):
            self.add_section(section)

    def offer(self, actions: Iterable[str]) -> None:
        """Offer only the next steps that the window has actions for."""
        for name, button in self.next.buttons.items():
            button.setVisible(name in actions)

    def set_in_view(self, in_view: bool) -> None:
        """Load what is drawn only while it is in view."""
        for part in (self.plots, self.snapshots, self.log):
            part.set_in_view(in_view)
