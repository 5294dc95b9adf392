"""The wizard's state: the plan, what is known about it, and the work that finds it out."""

import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from dvox_core.data.photos import find_cameras_again
from dvox_core.geometry.grid import GridPlacement
from dvox_core.model.config import ModelConfig
from dvox_core.model.kinds import AnyConfig
from dvox_core.training.run.view_selection import LARGEST_SHARE
from viewer.wizard.box_check import BoxCheck
from viewer.wizard.cost_measurements import CostMeasurements
from viewer.wizard.import_preview import ImportPreview, preview_import
from viewer.wizard.object_finder import ObjectFinder
from viewer.wizard.plan import Page, TrainingPlan
from viewer.wizard.run_preparation import RunLocation, check_location, free_name, prepare_run
from viewer.wizard.source_reader import (
    MAX_THUMBNAILS,
    Thumbnail,
    find_source,
    load_picture,
    load_thumbnails,
)
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import Operation, Progress, run_in_background


class WizardState(QObject):
    """Pages call its methods and connect to its signals; they know nothing of each other."""

    plan_changed = Signal()
    reading_progressed = Signal(float, str)
    source_changed = Signal()  # a source was found, lost, is looked for, or cannot be used
    thumbnails_changed = Signal()
    picture_loaded = Signal(object)  # Thumbnail, large
    preview_changed = Signal()
    location_changed = Signal()
    start_progressed = Signal(float, str)
    starting_changed = Signal()
    prepared = Signal(object)  # Path of a run that is ready to be trained

    def __init__(
        self,
        folder: Path,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._plan = TrainingPlan(folder=folder)
        self._workspace: Path | None = None
        self._unfinished: set[Path] = set()  # workspaces of sources that are being read
        self._workers = [LatestOperation(self) for _ in range(6)]
        self._reading, self._previewing, self._picture, *others = self._workers
        self._thumbnails, self._locating, self._starting = others
        self.object = ObjectFinder(lambda: self._plan, self.set_plan, self)
        self.object.masks_changed.connect(self._load_thumbnails_again)
        self.box_check = BoxCheck(lambda: self._plan, self.object, self)
        self.costs = CostMeasurements(lambda: self._plan, self)
        self._reading.ended.connect(self.source_changed)
        self._starting.ended.connect(self.starting_changed)
        self._previewed: tuple[Any, ...] = ()
        self.source_problem = ""
        self.is_warning_accepted = False
        self._reading_since = 0.0
        self.given: Path | None = None
        self.thumbnails: list[Thumbnail] = []
        self.preview: ImportPreview | None = None
        self.preview_problem = ""
        self.location: RunLocation | None = None
        self.start_problem = ""

    # The plan

    @property
    def plan(self) -> TrainingPlan:
        """What has been chosen."""
        return self._plan

    def set_plan(self, plan: TrainingPlan) -> None:
        """Change the plan."""
        if plan == self._plan:
            return
        self._plan = plan
        self._preview_anew()
        self.location = None
        self.plan_changed.emit()

    @property
    def problem(self) -> str:
        """Why the source cannot be imported as it stands, as a line; or ""."""
        return self.preview_problem or (self.preview.problem if self.preview else "")

    def is_complete(self, page: Page) -> bool:
        """Whether the pages after this one make sense."""
        if page in (Page.SOURCE, Page.CAMERAS) and self.object.is_busy:
            return False  # or a run would begin without the masks that were asked for
        if page is Page.SOURCE:
            return (
                self.plan.found_source is not None
                and not self.source_problem
                and not self.is_reading
                and not (self.source_warning and not self.is_warning_accepted)
            )
        if page is Page.CAMERAS:
            return self.preview is not None and self.is_current and not self.problem
        if page is Page.QUALITY:
            cost = self.costs.chosen
            device_is_there = not self.costs.problem or self.plan.run.device == "auto"
            return device_is_there and (cost is None or cost.fits)
        if page is Page.SCHEDULE:
            run = self.plan.run
            has_judges = self.validation_view_count != 0 or not run.patience
            has_end = run.steps is not None or run.minutes is not None or run.patience > 0
            return has_end and has_judges
        return self.location is not None and not self.location.problem and not self.is_starting

    @property
    def validation_view_count(self) -> int | None:
        """How many views the training is kept from and judged by; None where not known yet."""
        if self.preview is None or self.preview.plan is None:
            return None
        counts = dict(self.preview.plan.view_counts)
        held_out = int(LARGEST_SHARE * counts.get("train", 0))
        return counts.get("validation", 0) or min(self.plan.run.validation_views, held_out)

    # The source

    @property
    def is_reading(self) -> bool:
        """Whether a source is being read."""
        return self._reading.is_busy

    @property
    def source_warning(self) -> str:
        """What makes a good scene of these pictures unlikely, as a line; or ""."""
        found_source = self.plan.found_source
        return found_source.source.warning if found_source else ""

    def accept_warning(self) -> None:
        """Go on in spite of the warning."""
        self.is_warning_accepted = True
        self.source_changed.emit()

    @property
    def reading_seconds(self) -> float:
        """How long a source has been read by now; 0 if none is."""
        return time.monotonic() - self._reading_since if self.is_reading else 0.0

    def keep_former_source(self) -> None:
        """Forget a choice that could not be read, and go on with the one before it."""
        self.source_problem = ""
        self.given = self.plan.found_source.given if self.plan.found_source else None
        self.source_changed.emit()

    def find(self, given: Path, *, cameras_again: bool = False) -> None:
        """Read another source; the former one stays until this one is known.

        Args:
            given: a file or a folder.
            cameras_again: do not take cameras that were found for it before.
        """
        self.given = given
        self.source_problem = ""
        self._reading_since = time.monotonic()
        self._reading.cancel()
        self._reading.queue(lambda: self._find(given, cameras_again))
        self.source_changed.emit()

    def cancel_reading(self) -> None:
        """Stop reading."""
        self._reading.cancel()

    def _find(self, given: Path, cameras_again: bool) -> Operation:
        workspace = Path(tempfile.mkdtemp(prefix="dvox-wizard-"))
        self._unfinished.add(workspace)

        def work(progress: Progress) -> Any:
            if cameras_again:
                find_cameras_again(given)
            return find_source(given, workspace, progress)

        operation = Operation(work, "Reading the pictures", self)
        operation.progressed.connect(self.reading_progressed)
        operation.succeeded.connect(
            lambda found_source: self._on_source_found(found_source, workspace)
        )
        operation.failed.connect(lambda line: self._on_source_not_found(line, given, workspace))
        operation.cancelled.connect(lambda: self._on_source_not_found("", given, workspace))
        operation.start()
        return operation

    def _on_source_found(self, found_source: Any, workspace: Path) -> None:
        self._unfinished.discard(workspace)
        self._clear_workspace()
        self._workspace = workspace
        self.thumbnails, self.preview, self.preview_problem = [], None, ""
        self.is_warning_accepted = False
        plan = self.plan.with_source(found_source)
        self.object.forget()
        self.box_check.forget()
        self.set_plan(plan)
        self._thumbnails.queue(lambda: self._load_thumbnails(found_source, MAX_THUMBNAILS))

    def load_all_thumbnails(self) -> None:
        """Make a small picture of every view; sends `thumbnails_changed`."""
        found_source = self.plan.found_source
        if found_source is not None:
            count = len(found_source.survey.views)
            self._thumbnails.queue(lambda: self._load_thumbnails(found_source, count))

    def _on_source_not_found(self, line: str, given: Path, workspace: Path) -> None:
        self._unfinished.discard(workspace)
        shutil.rmtree(workspace, ignore_errors=True)
        if self.given != given:
            return  # another one is looked for already
        self.source_problem = line
        if not line:
            self.given = self.plan.found_source.given if self.plan.found_source else None

    def find_object(self) -> None:
        """Cut the object out of its surroundings; look for it first if it is not found yet."""
        if self.object.found is not None:
            self.object.use(True)
        elif self._workspace is not None:
            self.object.find(self._workspace)

    def _load_thumbnails_again(self) -> None:
        found_source = self.plan.found_source
        shown = sum(thumbnail.index >= 0 for thumbnail in self.thumbnails)
        if found_source is not None:
            limit = max(shown, MAX_THUMBNAILS)
            self._thumbnails.queue(lambda: self._load_thumbnails(found_source, limit))

    def _load_thumbnails(self, found_source: Any, limit: int) -> Operation:
        masks = self.object.found if self.plan.masks_object else None

        def done(thumbnails: list[Thumbnail]) -> None:
            if found_source is self.plan.found_source:
                self.thumbnails = thumbnails
                self.thumbnails_changed.emit()

        return run_in_background(
            lambda progress: load_thumbnails(found_source, limit, progress, masks),
            "Making thumbnails",
            self,
            on_done=done,
        )

    def load_picture(self, index: int) -> None:
        """Decode one view's picture in large; sends `picture_loaded`."""
        found_source = self.plan.found_source
        if found_source is None:
            return
        self._picture.queue(
            lambda: run_in_background(
                lambda progress: load_picture(found_source, index),
                "Decoding a picture",
                self,
                on_done=self.picture_loaded.emit,
            )
        )

    # The grid

    @property
    def is_current(self) -> bool:
        """Whether what is known of cameras and grid is of the present plan."""
        return self.preview is not None and self.preview.options == self.plan.options

    @property
    def box(self) -> GridPlacement | None:
        """The grid as chosen, and as fitted where it is not; None before cameras are known."""
        if self.preview is None:
            return None
        fitted, options = self.preview.placed.placement, self.plan.options
        return GridPlacement(options.center or fitted.center, options.scale or fitted.scale)

    def _preview_anew(self) -> None:
        found_source, options = self.plan.found_source, self.plan.options
        wanted = (found_source, options)
        if found_source is None or wanted == self._previewed:
            return
        self._previewed = wanted

        def done(preview: ImportPreview) -> None:
            if found_source is self.plan.found_source:
                self.preview, self.preview_problem = preview, ""
                self.preview_changed.emit()

        def failed(line: str) -> None:
            if wanted == self._previewed:
                self.preview_problem = line
                self.preview_changed.emit()

        self._previewing.queue(
            lambda: run_in_background(
                lambda progress: preview_import(found_source, options),
                "Looking at the cameras",
                self,
                on_done=done,
                on_failed=failed,
            )
        )

    # The run's location, and the start

    def check_location(self) -> None:
        """Find out whether the run can be put where the plan says; sends `location_changed`."""
        plan, cost = self.plan, self.costs.chosen
        parameters = cost.parameters if cost else _numbers_of_grid(plan.model)

        def done(location: RunLocation) -> None:
            if plan is self.plan:
                self.location = location
                self.location_changed.emit()

        self._locating.queue(
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

        self._locating.queue(
            lambda: run_in_background(
                lambda progress: free_name(plan), "Looking for a free name", self, on_done=done
            )
        )

    @property
    def is_starting(self) -> bool:
        """Whether pictures are imported and the run is being made."""
        return self._starting.is_busy

    def start(self) -> None:
        """Import and make the run's folder; sends `prepared`."""
        plan = self.plan
        if self.is_starting:
            return
        self.costs.cancel()
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
        """Stop the start; what was made is deleted."""
        self._starting.cancel()

    def stop(self) -> None:
        """End all work and delete temporary folders."""
        self.costs.stop()
        self.object.stop()
        self.box_check.stop()
        for worker in self._workers:
            worker.stop()
        for workspace in self._unfinished:
            shutil.rmtree(workspace, ignore_errors=True)
        self._clear_workspace()

    def _clear_workspace(self) -> None:
        if self._workspace is not None:
            shutil.rmtree(self._workspace, ignore_errors=True)
            self._workspace = None


def _numbers_of_grid(model: AnyConfig) -> int:
    """Numbers that a grid holds; where nothing else is known, what a model takes at the least."""
    return model.features * model.grid_size**3 if isinstance(model, ModelConfig) else 0
