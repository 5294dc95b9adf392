"""Recognises by their content what files were dropped on the window."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dvox_core.inspection.picture_text import VIEW_KEY

PICTURE_ENDINGS = (
    *(".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".hif"),
    *(".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf", ".pef", ".srw"),
)
VIDEO_ENDINGS = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".gif")

SCENE_ENDINGS = (".dvox", ".pth", ".pt")
SCENE_OF_RUN = "scene.dvox"  # what a training run keeps up to date for viewing
FILES_OF_RUN = ("config.json", "log.jsonl")
HEAD_BYTES = 4096
LARGEST_HEADER = 100_000_000
CAMERA_PATH_MARKERS = (b'"keyframes"', b'"camera_path"', b'"path"')
CAMERA_LIST_MARKERS = (
    (b'"transform_matrix"',),
    (b'"transform"',),
    (b'"camera_to_world"',),
    (b'"position"', b'"rotation"'),
)
CAPTURE_NAMES = (
    "rgb",
    "train",
    "test",
    "images",
    "input",
    "sparse",
    "colmap",
    "transforms.json",
    "transforms_train.json",
    "cameras.bin",
    "cameras.txt",
)
"""What lies in a folder of pictures to train on, whatever its format."""


class Content(enum.Enum):
    """What a file is, according to its first bytes."""

    SCENE = enum.auto()
    INTRINSICS = enum.auto()
    POSE = enum.auto()
    UNKNOWN = enum.auto()


@dataclass(frozen=True)
class DropIntent:
    """What to do with dropped files.

    Attributes:
        scene: the file to open.
        intrinsics: an intrinsics.txt, for `scene` if there is one.
        pose: a pose file.
        choices: a folder with several scene files: let the user choose there.
        source: pictures to train on, according to their names.
        run: the folder of a training run.
        path: a camera path: a file, or a folder of poses.
        picture: one that this program saved, which carries its view.
        problem: a line for the user where nothing can be done.
    """

    scene: Path | None = None
    intrinsics: Path | None = None
    pose: Path | None = None
    choices: Path | None = None
    source: Path | None = None
    run: Path | None = None
    path: Path | None = None
    picture: Path | None = None
    problem: str = ""


def content_of(path: Path) -> Content:
    """What a file is: a scene or checkpoint, an intrinsics.txt, a pose, or something else.

    A file of a scene's name whose content is none still counts as a scene: opening it says what
    is wrong with it.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except OSError:
        return Content.SCENE if path.suffix.lower() in SCENE_ENDINGS else Content.UNKNOWN
    is_zip = head.startswith(b"PK\x03\x04")  # torch.save since 1.6; also other programs' files
    is_pickle = len(head) > 1 and head[0] == 0x80 and head[1] in range(2, 6)
    is_safetensors = head[8:9] == b"{" and 1 < int.from_bytes(head[:8], "little") < LARGEST_HEADER
    named = path.suffix.lower() in SCENE_ENDINGS
    if named or is_safetensors or is_pickle or (is_zip and _holds_pickle(head)):
        return Content.SCENE
    return _text_content(head)


def recognise_drop(paths: Sequence[Path]) -> DropIntent:
    """What to do with these files and folders."""
    if len(paths) == 1 and paths[0].is_dir():
        return _recognise_folder(paths[0])
    kinds = [(path, content_of(path)) for path in paths if path.is_file()]
    if not kinds:
        return DropIntent(
            problem=f"{_names(paths)}: not a file; drop a .dvox file or an authors' .pth"
        )

    def first(content: Content) -> Path | None:
        return next((path for path, kind in kinds if kind is content), None)

    scene, intrinsics, pose = (
        first(content) for content in (Content.SCENE, Content.INTRINSICS, Content.POSE)
    )
    if scene or intrinsics or pose:
        return DropIntent(scene, intrinsics, None if scene or intrinsics else pose)
    if len(paths) == 1 and carries_view(paths[0]):
        return DropIntent(picture=paths[0])
    if len(paths) == 1 and _is_camera_path(paths[0]):
        return DropIntent(path=paths[0])
    source = _source_among(paths)
    if source:
        return DropIntent(source=source)
    if len(paths) == 1 and _lists_cameras(paths[0]):
        return DropIntent(path=paths[0])
    return DropIntent(
        problem=f"{_names(paths)}: neither a scene, a checkpoint, a pose nor a camera path; "
        "drop a .dvox file or an authors' .pth"
    )


def carries_view(path: Path) -> bool:
    """Whether a file is a picture of this program, as far as its head says."""
    if path.suffix.lower() != ".png":
        return False
    try:
        with path.open("rb") as stream:
            return f"{VIEW_KEY}\0".encode() in stream.read(HEAD_BYTES)
    except OSError:
        return False


