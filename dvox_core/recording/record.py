"""Records a path: every frame rendered in order, encoded beside it, whole or not at all."""

import json
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from dvox_core.camera_paths.curve import PathView
from dvox_core.camera_paths.path import CameraPath
from dvox_core.errors import Cancelled, UserError
from dvox_core.model.scene import Scene
from dvox_core.recording.description import describe
from dvox_core.recording.encoder import FrameEncoder
from dvox_core.recording.kept_frames import (
    KeptFrames,
    publish,
    recording_key,
    scene_hash,
)
from dvox_core.recording.many_frames import RendersMany
from dvox_core.recording.plan import composer_for, plan_recording, require_replaceable
from dvox_core.recording.progress import FrameClock, RecordingControl, RecordingProgress
from dvox_core.recording.settings import RecordingError, RecordingSettings
from dvox_core.recording.writers import frames_in, open_writer
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.pictures import DepthRange, depth_range, start_range, surface_depths
from dvox_core.rendering.renderer import Renderer

RANGE_SAMPLES = 16
"""Frames along the path that the range of depth colours is taken from."""


@dataclass(frozen=True, eq=False)
class Recording:
    """A finished recording.

    Attributes:
        target: the file, or the folder of pictures.
        frame_count: of the video.
        size: (width, height) in pixels.
        resumed: how many of its frames were kept from before.
        seconds_taken: how long it took.
        notes: lines for the user.
    """

    target: Path
    frame_count: int
    size: tuple[int, int]
    resumed: int
    seconds_taken: float
    notes: tuple[str, ...]


def record(
    renderer: Renderer,
    scene: Scene,
    path: CameraPath,
    settings: RecordingSettings,
    target: Path,
    progress: Callable[[RecordingProgress], None] | None = None,
    *,
    control: RecordingControl | None = None,
    overwrite: bool = False,
    made_under: Mapping[str, Any] | None = None,
) -> Recording:
    """Render every frame of `path` and write the video to `target`.

    Example: `record(renderer, scene, path, RecordingSettings(fps=30), Path("orbit.mp4"))`

    What was rendered is kept in `TARGET.part` until the video is whole. After a cancel, a crash or
    a full disk the same call goes on from there; `discard_kept_frames` deletes it.

    Args:
        renderer: of `scene`; used from this thread.
        progress: told of every frame; may raise Cancelled.
        control: pauses and cancels from another thread.
        overwrite: whether a video that is there may be replaced, at the very end.
        made_under: edits of the scene that `renderer` renders under, as JSON, for the video's
            description.

    Raises:
        CameraPathError, RecordingError, UserError: it cannot be made, or not be finished.
        Cancelled: `control` or `progress` said so.
    """
    started = time.monotonic()
    plan = plan_recording(scene, path, settings, target, overwrite=overwrite)
    control = control or RecordingControl()
    tell = progress or (lambda _: None)
    tell(RecordingProgress(0, len(plan.views), None, "Looking for kept frames"))
    name = scene_hash(scene)
    facts = renderer.facts
    how = f"{facts.backend} {facts.device} {facts.precision}"
    if made_under is not None:
        how += json.dumps(made_under, sort_keys=True)
    key = recording_key(name, how, plan.views, plan.settings.needs_depth)
    kept = KeptFrames(target, key)
    notes = list(plan.notes)
    finished = False
    try:
        source = _Source(renderer, kept, plan.views, plan.settings.needs_depth)
        control.check()
        with _refusing(target):
            dropped = kept.dropped or source.drop_if_other()
        if dropped:
            notes.append("Frames kept of another recording of that name were dropped.")
        resumed = kept.count()
        if resumed:
            notes.append(f"{resumed} of {len(plan.views)} frames were kept from before.")
        complete = plan.settings
        if complete.mode in ("depth", "side-by-side") and complete.depth_range is None:
            with _refusing(target):
                depths = _find_depths(source, scene, control, tell)
            complete = replace(complete, depth_range=(depths.low, depths.high))
        colors = DepthRange(*complete.depth_range) if complete.depth_range else None
        text = describe(scene, name, plan.path, complete, facts, target, made_under)
        assert complete.codec is not None
        with _refusing(target):
            writer = open_writer(
                kept.video, complete.codec, plan.size, plan.fps, complete.quality, text
            )
            composer = composer_for(scene, complete, colors)
            _write_frames(source, FrameEncoder(writer, composer, kept), control, tell)
            tell(RecordingProgress(len(plan.views), len(plan.views), 0.0, "Finishing"))
            _check_whole(kept.video, len(plan.views))
            if target.exists() and not overwrite:
                raise RecordingError(
                    f"{target}: has appeared meanwhile; choose another name and record again"
                )
            require_replaceable(target, complete.codec)
            publish(kept.video, target)
        finished = True
    finally:
        if finished:
            kept.remove()
        else:
            kept.release()
    return Recording(
        target, len(plan.views), plan.size, resumed, time.monotonic() - started, tuple(notes)
    )


