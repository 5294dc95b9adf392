"""Measures what renderers take on this machine, and how near they are to float32 on a scene.

Times are kept for a machine, its versions and a model's shape, with when they were taken and how
busy others kept the machine; agreements are kept for a scene. Times that were taken on a busy
machine, or long ago, are taken again.
"""

import functools
import hashlib
import importlib.metadata
import platform
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dvox_core.fact_cache import keep_facts, read_facts
from dvox_core.model.loading import RENDERING_PARTS, load_inpainted_grid
from dvox_core.model.scene import Scene
from dvox_core.rendering.create import make_renderer
from dvox_core.rendering.frame import without_border
from dvox_core.rendering.machine_load import LoadMeter
from dvox_core.rendering.renderer import BetweenStages
from dvox_core.rendering.sample_cameras import typical_cameras
from dvox_core.rendering.scores import psnr

VIEWS = 3
"""Typical views that are compared."""

MIN_FRAMES, MAX_FRAMES, ENOUGH_S = 3, 12, 1.5
"""Frames that are timed: a few at least, then until so many are done or so long has passed."""

EQUAL_DB = 200.0
"""Agreement of pictures that do not differ."""

QUIET = 0.2
"""A time counts as taken on a quiet machine if others took less than this share of its threads."""

QUIET_DAYS, BUSY_HOURS = 30.0, 1.0
"""How long a time is believed that was taken on a quiet machine, and on a busy one."""

METHOD = 4
"""Counted up when measuring or what is measured changes, so that former findings are not used."""


@dataclass(frozen=True)
class Candidate:
    """A way to render on the CPU."""

    backend: str
    precision: str

    def __str__(self) -> str:
        return f"{self.backend} {self.precision}"


@dataclass(frozen=True)
class Timing:
    """A frame's time.

    Attributes:
        frame_ms: the shortest of some, as others may use the machine meanwhile.
        load: the share of the threads that others took meanwhile, 0…1.
        taken: when, in seconds since 1970.
    """

    frame_ms: float
    load: float
    taken: float

    @property
    def is_believed(self) -> bool:
        """Whether it need not be taken again."""
        days = QUIET_DAYS if self.load < QUIET else BUSY_HOURS / 24
        return 0 <= time.time() - self.taken < 86400 * days


@dataclass(frozen=True)
class Findings:
    """What was measured.

    Attributes:
        frames_ms: a frame's time with each.
        agreements_db: PSNR of each one's pictures against those of torch in float32.
    """

    frames_ms: Mapping[Candidate, float]
    agreements_db: Mapping[Candidate, float]


def measure_candidates(
    scene: Scene, candidates: Sequence[Candidate], progress: Callable[[float, str], None]
) -> Findings:
    """Measure candidates, or read what was found before.

    Raises:
        Cancelled: `progress` said so.
        CheckpointError: the scene's weights cannot be used.
    """
    names = [str(candidate) for candidate in candidates]
    speed_key, scene_key = _machine_key(scene), _scene_key(scene)
    kept, agreements = read_facts("speed", speed_key), read_facts("scene", scene_key)
    times = {name: time for name in kept if (time := _timing(kept[name])) is not None}
    missing = [
        name
        for name in names
        if name not in times or not times[name].is_believed or not _known(agreements, name)
    ]
    if missing:
        cameras = typical_cameras(scene, VIEWS)
        progress(0.0, "Measuring renderers")
        # Even if its time is known: its pictures are not kept.
        exact, references = _try(
            scene,
            Candidate("torch", "float32"),
            cameras,
            lambda: progress(0.0, "Measuring torch float32"),
        )
        _take(times, "torch float32", exact)
        agreements["torch float32"] = EQUAL_DB
        for number, candidate in enumerate(candidates):
            name = str(candidate)
            if name not in missing or name == "torch float32":
                continue
            step = functools.partial(progress, 0.1 + 0.8 * number / len(names), f"Measuring {name}")
            found, pictures = _try(scene, candidate, cameras, step)
            _take(times, name, found)
            agreements[name] = _agreement(pictures, references)
        keep_facts("speed", speed_key, {name: asdict(timing) for name, timing in times.items()})
        keep_facts("scene", scene_key, agreements)
    return Findings(
        {candidate: times[str(candidate)].frame_ms for candidate in candidates},
        {candidate: float(agreements[str(candidate)]) for candidate in candidates},
    )


