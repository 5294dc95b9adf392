"""Answers to questions about voxels, with each voxel's colour, found off the window's thread."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from dvox_core.inspection.voxel_questions import VoxelAnswer, VoxelQuestion
from dvox_core.rendering.colormaps import colorize
from viewer.workers.background.latest_answer import LatestAnswer

if TYPE_CHECKING:  # imports torch
    from dvox_core.inspection.workbench import VoxelWorkbench


@dataclass(frozen=True, eq=False)
class ColoredAnswer:
    """An answer, and each voxel's colour [G, G, G, 4]; None where it has no quantity."""

    answer: VoxelAnswer
    rgba: NDArray[np.uint8] | None


class VoxelInspector(QObject):
    """Answers questions in a thread of its own, the newest first, and none twice in a row."""

    answered = Signal(object)  # ColoredAnswer
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asked: VoxelQuestion | None = None
        self._bench: VoxelWorkbench | None = None  # used on the thread alone
        self._worker: LatestAnswer[VoxelQuestion] = LatestAnswer(
            self._answer, "Looking into the voxels", self
        )
        self._worker.answered.connect(self.answered)
        self._worker.failed.connect(self.failed)

    @property
    def running(self) -> bool:
        """Whether its thread lives."""
        return self._worker.running

    def ask(self, question: VoxelQuestion) -> None:
        """Answer this, unless it was asked last."""
        if self._asked is None or not is_same(question, self._asked):
            self._asked = question
            self._worker.ask(question)

    def forget(self) -> None:
        """Answer the next question whatever was asked before."""
        self._asked = None

    def stop(self) -> None:
        """Answer nothing more until something is asked again."""
        self._worker.stop()
        self._asked = None

    def _answer(self, question: VoxelQuestion) -> ColoredAnswer:
        from dvox_core.inspection.workbench import VoxelWorkbench

        if self._bench is None or self._bench.scene is not question.scene:
            self._bench = VoxelWorkbench(question.scene)
        return colored(self._bench.answer(question))


def colored(answer: VoxelAnswer) -> ColoredAnswer:
    """An answer in its legend's colours, or in its own."""
    volume = answer.volume
    if volume is None:
        return ColoredAnswer(answer, None)
    legend = volume.legend
    if volume.colors is None:
        rgba = colorize(volume.values, legend.low, legend.high, legend.colormap)
        return ColoredAnswer(answer, rgba)
    rgba = np.full((*volume.values.shape, 4), 255, dtype=np.uint8)
    rgba[..., :3] = np.rint(np.moveaxis(volume.colors, 0, -1) * 255)
    return ColoredAnswer(answer, rgba)


def is_same(one: VoxelQuestion, other: VoxelQuestion) -> bool:
    """Whether two questions have one answer; arrays and frames are compared by identity."""
    pairs = zip(vars(one).values(), vars(other).values(), strict=True)
    return all(a is b or (isinstance(a, int | tuple) and a == b) for a, b in pairs)
