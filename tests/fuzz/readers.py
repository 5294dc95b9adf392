"""Every reader with files that it reads: small ones, as breaking and reading them is the work."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

from dvox_core.camera_paths.curve import curve_of
from dvox_core.camera_paths.files import read_path, write_path
from dvox_core.camera_paths.path import CameraPath, Keyframe
from dvox_core.checkpoints.opening import open_scene
from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.checkpoints.upstream import write_upstream
from dvox_core.data.deepvoxels_files import read_intrinsics, read_pose
from dvox_core.data.formats import recognise
from dvox_core.data.importing import ImportOptions, plan_import
from dvox_core.data.lens import Lens
from dvox_core.data.loading import load_capture
from dvox_core.data.pictures import open_picture, picture_info, with_mask
from dvox_core.data.ply import read_ply_points
from dvox_core.data.survey import survey_source
from dvox_core.data.video_frames import video_frames, video_notes
from dvox_core.errors import UserError
from dvox_core.inspection.edit_files import read_edits
from dvox_core.model.config import ModelConfig
from dvox_core.model.scene import Scene
from dvox_core.recording.description import read_recorded_path
from dvox_core.training.config import TrainingConfig
from dvox_core.training.run import events
from dvox_core.training.run.event_text import event_text
from dvox_core.training.run.history import RunHistory
from dvox_core.training.run.launch import read_run_config
from dvox_core.training.run.run_capture import CaptureFingerprint, RunCapture
from dvox_core.training.run.run_config import RunConfig, RunOptions
from dvox_core.training.run.run_directory import LogReader, LogWriter, RunDirectory, counted_events
from dvox_core.training.run.snapshot_scene import open_snapshot
from dvox_core.training.run.status import Status, status_after
from tests.core.data.capture_makers import (
    make_colmap,
    make_layout,
    make_transforms,
    ring_of_cameras,
)
from tests.fuzz import mutations, remote_readers
from tests.fuzz.mutations import Mutation
from tests.helpers.scenes import orbit_cameras, random_scene

TINY = ModelConfig(image_size=128, grid_size=4, features=2, base_channels=2)
LENS = Lens(16, 16, 22.0, 22.0, 8.0, 8.0)


@dataclass(frozen=True)
class Reader:
    """A reader under test.

    Attributes:
        make: writes good files into an empty folder; each is broken in turn.
        read: reads what lies in the folder, as the program would.
        kinds: ending → how such files are broken; others stay whole.
        every: it has its turn in every so many-th round, for slow ones.
    """

    make: Callable[[Path], object]
    read: Callable[[Path], object]
    kinds: Mapping[str, tuple[Mutation, ...]]
    every: int = 1


def _quiet(done: int, total: int, what: str) -> None:
    """Nobody watches."""


def _plan(folder: Path) -> None:
    """All that an import decides, without the pictures themselves."""
    source = recognise(folder).read(folder, folder, _quiet)
    plan_import(folder, source, survey_source(source), ImportOptions(size=32))


def _transforms(folder: Path) -> None:
    make_transforms(folder, ring_of_cameras(4), LENS)
    file = folder / "transforms.json"
    content = json.loads(file.read_text())
    content |= {"train_filenames": ["images/0001.png"], "camera_model": "OPENCV", "k3": 0.0}
    content["frames"][1] |= {"fl_x": 21.0, "mask_path": "images/0000.png"}
    file.write_text(json.dumps(content))


def _colmap(folder: Path) -> None:
    make_colmap(folder, ring_of_cameras(4), LENS, points=np.eye(3))


def _colmap_text(folder: Path) -> None:
    make_colmap(folder, ring_of_cameras(4), LENS, binary=False, points=np.eye(3))


def _ply(folder: Path) -> None:
    head = "ply\nformat {} 1.0\nelement vertex 2\n" + "".join(
        f"property float {axis}\n" for axis in "xyz"
    )
    (folder / "text.ply").write_text(head.format("ascii") + "end_header\n1 2 3\n4 5 6\n")
    (folder / "binary.ply").write_bytes(
        (head.format("binary_little_endian") + "end_header\n").encode()
        + np.arange(6, dtype="<f4").tobytes()
    )


def _pictures(folder: Path) -> None:
    values = np.random.default_rng(0).integers(0, 255, (12, 16, 4), dtype=np.uint8)
    picture = Image.fromarray(values)
    for name in ("a.png", "a.webp", "a.tif"):
        picture.save(folder / name)
    for name in ("a.jpg", "a.bmp"):
        exif = Image.Exif()
        exif[0x0112] = 6
        picture.convert("RGB").save(folder / name, exif=exif)
    Image.fromarray(values[..., 0].astype(np.uint16) * 200).save(folder / "deep.png")


def _each_picture(folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        picture_info(path)
        with_mask(open_picture(path), path, "white", 6)


def _scene() -> Scene:
    scene = random_scene(TINY)
    tensors = {
        name: tensor
        for name, tensor in scene.weights.load("").items()
        if not name.startswith(("feature_extractor.", "discriminator."))
    }
    return replace(scene, weights=type(scene.weights)(tensors))


def _dvox(folder: Path) -> None:
    write_scene(folder / "scene.dvox", _scene(), rendering_only=True)


def _authors(folder: Path) -> dict[str, torch.Tensor]:
    scene = random_scene(TINY)
    write_upstream(folder / "model.pth", scene.config, scene.weights.load(""))
    (folder / "intrinsics.txt").write_text("150 64 64 0\n0 0 0\n1\n1.1\n128 128\n")
    stored = torch.load(folder / "model.pth", weights_only=True)
    (folder / "model.pth").unlink()
    model: dict[str, torch.Tensor] = stored["model"]
    return model


def _zipped(folder: Path) -> None:
    torch.save({"model": _authors(folder)}, folder / "model.pth")


def _old(folder: Path) -> None:
    model = {"model": _authors(folder)}
    torch.save(model, folder / "model.pth", _use_new_zipfile_serialization=False)


def _safetensors(folder: Path) -> None:
    save_file(
        {name: tensor.clone() for name, tensor in _authors(folder).items()},
        folder / "model.safetensors",
    )


def _open(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name != "intrinsics.txt":
            open_scene(path).weights.load("")


def _paths(folder: Path) -> None:
    cameras = orbit_cameras(3)
    path = CameraPath(tuple(Keyframe(camera, float(i)) for i, camera in enumerate(cameras)))
    write_path(folder / "own.json", path, random_scene(TINY).intrinsics)
    content = json.loads((folder / "own.json").read_text())
    del content["dvox"], content["fps"]
    (folder / "nerfstudio.json").write_text(json.dumps(content))
    (folder / "dataparser_transforms.json").write_text(
        json.dumps({"transform": np.eye(4)[:3].tolist(), "scale": 0.5})
    )
    ngp = [{"R": [0, 0, 0, 1], "T": [0.1 * i, 0, 0], "fov": 50, "timestamp": i} for i in (1, 2, 3)]
    (folder / "ngp.json").write_text(json.dumps({"path": ngp, "duration_seconds": 3}))
    cameras_json = [
        {"position": camera.position.tolist(), "rotation": camera.rotation.tolist(), "fy": 9.0,
         "height": 10}
        for camera in cameras
    ]  # fmt: skip
    (folder / "cameras.json").write_text(json.dumps(cameras_json))


def _each_path(folder: Path) -> None:
    for file in sorted(folder.iterdir()):
        if file.name != "dataparser_transforms.json":
            curve_of(read_path(file).path).frames()


def _edits(folder: Path) -> None:
    edits = [
        {"action": "zero", "box": {"lower": [0, 0, 0], "upper": [2, 2, 2]}},
        {"action": "noise", "voxels": [1, 5], "seed": 3},
    ]
    content = {
        "format": "dvox edits", "version": 1, "scene": "random", "grid_size": 4,
        "occlusion": {"kind": "temperature", "value": 0.5}, "inpainting": "again", "edits": edits,
    }  # fmt: skip
    from dvox_core.inspection import edit_files

    content["format"], content["version"] = edit_files.FORMAT, edit_files.VERSION
    (folder / "a.edits.json").write_text(json.dumps(content))


def _read_edits(folder: Path) -> None:
    read_edits(folder / "a.edits.json", _EDITED)


_EDITED = random_scene(TINY)


def _video(folder: Path) -> None:
    import av

    with av.open(str(folder / "video.mp4"), "w") as container:
        container.metadata["comment"] = json.dumps({"path": {"keyframes": [], "camera_path": []}})
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for shade in (0, 200):
            frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), shade, np.uint8), "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _each_frame(folder: Path) -> None:
    path = folder / "video.mp4"
    video_notes(path)
    for _ in video_frames(path):
        pass
    read_recorded_path(path)


def _run(folder: Path) -> None:
    directory = RunDirectory(folder)
    config = RunConfig(Path("capture"), TINY, TrainingConfig(), RunOptions(steps=9))
    directory.write_config(config.to_json())
    directory.write_status(Status("training", pid=1, step=4, losses={"l1": 0.5}, psnr=20.0))
    RunCapture(CaptureFingerprint("a", "b", "c", "d"), ("0001.png",)).write(directory)
    log = LogWriter(directory.log_path)
    for event in (
        events.Started(0, False, "cpu"),
        events.StepDone(1, 1.0, 0.1, None, 0.5, 4e-4, 90.0, 11.0, 1.5),
        events.StageBegan(1, "field"),
        events.Validated(
            2, 20.5, 0.8, ({"name": "a", "psnr": 20.5, "ssim": 0.8},), "previews/a.png", "v",
            {"grid": {"mean": 0.1, "median": 0.1, "high": 0.4, "max": 2.0}},
        ),
        events.SnapshotSaved(2, "snapshots/a.pt"),
        events.SceneWritten(2, "scene.dvox"),
        events.RolledBack(1, 2, 0.5, "not finite"),
        events.LearningRateScaled(1, 0.5),
        events.Noted(2, "a note"),
        events.Failed(3, "a fault"),
        events.Stopped(4, "asked"),
    ):  # fmt: skip
        log.write(event)
    log.close()
    lines = directory.log_path.read_text()
    directory.log_path.write_text(re.sub(r'"time": [0-9.]+', '"time": 1.5', lines))


def _read_run(folder: Path) -> None:
    """All that the command line and the window ask of a run, though one of its files be broken."""
    directory = RunDirectory(folder)
    problems = []
    for read in (lambda: read_run_config(directory), lambda: RunCapture.read(directory)):
        try:
            read()
        except UserError as error:
            problems.append(error)
    directory.read_status()
    found = LogReader(directory.log_path).new_events()
    history, status = RunHistory(), Status()
    history.add(counted_events(found))
    for event in found:
        event_text(event)
        status = status_after(status, event)
    for name in history.names:
        history.curve(name).smoothed(0.5)
        history.curve(name).thinned(2)
    if problems:
        raise problems[0]


def _snapshot(folder: Path) -> None:
    scene = _scene()
    write_scene(folder / "scene.dvox", scene, rendering_only=True)
    trainer = {
        "recipe": "direct", "model_config": TINY.to_json(), "step": 4, "rate_scale": 1.0,
        "model": dict(scene.weights.load("")), "average": None,
    }  # fmt: skip
    run = {"elapsed_seconds": 1.5, "scored_step": 4, "score_db": 20.0}
    RunDirectory(folder).write_config(RunConfig(Path("capture"), TINY, TrainingConfig()).to_json())
    RunDirectory(folder).snapshots().save(4, {"trainer": trainer, "run": run})


def _read_snapshot(folder: Path) -> None:
    snapshots = RunDirectory(folder).snapshots()
    snapshots.newest()
    for snapshot in snapshots.all():
        open_snapshot(snapshot.path).weights.load("")


_MESSAGES = {".bin": mutations.BYTES, ".jsonl": mutations.LINES}

READERS: Mapping[str, Reader] = {
    "layout": Reader(
        lambda folder: make_layout(folder / "capture", ring_of_cameras(4), LENS),
        lambda folder: (load_capture(folder / "capture"), _plan(folder / "capture")),
        {".txt": mutations.TEXT},
    ),
    "pose": Reader(
        lambda folder: (folder / "pose.txt").write_text("1 0 0 0 0 1 0 0 0 0 1 -2 0 0 0 1"),
        lambda folder: read_pose(folder / "pose.txt"),
        {".txt": mutations.TEXT},
    ),
    "intrinsics": Reader(
        lambda folder: (folder / "i.txt").write_text("150 64 64 0\n0 0 0\n1\n1.1\n128 128\n0\n"),
        lambda folder: read_intrinsics(folder / "i.txt"),
        {".txt": mutations.TEXT},
    ),
    "transforms": Reader(_transforms, _plan, {".json": mutations.JSON}),
    "colmap": Reader(_colmap, _plan, {".bin": mutations.BYTES}),
    "colmap_text": Reader(_colmap_text, _plan, {".txt": mutations.TEXT}),
    "ply": Reader(
        _ply,
        lambda folder: [read_ply_points(path) for path in sorted(folder.iterdir())],
        {".ply": mutations.TEXT},
    ),
    "pictures": Reader(
        _pictures,
        _each_picture,
        dict.fromkeys((".png", ".jpg", ".webp", ".tif", ".bmp"), mutations.BYTES),
    ),
    "scene": Reader(_dvox, _open, {".dvox": mutations.TENSORS}, 2),
    "checkpoint": Reader(_zipped, _open, {".pth": mutations.ZIP, ".txt": mutations.TEXT}, 20),
    "old_checkpoint": Reader(_old, _open, {".pth": mutations.BYTES}, 10),
    "safetensors": Reader(_safetensors, _open, {".safetensors": mutations.TENSORS}, 10),
    "camera_path": Reader(_paths, _each_path, {".json": mutations.JSON}),
    "edits": Reader(_edits, _read_edits, {".json": mutations.JSON}),
    "run": Reader(_run, _read_run, {".json": mutations.JSON, ".jsonl": mutations.LINES}),
    "snapshot": Reader(
        _snapshot, _read_snapshot, {".pt": mutations.ZIP, ".json": mutations.JSON}, 20
    ),
    "remote_requests": Reader(
        remote_readers.write_requests, remote_readers.read_requests, _MESSAGES, 2
    ),
    "remote_answers": Reader(remote_readers.write_answers, remote_readers.read_answers, _MESSAGES),
    "video": Reader(_video, _each_frame, {".mp4": mutations.BYTES}),
}
"""Every reader, by the name of its folder of finds."""
