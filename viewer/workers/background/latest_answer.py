"""Computes what was asked for last, in a thread of its own that lives while it is needed."""

import atexit
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from dvox_core.errors import Cancelled
from dvox_core.interruption import wanted_while
from viewer.workers.background.mailbox import Mailbox
from viewer.workers.background.operation import error_line

Question = TypeVar("Question")


_left: list[threading.Thread] = []
"""Those that nobody waited for, some of which may still be at work."""


@atexit.register
def _wait_for_left() -> None:
    for thread in _left:
        thread.join()


@dataclass(frozen=True, eq=False)
class _Answered:
    run_number: int
    answer: Any


@dataclass(frozen=True)
class _Failed:
    run_number: int
    line: str


class LatestAnswer(QObject, Generic[Question]):
    """Answers questions one after the other; a newer one takes the place of one that waits.

    The thread begins with the first question and ends with `stop()` or `leave()`; another question
    begins a new one. Signals are sent on the thread that this object lives on, and none after.
    """

    answered = Signal(object)  # what the function returned
    failed = Signal(str)  # one line, once for the same failure in a row

    _reported = Signal(object)  # from the thread: _Answered or _Failed

    def __init__(
        self,
        answer: Callable[[Question], Any],
        name: str,  # what it does, as a sentence's beginning: "Looking into the voxels"
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._answer, self._name = answer, name
        self._mailbox: Mailbox[Question] = Mailbox()
        self._thread: threading.Thread | None = None
        self._run_number = 0
        self._failure = ""
        self._reported.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def running(self) -> bool:
        """Whether its thread lives."""
        return self._thread is not None

    def ask(self, question: Question) -> None:
        """Answer this next."""
        if self._thread is None:
            self._mailbox = Mailbox()
            self._run_number += 1
            self._thread = threading.Thread(
                target=self._run,
                args=(self._mailbox, self._run_number),
                name=self._name,
                daemon=True,
            )
            self._thread.start()
        self._mailbox.put(question)

    def stop(self) -> None:
        """Send nothing more, and wait until the thread has ended: for one answer at most."""
        thread, self._thread = self._thread, None
        self._run_number += 1
        self._failure = ""
        if thread is not None:
            self._mailbox.close()
            thread.join()

    def leave(self) -> None:
        """Send nothing more, and wait for nothing: the thread ends after one answer at most.

        For answers that nothing can cut short, as those that compile for seconds. Only the
        program's end waits for them.
        """
        thread, self._thread = self._thread, None
        self._run_number += 1
        self._failure = ""
        if thread is not None:
            self._mailbox.close()
            _left[:] = [other for other in (*_left, thread) if other.is_alive()]

    def _run(self, mailbox: Mailbox[Question], run_number: int) -> None:
        while not mailbox.closed:
            question = mailbox.take()
            if question is None:
                continue
            try:
                with wanted_while(lambda: not mailbox.closed):
                    answer = self._answer(question)
            except Cancelled:
                continue
            except Exception as error:
                event: _Answered | _Failed = _Failed(run_number, error_line(error, self._name))
            else:
                event = _Answered(run_number, answer)
            if not mailbox.closed:  # once nobody waits for this thread, the receiver may be gone
                self._reported.emit(event)

    def _deliver(self, event: _Answered | _Failed) -> None:
        if event.run_number != self._run_number:
            return
        match event:
            case _Answered(_, answer):
                self._failure = ""
                self.answered.emit(answer)
            case _Failed(_, line) if line != self._failure:
                self._failure = line
                self.failed.emit(line)
