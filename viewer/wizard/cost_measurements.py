"""What trainings cost on this machine, found out by trying a few steps of each."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from dvox_core.model.kinds import AnyConfig
from dvox_core.training.config import TrainingConfig
from dvox_core.training.estimates.trial_steps import Measurement, measure_trainings
from dvox_core.training.presets import PRESETS
from viewer.wizard.plan import TrainingPlan
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import Progress, run_in_background

PAUSE_MS = 1200  # after the last change of an option

CostKey = tuple[AnyConfig, TrainingConfig, str]  # of which device


class CostMeasurements(QObject):
    """Measures what the presets and the present plan cost, and keeps it. On the window's thread.

    Args:
        plan_now: the present plan.
    """

    changed = Signal()

    _measured = Signal(object, object)  # from the operation's thread: CostKey, Measurement

    def __init__(self, plan_now: Callable[[], TrainingPlan], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._plan_now = plan_now
        self._known: dict[CostKey, Measurement] = {}
        self.problem = ""
        self._measuring = LatestOperation(self)
        self._measuring.ended.connect(self.changed)
        self._measured.connect(self.add)
        self._soon = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._soon.timeout.connect(self.measure)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known yet."""
        return not self._known

    @property
    def is_measuring(self) -> bool:
        """Whether training steps are being tried."""
        return self._measuring.is_busy

    @property
    def chosen(self) -> Measurement | None:
        """What is known of the present plan's cost."""
        plan = self._plan_now()
        return self._known.get(self._key(plan.model, plan.training))

    def of_preset(self, name: str) -> Measurement | None:
        """What is known of a preset's cost on the chosen device."""
        preset = PRESETS[name]
        return self._known.get(self._key(preset.model, preset.training))

    def add(self, key: CostKey, measurement: Measurement) -> None:
        """Keep what was found out."""
        self._known[key] = measurement
        self.changed.emit()

    def measure(self) -> None:
        """Find out what presets and present plan cost, as far as it is not known yet."""
        if self.is_measuring:
            self._soon.start()  # what was asked for meanwhile comes next
            return
        self.problem = ""
        plan = self._plan_now()
        wanted: list[tuple[AnyConfig, TrainingConfig]] = [
            (preset.model, preset.training) for preset in PRESETS.values()
        ]
        wanted.append((plan.model, plan.training))
        unknown = {self._key(*training): training for training in wanted}
        unknown = {key: value for key, value in unknown.items() if key not in self._known}
        if unknown:
            self._start(unknown, plan.run.device)
        self.changed.emit()

    def measure_again(self) -> None:
        """Forget what was measured, and find it out anew."""
        self._known.clear()
        self.measure()

    def measure_soon(self) -> None:
        """As `measure`, once nothing more is changed for a moment."""
        self._soon.start()

    def cancel(self) -> None:
        """Ask the measuring to end."""
        self._measuring.cancel()

    def stop(self) -> None:
        """End the measuring, and wait for it."""
        self._soon.stop()
        self._measuring.stop()

    def _start(self, unknown: dict[CostKey, tuple[AnyConfig, TrainingConfig]], device: str) -> None:
        keys, trainings = list(unknown), list(unknown.values())

        def work(progress: Progress) -> None:
            def report(index: int, measurement: Measurement) -> None:
                self._measured.emit(keys[index], measurement)

            measure_trainings(trainings, device, report, lambda: progress(0.0, ""))

        def failed(line: str) -> None:
            self.problem = line

        self._measuring.queue(
            lambda: run_in_background(work, "Trying training steps", self, on_failed=failed)
        )

    def _key(self, model: AnyConfig, training: TrainingConfig) -> CostKey:
        return (model, replace(training, seed=0), self._plan_now().run.device)
