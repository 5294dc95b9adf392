"""Replays integration in a thread of its own, and hands out every state of the grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal

from dvox_core.model.scene import Scene
from dvox_core.pipeline.questions import SourceView
from dvox_core.rendering.observed_grid import ObservedGrid
from viewer.workers.background.latest_answer import LatestAnswer
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import Operation, Progress, run_in_background
from viewer.workers.comparison.ground_truth import TrueView

if TYPE_CHECKING:  # imports torch
    from dvox_core.pipeline.growth import GrowthStep
    from dvox_core.pipeline.replay import Replay


@dataclass(frozen=True, eq=False)
class ReplayPlan:
    """What is to be replayed.

    Attributes:
        views: in their order; one may come more than once.
        held_out: what every state is scored on; None for nothing.
        starts_trained: whether the first view is observed by the trained grid, and not by an empty
            one.
    """

    scene: Scene
    views: tuple[TrueView, ...]
    held_out: TrueView | None
    starts_trained: bool = False


@dataclass(frozen=True, eq=False)
class _Stepped:
    plan: ReplayPlan
    step: GrowthStep | None  # None for the empty grid
    grid: ObservedGrid | None  # None where it is not kept


class ReplayRunner(QObject):
    """Runs one replay at a time. Lives on the window's thread.

    Attributes:
        plan: of the replay that runs or has run.
        steps: what its observations brought so far.
    """

    stepped = Signal()  # one observation more
    grid_ready = Signal(int, object)  # a state's number, and the ObservedGrid
    ended = Signal()
    failed = Signal(str)
    progressed = Signal(float, str)

    _reported = Signal(object)  # from the thread: _Stepped

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.plan: ReplayPlan | None = None
        self.steps: list[GrowthStep] = []
        self._kept: dict[int, ObservedGrid] = {}
        self._replay: Replay | None = None  # once it has ended; used on the thread alone
        self._operations = LatestOperation(self)
        self._operations.ended.connect(self.ended)
        self._answers: LatestAnswer[int] = LatestAnswer(self._state, "Recomputing a state", self)
        self._answers.answered.connect(self._on_state)
        self._answers.failed.connect(self.failed)
        self._reported.connect(self._on_stepped, Qt.ConnectionType.QueuedConnection)

    @property
    def is_running(self) -> bool:
        """Whether views are being observed."""
        return self._operations.is_busy

    def start(self, plan: ReplayPlan) -> None:
        """Replay this, in place of what runs."""
        self.forget()
        self.plan = plan
        self._operations.replace(lambda: self._begin(plan))

    def cancel(self) -> None:
        """Stop after the present view; the states so far stay."""
        self._operations.cancel()

    def ask_grid(self, number: int) -> None:
        """Hand out state `number`: at once where it is kept, else when it is computed again."""
        kept = self._kept.get(number)
        if kept is not None:
            self.grid_ready.emit(number, kept)
        elif self._replay is not None:
            self._answers.ask(number)
        else:
            near = max((known for known in self._kept if known <= number), default=None)
            if near is not None:
                self.grid_ready.emit(near, self._kept[near])

    def forget(self) -> None:
        """End what runs, and forget what was replayed."""
        self._operations.abandon()
        self._answers.stop()
        self.plan, self._replay, self.steps = None, None, []
        self._kept.clear()

    def pause_answers(self) -> None:
        """End the thread that computes states again; the next question begins a new one."""
        self._answers.stop()

    def stop(self) -> None:
        """End all threads."""
        self._operations.stop()
        self._answers.stop()

    def _begin(self, plan: ReplayPlan) -> Operation:
        return run_in_background(
            lambda progress: self._run(plan, progress),
            "Replaying the integration",
            on_done=lambda replay: self._on_done(plan, replay),
            on_failed=self.failed.emit,
            on_progress=self.progressed.emit,
        )

    def _run(self, plan: ReplayPlan, progress: Progress) -> Any:
        """On the operation's thread."""
        from dvox_core.errors import Cancelled
        from dvox_core.pipeline.growth import grow, held_out_view
        from dvox_core.pipeline.observing import load_observer, trained_grid
        from dvox_core.pipeline.replay import Replay
        from dvox_core.rendering.create import create_renderer

        progress(0.0, "Loading the networks that observe")
        start = trained_grid(plan.scene) if plan.starts_trained else None
        views = [source_view(view) for view in plan.views]
        replay = Replay(load_observer(plan.scene), views, start=start)
        renderer = held_out = None
        if plan.held_out is not None:
            renderer = create_renderer(plan.scene, "cpu", "float32")
            side = plan.scene.config.image_size
            held_out = held_out_view(renderer, source_view(plan.held_out), side)
        self._reported.emit(_Stepped(plan, None, replay.grid(0)))
        try:
            for step, _, _ in grow(replay, held_out):
                self._reported.emit(_Stepped(plan, step, replay.kept(step.observed)))
                share = step.observed / len(plan.views)
                progress(share, f"Observed {step.observed} of {len(plan.views)} pictures")
        except Cancelled:
            return replay
        finally:
            if renderer is not None:
                renderer.close()
        return replay

    def _state(self, number: int) -> tuple[int, ObservedGrid]:
        """On the answers' thread, when the replay has ended."""
        assert self._replay is not None
        return number, self._replay.grid(min(number, self._replay.done))

    def _on_stepped(self, event: _Stepped) -> None:
        if event.plan is not self.plan:
            return
        number = 0
        if event.step is not None:
            self.steps.append(event.step)
            number = event.step.observed
        if event.grid is not None:
            self._kept[number] = event.grid
        self.stepped.emit()

    def _on_done(self, plan: ReplayPlan, replay: Replay) -> None:
        if plan is self.plan:
            self._replay = replay

    def _on_state(self, found: tuple[int, ObservedGrid]) -> None:
        self.grid_ready.emit(*found)


def source_view(view: TrueView) -> SourceView:
    """A true view as one that may be observed."""
    return SourceView(view.name, view.camera, view.path)
