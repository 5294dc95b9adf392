"""Finds out what the stages look like, off the window's thread, without slowing frames much."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from dvox_core.pipeline.questions import PipelineAnswer, StageQuestion
from viewer.workers.background.latest_answer import LatestAnswer

if TYPE_CHECKING:  # imports torch
    from dvox_core.pipeline.bench import StageBench

PAUSE_FACTOR = 24
"""While the camera moves, a pause of so many times what an answer took follows it: the processor is
the renderer's for all but 4 % of the time."""

LONGEST_PAUSE_MS = 60_000
"""Of the timer at a time."""


class StageWorker(QObject):
    """Answers the newest question in a thread of its own; while the camera moves, seldom.

    Attributes:
        answer_count: how many answers there were.
    """

    answered = Signal(object)  # PipelineAnswer
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.answer_count = 0
        self._bench: StageBench | None = None  # used on the thread alone
        self._asked: StageQuestion | None = None
        self._waiting: StageQuestion | None = None
        self._moving = False
        self._began_at = self._free_at = 0.0
        self._busy = False
        self._pause = QTimer(self, singleShot=True)
        self._pause.timeout.connect(self._go_on)
        self._worker: LatestAnswer[StageQuestion] = LatestAnswer(
            self._answer, "Looking into the pipeline", self
        )
        self._worker.answered.connect(self._on_answered)
        self._worker.failed.connect(self._on_failed)

    @property
    def running(self) -> bool:
        """Whether its thread lives."""
        return self._worker.running

    def set_moving(self, moving: bool) -> None:
        """Say whether the user moves the camera; at rest everything is answered at once."""
        self._moving = moving
        if not moving:
            self._go_on()

    def ask(self, question: StageQuestion) -> None:
        """Answer this as soon as may be, unless it was asked last."""
        if self._asked is not None and is_same(question, self._asked):
            return
        self._asked = self._waiting = question
        self._go_on()

    def forget(self) -> None:
        """Answer the next question whatever was asked before."""
        self._asked = self._waiting = None

    def stop(self) -> None:
        """Answer nothing more until something is asked again."""
        self._pause.stop()
        self._worker.stop()
        self._busy = False
        self.forget()

    def _go_on(self) -> None:
        if self._waiting is None or self._busy:
            return
        left = self._free_at - time.monotonic() if self._moving else 0.0
        if left > 0:
            self._pause.start(min(round(1000 * left) + 1, LONGEST_PAUSE_MS))
            return
        self._pause.stop()
        question, self._waiting = self._waiting, None
        self._busy, self._began_at = True, time.monotonic()
        self._worker.ask(question)

    def _answer(self, question: StageQuestion) -> PipelineAnswer:
        from dvox_core.pipeline.bench import StageBench

        if self._bench is None or self._bench.scene is not question.scene:
            self._bench = StageBench(question.scene)
        return self._bench.answer(question)

    def _on_answered(self, answer: PipelineAnswer) -> None:
        self.answer_count += 1
        self._end()
        self.answered.emit(answer)
        self._go_on()

    def _on_failed(self, line: str) -> None:
        self._end()
        self.failed.emit(line)
        self._go_on()

    def _end(self) -> None:
        self._busy = False
        now = time.monotonic()
        self._free_at = now + PAUSE_FACTOR * (now - self._began_at)


def is_same(one: StageQuestion, other: StageQuestion) -> bool:
    """Whether two questions have one answer; frames and scenes are compared by identity."""
    return (
        one.scene is other.scene
        and one.frame is other.frame
        and one.interventions == other.interventions
        and one.source == other.source
        and one.before == other.before
        and one.camera == other.camera
        and one.side == other.side
        and one.enlarged == other.enlarged
    )
