"""The training panel: a run, watched; everything in it comes from the run's directory."""

from PySide6.QtCore import Signal

from viewer.panels.panel import Panel, PanelContext
from viewer.panels.training_run import RunSection


class TrainingPanel(Panel):
    """Sections that follow the watched run while the panel is in view."""

    action_requested = Signal(str)  # the name of an action of the window

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.run = RunSection(context)
        self.run.action_requested.connect(self.action_requested)
        for section in (self.run,):
            self.add_section(section)
