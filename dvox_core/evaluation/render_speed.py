"""Measures renderers side by side: each in a process of its own, frames taken in turns.

The plain renderer's process leaves the allocator as the authors' users have it; `create_renderer`
sets it for the others, as it does in the program (see `dvox_core.allocator`).
"""

import multiprocessing
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dvox_core.errors import DeviceError, UserError
from dvox_core.geometry.cameras import Camera, Intrinsics
from dvox_core.geometry.grid import GridPlacement
from dvox_core.model.config import ModelConfig
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Extra

VIEWS = 4
"""Different cameras that are rendered, one after the other."""

RESAMPLING_ROUNDS = 9
"""Times that the resampling alone is done, for its median."""

PAUSE_S = 0.02
"""Rest between turns: the former's idle threads spin for some ms and would disturb the next."""

LEAST_CONTRAST = 0.02
"""Pictures whose values, in 0…1, spread less than this show nothing that could differ."""

PICTURES = "pictures"
"""Asks a contestant for its peak memory, its pictures of all views, and its resampling alone."""


@dataclass(frozen=True)
class Contestant:
    """A renderer to measure."""

    backend: str  # "plain", "torch" or "openvino"
    device: str
    precision: str


@dataclass
class Measured:
    """What one contestant took."""

    contestant: Contestant
    prepare_s: float
    frames_ms: list[float] = field(default_factory=list)
    stages_ms: list[dict[str, float]] = field(default_factory=list)
    pictures: list[NDArray[np.float32]] = field(default_factory=list)
    peak_mb: float = 0.0
    resampling_ms: float = 0.0  # alone, outside of frames

    @property
    def frame_ms(self) -> float:
        """Median milliseconds a frame."""
        return statistics.median(self.frames_ms)

    @property
    def median_stages_ms(self) -> dict[str, float]:
        """Median milliseconds of each stage."""
        names = self.stages_ms[0]
        return {name: statistics.median(s[name] for s in self.stages_ms) for name in names}


def measure(
    scene_path: Path, intrinsics: Path | None, contestants: Sequence[Contestant], rounds: int
) -> list[Measured]:
    """Render `rounds` frames with each contestant in turns, after one that does not count.

    Raises:
        UserError: the scene cannot be rendered by one of them.
    """
    context = multiprocessing.get_context("spawn")
    workers = []
    try:
        measured = []
        for contestant in contestants:
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_work, args=(theirs, scene_path, intrinsics, contestant), daemon=True
            )
            process.start()
            theirs.close()
            workers.append((process, ours))
            measured.append(Measured(contestant, _answer(ours)))
        for turn in range(-1, rounds):
            for (_, pipe), result in zip(workers, measured, strict=True):
                time.sleep(PAUSE_S)
                pipe.send(turn)
                frame_ms, stages_ms = _answer(pipe)
                if turn >= 0:
                    result.frames_ms.append(frame_ms)
                    result.stages_ms.append(stages_ms)
        for (_, pipe), result in zip(workers, measured, strict=True):
            pipe.send(PICTURES)
            result.peak_mb, result.pictures, result.resampling_ms = _answer(pipe)
        return measured
    finally:
        for process, pipe in workers:
            pipe.close()
            process.join(timeout=10)
            if process.is_alive():
                process.kill()


def report(measured: Sequence[Measured], size: int) -> dict[str, Any]:
    """The bench's report as plain JSON values; the first of `measured` is the plain renderer.

    How near their pictures are, `psnr_db`, is null where the pictures show nothing, as those of
    random weights do.
    """
    plain, *others = measured
    fast = next((m for m in others if m.contestant.precision == "float32"), plain)
    return {
        "machine": machine_facts(),
        "size": size,
        "plain": {
            "frame_ms": round(plain.frame_ms, 2),
            "stages_ms": _rounded(plain.median_stages_ms),
        },
        "results": [
            {
                "backend": m.contestant.backend
                if m.contestant.device == "cpu"
                else f"{m.contestant.backend}-{m.contestant.device}",
                "precision": m.contestant.precision,
                "frame_ms": round(m.frame_ms, 2),
                "ratio": round(plain.frame_ms / m.frame_ms, 2),
                "psnr_db": _agreement(m.pictures, plain.pictures),
                "prepare_s": round(m.prepare_s, 3),
                "peak_mb": round(m.peak_mb, 1),
                "stages_ms": _rounded(m.median_stages_ms),
            }
            for m in others
        ],
        "resampling": {
            "plain_ms": round(plain.resampling_ms, 3),
            "fast_ms": round(fast.resampling_ms, 3),
        },
    }


