"""Opens whatever a person calls a scene: a .dvox, an authors' .pth, or a training run."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dvox_core.checkpoints.scene_file import SUFFIX, read_scene
from dvox_core.checkpoints.upstream import UpstreamWeights, read_upstream
from dvox_core.data.deepvoxels_files import IntrinsicsFile, read_intrinsics, read_pose_folder
from dvox_core.errors import CaptureError, CheckpointError, MissingIntrinsicsError, in_file
from dvox_core.model.loading import check_renderable
from dvox_core.model.scene import Scene, SceneCamera

INTRINSICS = "intrinsics.txt"
SCENE_OF_RUN = "scene.dvox"
PARENTS_SEARCHED = 3

Progress = Callable[[float, str], None]
"""Called with a share of 0…1 and what is being done; may raise Cancelled."""


def open_scene(
    path: Path, intrinsics: Path | None = None, progress: Progress | None = None
) -> Scene:
    """Open a scene and read once everything that rendering it needs, so that faults show now.

    Example: `scene = open_scene(Path("assets/sample.dvox"))`

    Args:
        path: a `.dvox`, an authors' checkpoint, or a training run's folder.
        intrinsics: intrinsics.txt of an authors' checkpoint, where it is not found near it; for
            other files, cameras and placement to use instead of their own.
        progress: told how far it is.

    Raises:
        MissingIntrinsicsError: an authors' checkpoint without intrinsics.txt.
        CheckpointError, CaptureError: the file, or what lies beside it, cannot be used.
        Cancelled: `progress` said so.
    """
    report = progress or (lambda share, text: None)
    report(0.0, f"Reading {path.name}")
    if path.is_dir():
        path = _scene_of_run(path)
    if not path.exists():
        raise CheckpointError(f"{path}: not found")
    scene = read_scene(path) if _is_scene_file(path) else _open_upstream(path, intrinsics)
    if intrinsics and scene.file_format != "upstream":
        scene = _with_intrinsics(scene, read_intrinsics(intrinsics))
    # A scene file's tensors are read here; those of a checkpoint, and checked here.
    begun = 0.1 if _is_scene_file(path) else 0.5
    text = "Checking the weights"
    report(begun, text)
    try:
        check_renderable(
            scene.weights, scene.config, lambda share: report(begun + (1 - begun) * share, text)
        )
    except CheckpointError as error:
        raise in_file(path, error) from error
    report(1.0, "Ready")
    return scene


def find_intrinsics(checkpoint: Path) -> Path | None:
    """The intrinsics.txt beside a checkpoint or in a parent folder."""
    folder = checkpoint.resolve().parent
    for candidate in (folder, *folder.parents[:PARENTS_SEARCHED]):
        if (candidate / INTRINSICS).is_file():
            return candidate / INTRINSICS
    return None


def poses_are_world_to_camera(poses: Path, scene: Path, intrinsics: Path | None) -> bool:
    """The flag of the intrinsics.txt that belongs to a folder of poses.

    That is the one named, else one beside the poses, else one near an authors' checkpoint.
    """
    beside = (poses / INTRINSICS, poses.resolve().parent / INTRINSICS)
    found = intrinsics or next((path for path in beside if path.is_file()), None)
    if found is None and scene.suffix.lower() != SUFFIX:
        found = find_intrinsics(scene)
    return found is not None and read_intrinsics(found).world_to_camera_poses


def read_cameras(folder: Path, split: str, world_to_camera: bool) -> tuple[SceneCamera, ...]:
    """The poses of `folder`, or of its `pose/`, as cameras of a capture."""
    poses = read_pose_folder(folder, world_to_camera)
    return tuple(SceneCamera(name, split, camera) for name, camera in poses)


def _with_intrinsics(scene: Scene, content: IntrinsicsFile) -> Scene:
    return replace(
        scene,
        intrinsics=content.intrinsics,
        placement=content.placement,
        near_plane=content.near_plane,
    )


def _open_upstream(path: Path, intrinsics: Path | None) -> Scene:
    checkpoint = read_upstream(path)
    intrinsics = intrinsics or find_intrinsics(path)
    if intrinsics is None:
        raise MissingIntrinsicsError(
            f"{path}: has no intrinsics.txt beside it or in a parent folder; "
            "name one with --intrinsics"
        )
    placement = read_intrinsics(intrinsics)
    cameras, notes = _cameras_near(path, intrinsics, placement)
    return Scene(
        name=path.resolve().parent.name if path.stem in ("checkpoint", "model") else path.stem,
        path=path,
        file_format="upstream",
        config=checkpoint.config,
        intrinsics=placement.intrinsics,
        placement=placement.placement,
        near_plane=placement.near_plane,
        weights=UpstreamWeights(path, checkpoint),
        cameras=cameras,
        notes=(f"Intrinsics from {intrinsics}", *notes),
    )


def _cameras_near(
    path: Path, intrinsics: Path, content: IntrinsicsFile
) -> tuple[tuple[SceneCamera, ...], tuple[str, ...]]:
    """Cameras in the usual folders beside a checkpoint; a broken pose costs a note, no more."""
    cameras: list[SceneCamera] = []
    notes: list[str] = []
    for folder in dict.fromkeys((path.resolve().parent, intrinsics.resolve().parent)):
        for inner, split in (
            ("pose", "pose"),
            ("train/pose", "train"),
            ("validation/pose", "validation"),
            ("test/pose", "test"),
        ):
            if not (folder / inner).is_dir():
                continue
            try:
                cameras += read_cameras(folder / inner, split, content.world_to_camera_poses)
            except CaptureError as error:
                notes.append(f"Cameras left out: {error}")
        if cameras:
            break
    return tuple(cameras), tuple(notes)


def _scene_of_run(folder: Path) -> Path:
    if (folder / SCENE_OF_RUN).is_file():
        return folder / SCENE_OF_RUN
    raise CheckpointError(
        f"{folder}: is a folder without {SCENE_OF_RUN}; give a scene file, or the folder of a "
        "training run that has saved one"
    )


def _is_scene_file(path: Path) -> bool:
    """By content: safetensors begin with a length and then a brace; by name where unreadable."""
    try:
        with path.open("rb") as stream:
            start = stream.read(9)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read ({error.strerror or error})") from error
    if start[8:9] == b"{":
        return True
    is_torch_file = start[:2] == b"PK" or start[:1] == b"\x80"  # a zip or a pickle
    return path.suffix.lower() == SUFFIX and not is_torch_file
