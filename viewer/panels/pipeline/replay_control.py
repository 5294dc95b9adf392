"""Between the replay's controls, the thread that observes, and the picture in the viewport."""

from PySide6.QtCore import QObject, Signal

from dvox_core.errors import UserError
from dvox_core.model.scene import Scene
from dvox_core.rendering.observed_grid import ObservedGrid
from viewer.panels.panel import PanelContext
from viewer.panels.pipeline.replay_section import MARKED, ReplaySection
from viewer.panels.pipeline.sources import held_out, in_order, observable
from viewer.workers.comparison.ground_truth import TrueView
from viewer.workers.pipeline.replay_runner import ReplayPlan, ReplayRunner

NO_MARKS = "No view is marked: Shift and a click on a dot of the orbit sphere mark one"
NO_VIEWS = "No view is ticked: tick those that are to be observed"


class ReplayControl(QObject):
    """Runs replays, and shows their states in the picture. On the window's thread.

    Attributes:
        runner: what observes.
        before: the grid before the observation that is shown; None out of a replay.
        source: the view of that observation; None out of a replay.
    """

    changed = Signal()

    def __init__(self, context: PanelContext, section: ReplaySection, parent: QObject) -> None:
        super().__init__(parent)
        self._context, self._section = context, section
        self.runner = ReplayRunner(self)
        self.before: ObservedGrid | None = None
        self.source: TrueView | None = None
        self._grid: ObservedGrid | None = None  # the state that is shown
        self._wanted: dict[int, str] = {}
        self._follows = False
        section.order_chosen.connect(self._show_order)
        section.start_wanted.connect(self._start)
        section.moment_chosen.connect(self._go_to)
        section.use_wanted.connect(self._use)
        section.leave_wanted.connect(self.leave)
        section.progress.cancelled.connect(self.runner.cancel)
        self.runner.stepped.connect(self._on_stepped)
        self.runner.grid_ready.connect(self._on_grid)
        self.runner.progressed.connect(section.progress.show_progress)
        self.runner.failed.connect(context.show_error)
        self.runner.ended.connect(self._on_ended)
        state = context.state
        state.scene_changed.connect(self._on_scene_changed)
        state.marked_views_changed.connect(self._on_marked)
        self.show_capture()

    def leave(self) -> None:
        """Show the trained grid again, or the one that is used in its place."""
        self._section.stop()
        self._follows = False
        self.before = self.source = self._grid = None
        self._context.edits.preview_grid(None)
        self.changed.emit()

    def stop(self) -> None:
        """End all that runs; what was replayed stays."""
        self.leave()
        self.runner.cancel()
        self.runner.stop()
        self._section.progress.hide()

    # Views

    def show_capture(self) -> None:
        """Offer the views of the capture that is known now."""
        views = self._context.comparison.truth.views
        self._section.show_held_out(held_out(views))
        self._section.setEnabled(bool(views))
        self._show_order()

    def _show_order(self) -> None:
        scene = self._context.state.scene
        if scene is None:
            self._section.show_views(())
            return
        views = observable(self._context.comparison.truth.views)
        order = self._section.order.value
        found = in_order(order, views, scene, self._context.state.marked_views)
        if order == MARKED and views and not found:
            self._context.show_info(NO_MARKS)
        self._section.show_views(found)

    def _on_marked(self, _: object) -> None:
        if self._section.order.value == MARKED:
            self._show_order()

    # Replaying

    def _start(self) -> None:
        scene, views = self._context.state.scene, self._section.chosen_views
        if scene is None:
            return
        if not views:
            self._context.show_info(NO_VIEWS)
            return
        try:
            require_observing(scene)
        except UserError as error:
            self._context.show_error(str(error))
            return
        self.leave()
        self._follows = True
        self._section.show_steps((), 0)
        self._section.moment.set_value(0)
        held_out, starts_trained = self._section.held_out.value, self._section.first.value
        self.runner.start(ReplayPlan(scene, views, held_out, starts_trained))

    def _on_stepped(self) -> None:
        plan = self.runner.plan
        if plan is None:
            return
        self._section.show_steps(self.runner.steps, len(plan.views))
        if self._follows:
            self._section.go_to(len(self.runner.steps))

    def _on_ended(self) -> None:
        self._section.progress.hide()
        self._follows = False

    def _go_to(self, number: int) -> None:
        """Show a state: the grid before it first, as the tiles need both."""
        if self.runner.plan is None:
            return
        if number < len(self.runner.steps):
            self._follows = False
        self._wanted = {number: "state"}
        if number > 0:
            self._wanted[number - 1] = "before"
        for wanted in sorted(self._wanted):
            self.runner.ask_grid(wanted)

    def _on_grid(self, number: int, grid: ObservedGrid) -> None:
        plan, at = self.runner.plan, self._section.at
        if plan is None:
            return
        if number == at - 1:
            self.before = grid
        if number == at or number not in self._wanted:  # or the nearest that is kept
            self._grid = grid
            self.source = plan.views[at - 1] if 0 < at <= len(plan.views) else plan.views[0]
            if at == 0:
                self.before = grid
            self._context.edits.preview_grid(grid)
            self.changed.emit()

    def _use(self) -> None:
        grid = self._grid
        if grid is None:
            self._context.show_info("Replay first, and go to the state that is to be used")
            return
        self.leave()
        self._context.edits.use_grid(grid)

    def _on_scene_changed(self, _: Scene | None) -> None:
        self._section.stop()
        self._follows = False
        self.before = self.source = self._grid = None
        self.runner.forget()
        self._section.show_steps((), 0)
        self._section.progress.hide()
        self._show_order()


def require_observing(scene: Scene) -> None:
    """Refuse a scene that cannot observe.

    Raises:
        UserError: the line says why.
    """
    from dvox_core.pipeline.observing import why_not_observable
    from dvox_core.rendering.apply_interventions import NO_INPAINTING, has_inpainting

    reason = why_not_observable(scene)
    if not reason and not has_inpainting(scene):
        reason = NO_INPAINTING
    if reason:
        raise UserError(f"{scene.name}: {reason}")