def machine_facts() -> dict[str, Any]:
    """What the figures were taken on."""
    import torch

    from dvox_core.rendering.renderer_timing import processor_name

    return {
        "system": platform.platform(terse=True),
        "processor": processor_name(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "python": platform.python_version(),
        "torch": torch.__version__,
    }


def random_scene(size: int) -> Scene:
    """A scene of full size with random weights, for timing: G = 32, F = 64, nf0 = 64.

    Args:
        size: S, side of the picture in pixels.
    """
    import torch

    from dvox_core.checkpoints.weights import MemoryWeights
    from dvox_core.model.deepvoxels import DeepVoxels

    config = ModelConfig(image_size=size)
    torch.manual_seed(0)
    model = DeepVoxels(config)
    tensors = {
        name: tensor
        for name, tensor in model.state_dict().items()
        if not name.startswith(("feature_extractor.", "integration."))
    }
    tensors["grid"] = torch.randn(tensors["grid"].shape)
    return Scene(
        name=f"random-{size}",
        path=None,
        file_format="memory",
        config=config,
        intrinsics=Intrinsics(1.5 * size, size / 2, size / 2, size, size),
        placement=GridPlacement((0.0, 0.0, 0.0), 1.0),
        near_plane=1.0,
        weights=MemoryWeights(tensors),
    )


def _work(
    pipe: Connection, scene_path: Path, intrinsics: Path | None, contestant: Contestant
) -> None:
    """One contestant's process: prepares, then renders a frame for every number it is sent."""
    try:
        renderer, prepare_s, cameras = _prepare(scene_path, intrinsics, contestant)
        pipe.send(prepare_s)
        while True:
            turn = pipe.recv()
            if turn == PICTURES:
                peak_mb = _peak_mb()
                frames = [renderer.render(camera, Extra.FLOAT_PICTURE) for camera in cameras]
                pictures = [frame.float_picture for frame in frames]
                pipe.send((peak_mb, pictures, _time_resampling(renderer, cameras)))
                continue
            start = time.perf_counter()
            frame = renderer.render(cameras[turn % len(cameras)])
            frame_ms = (time.perf_counter() - start) * 1000
            pipe.send((frame_ms, dict(frame.stages_ms)))
    except (EOFError, BrokenPipeError):
        pass
    except UserError as error:
        pipe.send(error)


def _prepare(scene_path: Path, intrinsics: Path | None, contestant: Contestant) -> Any:
    import torch

    from dvox_core.checkpoints.opening import open_scene
    from dvox_core.rendering.create import create_renderer
    from dvox_core.rendering.plain_renderer import PlainRenderer
    from dvox_core.rendering.renderer import Renderer
    from dvox_core.rendering.sample_cameras import typical_cameras

    scene = open_scene(scene_path, intrinsics)
    start = time.perf_counter()
    renderer: Renderer
    if contestant.backend == "plain":
        renderer = PlainRenderer(scene, torch.device(contestant.device))
    else:
        renderer = create_renderer(
            scene,
            contestant.device,  # type: ignore[arg-type]
            contestant.precision,  # type: ignore[arg-type]
            contestant.backend,  # type: ignore[arg-type]
        )
    return renderer, time.perf_counter() - start, typical_cameras(scene, VIEWS)


def _time_resampling(renderer: Any, cameras: Sequence[Camera]) -> float:
    """Median milliseconds of resampling by itself, the grid given."""
    grid = [renderer.inpaint()] if renderer.facts.backend == "plain" else []
    times_ms = []
    for turn in range(-1, RESAMPLING_ROUNDS):
        start = time.perf_counter()
        renderer.resample(cameras[turn % len(cameras)], *grid)
        if renderer.facts.device == "cuda":
            import torch

            torch.cuda.synchronize()
        if turn >= 0:
            times_ms.append((time.perf_counter() - start) * 1000)
    return statistics.median(times_ms)


def _answer(pipe: Connection) -> Any:
    try:
        answer = pipe.recv()
    except EOFError as error:
        raise DeviceError(
            "a renderer's process ended unexpectedly, perhaps for want of memory; "
            "try a smaller --size"
        ) from error
    if isinstance(answer, UserError):
        raise answer
    return answer


def _agreement(
    pictures: Sequence[NDArray[np.float32]], references: Sequence[NDArray[np.float32]]
) -> float | None:
    """PSNR in dB of [S, S, 3] pictures in 0…1; None where the references are flat."""
    if max(float(picture.std(axis=(0, 1)).max()) for picture in references) < LEAST_CONTRAST:
        return None
    return round(_psnr(pictures, references), 2)


def _psnr(
    pictures: Sequence[NDArray[np.float32]], references: Sequence[NDArray[np.float32]]
) -> float:
    error = np.mean([np.mean((a - b) ** 2) for a, b in zip(pictures, references, strict=True)])
    return float(-10 * np.log10(max(error, 1e-12)))


def _peak_mb() -> float:
    """The process's largest resident memory so far, in MiB."""
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    try:
        import resource
    except ImportError:
        return 0.0
    scale = 2**20 if platform.system() == "Darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


def _rounded(stages_ms: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in stages_ms.items()}
