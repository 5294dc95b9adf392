"""`integrate`: how a scene's grid comes about, picture by picture, without a window."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro
from tqdm import tqdm

from dvox_core.cli.arguments import Flag, OptionalPath, Unsaid
from dvox_core.cli.reports import complain, print_facts
from dvox_core.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dvox_core.data.capture import Capture, View
    from dvox_core.model.scene import Scene
    from dvox_core.pipeline.growth import GrowthStep
    from dvox_core.pipeline.questions import SourceView
    from dvox_core.pipeline.replay import Replay

ARRAYS, TABLE, FILM, GRID = "integrate.npz", "integrate.csv", "integrate.mp4", "grid.edits.json"


@dataclass(frozen=True)
class Integrate:
    """Observe a capture's training pictures one after another, and keep what each brings.

    Written into the folder: integrate.csv (a row an observation: the change of the grid, the mean
    update gate, PSNR of a held-out view), integrate.npz (norm [N, G, G, G] of the grid after each,
    update and reset gates [N, G, G, G], view [N, S, S, 3], and the last state as grid
    [F, G, G, G]; volumes are float16, axes z, y, x), integrate.mp4 (the grid and the view
    growing), and grid.edits.json (the last state; render, record, inspect and the window take it).

    The scene needs the networks that observe: an authors' checkpoint has them, and a scene of the
    paper's recipe.

    Example: python main.py integrate scene.dvox data/lego --out grown --order spread
    """

    scene: tyro.conf.Positional[Path]
    """A .dvox, an authors' checkpoint (.pth), or a training run's folder."""

    capture: tyro.conf.Positional[Path]
    """The capture's folder, as import writes it."""

    out: Path
    """Folder for the files; made if need be."""

    order: Literal["captured", "spread", "ring"] = "captured"
    """Which view follows which: as captured, far apart first, or along a ring."""

    start: Literal["empty", "trained"] = "empty"
    """The grid that observes the first one: an empty one, or that which training left."""

    views: Annotated[Unsaid[tuple[str, ...]], tyro.conf.arg(metavar="NAME …")] = None
    """Only these training views, by name, in this order; a name may come more than once."""

    held_out: Annotated[Unsaid[str], tyro.conf.arg(metavar="NAME")] = None
    """The view to score every state on; by default the first test view."""

    no_video: Flag = False
    """Leave the video out."""

    fps: float = 8.0
    """Observations a second in the video."""

    intrinsics: OptionalPath = None
    """intrinsics.txt of an authors' checkpoint that has none near it."""

    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """Where to compute."""

    def run(self) -> int:
        """Replay, and write what came of it."""
        from dvox_core.checkpoints.opening import open_scene
        from dvox_core.data.loading import load_capture
        from dvox_core.evaluation.held_out_scores import camera_difference
        from dvox_core.pipeline.growth import grow, held_out_view, write_growth
        from dvox_core.pipeline.observing import load_observer, trained_grid
        from dvox_core.pipeline.replay import Replay
        from dvox_core.rendering.apply_interventions import NO_INPAINTING, has_inpainting
        from dvox_core.rendering.create import create_renderer, find_device

        if not 0 < self.fps <= 120:
            raise UserError(f"--fps {self.fps:g}: choose more than 0 and at most 120")
        scene = open_scene(self.scene, self.intrinsics)
        observer = load_observer(scene, find_device(self.device))
        if not has_inpainting(scene):
            raise UserError(f"{self.scene}: {NO_INPAINTING}")
        capture = load_capture(self.capture)
        difference = camera_difference(scene, capture)
        if difference:
            complain(f"note: {difference}")
        start = trained_grid(scene).to(observer.device) if self.start == "trained" else None
        replay = Replay(observer, self._views(scene, capture), start=start)
        watched = self._held_out(capture)
        renderer = create_renderer(scene, self.device, "float32")
        steps: list[GrowthStep] = []
        pictures: list[NDArray[np.uint8]] = []
        volumes = _Volumes()
        try:
            held_out = held_out_view(renderer, watched, scene.config.image_size)
            with tqdm(total=len(replay.views), unit="view", disable=None) as bar:
                for step, observation, frame in grow(replay, held_out):
                    assert frame is not None  # there is a held-out view
                    steps.append(step)
                    pictures.append(frame.picture)
                    volumes.add(observation)
                    bar.update()
        finally:
            renderer.close()
        self._write(scene, replay, watched, steps, pictures, volumes)
        write_growth(self.out / TABLE, steps)
        best = max(step.psnr for step in steps)
        order = self.order if self.views is None else "as named"
        scores = f"{steps[0].psnr:.2f} dB after the first, {steps[-1].psnr:.2f} dB after the last"
        print_facts(
            [
                ("Observed", f"{len(steps)} pictures, {order}"),
                ("Held out", f"{watched.name}: {scores}, {best:.2f} dB at best"),
                ("Wrote", str(self.out)),
            ]
        )
        return 0

    def _views(self, scene: "Scene", capture: "Capture") -> list["SourceView"]:
        from dvox_core.pipeline.orders import Order, ordered

        training = capture.split("train")
        if self.views is not None:
            return [source_view(_named(training, name, capture, "--views")) for name in self.views]
        cameras = [view.camera for view in training]
        order = ordered(Order(self.order), cameras, scene.pivot, scene.up_axis)
        return [source_view(training[number]) for number in order]

    def _held_out(self, capture: "Capture") -> "SourceView":
        others = [*capture.split("test"), *capture.split("validation")]
        if self.held_out is not None:
            choice = [*others, *capture.split("train")]
            return source_view(_named(choice, self.held_out, capture, "--held-out"))
        if not others:
            raise UserError(
                f"{capture.name}: has no test views; name a view to score on with --held-out"
            )
        return source_view(others[0])

    def _write(
        self,
        scene: "Scene",
        replay: "Replay",
        watched: "SourceView",
        steps: Sequence["GrowthStep"],
        pictures: Sequence["NDArray[np.uint8]"],
        volumes: "_Volumes",
    ) -> None:
        import numpy as np

        from dvox_core.inspection.edit_files import write_edits
        from dvox_core.inspection.report import write_arrays
        from dvox_core.rendering.interventions import Interventions

        grid = replay.grid(replay.done)
        arrays = {
            **volumes.arrays(),
            "view": np.stack(pictures),
            "grid": grid.features,
            "psnr_db": np.array([step.psnr for step in steps], dtype=np.float32),
            "change": np.array([step.change for step in steps], dtype=np.float32),
        }
        write_arrays(self.out / ARRAYS, arrays)
        write_edits(self.out / GRID, Interventions(grid=grid), scene)
        if not self.no_video:
            _write_film(self.out / FILM, scene, replay, watched, steps, pictures, self.fps)


