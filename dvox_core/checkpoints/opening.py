"""Opens whatever a person calls a scene: a .dvox, an authors' .pth, or a training run."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dvox_core.checkpoints.held_file import HeldFile
from dvox_core.checkpoints.scene_file import FORMAT, SUFFIX, scene_of
from dvox_core.checkpoints.tensor_file import TensorFile
from dvox_core.checkpoints.upstream import UpstreamWeights, read_upstream
from dvox_core.checkpoints.weights import DvoxWeights
from dvox_core.checkpoints.wrapped_state import KNOWN_BY
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
    file = HeldFile(path)
    tensors = _scene_tensors(file)
    scene = scene_of(tensors) if tensors is not None else _open_upstream(file, intrinsics)
    if intrinsics and scene.file_format != "upstream":
        scene = _with_intrinsics(scene, read_intrinsics(intrinsics))
    # A scene file's tensors are read here; those of a checkpoint, and checked here.
    begun = 0.1 if tensors is not None else 0.5
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


def is_replaced(scene: Scene) -> bool:
    """Whether another file lies at the scene's path by now, or none.

    The scene itself stays what was opened; whoever wants the newer one opens it again. A stat and
    nothing more, so it may be asked now and then.
    """
    weights = scene.weights
    return isinstance(weights, DvoxWeights | UpstreamWeights) and weights.held.is_replaced()


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


def _open_upstream(file: HeldFile, intrinsics: Path | None) -> Scene:
    path = file.path
    checkpoint = read_upstream(file)
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
        weights=UpstreamWeights(file, checkpoint),
        cameras=cameras,
        notes=(f"Intrinsics from {intrinsics}", *placement.notes, *checkpoint.notes, *notes),
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


def _scene_tensors(file: HeldFile) -> TensorFile | None:
    """The file's tensors if it is a scene file; None if it is to be read as a checkpoint.

    By content: safetensors begin with a length and then a brace; by name where that says nothing.

    Raises:
        CheckpointError: it is neither, and known by name; or a damaged scene file.
    """
    kind = file.kind()
    if kind:
        raise CheckpointError(
            f"{file.path}: is {kind}; this is not a scene or a checkpoint: give a .dvox or .pth"
        )
    head = file.head()
    is_torch_file = head[:2] == b"PK" or head[:1] == b"\x80"  # a zip or a pickle
    named = file.path.suffix.lower() == SUFFIX and not is_torch_file
    if head[8:9] != b"{" and not named:
        return None
    tensors = TensorFile(file)
    theirs = any(name.split(".")[-1] == KNOWN_BY for name in tensors.shapes())
    return None if theirs and tensors.metadata.get("format") != FORMAT else tensors
