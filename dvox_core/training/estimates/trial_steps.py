"""Measures what trainings take on this machine, in a process of its own that may run out of memory.

First the estimates of all, at once; then a few real steps of each on a small random capture.
"""

import math
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dvox_core.child_process import Message, ProcessEndedError, run_in_child_process, serve_parent
from dvox_core.errors import UserError
from dvox_core.model.config import ModelConfig
from dvox_core.model.kinds import AnyConfig, config_from_json
from dvox_core.training.config import TrainingConfig

if TYPE_CHECKING:
    import torch

    from dvox_core.data.capture import Capture

WARM_UP_STEPS = 4  # one for each view of the random capture, whose samples are then known
MAX_SECONDS = 5.0
"""After so long no more steps of one training are taken: what was measured by then must do."""

LONGEST_STEP_SECONDS = 15.0
"""A training whose step is expected to take longer is not tried."""

GROUPS = 3

LONGEST_TRIAL_SECONDS = 90.0
"""After so long a trial is given up: the estimate must do."""

LARGEST_MEMORY_SHARE = 0.9
"""A training that needs more than this share of the free memory is not tried."""

NICENESS = 5


@dataclass(frozen=True)
class Measurement:
    """What is known of one training on this machine so far.

    Attributes:
        parameters: that the scene stores, the grid included.
        memory_bytes: at the most, roughly.
        available_bytes: memory that is free on the device now; 0 where nobody says.
        step_seconds: mean time of a step.
        device: "cpu", "cuda", …
        is_measured: the time was measured; else it is an estimate from two short convolutions.
        problem: why it cannot be trained here, as a line; or "".
    """

    parameters: int
    memory_bytes: int
    available_bytes: int
    step_seconds: float
    device: str
    is_measured: bool = False
    problem: str = ""

    @property
    def fits(self) -> bool:
        """Whether it can be trained here."""
        return not self.problem


def measure_trainings(
    trainings: Sequence[tuple[AnyConfig, TrainingConfig]],
    device: str,  # "auto", "cpu", "cuda", "mps"
    measured: Callable[[int, Measurement], None],
    poll: Callable[[], None] = lambda: None,
) -> None:
    """Measure trainings one after the other, in the order given: the cheapest should be first.

    Args:
        trainings: sizes and recipes.
        device: where they would be trained.
        measured: called with the index of a training and its measurement, as each becomes known.
        poll: called ten times a second; may raise `Cancelled`, which ends the process.

    Raises:
        UserError: the device is not there.
    """
    known: dict[int, Measurement] = {}
    current, begun = -1, math.inf  # the training that is being tried, and since when

    def receive(message: Message) -> None:
        nonlocal current, begun
        if "trying" in message:
            current, begun = int(message["trying"]), time.monotonic()
        if "measurement" in message:
            index, values = message["measurement"]
            known[index] = Measurement(**values)
            measured(index, known[index])

    request = {
        "device": device,
        "trainings": [(model.to_json(), training.to_json()) for model, training in trainings],
    }

    def check_time() -> None:
        poll()
        if time.monotonic() - begun > LONGEST_TRIAL_SECONDS:
            raise _TooSlowError

    try:
        run_in_child_process(__spec__.name, request, receive, check_time, NICENESS)
    except _TooSlowError:
        return
    except ProcessEndedError as error:
        if current in known:
            ended = known[current]
            problem = f"a trial ended in a crash (code {error.code}), perhaps for want of memory"
            measured(current, Measurement(**{**vars(ended), "problem": problem}))
            return
        raise UserError(
            f"the trial steps ended in a crash (code {error.code}); times are not known here"
        ) from error


class _TooSlowError(Exception):
    """A trial takes too long to wait for."""


