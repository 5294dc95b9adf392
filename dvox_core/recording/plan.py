"""Says before a recording starts what it will be, what to know about it, and what forbids it."""

from dataclasses import dataclass, replace
from pathlib import Path

from dvox_core.camera_paths.curve import PathView, curve_of
from dvox_core.camera_paths.path import CameraPath
from dvox_core.errors import CameraPathError
from dvox_core.geometry.frustum import camera_hint
from dvox_core.model.scene import Scene
from dvox_core.recording.description import read_description
from dvox_core.recording.framing import FrameComposer
from dvox_core.recording.settings import (
    CODECS,
    Codec,
    RecordingError,
    RecordingSettings,
    codec_for,
    size_for,
)
from dvox_core.rendering.frame import BORDER
from dvox_core.rendering.pictures import DepthRange, start_range

_LEFT_BY_SYSTEMS = (".DS_Store", "Thumbs.db", "desktop.ini")
"""What file managers leave in every folder that they show."""

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
    require_replaceable(target, codec)
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


def require_replaceable(target: Path, codec: Codec) -> None:
    """Refuse a target that a recording must not take the place of, if anything is there.

    A video takes the place of a file. Pictures take that of a folder which holds pictures of a
    recording and nothing else.

    Raises:
        RecordingError: something else is there.
    """
    if codec != "png":
        if target.is_dir():
            raise RecordingError(f"{target}: is a folder; choose another name")
        return
    if not target.exists():
        return
    if not target.is_dir():
        raise RecordingError(
            f"{target}: is a file, and pictures are written to a folder; choose another name"
        )
    try:
        names = sorted(path.name for path in target.iterdir() if path.name not in _LEFT_BY_SYSTEMS)
    except OSError as error:
        raise RecordingError(
            f"{target}: cannot be read ({error.strerror or error}); choose another name"
        ) from error
    numbered = [f"{index:06d}.png" for index in range(len(names))]
    foreign = next((name for name in names if name not in numbered), None)
    if foreign is None and names and not _is_described(target):
        foreign = names[0]
    if foreign is not None:
        raise RecordingError(
            f"{target}: holds {foreign}, which no recording wrote; choose another name, or move "
            "what is yours away"
        )


def _is_described(folder: Path) -> bool:
    try:
        read_description(folder)
    except CameraPathError:
        return False
    return True


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
