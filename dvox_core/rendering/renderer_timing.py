"""Measures what renderers take on this machine, and how near they are to float32 on a scene.

Times are kept for a machine, its versions and a model's shape; agreements for a scene.
"""

import functools
import hashlib
import importlib.metadata
import platform
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dvox_core.fact_cache import keep_facts, read_facts
from dvox_core.model.loading import RENDERING_PARTS, load_inpainted_grid
from dvox_core.model.scene import Scene
from dvox_core.rendering.create import make_renderer
from dvox_core.rendering.frame import without_border
from dvox_core.rendering.renderer import BetweenStages
from dvox_core.rendering.sample_cameras import typical_cameras
from dvox_core.rendering.scores import psnr

VIEWS = 3
"""Typical views that are compared."""

MIN_FRAMES, MAX_FRAMES, ENOUGH_S = 3, 12, 1.5
"""Frames that are timed: a few at least, then until so many are done or so long has passed."""

EQUAL_DB = 200.0
"""Agreement of pictures that do not differ."""

METHOD = 3
"""Counted up when measuring or what is measured changes, so that former findings are not used."""


@dataclass(frozen=True)
class Candidate:
    """A way to render on the CPU."""

    backend: str
    precision: str

    def __str__(self) -> str:
        return f"{self.backend} {self.precision}"


@dataclass(frozen=True)
class Findings:
    """What was measured.

    Attributes:
        frames_ms: a frame's time with each; the shortest, as others may use the machine meanwhile.
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
    times, agreements = read_facts("speed", speed_key), read_facts("scene", scene_key)
    missing = [name for name in names if not (_known(times, name) and _known(agreements, name))]
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
        times["torch float32"], agreements["torch float32"] = exact, EQUAL_DB
        for number, candidate in enumerate(candidates):
            name = str(candidate)
            if name not in missing or name == "torch float32":
                continue
            step = functools.partial(progress, 0.1 + 0.8 * number / len(names), f"Measuring {name}")
            times[name], pictures = _try(scene, candidate, cameras, step)
            agreements[name] = _agreement(pictures, references)
        keep_facts("speed", speed_key, times)
        keep_facts("scene", scene_key, agreements)
    return Findings(
        {candidate: float(times[str(candidate)]) for candidate in candidates},
        {candidate: float(agreements[str(candidate)]) for candidate in candidates},
    )


def _known(facts: Mapping[str, Any], name: str) -> bool:
    return isinstance(facts.get(name), int | float)


def _try(
    scene: Scene,
    candidate: Candidate,
    cameras: Sequence[Any],
    step: BetweenStages,
) -> tuple[float, list[NDArray[np.uint8]]]:
    """Shortest time of a frame in ms, and the pictures without border."""
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
        started = time.perf_counter()
        while len(times_ms) < MIN_FRAMES or (
            len(times_ms) < MAX_FRAMES and time.perf_counter() - started < ENOUGH_S
        ):
            step()
            before = time.perf_counter()
            renderer.render(cameras[len(times_ms) % len(cameras)])
            times_ms.append((time.perf_counter() - before) * 1000)
        return min(times_ms), pictures
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