def _work(request: Message, tell: Callable[[Message], None]) -> None:
    from dvox_core.rendering.create import find_device
    from dvox_core.training.estimates.cost import describe_preset
    from dvox_core.training.estimates.step_speed import random_capture

    device = find_device(request["device"])
    available = available_memory(device.type)
    trainings = [
        (config_from_json(model), TrainingConfig.from_json(training))
        for model, training in request["trainings"]
    ]
    known = []
    for index, (model, training) in enumerate(trainings):
        try:
            cost = describe_preset(model, training, device)
        except RuntimeError as error:  # sizes that torch refuses
            problem = f"cannot be built with these sizes ({str(error).splitlines()[0]})"
            known.append(Measurement(0, 0, available, 0.0, device.type, problem=problem))
            tell({"measurement": (index, vars(known[index]))})
            continue
        problem = ""
        if available and cost.memory_bytes > LARGEST_MEMORY_SHARE * available:
            problem = (
                f"needs about {cost.memory_bytes / 2**30:.1f} GiB of memory, and "
                f"{available / 2**30:.1f} GiB are free"
            )
        known.append(
            Measurement(
                parameters=cost.parameters,
                memory_bytes=cost.memory_bytes,
                available_bytes=available,
                step_seconds=cost.step_seconds,
                device=device.type,
                problem=problem,
            )
        )
        tell({"measurement": (index, vars(known[index]))})
    ratio = None  # measured against estimated, of the training that was tried last
    for index, (model, training) in enumerate(trainings):
        if not known[index].fits:
            continue
        # The first one, the cheapest, is always tried: the estimate alone may be far off.
        expected = (ratio or 0.0) * known[index].step_seconds
        if expected > LONGEST_STEP_SECONDS:
            better = {**vars(known[index]), "step_seconds": expected}
            tell({"measurement": (index, better)})
            continue
        tell({"trying": index})
        with tempfile.TemporaryDirectory() as folder:
            capture = random_capture(Path(folder), model.image_size)
            seconds = _step_seconds(capture, model, training, device)
        ratio = seconds / known[index].step_seconds
        measured = {**vars(known[index]), "step_seconds": seconds, "is_measured": True}
        tell({"measurement": (index, measured)})


def _step_seconds(
    capture: "Capture", model: AnyConfig, training: TrainingConfig, device: "torch.device"
) -> float:
    """Time of a step after the warm-up, other programs' bursts left out as far as may be."""
    import torch

    from dvox_core.training.trainers.create import create_trainer
    from dvox_core.training.trainers.guided.trial import guided_step_seconds

    if training.recipe == "guided" and isinstance(model, ModelConfig):
        return guided_step_seconds(capture, model, training, device)
    trainer = create_trainer(capture, model, training, device)
    # The visibility is trained in one of so many steps only: whole groups count.
    group = training.visibility_every if training.recipe == "direct" else 1
    times: list[float] = []
    began = time.monotonic()
    for _ in range(WARM_UP_STEPS + GROUPS * group):
        start = time.perf_counter()
        trainer.step(0.0)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(time.perf_counter() - start)
        if len(times) == 1:
            began = time.monotonic()  # the first step finds memory
        spent = time.monotonic() - began
        has_group = len(times) >= WARM_UP_STEPS + group
        if times[0] > LONGEST_STEP_SECONDS or spent > MAX_SECONDS * (1 if has_group else 3):
            break
    counted = times[WARM_UP_STEPS:]
    groups = [sum(counted[i : i + group]) / group for i in range(0, len(counted), group)]
    groups = groups[: len(counted) // group]
    return min(groups or times[1:] or times)  # the others had to share the processor


def available_memory(device: str) -> int:
    """Bytes that are free for a new process on a device; 0 where nobody says."""
    if device == "cuda":
        import torch

        return int(torch.cuda.mem_get_info()[0])
    limits = [_meminfo_available(), _cgroup_available()]
    found = [limit for limit in limits if limit is not None]
    if found:
        return max(1, min(found))
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return 0


def _meminfo_available() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def _cgroup_available() -> int | None:
    """What a container's limit leaves; caches that can be dropped count as free."""
    folder = Path("/sys/fs/cgroup")
    try:
        limit = (folder / "memory.max").read_text(encoding="ascii").strip()
        if limit == "max":
            return None
        used = int((folder / "memory.current").read_text(encoding="ascii"))
        rows = (folder / "memory.stat").read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return None
    droppable = sum(int(row.split()[1]) for row in rows if row.startswith("inactive_file "))
    return int(limit) - used + droppable


if __name__ == "__main__":
    sys.exit(serve_parent(_work))