class _Volumes:
    """Norms and gates of all observations, in half precision."""

    def __init__(self) -> None:
        self._kept: dict[str, list[NDArray[np.float16]]] = {}

    def add(self, observation: Any) -> None:
        from dvox_core.training.volumes import grid_norm

        volumes = {
            "norm": grid_norm(observation.after),
            "update": observation.update,
            "reset": observation.reset,
        }
        for name, volume in volumes.items():
            self._kept.setdefault(name, []).append(volume.half().cpu().numpy())

    def arrays(self) -> "dict[str, NDArray[Any]]":
        import numpy as np

        return {name: np.stack(volumes) for name, volumes in self._kept.items()}


def source_view(view: "View") -> "SourceView":
    """A view of a capture as one that may be observed."""
    from dvox_core.pipeline.questions import SourceView

    return SourceView(view.name, view.camera, view.picture_path)


def _named(views: Sequence["View"], name: str, capture: "Capture", argument: str) -> "View":
    for view in views:
        if view.name == name:
            return view
    known = ", ".join(view.name for view in views[:3])
    raise UserError(
        f"{argument} {name}: is no such view of {capture.name}; its views are called {known}, …"
    )


def _write_film(
    target: Path,
    scene: "Scene",
    replay: "Replay",
    watched: "SourceView",
    steps: Sequence["GrowthStep"],
    pictures: Sequence["NDArray[np.uint8]"],
    fps: float,
) -> None:
    from dvox_core.atomic_files import atomic_file
    from dvox_core.pipeline.film import SIZE, film_frames
    from dvox_core.recording.writers import open_writer

    description = f"integration of {len(steps)} views into the grid of {scene.name}"
    with atomic_file(target) as temporary:
        writer = open_writer(temporary, "h264", SIZE, fps, 80, description)
        try:
            frames = film_frames(replay, scene.placement, watched.camera, pictures, steps)
            for frame in tqdm(frames, total=len(steps), unit="frame", disable=None):
                writer.write(frame)
            writer.close()
        except BaseException:
            writer.abandon()
            raise
