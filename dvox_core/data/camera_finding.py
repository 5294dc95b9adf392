"""Structure from motion by pycolmap, an optional extra; runs as a process of its own.

pycolmap and Python each have an SQLite of their own: COLMAP's database must never be opened by the
other while COLMAP has it open in the same process, which then crashes now and then. So how far it
is, is read off its log and told by its callback.
"""

import contextlib
import importlib
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from PIL import Image  # sizes from files' heads

from dvox_core.child_process import Message, serve_parent
from dvox_core.data.photo_files import photos_in
from dvox_core.data.picture_choice import (
    FEWEST_PHOTOS,
    pick_sharp_frames,
    write_photos,
    written_name,
)
from dvox_core.data.video_frames import video_notes
from dvox_core.errors import CaptureError

VIDEO_FRAMES = 120
"""Frames picked from a video: the sharpest of as many equal stretches."""

NEIGHBOURS = 10
"""A frame is matched with so many after it, then with those 2ⁿ after it."""

LOOP_STEP = 6
"""Every so many-th frame is matched with every other such one: a walk comes back to its start."""

PREPARING, FEATURES, PAIR, MAPPING = 0.25, 1.0, 0.15, 1.5
"""What a picture or a pair takes in each stage, in the time that the features of a picture take.
Measured on two cores, on pictures of 320 pixels; larger ones have about the same shares."""

FEWEST_FEATURES = 200
"""A picture with fewer has too little texture to be matched."""

PERMILLE = 1000

_GLOG_INFO = 0
_PROGRESS = re.compile(rb"Process(?:ed file|ing block) \[(\d+)/(\d+)\]")
_PAIR_BASE = 2147483647
"""COLMAP's number of a pair is that of its first image times this, and that of the second."""

Tell = Callable[[Message], None]


class Stages:
    """Tells how far all stages together are."""

    def __init__(self, tell: Tell, pictures: int, pairs: int) -> None:
        self._tell = tell
        shares = (
            ("reading pictures", PREPARING * pictures),
            ("finding features", FEATURES * pictures),
            ("matching features", PAIR * pairs),
            ("finding cameras", MAPPING * pictures),
        )
        self._total = max(sum(share for _, share in shares), 1e-6)
        self._begin, self._share, before = dict[str, float](), dict(shares), 0.0
        for name, share in shares:
            self._begin[name], before = before, before + share

    def show(self, stage: str, done: int, total: int, words: str = "") -> None:
        """Tell that a stage has done so much of its work."""
        share = min(done / total, 1.0) if total else 0.0
        reached = (self._begin[stage] + share * self._share[stage]) / self._total
        text = f"{words or stage}, {done} of {total}" if total else words or stage
        self._tell({"progress": (round(PERMILLE * reached), PERMILLE, text)})