def _source_among(paths: Sequence[Path]) -> Path | None:
    """A transforms.json with pictures, or a video; or the folder that several pictures lie in."""
    first = paths[0]
    if len(paths) == 1 and first.suffix.lower() in VIDEO_ENDINGS:
        return first
    if len(paths) == 1 and _lists_frames(first):
        # Without pictures to train on, cameras are still a path.
        return first if _holds_pictures(first.parent, first) or not _lists_cameras(first) else None
    pictures = all(path.suffix.lower() in PICTURE_ENDINGS for path in paths)
    return first.parent if pictures and len(paths) > 1 else None


def _is_camera_path(path: Path) -> bool:
    """Whether a file is a camera path of nerfstudio or instant-ngp, as far as its head says."""
    head = _json_head(path)
    return (
        any(marker in head for marker in CAMERA_PATH_MARKERS) and b'"transform_matrix"' not in head
    )


def _lists_cameras(path: Path) -> bool:
    """Whether a file is a list of cameras of another program, as far as its head says."""
    head = _json_head(path)
    has_matrices = b"".join(head[:64].split()).startswith(b"[[")
    return has_matrices or any(
        all(marker in head for marker in markers) for markers in CAMERA_LIST_MARKERS
    )


def _lists_frames(path: Path) -> bool:
    """Whether a file is a transforms.json, by its name or the beginning of its content."""
    head = _json_head(path)
    return bool(head) and (path.name.startswith("transforms") or b'"transform_matrix"' in head)


def _json_head(path: Path) -> bytes:
    """The first bytes of a .json; none of another file, or of one that cannot be read."""
    if path.suffix.lower() != ".json":
        return b""
    try:
        with path.open("rb") as stream:
            return stream.read(HEAD_BYTES)
    except OSError:
        return b""


def holds_run(folder: Path) -> bool:
    """Whether a folder is that of a training run."""
    return all((folder / name).is_file() for name in FILES_OF_RUN)


def _recognise_folder(folder: Path) -> DropIntent:
    if holds_run(folder):
        return DropIntent(run=folder)
    try:
        scenes = sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() in SCENE_ENDINGS and path.is_file()
        )
    except OSError as error:
        return DropIntent(
            problem=f"{folder}: cannot be read ({error.strerror}); check its permissions"
        )
    if not scenes and _holds_pictures(folder):
        return DropIntent(source=folder)
    if not scenes and _holds_poses(folder):
        return DropIntent(path=folder)
    if not scenes:
        return DropIntent(
            problem=f"{folder.name}: holds no .dvox or .pth file; drop the folder that has one"
        )
    of_run = folder / SCENE_OF_RUN  # a copy of a run without its log
    if of_run in scenes:
        scenes = [of_run]
    if len(scenes) > 1:
        return DropIntent(choices=folder)
    intrinsics = folder / "intrinsics.txt"
    return DropIntent(scene=scenes[0], intrinsics=intrinsics if intrinsics.is_file() else None)


def _holds_pictures(folder: Path, but: Path | None = None) -> bool:
    """Whether the names in a folder look like a capture's; reading it says what it is."""
    return any(
        path.name.lower() in CAPTURE_NAMES or path.suffix.lower() in PICTURE_ENDINGS
        for path in folder.iterdir()
        if path != but
    )


def _holds_poses(folder: Path) -> bool:
    """Whether a folder, or `pose/` in it, holds pose files; reading them says whether all are."""
    places = [folder, folder / "pose"]
    first = next((path for place in places for path in sorted(place.glob("*.txt"))[:1]), None)
    return first is not None and content_of(first) is Content.POSE


def _holds_pickle(head: bytes) -> bool:
    """Whether the first entry of a zip is one that torch.save writes."""
    return b"data.pkl" in head[:256] or b".data/" in head[:256] or b"/byteorder" in head[:256]


def _text_content(head: bytes) -> Content:
    try:
        lines = [line.split() for line in head.decode("utf-8-sig").splitlines() if line.strip()]
        rows = [[float(word) for word in line] for line in lines]
    except (UnicodeDecodeError, ValueError):
        # intrinsics.txt with a word too many is still one: reading it says what is wrong.
        return Content.UNKNOWN
    if sum(map(len, rows)) == 16 and len(rows) in (1, 4):
        return Content.POSE
    if len(rows) in (5, 6) and len(rows[0]) in (3, 4) and len(rows[1]) == 3:
        return Content.INTRINSICS
    return Content.UNKNOWN


def _names(paths: Sequence[Path]) -> str:
    return ", ".join(path.name for path in paths[:3]) + ("…" if len(paths) > 3 else "")
