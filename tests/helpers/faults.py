"""Jobs that write files, and a child process in which the disk fills up or which dies meanwhile."""

import errno
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import av
import torch
from PIL import Image

from dvox_core.camera_paths.files import read_path, write_path, write_pose_folder
from dvox_core.camera_paths.generators import orbit
from dvox_core.checkpoints.opening import open_scene
from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.checkpoints.upstream import read_upstream, write_upstream
from dvox_core.checkpoints.weights import MemoryWeights
from dvox_core.data.deepvoxels_files import read_pose_folder
from dvox_core.data.importing import ImportOptions, import_capture
from dvox_core.data.loading import load_capture
from dvox_core.errors import UserError
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.model.scene import Scene
from dvox_core.recording.record import record
from dvox_core.recording.settings import RecordingSettings
from tests.helpers.fakes import FakeRenderer, fake_scene
from tests.helpers.trainers import TINY_MODEL

WRITING = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "os.truncate")
"""Audit events by which a job changes a folder; see Python's table of them."""

SCENE = fake_scene()
PATH = orbit(SCENE.start_camera, SCENE.pivot, SCENE.up_axis, seconds=0.6)


@dataclass(frozen=True)
class Job:
    """Something that writes.

    Attributes:
        target: name of what it writes, in its folder.
        write: does it; given the folder and a number that changes the content.
        content: what is there, told apart by content; raises or asserts if it is not whole.
        replaces: it may be done again where its target is.
    """

    target: str
    write: Callable[[Path, int], object]
    content: Callable[[Path], object]
    replaces: bool = True


def _record(name: str) -> Job:
    def write(folder: Path, number: int) -> None:
        path = replace(PATH, fps=10.0)
        if number:
            path = path.reversed()
        settings = RecordingSettings(size=(96, 64))
        record(FakeRenderer(SCENE), SCENE, path, settings, folder / name, overwrite=True)

    def content(target: Path) -> bytes:
        if target.is_dir():
            frames = [Image.open(path).tobytes() for path in sorted(target.iterdir())]
        else:
            with av.open(str(target)) as container:
                frames = [f.to_ndarray(format="rgb24").tobytes() for f in container.decode(video=0)]
        assert len(frames) == 6
        return b"".join(frames)

    return Job(name, write, content)


def _import(folder: Path, number: int) -> None:
    options = ImportOptions(size=128)
    import_capture(folder.parent / "source", folder / "capture", options, _ignore)


def _ignore(*rest: object) -> None:
    pass


def _capture(target: Path) -> object:
    capture = load_capture(target)
    assert (target / "import_report.txt").is_file()
    return [view.camera.camera_to_world.tobytes() for view in capture.views]


def _tiny_scene(number: int) -> Scene:
    torch.manual_seed(number)
    tensors = dict(DeepVoxels(TINY_MODEL).state_dict())
    tensors["grid"] = torch.randn(tensors["grid"].shape)
    return replace(SCENE, config=TINY_MODEL, weights=MemoryWeights(tensors))


def _scene(folder: Path, number: int) -> None:
    write_scene(folder / "scene.dvox", _tiny_scene(number))


def _checkpoint(folder: Path, number: int) -> None:
    scene = _tiny_scene(number)
    write_upstream(folder / "scene.pth", scene.voxel_config, scene.weights.load(""))


def _grid(target: Path) -> bytes:
    if target.suffix == ".pth":
        read_upstream(target)
        content = torch.load(target, weights_only=True)
        return repr({key: str(value)[:500] for key, value in content.items()}).encode()
    return open_scene(target).weights.load("grid")["grid"].numpy().tobytes()


def _path(folder: Path, number: int) -> None:
    write_path(folder / "path.json", replace(PATH, fps=10.0 + number), SCENE.intrinsics)


def _poses(folder: Path, number: int) -> None:
    write_pose_folder(folder, replace(PATH, fps=10.0 + 10 * number), overwrite=True)


JOBS = {
    "video": _record("a.mp4"),
    "pictures": _record("pictures"),
    "import": Job("capture", _import, _capture, replaces=False),
    "scene": Job("scene.dvox", _scene, _grid),
    "checkpoint": Job("scene.pth", _checkpoint, _grid),
    "path": Job("path.json", _path, lambda target: read_path(target).path.fps),
    "poses": Job("pose", _poses, lambda target: len(read_pose_folder(target))),
}

ENDED_WELL, REFUSED, WENT_WRONG = 0, 2, 3


def work(name: str, folder: Path, number: int, fault: str, at: int, told: Path) -> None:
    """Do a job; at its change number `at` of the folder the disk is full, or a kill comes.

    Tells how many changes there were, and the line that it was refused with. Ends the process.
    """
    torch.set_num_threads(1)
    changes = 0

    def watch(event: str, arguments: tuple) -> None:
        nonlocal changes
        if event not in WRITING or not _changes(event, arguments, folder):
            return
        changes += 1
        if changes == at and fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if changes >= at and fault == "full disk" and event in ("open", "os.mkdir"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    sys.addaudithook(watch)
    line, code = "", ENDED_WELL
    try:
        JOBS[name].write(folder, number)
    except UserError as error:
        line, code = str(error), REFUSED
    except BaseException as error:
        line, code = repr(error), WENT_WRONG
    told.write_text(f"{changes}\n{line}")
    os._exit(code)


def _changes(event: str, arguments: tuple, folder: Path) -> bool:
    place = arguments[0]
    if not isinstance(place, str | os.PathLike) or not str(place).startswith(str(folder)):
        return False
    if event != "open":
        return True
    flags = arguments[2]
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))
