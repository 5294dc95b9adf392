"""What a video tells of itself: scene, path, settings, and the command that makes it again."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from dvox_core.camera_paths.files import ReadPath, path_from_json, path_to_json
from dvox_core.camera_paths.path import CameraPath
from dvox_core.errors import CameraPathError
from dvox_core.model.scene import Scene
from dvox_core.program import FROM_SOURCE
from dvox_core.recording.settings import CODECS, RecordingSettings
from dvox_core.rendering.renderer import RendererFacts


def describe(
    scene: Scene,
    scene_hash: str,
    path: CameraPath,
    settings: RecordingSettings,  # complete: size, fps and codec chosen
    renderer: RendererFacts,
    target: Path,
    made_under: Mapping[str, Any] | None = None,
) -> str:
    """A video's description as JSON on one line.

    Args:
        made_under: edits of the scene, which its command does not make.
    """
    kept_path = {
        key: value
        for key, value in path_to_json(path, scene.intrinsics).items()
        if key != "camera_path"  # follows from its keys
    }
    content: dict[str, Any] = {
        "program": f"dvox {_version()}",
        "scene": scene.name,
        "scene_sha256": scene_hash,
        "settings": asdict(settings),
        "renderer": asdict(renderer),
        "command": command_line(scene, target, settings),
        "path": kept_path,
    }
    if made_under is not None:
        content["edits"] = made_under
    return json.dumps(content, ensure_ascii=True, separators=(",", ":"))


def command_line(scene: Scene, target: Path, settings: RecordingSettings) -> str:
    """The command that makes a video again from the one at `target`, which carries its path."""
    again = target.with_name(f"{target.stem}-again{target.suffix}")
    words = ["record", str(scene.path or scene.name), "--path", str(target)]
    if settings.size:
        words += ["--size", f"{settings.size[0]}x{settings.size[1]}"]
    if settings.fps:
        words += ["--fps", f"{settings.fps:g}"]
    words += ["--mode", settings.mode, "--quality", str(settings.quality), "--fit", settings.fit]
    if settings.codec:
        words += ["--codec", settings.codec]
    if any(settings.background):
        words += ["--background", "#{:02x}{:02x}{:02x}".format(*settings.background)]
    if settings.depth_range and settings.mode in ("depth", "side-by-side"):
        words += ["--depth-range", *(f"{value!r}" for value in settings.depth_range)]
    return f"{FROM_SOURCE} {shlex.join([*words, '--out', str(again)])}"


def is_recording(path: Path) -> bool:
    """Whether a path looks like a video of ours by its name, or is a folder of our pictures."""
    suffixes = {suffix for facts in CODECS.values() for suffix in facts.suffixes}
    if path.suffix.lower() in suffixes:
        return True
    return path.is_dir() and (path / "000000.png").is_file()


def read_description(path: Path) -> Mapping[str, Any]:
    """What a video of this program tells of itself.

    Raises:
        CameraPathError: it cannot be read, or is of another program.
    """
    try:
        text = _comment(path)
        content = json.loads(text)
    except (OSError, ValueError, RecursionError, SyntaxError) as error:
        if not path.exists():
            raise CameraPathError(f"{path}: not found; give a video or a path's file") from error
        content = None
    if not isinstance(content, dict) or not isinstance(content.get("path"), dict):
        raise CameraPathError(
            f"{path}: does not carry its camera path; give a video that this program recorded"
        )
    return content


def read_recorded_path(path: Path) -> ReadPath:
    """The camera path that a video of this program carries.

    Raises:
        CameraPathError: it cannot be read, or carries none.
    """
    return path_from_json(read_description(path)["path"], str(path))


def _comment(path: Path) -> str:
    if path.is_dir():
        path = path / "000000.png"
    if path.suffix.lower() in (".png", ".gif"):
        import imageio.v3 as iio

        tags = iio.immeta(path, plugin="pillow")
        comment = tags.get("Comment") or tags.get("comment", b"")
        return comment.decode(errors="replace") if isinstance(comment, bytes) else str(comment)
    import av  # imageio tells a video's rate and size, not its comment

    with av.open(str(path)) as container:
        tags = {key.lower(): value for key, value in container.metadata.items()}
    return str(tags.get("comment", ""))


def _version() -> str:
    try:
        return version("dvox")
    except PackageNotFoundError:
        return "(not installed)"
