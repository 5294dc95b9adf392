"""`record`: a video of a camera path, without a window."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro
from tqdm import tqdm

from dvox_core.cli.arguments import Flag, OptionalCount, OptionalNumber, OptionalPath, Unsaid
from dvox_core.cli.edits import render_under
from dvox_core.cli.reports import complain, print_facts

if TYPE_CHECKING:
    from dvox_core.camera_paths.path import CameraPath
    from dvox_core.model.scene import Scene
    from dvox_core.recording.progress import RecordingProgress
    from dvox_core.recording.record import Recording
    from dvox_core.recording.settings import RecordingSettings
    from dvox_core.rendering.renderer import Renderer


@dataclass(frozen=True)
class Record:
    """Record a video: every frame of a camera path, rendered in order.

    What was rendered is kept beside the video until it is whole, so that the same command goes on
    after an interruption.

    Examples: python main.py record scene.dvox --orbit --seconds 10 --out orbit.mp4

    python main.py record scene.dvox --path camera_path.json --size 1280x720 --out video.webm
    """

    scene: tyro.conf.Positional[Path]
    """A .dvox, an authors' checkpoint (.pth), or a training run's folder."""

    out: Path
    """The video: .mp4, .mov, .mkv, .webm or .gif; a name without a suffix is a folder of PNGs."""

    path: OptionalPath = None
    """camera_path.json of the window or nerfstudio, instant-ngp's, a folder of poses, or a video
    that this program recorded."""

    orbit: Flag = False
    """Go once round the scene instead, from its start view."""

    turns: float = 1.0
    """How many times --orbit goes round; negative for the other way."""

    seconds: OptionalNumber = None
    """How long the video lasts; by default the path's time, or 10 for --orbit."""

    fps: OptionalNumber = None
    """Frames a second; by default the path's, or 30."""

    size: Annotated[Unsaid[str], tyro.conf.arg(metavar="WxH")] = None
    """Width and height in pixels; by default the path's, else a multiple of the picture's."""

    mode: Literal["rgb", "depth", "entropy", "side-by-side"] = "rgb"
    """What is shown; side-by-side is picture and depth."""

    codec: Unsaid[Literal["h264", "h265", "vp9", "av1", "gif", "png"]] = None
    """How it is stored; by default what is usual for the name's suffix."""

    quality: int = 80
    """1 (small) to 100 (best)."""

    fit: Literal["letterbox", "crop"] = "letterbox"
    """Where the picture has another shape: show all of it, or fill the video."""

    background: str = "#000000"
    """Colour of what the picture does not cover."""

    depth_range: Annotated[Unsaid[tuple[float, float]], tyro.conf.arg(metavar="NEAR FAR")] = None
    """World units at the two ends of the depth's colours; by default found along the path."""

    edits: OptionalPath = None
    """Edit file (NAME.edits.json) to render under: other depth weights, edits of the grid, or an
    observed grid in its place."""

    force: Flag = False
    """Replace a video that is there."""

    intrinsics: OptionalPath = None
    """intrinsics.txt to use instead of the scene's own, or where a checkpoint has none near it."""

    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """Where to compute."""

    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Arithmetic; auto is float32 here, for pictures that are kept."""

    engine: Literal["local", "ray"] = "local"
    """Who renders: this process, or several by Ray, here or on a cluster (docs/cluster.md)."""

    address: Annotated[Unsaid[str], tyro.conf.arg(metavar="HOST:PORT")] = None
    """Of a Ray cluster that runs; by default Ray is started on this machine."""

    workers: OptionalCount = None
    """Processes that render by Ray; by default as many as there is room for."""

    threads: Annotated[int, tyro.conf.arg(metavar="N")] = 1
    """Threads of the processor for each of them."""

    def run(self) -> int:
        """Check all that can be checked, then render and encode."""
        from dvox_core.checkpoints.opening import open_scene
        from dvox_core.inspection.edit_files import edits_to_json
        from dvox_core.recording.plan import plan_recording
        from dvox_core.recording.record import record

        self._require_engine()

        scene = open_scene(self.scene, self.intrinsics)
        path = self._path(scene)
        settings = self._settings()
        plan = plan_recording(scene, path, settings, self.out, overwrite=self.force)
        for note in plan.notes:
            complain(f"note: {note}")
        renderer = self._renderer(scene)
        try:
            made_under = None
            if self.edits:
                made_under = edits_to_json(render_under(renderer, self.edits, scene), scene)
            with _Bar(len(plan.views)) as bar:
                done = record(
                    renderer,
                    scene,
                    path,
                    settings,
                    self.out,
                    bar.show,
                    overwrite=self.force,
                    made_under=made_under,
                )
        except KeyboardInterrupt:
            complain("interrupted; what was rendered is kept: the same command goes on from there")
            return 130
        finally:
            renderer.close()
        for note in done.notes[len(plan.notes) :]:
            complain(f"note: {note}")
        self._report(done, plan.fps)
        return 0

    def _require_engine(self) -> None:
        from dvox_core.errors import UserError

        if self.engine == "ray":
            return
        for name in ("address", "workers"):
            if getattr(self, name) is not None:
                raise UserError(f"--{name}: says nothing without --engine ray; leave it out")

    def _renderer(self, scene: "Scene") -> "Renderer":
        from dvox_core.rendering.create import create_renderer

        precision = "float32" if self.precision == "auto" else self.precision
        if self.engine == "local":
            return create_renderer(scene, self.device, precision)
        from dvox_core.recording.kept_frames import scene_hash
        from dvox_core.recording.ray_renderer import RayRenderer, RemoteScene

        path = scene.path or self.scene
        intrinsics = None if self.intrinsics is None else self.intrinsics.resolve()
        far = RemoteScene(
            path.resolve(), intrinsics, scene_hash(scene), self.device, precision, self.threads
        )
        return RayRenderer(far, self.address, self.workers)

    def _path(self, scene: "Scene") -> "CameraPath":
        from dvox_core.camera_paths.files import read_path
        from dvox_core.camera_paths.generators import DEFAULT_SECONDS, orbit
        from dvox_core.errors import UserError
        from dvox_core.recording.description import is_recording, read_recorded_path

        if self.orbit == (self.path is not None):
            raise UserError("name a path with --path, or say --orbit, one of the two")
        if self.seconds is not None and not 0 < self.seconds <= 86400:
            raise UserError(f"--seconds {self.seconds:g}: choose a time above 0")
        if self.path is None:
            seconds = self.seconds or DEFAULT_SECONDS
            return orbit(
                scene.start_camera, scene.pivot, scene.up_axis, turns=self.turns, seconds=seconds
            )
        read = read_recorded_path if is_recording(self.path) else read_path
        found = read(self.path)
        for note in found.notes:
            complain(f"note: {note}")
        return found.path if self.seconds is None else found.path.with_seconds(self.seconds)

    def _settings(self) -> "RecordingSettings":
        from dvox_core.recording.settings import RecordingSettings

        return RecordingSettings(
            size=None if self.size is None else _size(self.size),
            fps=self.fps,
            mode=self.mode,
            codec=self.codec,
            quality=self.quality,
            fit=self.fit,
            background=_color(self.background),
            depth_range=self.depth_range,
        )

    def _report(self, done: "Recording", fps: float) -> None:
        width, height = done.size
        bytes_written = (
            sum(path.stat().st_size for path in done.target.iterdir())
            if done.target.is_dir()
            else done.target.stat().st_size
        )
        print_facts(
            [
                ("Wrote", f"{done.target} ({bytes_written / 2**20:.1f} MiB)"),
                ("Size", f"{width} × {height} pixels, {fps:g} frames a second"),
                ("Frames", f"{done.frame_count} ({done.frame_count / fps:.2f} s)"),
                ("Took", f"{done.seconds_taken:.1f} s"),
            ]
        )


class _Bar:
    """The progress on the terminal, with our own idea of the time left."""

    def __init__(self, total: int) -> None:
        form = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} frames{postfix}"
        self._bar: Any = tqdm(
            total=total, desc="Recording", bar_format=form, disable=None, file=sys.stderr
        )

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def show(self, progress: "RecordingProgress") -> None:
        """Show how far it is."""
        self._bar.set_description_str(progress.text, refresh=False)
        if progress.seconds_left is not None:
            left = tqdm.format_interval(progress.seconds_left)
            self._bar.set_postfix_str(f"{left} left", refresh=False)
        self._bar.update(progress.frame - self._bar.n)


def _size(text: str) -> tuple[int, int]:
    from dvox_core.errors import UserError

    words = text.lower().replace("×", "x").split("x")
    if len(words) != 2 or not all(word.strip().isdecimal() for word in words):
        raise UserError(f"--size {text}: write width and height in pixels, like 1280x720")
    return int(words[0]), int(words[1])


def _color(text: str) -> tuple[int, int, int]:
    from dvox_core.errors import UserError

    digits = text.removeprefix("#")
    try:
        red, green, blue = bytes.fromhex(digits)
    except ValueError as error:
        raise UserError(f"--background {text}: write a colour like #ffffff") from error
    return red, green, blue
