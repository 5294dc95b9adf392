"""Whether the box of a source goes through the object that its pictures show."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from dvox_core.child_process import Message, ProcessEndedError, run_in_child_process
from dvox_core.data.object_folder import box_around, cut_share
from dvox_core.errors import UserError
from dvox_core.geometry.grid import GridPlacement
from viewer.wizard.import_preview import ImportPreview
from viewer.wizard.object_finder import ObjectFinder
from viewer.wizard.plan import FoundSource, TrainingPlan
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import run_in_background

Points = NDArray[np.float64]

NICENESS = 10
"""Trial steps may be timed meanwhile."""


class BoxCheck(QObject):
    """Places of what stands out in one source's pictures. Lives on the window's thread.

    Args:
        plan: gives the present plan.
        finder: of the object's masks, which know better once there are any.
        parent: whose thread.
    """

    changed = Signal()  # it is looked for, or places are known

    def __init__(
        self, plan: Callable[[], TrainingPlan], finder: ObjectFinder, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._plan, self._finder = plan, finder
        self._looking = LatestOperation(self)
        self._looking.ended.connect(self.changed)
        self._looked_at: FoundSource | None = None
        self._places: Points | None = None  # in the source's own world

    @property
    def is_busy(self) -> bool:
        """Whether the pictures are being looked at."""
        return self._looking.is_busy

    def begin(self) -> None:
        """Look at the pictures, once a source, where nothing else tells where the object is."""
        plan = self._plan()
        found_source = plan.found_source
        if found_source is None or found_source is self._looked_at or self._finder.is_busy:
            return
        is_known = plan.masks_object or found_source.source.placement is not None
        if is_known or not found_source.background_differs:
            return
        self._looked_at = found_source

        def done(places: Points) -> None:
            if found_source is self._looked_at:
                self._places = places

        self._looking.queue(
            lambda: run_in_background(
                lambda progress: look(found_source, progress),
                "Looking where the object is",
                self,
                on_done=done,
                on_failed=lambda line: None,  # nothing stands out, so that nothing can be told
            )
        )
        self.changed.emit()

    def forget(self) -> None:
        """Another source: nothing is known of it."""
        self._looking.cancel()
        self._looked_at = self._places = None
        self.changed.emit()

    def stop(self) -> None:
        """End all work."""
        self._looking.stop()

    def places(self, preview: ImportPreview) -> Points | None:
        """[N, 3] of the object's surface in a preview's world; None where they are not known."""
        plan = self._plan()
        if plan.masks_object and preview.options.object is not None:
            return preview.points
        found_source = plan.found_source
        if self._places is None or found_source is None or found_source is not self._looked_at:
            return None
        own = found_source.survey.views[0].camera.rotation
        return np.asarray(self._places @ own @ preview.views[0].camera.rotation.T)

    def cut(self, preview: ImportPreview, box: GridPlacement) -> float:
        """The share of the object that lies outside a box, 0…1; 0 where nothing is known."""
        places = self.places(preview)
        return 0.0 if places is None or not len(places) else cut_share(places, box)

    def plan_around(self, preview: ImportPreview) -> TrainingPlan:
        """The plan with a box around the object, and squares around that."""
        plan, places = self._plan(), self.places(preview)
        if plan.masks_object:
            return plan.with_options(center=None, scale=None)
        if places is None:
            return plan
        box = box_around(places, [view.camera for view in preview.views])
        return plan.with_options(center=box.center, scale=box.scale, near=None, crop="box")


def look(found_source: FoundSource, progress: Callable[[float, str], None]) -> Points:
    """[N, 3]: places of what stands out in a source's pictures, by a process of its own.

    Args:
        found_source: whose pictures.
        progress: as operations report it; may raise `Cancelled`.

    Raises:
        UserError: nothing stands out.
    """
    places: list[list[float]] = []

    def receive(message: Message) -> None:
        places.extend(message.get("places", ()))

    try:
        run_in_child_process(
            "dvox_core.radiance_field.finding_process",
            {"source": str(found_source.path)},
            receive,
            lambda: progress(0.0, "looking where the object is"),
            niceness=NICENESS,
        )
    except ProcessEndedError as error:
        raise UserError(
            f"the process that looks where the object is ended with code {error.code}"
        ) from error
    return np.array(places).reshape(-1, 3)