def _timing(kept: Any) -> Timing | None:
    try:
        timing = Timing(**{name: float(value) for name, value in kept.items()})
    except (AttributeError, TypeError, ValueError):
        return None
    return timing if timing.frame_ms > 0 else None


def _take(times: dict[str, Timing], name: str, found: Timing) -> None:
    """Keep the new time, unless a former one was taken on a quieter machine and is not too old."""
    former = times.get(name)
    if former is not None and former.load < found.load:
        if former.is_believed:
            found = former
        elif 0 <= found.taken - former.taken < 86400 * QUIET_DAYS:
            found = replace(former, taken=found.taken)
    times[name] = found


def _known(facts: Mapping[str, Any], name: str) -> bool:
    return isinstance(facts.get(name), int | float)


def _try(
    scene: Scene,
    candidate: Candidate,
    cameras: Sequence[Any],
    step: BetweenStages,
) -> tuple[Timing, list[NDArray[np.uint8]]]:
    """How long a frame takes at the shortest, and the pictures without border."""
    step()
    renderer = make_renderer(
        scene,
        torch.device("cpu"),
        candidate.precision,
        candidate.backend,
        between_steps=step,
    )
    try:
        pictures = []
        for camera in cameras:
            step()
            pictures.append(without_border(renderer.render(camera).picture))
        times_ms: list[float] = []
        started, meter = time.perf_counter(), LoadMeter(torch.get_num_threads())
        while len(times_ms) < MIN_FRAMES or (
            len(times_ms) < MAX_FRAMES and time.perf_counter() - started < ENOUGH_S
        ):
            step()
            before = time.perf_counter()
            renderer.render(cameras[len(times_ms) % len(cameras)])
            times_ms.append((time.perf_counter() - before) * 1000)
        return Timing(min(times_ms), meter.share_lost(), time.time()), pictures
    finally:
        renderer.close()


def _agreement(
    pictures: Iterable[NDArray[np.uint8]], references: Iterable[NDArray[np.uint8]]
) -> float:
    return min(psnr(np.stack(list(pictures)), np.stack(list(references))), EQUAL_DB)


def _machine_key(scene: Scene) -> dict[str, Any]:
    return {
        "method": METHOD,
        "machine": platform.node(),
        "processor": processor_name(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "openvino": _version("openvino"),
        "model": asdict(scene.config),
    }


def _scene_key(scene: Scene) -> dict[str, Any]:
    """Of all that its pictures come from, and of what computes them.

    Agreements are of pictures from typical cameras, so placement, intrinsics, near plane and the
    cameras belong to it as much as the weights do.
    """
    digest = hashlib.blake2b(digest_size=16)
    tensors = scene.weights.load(*RENDERING_PARTS)
    tensors["inpainted grid"] = load_inpainted_grid(scene)
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].contiguous().numpy().data)  # no copy; other threads may run
    views = hashlib.blake2b(digest_size=16)
    for camera in typical_cameras(scene, VIEWS):
        views.update(camera.camera_to_world.tobytes())
    return {
        "method": METHOD,
        "weights": digest.hexdigest(),
        "cameras": views.hexdigest(),
        "intrinsics": asdict(scene.intrinsics),
        "placement": asdict(scene.placement),
        "near_plane": scene.near_plane,
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "torch": torch.__version__,
        "openvino": _version("openvino"),
    }


def processor_name() -> str:
    """The processor's name as the system tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:  # noqa: PTH123
            for line in lines:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