class _Source:
    """Gives frames by number: kept ones, else rendered."""

    def __init__(
        self, renderer: Renderer, kept: KeptFrames, views: Sequence[PathView], maps: bool
    ) -> None:
        self.views = views
        self._renderer = renderer
        self._kept = kept
        self._extras = Extra.ENTROPY if maps else Extra.NONE

    def drop_if_other(self) -> bool:
        """Drop what is kept if it is not what is rendered now, an edited scene's for instance."""
        index = self._kept.first()
        if index is None:
            return False
        kept = self._kept.load(index, self.views[index])
        now = self._renderer.render(self.views[index].camera, self._extras)
        if kept is not None and np.array_equal(kept.picture, now.picture):
            return False
        self._kept.clear()
        return True

    def sample(self, index: int) -> Frame:
        """The frame of that number; it is kept for when its turn comes."""
        frame, new = self.frame(index)
        if new:
            self._kept.keep(index, frame)
        return frame

    def frame(self, index: int) -> tuple[Frame, bool]:
        """The frame of that number, and whether it is new."""
        view = self.views[index]
        frame = self._kept.load(index, view)
        if frame is not None:
            return frame, False
        return self._renderer.render(view.camera, self._extras), True

    def all(self, poll: Callable[[], object]) -> Iterator[tuple[Frame, bool]]:
        """Every frame in order, and whether it is new."""
        renderer, numbers = self._renderer, range(len(self.views))
        if not isinstance(renderer, RendersMany):
            yield from (self.frame(index) for index in numbers)
            return
        missing = {index for index in numbers if not self._kept.has(index)}
        cameras = [self.views[index].camera for index in sorted(missing)]
        new = renderer.render_many(cameras, self._extras, poll)
        try:
            for index in numbers:
                yield (next(new), True) if index in missing else self.frame(index)
        finally:
            if isinstance(new, Generator):
                new.close()  # what is not needed any more is not rendered


def _find_depths(
    source: _Source,
    scene: Scene,
    control: RecordingControl,
    tell: Callable[[RecordingProgress], None],
) -> DepthRange:
    """One range for the whole video, from frames spread along it; they are kept for later."""
    total = len(source.views)
    found = []
    for index in np.unique(np.linspace(0, total - 1, RANGE_SAMPLES).round().astype(int)):
        control.check()
        tell(RecordingProgress(0, total, None, "Measuring the range of depth"))
        depths = surface_depths(source.sample(int(index)), scene.frustum)
        if depths is not None:
            found.append(depths[np.isfinite(depths)])
    all_depths = np.concatenate(found) if found else np.zeros(0)
    if all_depths.size < 16:
        return start_range(scene.frustum)
    low, high = (float(value) for value in np.percentile(all_depths, (1, 99)))
    return depth_range(low, high)


def _write_frames(
    source: _Source,
    encoder: FrameEncoder,
    control: RecordingControl,
    tell: Callable[[RecordingProgress], None],
) -> None:
    """Render and hand over every frame, and see the encoder to its end."""
    total = len(source.views)
    clock = FrameClock()
    try:
        frames = source.all(control.check)
        for index in range(total):
            clock.leave_out(control.check())
            frame, new = next(frames)
            encoder.put(index, frame, source.views[index].vertical_fov, new)
            left = clock.seconds_left(new, total - index - 1)
            tell(RecordingProgress(index + 1, total, left, "Rendering", encoder.take_preview()))
        encoder.finish()
    except BaseException:
        encoder.abandon()
        raise


class _refusing:  # noqa: N801 - reads as a phrase: with _refusing(target)
    """Turns what a disk or an encoder refuses into one line."""

    def __init__(self, target: Path) -> None:
        self._target = target

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, UserError | Cancelled) or error is None:
            return
        import av  # for its errors

        if isinstance(error, OSError | av.error.FFmpegError):
            reason = getattr(error, "strerror", None) or str(error)
            raise RecordingError(
                f"{self._target}: could not be written ({reason}); what was rendered is kept: "
                "free some space and record again to go on"
            ) from error


def _check_whole(made: Path, total: int) -> None:
    """Count a video's frames: a disk that fills up may stay unnoticed by an encoder."""
    found = sum(1 for _ in made.glob("*.png")) if made.is_dir() else frames_in(made)
    if found != total:
        raise RecordingError(
            f"the video has {found} frames of {total}: it could not be written whole; what was "
            "rendered is kept: free some space and record again to go on"
        )
