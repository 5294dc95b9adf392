"""The wizard's state: the plan, what is known about it, and the work that finds it out."""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from dvox_core.geometry.grid import GridPlacement
from dvox_core.training.estimates.trial_steps import Measurement, measure_trainings
from dvox_core.training.presets import PRESETS
from viewer.wizard.import_preview import ImportPreview, preview_import
from viewer.wizard.plan import Page, TrainingPlan
from viewer.wizard.run_preparation import RunLocation, check_location, free_name, prepare_run
from viewer.wizard.source_reader import Thumbnail, find_source, load_picture, load_thumbnails
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import Operation, Progress, run_in_background

MEASURE_MS = 1200  # after the last change of an option


class WizardState(QObject):
    """Pages call its slots and hear its signals; they know nothing of each other."""

    plan_changed = Signal()
    finding_progressed = Signal(float, str)
    finding_changed = Signal()  # a source was found, lost, is looked for, or cannot be used
    thumbnails_changed = Signal()
    picture_loaded = Signal(object)  # Thumbnail, large
    look_changed = Signal()
    costs_changed = Signal()
    place_changed = Signal()
    start_progressed = Signal(float, str)
    starting_changed = Signal()
    prepared = Signal(object)  # Path of a run that is ready to be trained

    _cost_heard = Signal(object, object)  # from the operation's thread

    def __init__(
        self,
        folder: Path,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._plan = TrainingPlan(folder=folder)
        self._workspace: Path | None = None
        self._unfinished: set[Path] = set()  # workspaces of sources that are being read
        self._workers = [LatestOperation(self) for _ in range(7)]
        self._finding, self._looking, self._picture, *others = self._workers
        self._thumbnails, self._measuring, self._placing, self._starting = others
        self._finding.ended.connect(self.finding_changed)
        self._measuring.ended.connect(self.costs_changed)
        self._starting.ended.connect(self.starting_changed)
        self._cost_heard.connect(self._take_cost)
        self._soon = QTimer(self, singleShot=True, interval=MEASURE_MS)
        self._soon.timeout.connect(self.measure)
        self._looked_at: tuple[Any, ...] = ()
        self.source_problem = ""
        self.given: Path | None = None
        self.thumbnails: list[Thumbnail] = []
        self.look: ImportPreview | None = None
        self.look_problem = ""
        self.costs: dict[Any, Measurement] = {}
        self.cost_problem = ""
        self.place: RunLocation | None = None
        self.start_problem = ""

    # The plan

    @property
    def plan(self) -> TrainingPlan:
        """What has been chosen."""
        return self._plan

    def set_plan(self, plan: TrainingPlan) -> None:
        """Take a changed plan."""
        if plan == self._plan:
            return
        self._plan = plan
        self._look_anew()
        self.place = None
        self.plan_changed.emit()

    @property
    def problem(self) -> str:
        """Why the source cannot be imported as it stands, as a line; or ""."""
        return self.look_problem or (self.look.problem if self.look else "")

    def is_complete(self, page: Page) -> bool:
        """Whether the pages after this one make sense."""
        if page is Page.SOURCE:
            return self.plan.finding is not None
        if page is Page.CAMERAS:
            return self.look is not None and self.is_current and not self.problem
        if page is Page.QUALITY:
            cost = self.cost
            device_is_there = not self.cost_problem or self.plan.run.device == "auto"
            return device_is_there and (cost is None or cost.fits)
        if page is Page.SCHEDULE:
            run = self.plan.run
            return run.steps is not None or run.minutes is not None or run.patience > 0
        return self.place is not None and not self.place.problem and not self.is_starting

    # The source

    @property
    def is_finding(self) -> bool:
        """Whether a source is being read."""
        return self._finding.is_busy

    def find(self, given: Path) -> None:
        """Read another source; the former one stays until this one is known."""
        self.given = given
        self.source_problem = ""
        self._finding.cancel()
        self._finding.queue(lambda: self._find(given))
        self.finding_changed.emit()

    def cancel_finding(self) -> None:
        """Give up reading."""
        self._finding.cancel()

    def _find(self, given: Path) -> Operation:
        workspace = Path(tempfile.mkdtemp(prefix="dvox-wizard-"))
        self._unfinished.add(workspace)

        def work(progress: Progress) -> Any:
            return find_source(given, workspace, progress)

        operation = Operation(work, "Reading the pictures", self)
        operation.progressed.connect(self.finding_progressed)
        operation.succeeded.connect(lambda finding: self._take_finding(finding, workspace))
        operation.failed.connect(lambda line: self._drop_finding(line, given, workspace))
        operation.cancelled.connect(lambda: self._drop_finding("", given, workspace))
        operation.start()
        return operation

    def _take_finding(self, finding: Any, workspace: Path) -> None:
        self._unfinished.discard(workspace)
        self._clear_workspace()
        self._workspace = workspace
        self.thumbnails, self.look, self.look_problem = [], None, ""
        plan = self.plan.with_finding(finding)
        self.set_plan(plan)
        self._thumbnails.queue(lambda: self._load_thumbnails(finding))

    def _drop_finding(self, line: str, given: Path, workspace: Path) -> None:
        self._unfinished.discard(workspace)
        shutil.rmtree(workspace, ignore_errors=True)
        if self.given != given:
            return  # another one is looked for already
        self.source_problem = line
        if not line:
            self.given = self.plan.finding.given if self.plan.finding else None

    def _load_thumbnails(self, finding: Any) -> Operation:
        def done(thumbnails: list[Thumbnail]) -> None:
            if finding is self.plan.finding:
                self.thumbnails = thumbnails
                self.thumbnails_changed.emit()

        return run_in_background(
            lambda progress: load_thumbnails(finding, progress),
            "Making thumbnails",
            self,
            on_done=done,
        )

    def load_picture(self, index: int) -> None:
        """Decode one view's picture in large; comes as `picture_loaded`."""
        finding = self.plan.finding
        if finding is None:
            return
        self._picture.queue(
            lambda: run_in_background(
                lambda progress: load_picture(finding, index),
                "Decoding a picture",
                self,
                on_done=self.picture_loaded.emit,
            )
        )

    # The grid

    @property
    def is_current(self) -> bool:
        """Whether what is known of cameras and grid is of the present plan."""
        return self.look is not None and self.look.options == self.plan.options

    @property
    def box(self) -> GridPlacement | None:
        """The grid as chosen, and as fitted where it is not; None before cameras are known."""
        if self.look is None:
            return None
        fitted, options = self.look.placed.placement, self.plan.options
        return GridPlacement(options.center or fitted.center, options.scale or fitted.scale)

    def _look_anew(self) -> None:
        finding, options = self.plan.finding, self.plan.options
        wanted = (finding, options)
        if finding is None or wanted == self._looked_at:
            return
        self._looked_at = wanted

        def done(look: ImportPreview) -> None:
            if finding is self.plan.finding:
                self.look, self.look_problem = look, ""
                self.look_changed.emit()

        def failed(line: str) -> None:
            if wanted == self._looked_at:
                self.look_problem = line
                self.look_changed.emit()

        self._looking.queue(
            lambda: run_in_background(
                lambda progress: preview_import(finding, options),
                "Looking at the cameras",
                self,
                on_done=done,
                on_failed=failed,
            )
        )

    # What it costs

    @property
    def cost(self) -> Measurement | None:
        """What is known of the chosen training's cost."""
        return self.costs.get(self._cost_key(self.plan.model, self.plan.training))

    def cost_of(self, preset: str) -> Measurement | None:
        """What is known of a preset's cost."""
        found = PRESETS[preset]
        return self.costs.get(self._cost_key(found.model, found.training))

    @property
    def is_measuring(self) -> bool:
        """Whether training steps are being tried."""
        return self._measuring.is_busy

    def measure(self) -> None:
        """Find out what presets and chosen training take here, as far as it is not known yet."""
        plan = self.plan
        trainings = [(preset.model, preset.training) for preset in PRESETS.values()]
        trainings.append((plan.model, plan.training))
        keys = {self._cost_key(*training): training for training in trainings}
        unknown = {key: value for key, value in keys.items() if key not in self.costs}
        if self._measuring.is_busy:
            self._soon.start()  # what was asked for meanwhile comes next
            return
        self.cost_problem = ""
        if not unknown:
            self.costs_changed.emit()
            return
        names, wanted = list(unknown), list(unknown.values())
        device = plan.run.device

        def work(progress: Progress) -> None:
            def hear(index: int, measurement: Measurement) -> None:
                self._cost_heard.emit(names[index], measurement)

            measure_trainings(wanted, device, hear, lambda: progress(0.0, ""))

        def failed(line: str) -> None:
            self.cost_problem = line

        self._measuring.queue(
            lambda: run_in_background(work, "Trying training steps", self, on_failed=failed)
        )
        self.costs_changed.emit()

    def measure_again(self) -> None:
        """Forget what was measured, and find it out anew."""
        self.costs.clear()
        self.measure()

    def measure_soon(self) -> None:
        """As `measure`, once nothing more is changed for a moment."""
        self._soon.start()

    def _take_cost(self, key: Any, measurement: Measurement) -> None:
        self.costs[key] = measurement
        self.costs_changed.emit()

    def _cost_key(self, model: Any, training: Any) -> Any:
        return (model, replace(training, seed=0), self.plan.run.device)

    # Where it lives, and the start

    def check_location(self) -> None:
        """Find out whether the run can live where the plan says; comes as `place_changed`."""
        plan, cost = self.plan, self.cost
        parameters = cost.parameters if cost else plan.model.features * plan.model.grid_size**3

        def done(place: RunLocation) -> None:
            if plan is self.plan:
                self.place = place
                self.place_changed.emit()

        self._placing.queue(
            lambda: run_in_background(
                lambda progress: check_location(plan, parameters),
                "Looking at the disk",
                self,
                on_done=done,
            )
        )

    def propose_name(self) -> None:
        """Give the plan a name whose folders are free."""
        plan = self.plan

        def done(name: str) -> None:
            if plan is self.plan and name != plan.name:
                self.set_plan(replace(plan, name=name))

        self._placing.queue(
            lambda: run_in_background(
                lambda progress: free_name(plan), "Looking for a free name", self, on_done=done
            )
        )

    @property
    def is_starting(self) -> bool:
        """Whether pictures are imported and the run is being made."""
        return self._starting.is_busy

    def start(self) -> None:
        """Import and make the run's folder; comes as `prepared`."""
        plan = self.plan
        if self.is_starting:
            return
        self._measuring.cancel()
        self.start_problem = ""

        def work(progress: Progress) -> Path:
            return prepare_run(plan, progress)

        def failed(line: str) -> None:
            self.start_problem = line

        self._starting.queue(
            lambda: run_in_background(
                work,
                "Starting the training",
                self,
                on_done=self.prepared.emit,
                on_failed=failed,
                on_progress=self.start_progressed.emit,
            )
        )
        self.starting_changed.emit()

    def cancel_start(self) -> None:
        """Give up starting; what was made is taken away."""
        self._starting.cancel()

    def stop(self) -> None:
        """End all work and delete what was kept aside."""
        self._soon.stop()
        for worker in self._workers:
            worker.stop()
        for workspace in self._unfinished:
            shutil.rmtree(workspace, ignore_errors=True)
        self._clear_workspace()

    def _clear_workspace(self) -> None:
        if self._workspace is not None:
            shutil.rmtree(self._workspace, ignore_errors=True)
            self._workspace = None
