"""Looks for faster renderers of the open scene in the background, and hands them over."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from dvox_core.allocator import give_freed_memory_back
from dvox_core.errors import Cancelled
from dvox_core.model.scene import Scene
from dvox_core.rendering.renderer import MakesRenderer, Renderer, RendererFacts
from viewer.workers.background.operation import Operation, Progress
from viewer.workers.background.torch_threads import use_all_threads

UpgradeFinder = Callable[[Scene, RendererFacts, Any, Progress], Iterable[tuple[Renderer, bool]]]
"""Gives renderers that are better than the one in use, each with whether it is the quick one.

Arguments: the scene, facts of the renderer in use, the precision that was asked for, progress.
"""

DELAY_MS = 1000
"""Rest after a scene's first picture before anything is prepared."""

PAUSE_S = 3.0
"""How long the preparing waits at most, at each report of progress, for the scene to be
at rest.

Not by a lower priority: threads inherit it that go on to render, and a thread that holds Python's
lock but gets no time would hold up the window.
"""


def find_upgrades(
    scene: Scene, facts: RendererFacts, precision: Any, progress: Progress
) -> Iterable[tuple[Renderer, bool]]:
    """The program's own: the fastest full renderer, then the quick one for moving cameras.

    Before them bfloat16, where float32 was to be ready sooner.
    """
    if isinstance(scene.weights, MakesRenderer):
        return  # it is rendered elsewhere
    from dvox_core.rendering.faster_renderer import (
        prepare_bfloat16,
        prepare_quick,
        prepare_upgrade,
    )

    if precision == "auto" and facts.precision == "float32" and not facts.note:
        compared = prepare_bfloat16(scene, facts, progress)
        if compared is not None:
            facts = compared.facts
            yield compared, False
    better = prepare_upgrade(scene, facts, progress, precision)
    if better is not None:
        facts = better.facts
        yield better, False
    if precision == "auto":
        quick = prepare_quick(scene, facts, progress)
        if quick is not None:
            yield quick, True


class RendererUpgrades(QObject):
    """Runs an `UpgradeFinder` for one scene after another. Lives on the window's thread.

    Args:
        deliver: takes (generation, renderer, quick), on the thread that prepares.
    """

    progressed = Signal(float, str)  # fraction 0…1, text
    ended = Signal()  # however it ended

    def __init__(
        self,
        find: UpgradeFinder,
        deliver: Callable[[int, Renderer, bool], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._find, self._deliver = find, deliver
        self._rests = threading.Event()
        self._rests.set()
        self._next: Callable[[Progress], None] | None = None  # waits for the rest to be over
        self._operation: Operation | None = None
        self._former: list[Operation] = []  # cancelled, and not ended yet
        self._delay = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._delay.timeout.connect(self._start)

    @property
    def running(self) -> bool:
        """Whether something is being prepared, or soon will be."""
        return self._operation is not None or self._next is not None

    def begin(
        self, scene: Scene, generation: int, facts: RendererFacts, precision: str = "auto"
    ) -> None:
        """Look for better renderers of `scene`, after a rest; what runs is given up."""
        self.cancel()
        find, deliver, rests = self._find, self._deliver, self._rests

        def prepare(progress: Progress) -> None:
            def pause(fraction: float, text: str) -> None:
                progress(fraction, text)
                rests.wait(PAUSE_S)
                progress(fraction, text)  # it may have been cancelled meanwhile

            use_all_threads()
            for renderer, quick in find(scene, facts, precision, pause):
                # What a first frame prepares is not to be waited for when it is needed.
                renderer.render(scene.start_camera)
                deliver(generation, renderer, quick)

        def work(progress: Progress) -> None:
            try:
                prepare(progress)
            except Cancelled:
                pass  # until here its traceback holds what was prepared
            else:
                return
            give_freed_memory_back()  # the scene has been closed, and has given back its own
            raise Cancelled

        self._next = work
        self._delay.start()

    def set_interacting(self, interacting: bool) -> None:
        """Pause while the user moves the scene."""
        if interacting:
            self._rests.clear()
        else:
            self._rests.set()

    def cancel(self) -> None:
        """Give up what runs; it ends by itself."""
        if not self.running:
            return
        self._delay.stop()
        operation, self._operation, self._next = self._operation, None, None
        if operation is not None:
            operation.cancel()
            self._rests.set()
            if operation.running:
                self._former.append(operation)
        self.ended.emit()

    def stop(self) -> None:
        """Send nothing more, and wait until every thread has ended."""
        self._delay.stop()
        operations = [*self._former, *([self._operation] if self._operation else [])]
        self._operation, self._next, self._former = None, None, []
        for operation in operations:
            operation.cancel()
        self._rests.set()
        for operation in operations:
            operation.stop()

    def _start(self) -> None:
        work, self._next = self._next, None
        if work is None:
            return
        self._operation = Operation(work, "Preparing a faster renderer")
        self._operation.progressed.connect(self.progressed)
        self._operation.finished.connect(self._end)
        self._operation.start()

    def _end(self, operation: Operation) -> None:
        if operation in self._former:
            self._former.remove(operation)
        if operation is self._operation:
            self._operation = None
            self.ended.emit()
