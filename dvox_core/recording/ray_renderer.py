"""Renders a video's frames on Ray: several processes, here or on a cluster, a renderer each."""

import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from dvox_core.checkpoints.opening import open_scene
from dvox_core.distribution.local import count_cores, require_cores
from dvox_core.distribution.ray_cluster import ClusterError, connect, disconnect
from dvox_core.errors import UserError
from dvox_core.geometry.cameras import Camera
from dvox_core.recording.kept_frames import scene_hash
from dvox_core.recording.settings import RecordingError
from dvox_core.rendering.create import Device, Precision, create_renderer
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.renderer import BetweenStages, RendererFacts, go_on

CHUNK_FRAMES = 32
"""Frames that are asked for at a time, at most; fewer of a short video, so that all have work."""

CHUNKS_AHEAD = 2
"""Chunks that one process has before it: one it renders, one that waits."""

KEPT_CHUNKS = 4
"""Chunks a process that may wait for an earlier one to be written: so much memory is taken."""

RESTARTS = 3
"""Times that a process which was lost is begun again, on another node if its own is gone."""

POLL_SECONDS = 0.2


@dataclass(frozen=True)
class RemoteScene:
    """What every process renders, and how; the file must be the same on all nodes.

    Attributes:
        path, intrinsics: as `open_scene` takes them.
        digest: see `kept_frames.scene_hash`.
        threads: of the processor, for each process.
    """

    path: Path
    intrinsics: Path | None
    digest: str
    device: Device
    precision: Precision
    threads: int


class RayRenderer:
    """A `Renderer` of several processes; `render_many` keeps all of them at work.

    Frames are those of one process with as many threads.
    """

    def __init__(self, scene: RemoteScene, address: str | None, workers: int | None) -> None:
        """Start the processes and have each prepare its renderer.

        Args:
            address: of a cluster that runs; None starts Ray on this machine.
            workers: how many processes; None for as many as there is room for.

        Raises:
            UserError: Ray is not there, or a process cannot open the scene.
        """
        if address is None:
            require_cores(workers or 1, scene.threads)
        self._ray = connect(address, count_cores())
        try:
            self._actors = self._start(scene, workers)
            facts = self._get([actor.facts.remote() for actor in self._actors])
        except BaseException:
            self.close()
            raise
        self.facts: RendererFacts = facts[0]
        for other in facts[1:]:
            if (other.backend, other.device, other.precision) != (
                self.facts.backend, self.facts.device, self.facts.precision
            ):  # fmt: skip
                self.close()
                raise ClusterError(
                    f"the nodes render differently ({self.facts.backend} on {self.facts.device}, "
                    f"{other.backend} on {other.device}); say --device and --precision"
                )

    def render(
        self,
        camera: Camera,
        extras: Extra = Extra.NONE,
        between_stages: BetweenStages = go_on,
    ) -> Frame:
        """One frame; see `Renderer`."""
        frames: list[Frame] = self._get(self._actors[0].render.remote([camera], extras))
        return frames[0]

    def render_many(
        self, cameras: Sequence[Camera], extras: Extra, poll: Callable[[], object]
    ) -> Iterator[Frame]:
        """Frames in the cameras' order; see `RendersMany`."""
        even = -(-len(cameras) // (CHUNKS_AHEAD * len(self._actors)))
        size = max(1, min(CHUNK_FRAMES, even))
        chunks = [list(cameras[start : start + size]) for start in range(0, len(cameras), size)]
        answers: list[Any] = []
        running: dict[Any, int] = {}  # answer → number of its actor
        loads = [0] * len(self._actors)
        written = 0
        try:
            while written < len(chunks):
                ahead = KEPT_CHUNKS * len(self._actors)
                while (
                    len(answers) < min(len(chunks), written + ahead) and min(loads) < CHUNKS_AHEAD
                ):
                    actor = loads.index(min(loads))
                    answer = self._actors[actor].render.remote(chunks[len(answers)], extras)
                    answers.append(answer)
                    running[answer] = actor
                    loads[actor] += 1
                poll()
                done, _ = self._ray.wait(list(running), num_returns=1, timeout=POLL_SECONDS)
                for answer in done:
                    loads[running.pop(answer)] -= 1
                while written < len(answers) and answers[written] not in running:
                    yield from self._get(answers[written])
                    answers[written] = None  # its memory is free
                    written += 1
        finally:
            for answer in running:
                self._ray.cancel(answer)

    def close(self) -> None:
        """End the processes, and Ray where it was started here."""
        disconnect(self._ray)

    def _start(self, scene: RemoteScene, workers: int | None) -> list[Any]:
        has = self._ray.cluster_resources()
        gpus = 1 if scene.device in ("auto", "cuda") and has.get("GPU", 0) >= 1 else 0
        room = int(has["GPU"]) if gpus else int(has.get("CPU", 0)) // scene.threads
        count = max(1, room) if workers is None else workers
        if count > room:
            raise ClusterError(
                f"--workers {count}: there is room for {room} "
                f"{'on the GPUs' if gpus else f'with {scene.threads} threads each'}; choose fewer"
            )
        kind = self._ray.remote(
            num_cpus=scene.threads,
            num_gpus=gpus,
            max_restarts=RESTARTS,
            max_task_retries=RESTARTS,
            scheduling_strategy="SPREAD",
        )(FrameRenderer)
        return [kind.remote(scene) for _ in range(count)]

    def _get(self, answers: Any) -> Any:
        """What processes answer.

        Raises:
            UserError: one was lost for good, or says what is wrong.
        """
        try:
            return self._ray.get(answers)
        except self._ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, UserError):
                raise UserError(str(error.cause)) from error
            raise
        except self._ray.exceptions.RayError as error:
            raise RecordingError(
                "the processes that render were lost "
                f"({' '.join(str(error).split())[:200]}); what was rendered is kept: the same "
                "command goes on from there"
            ) from error


class FrameRenderer:
    """A scene's renderer in a process of its own; the scene is opened when it is first needed."""

    def __init__(self, scene: RemoteScene) -> None:
        self._scene = scene
        self._renderer: Any = None

    def facts(self) -> RendererFacts:
        """How it renders."""
        facts: RendererFacts = self._ready().facts
        return facts

    def render(self, cameras: Sequence[Camera], extras: Extra) -> list[Frame]:
        """Their frames."""
        return [self._ready().render(camera, extras) for camera in cameras]

    def _ready(self) -> Any:
        if self._renderer is None:
            torch.set_num_threads(self._scene.threads)
            scene = open_scene(self._scene.path, self._scene.intrinsics)
            if scene_hash(scene) != self._scene.digest:
                raise UserError(
                    f"{self._scene.path}: is another file on {socket.gethostname()}; copy it there"
                )
            self._renderer = create_renderer(scene, self._scene.device, self._scene.precision)
        return self._renderer
