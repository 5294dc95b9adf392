"""One operation of a kind at a time: a newer one takes the place of the one that runs."""

from collections.abc import Callable
from typing import Any

from viewer.workers.background.operation import Operation, Progress


class OneAtATime:
    """Starts operations; what comes of one that was replaced or dropped is told to nobody.

    Nothing here waits but `stop`: a dropped operation ends at its next report of progress.
    """

    def __init__(self) -> None:
        self._current: Operation | None = None
        self._alive: list[Operation] = []

    @property
    def running(self) -> bool:
        """Whether an operation that is still wanted is on its way."""
        return self._current is not None

    def start(
        self,
        function: Callable[[Progress], Any],
        name: str,  # as a sentence's beginning: "Opening the scene"
        on_done: Callable[[Any], None],
        on_failed: Callable[[str], None],
    ) -> None:
        """Run `function` in a thread; one that still runs is dropped."""
        self.drop()
        operation = Operation(function, name)

        def only_if_wanted(slot: Callable[[Any], None]) -> Callable[[Any], None]:
            def deliver(outcome: Any) -> None:
                if self._current is operation:
                    self._current = None
                    slot(outcome)

            return deliver

        operation.succeeded.connect(only_if_wanted(on_done))
        operation.failed.connect(only_if_wanted(on_failed))
        operation.finished.connect(lambda: self._alive.remove(operation))
        self._current = operation
        self._alive.append(operation)
        operation.start()

    def drop(self) -> None:
        """Want nothing of the operation that runs any more."""
        if self._current is not None:
            self._current.cancel()
            self._current = None

    def stop(self) -> None:
        """Wait until every thread has ended; nothing is told any more."""
        self.drop()
        for operation in self._alive:
            operation.stop()
        self._alive.clear()
