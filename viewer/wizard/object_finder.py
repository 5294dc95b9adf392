"""Finding a source's object, and mending its masks: what is known of it, and the work behind."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal

from dvox_core.data.object_folder import ObjectFolder
from dvox_core.data.pictures import small_picture
from viewer.wizard.object_masks import Mask, find_object, read_mask, set_threshold, write_mask
from viewer.wizard.plan import TrainingPlan
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import run_in_background

LARGE_SIDE = 720
"""Pixels of the longer side of pictures whose masks are mended."""

THRESHOLD = 0.5


@dataclass(frozen=True, eq=False)
class MaskedPicture:
    """A picture with its mask, to be mended.

    Attributes:
        index: of the view.
        name: of the view.
        picture: [H, W, 3].
        mask: [h, w], of the picture as it is shown.
    """

    index: int
    name: str
    picture: Mask
    mask: Mask


class ObjectFinder(QObject):
    """The object's masks of one source. Lives on the window's thread.

    Args:
        plan: gives the present plan.
        set_plan: changes it.
        parent: whose thread.
    """

    progressed = Signal(float, str)
    changed = Signal()  # it is looked for, was found, is lost, or cannot be found
    masks_changed = Signal()  # the files hold other masks
    picture_loaded = Signal(object)  # MaskedPicture

    def __init__(
        self,
        plan: Callable[[], TrainingPlan],
        set_plan: Callable[[TrainingPlan], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._plan, self._set_plan = plan, set_plan
        self._workers = [LatestOperation(self) for _ in range(3)]
        self._finding, self._writing, self._loading = self._workers
        self._finding.ended.connect(self.changed)
        self._found: ObjectFolder | None = None
        self._number = 0
        self.problem = ""
        self.threshold = THRESHOLD
        self.mended: set[str] = set()

    @property
    def is_busy(self) -> bool:
        """Whether the object is being looked for."""
        return self._finding.is_busy

    @property
    def found(self) -> ObjectFolder | None:
        """What was found of the present source; None before."""
        return self._found

    def find(self, workspace: Path) -> None:
        """Look for the object; the plan uses its masks as soon as they are there."""
        found_source = self._plan().found_source
        if found_source is None or self.is_busy:
            return
        self.problem = ""
        self._number += 1
        out = workspace / f"object-{self._number}"

        def done(folder: Path) -> None:
            if found_source is self._plan().found_source:
                self._found = ObjectFolder.read(folder)
                self.threshold, self.mended = THRESHOLD, set()
                self._set_plan(self._plan().with_object(folder))
                self.masks_changed.emit()

        def failed(line: str) -> None:
            self.problem = line

        self._finding.queue(
            lambda: run_in_background(
                lambda progress: find_object(found_source, out, progress),
                "Finding the object",
                self,
                on_done=done,
                on_failed=failed,
                on_progress=self.progressed.emit,
            )
        )
        self.changed.emit()

    def use(self, wanted: bool) -> None:
        """Cut out the object that was found, or keep the surroundings."""
        folder = self._found.path if wanted and self._found is not None else None
        self._set_plan(self._plan().with_object(folder))
        self.masks_changed.emit()

    def forget(self) -> None:
        """Another source: nothing is known of its object."""
        self.cancel()
        self._found, self.problem, self.mended = None, "", set()
        self.changed.emit()

    def cancel(self) -> None:
        """Stop looking."""
        self._finding.cancel()

    def set_threshold(self, threshold: float) -> None:
        """Make masks anew, but for those that were mended; sends `masks_changed`."""
        if self._found is None or threshold == self.threshold:
            return
        self.threshold = threshold
        folder, kept = self._found.path, frozenset(self.mended)
        self._writing.queue(
            lambda: run_in_background(
                lambda progress: set_threshold(folder, threshold, kept, progress),
                "Making masks",
                self,
                on_done=lambda _: self.masks_changed.emit(),
                on_failed=self._fail,
            )
        )

    def load_picture(self, index: int) -> None:
        """Decode a view's picture and its mask in large; sends `picture_loaded`."""
        found_source, found = self._plan().found_source, self._found
        if found_source is None or found is None:
            return
        survey = found_source.survey
        view, upright = survey.views[index], survey.upright[index]

        def work(_: object) -> MaskedPicture:
            picture = np.asarray(small_picture(view.picture_path, LARGE_SIDE, upright=upright))
            return MaskedPicture(index, view.name, picture, read_mask(found.mask_path(view.name)))

        self._loading.queue(
            lambda: run_in_background(
                work,
                "Decoding a picture",
                self,
                on_done=self.picture_loaded.emit,
                on_failed=self._fail,
            )
        )

    def save_mask(self, view: str, mask: Mask) -> None:
        """Keep a mask that was mended; sends `masks_changed`."""
        found = self._found
        if found is None:
            return
        self.mended.add(view)
        self._writing.queue(
            lambda: run_in_background(
                lambda progress: write_mask(found, view, mask),
                "Writing a mask",
                self,
                on_done=lambda _: self.masks_changed.emit(),
                on_failed=self._fail,
            )
        )

    def stop(self) -> None:
        """End all work."""
        for worker in self._workers:
            worker.stop()

    def _fail(self, line: str) -> None:
        self.problem = line
        self.changed.emit()