def find(path: Path, folder: Path, tell: Tell) -> None:
    """Find the cameras of photos or of a video; see `structure_from_motion.find_cameras`.

    Args:
        path: a folder of photos, or a video.
        folder: gets images/, sparse/ and, while it works, a database.
        tell: gets {"progress": (done, of, what)}, and at the end {"notes", "dropped", "count"}.

    Raises:
        CaptureError: too few pictures, or such that cannot be matched.
    """
    pycolmap = _pycolmap()
    images = folder / "images"
    images.mkdir(parents=True)
    photos = photos_in(path) if path.is_dir() else []
    notes: list[str] = []
    dropped: list[tuple[str, str]] = []
    if path.is_dir():
        if len(photos) < FEWEST_PHOTOS:
            raise CaptureError(
                f"{path}: holds {len(photos)} photos; at least {FEWEST_PHOTOS} are needed, and 50 "
                "from all around are better"
            )
        count = len(photos)
        stages = Stages(tell, count, count * (count - 1) // 2)
        blurred = write_photos(
            photos, images, lambda done, total, what: stages.show("reading pictures", done, total)
        )
        dropped += [(photos[index].name, "it is blurred") for index in blurred]
    else:
        stages = Stages(tell, VIDEO_FRAMES, len(walk_pairs(range(VIDEO_FRAMES))))
        total, count = pick_sharp_frames(
            path,
            images,
            VIDEO_FRAMES,
            lambda done, total, what: stages.show("reading pictures", done, total, what),
        )
        notes.append(f"picked the {count} sharpest of {total} frames, evenly over the video")
        notes += video_notes(path)
    names = sorted(file.name for file in images.iterdir())
    pairs = all_pairs(names) if path.is_dir() else walk_pairs(names)
    lost = _reconstruct(pycolmap, path, folder, names, pairs, stages)
    if path.is_dir():
        original = {written_name(index, photo): photo.name for index, photo in enumerate(photos)}
        lost = [(original[name], reason) for name, reason in lost]
    tell({"notes": notes, "dropped": [*dropped, *lost], "count": count})


def all_pairs(names: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Every two pictures."""
    return [(one, other) for index, one in enumerate(names) for other in names[index + 1 :]]


def walk_pairs(names: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Pictures that follow each other, and some that may show the same when a walk comes round."""
    count, pairs = len(names), set[tuple[int, int]]()
    steps = {*range(1, NEIGHBOURS + 1), *(2**n for n in range(count.bit_length()))}
    for index in range(count):
        pairs |= {(index, index + step) for step in steps if index + step < count}
    pairs |= set(all_pairs(range(0, count, LOOP_STEP)))
    return [(names[one], names[other]) for one, other in sorted(pairs)]


def _reconstruct(
    pycolmap: ModuleType,
    path: Path,
    folder: Path,
    names: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    stages: Stages,
) -> list[tuple[str, str]]:
    """Structure from motion over the pictures of folder/images.

    Returns:
        (name, reason) of each picture without a camera in the largest model.
    """
    images, database, sparse = folder / "images", folder / "database.db", folder / "sparse"
    sparse.mkdir()
    one_camera = len({Image.open(images / name).size for name in names}) == 1
    mode = pycolmap.CameraMode.SINGLE if one_camera else pycolmap.CameraMode.PER_IMAGE
    reader = pycolmap.ImageReaderOptions()
    reader.camera_model = "OPENCV" if one_camera else "SIMPLE_RADIAL"
    stages.show("finding features", 0, len(names))
    with watch_log(pycolmap, lambda done, total: stages.show("finding features", done, total)):
        pycolmap.extract_features(
            database, images, camera_mode=mode, reader_options=reader, device=pycolmap.Device.cpu
        )
    pairing = pycolmap.ImportedPairingOptions()
    pairing.match_list_path = str(folder / "pairs.txt")
    pairing.block_size = max(8, len(pairs) // 200)
    text = "".join(f"{one} {other}\n" for one, other in pairs)
    (folder / "pairs.txt").write_text(text, encoding="utf-8")
    size = pairing.block_size

    def show_matched(block: int, _: int) -> None:
        stages.show("matching features", min((block - 1) * size, len(pairs)), len(pairs))

    stages.show("matching features", 0, len(pairs))
    with watch_log(pycolmap, show_matched):
        pycolmap.match_image_pairs(database, pairing_options=pairing, device=pycolmap.Device.cpu)
    (folder / "pairs.txt").unlink()
    registered = 2

    def show_registered() -> None:
        nonlocal registered
        registered = min(registered + 1, len(names))
        stages.show("finding cameras", registered, len(names))

    stages.show("finding cameras", 0, len(names))
    with watch_log(pycolmap, lambda done, total: None):
        models: dict[int, Any] = pycolmap.incremental_mapping(
            database, images, sparse, next_image_callback=show_registered
        )
    best = max(models.values(), key=lambda model: model.num_reg_images(), default=None)
    found = set() if best is None else {best.images[i].name for i in best.reg_image_ids()}
    if len(found) < FEWEST_PHOTOS:
        raise CaptureError(
            f"{path}: the pictures cannot be matched ({len(found)} of {len(names)} found a "
            "camera); take more pictures of a scene with texture, each overlapping the last by "
            "two thirds"
        )
    lost = _reasons(pycolmap, database, [name for name in names if name not in found])
    for file in folder.glob("database.db*"):
        file.unlink()
    return lost


def _reasons(pycolmap: ModuleType, database: Path, names: Sequence[str]) -> list[tuple[str, str]]:
    """Why pictures have no camera, from what COLMAP found in them; it works no more by now."""
    if not names:
        return []
    open_database = pycolmap.Database.open(database)
    numbers = {image.name: image.image_id for image in open_database.read_all_images()}
    features = {name: open_database.num_keypoints_for_image(numbers[name]) for name in names}
    matched: set[int] = set()
    for pair, inliers in zip(*open_database.read_two_view_geometry_num_inliers(), strict=True):
        if inliers > 0:
            second = pair % _PAIR_BASE
            matched |= {second, (pair - second) // _PAIR_BASE}
    open_database.close()
    reasons = []
    for name in names:
        if features[name] < FEWEST_FEATURES:
            reason = "it shows too little texture"
        elif numbers[name] not in matched:
            reason = "it shows nothing that another picture shows"
        else:
            reason = "it overlaps too little with the others"
        reasons.append((name, reason))
    return reasons


@contextlib.contextmanager
def watch_log(pycolmap: ModuleType, report: Callable[[int, int], None]) -> Iterator[None]:
    """Tells the counts in COLMAP's log, which goes to standard error, while it is written.

    Warnings and errors are handed on; the rest is chatter.
    """
    reading, writing = os.pipe()
    standard_error = os.dup(2)
    os.dup2(writing, 2)
    os.close(writing)

    def read() -> None:
        with os.fdopen(reading, "rb") as stream:
            for line in stream:
                match = _PROGRESS.search(line)
                if match:
                    report(int(match[1]), int(match[2]))
                elif line[:1] != b"I":
                    os.write(standard_error, line)

    reader = threading.Thread(target=read, name="COLMAP's log", daemon=True)
    reader.start()
    former = pycolmap.logging.logtostderr, pycolmap.logging.minloglevel
    pycolmap.logging.logtostderr, pycolmap.logging.minloglevel = True, _GLOG_INFO
    try:
        yield
    finally:
        pycolmap.logging.logtostderr, pycolmap.logging.minloglevel = former
        os.dup2(standard_error, 2)  # closes the pipe's last end, so that reading ends
        reader.join()
        os.close(standard_error)


def _pycolmap() -> ModuleType:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    module = importlib.import_module("pycolmap")
    if threading.current_thread() is threading.main_thread():
        # COLMAP's logging takes SIGTERM for a crash and would print a stack trace.
        for number, handler in handlers.items():
            if handler is not None:
                signal.signal(number, handler)
    return module


def _serve(request: Message, tell: Tell) -> None:
    find(Path(request["path"]), Path(request["folder"]), tell)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C ends the parent, and it ends this
    sys.exit(serve_parent(_serve))
