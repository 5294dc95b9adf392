"""Says before a recording starts what it will be, what to know about it, and what forbids it."""

from dataclasses import dataclass, replace
from pathlib import Path

from dvox_core.camera_paths.curve import PathView, curve_of
from dvox_core.camera_paths.path import CameraPath
from dvox_core.geometry.frustum import camera_hint
from dvox_core.model.scene import Scene
from dvox_core.recording.framing import FrameComposer
from dvox_core.recording.settings import (
    CODECS,
    RecordingError,
    RecordingSettings,
    codec_for,
    size_for,
)
from dvox_core.rendering.frame import BORDER
from dvox_core.rendering.pictures import DepthRange, start_range

BYTES_KEPT_A_PIXEL = 2.0
"""Of disk while a recording runs: a network frame, packed without loss."""


@dataclass(frozen=True, eq=False)
class RecordingPlan:
    """A recording that can be made.

    Attributes:
        path: with the video's frames a second.
        settings: complete: size, fps and codec are chosen.
        views: of every frame, in order.
        notes: lines for the user to know before it starts.
        bytes_while_recording: about what the kept frames take on disk.
    """

    path: CameraPath
    settings: RecordingSettings
    views: tuple[PathView, ...]
    notes: tuple[str, ...]
    bytes_while_recording: int

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the video in pixels."""
        assert self.settings.size is not None
        return self.settings.size

    @property
    def fps(self) -> float:
        """Frames a second."""
        return self.path.fps

    @property
    def seconds(self) -> float:
        """The video's duration."""
        return len(self.views) / self.path.fps


def plan_recording(
    scene: Scene,
    path: CameraPath,
    settings: RecordingSettings,
    target: Path,
    *,
    overwrite: bool = False,
) -> RecordingPlan:
    """Check everything that can be checked before the first frame; reads and writes no file.

    Raises:
        CameraPathError: the path cannot be gone along.
        RecordingError: settings, scene and target do not go together, or the target is there.
    """
    if not path.keyframes:
        raise RecordingError("the path has no keyframes; add two or more")
    if len(path.keyframes) == 1:
        raise RecordingError("the path has one keyframe; add another one for the camera to go to")
    codec = codec_for(target, settings)
    if target.exists() and not overwrite:
        raise RecordingError(
            f"{target}: is there already; choose another name or overwrite it (--force)"
        )
    if target.is_dir() and any(target.iterdir()) and not (target / "000000.png").is_file():
        raise RecordingError(f"{target}: is a folder of something else; choose another name")
    if codec != "png" and target.is_dir():
        raise RecordingError(f"{target}: is a folder; choose another name")
    if settings.needs_depth and not scene.config.knows_depth:
        raise RecordingError(
            f"{scene.name} has no depth: it was trained without the occlusion network; choose rgb"
        )
    size = size_for(scene, path, settings, codec)
    if settings.fps is not None:
        path = replace(path, fps=settings.fps)
    if path.fps > CODECS[codec].highest_fps:
        raise RecordingError(
            f"{CODECS[codec].title} shows at most {CODECS[codec].highest_fps:g} frames a second, "
            f"not {path.fps:g}; choose fewer"
        )
    complete = replace(settings, size=size, fps=path.fps, codec=codec)
    views = tuple(curve_of(path).frames())
    maps = 3 * 64 * 64 * 4 if settings.needs_depth else 0
    one = int(scene.config.image_size**2 * BYTES_KEPT_A_PIXEL) + maps
    return RecordingPlan(path, complete, views, _notes(scene, complete, views), one * len(views))


def composer_for(
    scene: Scene, settings: RecordingSettings, depths: DepthRange | None = None
) -> FrameComposer:
    """Makes the video's frames of the network's; `settings` must be complete."""
    assert settings.size is not None
    return FrameComposer(
        mode=settings.mode,
        width=settings.size[0],
        height=settings.size[1],
        fit=settings.fit,
        background=settings.background,
        intrinsics=scene.intrinsics.scaled_to(scene.config.image_size),
        frustum=scene.frustum,
        depths=depths or start_range(scene.frustum),
    )


def _notes(
    scene: Scene, settings: RecordingSettings, views: tuple[PathView, ...]
) -> tuple[str, ...]:
    notes = []
    composer = composer_for(scene, settings)
    side = scene.config.image_size - 2 * BORDER
    fovs = sorted({view.vertical_fov for view in views if view.vertical_fov is not None})
    if fovs:
        own = scene.intrinsics.vertical_fov_degrees
        span = f"{fovs[0]:.4g}°" if len(fovs) == 1 else f"{fovs[0]:.4g}° … {fovs[-1]:.4g}°"
        bare = not all(composer.placement(fov).covers(side) for fov in (fovs[0], fovs[-1]))
        notes.append(
            f"The path's field of view is {span}, the network's {own:.4g}°: its picture is "
            + ("scaled and letterboxed" if bare else "scaled and cropped")
            + " to the same framing."
        )
    elif not composer.placement(None).covers(side):
        notes.append("The network's picture is square: it is letterboxed to the video's shape.")
    hints: dict[str, list[int]] = {}
    for index, view in enumerate(views):
        hint = camera_hint(view.camera, scene.frustum, scene.placement)
        if hint:
            hints.setdefault(hint.partition(":")[0], []).append(index)
    for hint, frames in hints.items():
        notes.append(
            f"{hint} in {len(frames)} of {len(views)} frames, from frame {frames[0] + 1}: "
            "the network has nothing to show there."
        )
    return tuple(notes)
