"""Photos and videos without cameras: structure from motion by pycolmap, an optional extra."""

import contextlib
import importlib
import signal
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image  # sizes from files' heads, and resizing; pictures.py says why not imageio
from scipy import ndimage

from dvox_core.data.colmap import read_model
from dvox_core.data.deepvoxels_files import list_files
from dvox_core.data.pictures import PICTURE_ENDINGS, open_picture
from dvox_core.data.source import Progress, Source
from dvox_core.data.video_frames import video_frames, video_notes
from dvox_core.errors import Cancelled, CaptureError

VIDEO_ENDINGS = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".gif")
VIDEO_FRAMES = 120
"""Frames picked from a video: the sharpest of as many equal stretches."""

LARGEST_SIDE = 1600
"""Photos are shrunk to this many pixels for matching and for import; more gains nothing."""

FEWEST_PHOTOS = 3

COUNT_SECONDS = 0.5
"""Between two looks at how far COLMAP is."""

_GLOG_ERROR = 2


class PhotoFolder:
    """A folder of photos from all around, of one camera or several."""

    name = "photos"

    def recognises(self, path: Path) -> bool:
        """Whether the folder, or images/ in it, holds pictures."""
        return path.is_dir() and bool(_photos(path))

    def read(self, path: Path, workspace: Path, progress: Progress) -> Source:
        """Turn the photos upright and find their cameras."""
        pycolmap = _pycolmap()
        photos = _photos(path)
        if len(photos) < FEWEST_PHOTOS:
            raise CaptureError(
                f"{path}: holds {len(photos)} photos; at least {FEWEST_PHOTOS} are needed, and 50 "
                "from all around are better"
            )
        folder = workspace / "images"
        folder.mkdir(parents=True)
        for index, photo in enumerate(photos):
            progress(index, len(photos), "reading photos")
            picture = _shrunk(open_picture(photo))
            picture.save(folder / f"{index:05d}_{photo.stem}.jpg", quality=95)
        sizes = {Image.open(file).size for file in folder.iterdir()}
        source = _find_cameras(pycolmap, path, folder, workspace, len(sizes) == 1, progress)
        return replace(
            source,
            format_name=self.name,
            views=tuple(replace(view, name=view.name[6:] or view.name) for view in source.views),
        )


class Video:
    """A video taken while walking around the scene."""

    name = "video"

    def recognises(self, path: Path) -> bool:
        """Whether the file's ending is a video's."""
        return path.is_file() and path.suffix.lower() in VIDEO_ENDINGS

    def read(self, path: Path, workspace: Path, progress: Progress) -> Source:
        """Pick sharp frames and find their cameras."""
        pycolmap = _pycolmap()
        folder = workspace / "images"
        folder.mkdir(parents=True)
        total, picked = pick_sharp_frames(path, folder, VIDEO_FRAMES, progress)
        source = _find_cameras(pycolmap, path, folder, workspace, True, progress)
        note = f"picked the {picked} sharpest of {total} frames, evenly over the video"
        notes = (note, *video_notes(path), *source.notes)
        return replace(source, format_name=self.name, notes=notes)


def pick_sharp_frames(path: Path, folder: Path, count: int, progress: Progress) -> tuple[int, int]:
    """Write the sharpest frame of each of `count` equal stretches of a video as a JPEG.

    Returns:
        (frames of the video, frames written).

    Raises:
        CaptureError: no video that can be decoded, or one with too few frames.
    """
    sharpness = []
    for index, frame in enumerate(video_frames(path)):
        progress(index, 0, "looking for sharp frames")
        sharpness.append(frame_sharpness(frame))
    total = len(sharpness)
    if total < FEWEST_PHOTOS:
        raise CaptureError(
            f"{path}: has {total} frames; film slowly around the scene, for 20 seconds or more"
        )
    stretches = np.array_split(np.arange(total), min(count, total))
    chosen = {int(part[np.argmax(np.array(sharpness)[part])]) for part in stretches}
    for index, frame in enumerate(video_frames(path)):
        if index in chosen:
            progress(index, total, "writing sharp frames")
            picture = _shrunk(Image.fromarray(frame))
            picture.save(folder / f"frame{index:06d}.jpg", quality=95)
    return total, len(chosen)


def frame_sharpness(frame: NDArray[np.uint8]) -> float:
    """Variance of the Laplacian of a picture [H, W, 3], shrunk to about 500 pixels."""
    step = max(1, max(frame.shape[:2]) // 500)
    grey = Image.fromarray(frame).convert("L").reduce(step)
    return float(ndimage.laplace(np.asarray(grey, dtype=np.float32)).var())


def _find_cameras(
    pycolmap: ModuleType,
    path: Path,
    folder: Path,
    workspace: Path,
    one_camera: bool,
    progress: Progress,
) -> Source:
    """Structure from motion over the pictures of `folder`; the largest model found."""
    database = workspace / "database.db"
    sparse = workspace / "sparse"
    sparse.mkdir()
    mode = pycolmap.CameraMode.SINGLE if one_camera else pycolmap.CameraMode.PER_IMAGE
    reader = pycolmap.ImageReaderOptions()
    reader.camera_model = "OPENCV" if one_camera else "SIMPLE_RADIAL"
    count = len(list(folder.iterdir()))
    registered = 2
    progress(0, count, f"finding features in {count} pictures")

    def count_registered() -> None:
        nonlocal registered
        registered = min(registered + 1, count)
        with contextlib.suppress(Cancelled):  # COLMAP would not survive it
            progress(registered, count, "finding cameras")

    with _quiet(pycolmap):
        with _counting(database, "keypoints", count, "finding features", progress):
            pycolmap.extract_features(
                database,
                folder,
                camera_mode=mode,
                reader_options=reader,
                device=pycolmap.Device.cpu,
            )
        pairs = count * (count - 1) // 2
        progress(0, pairs, "matching features")
        with _counting(database, "two_view_geometries", pairs, "matching features", progress):
            pycolmap.match_exhaustive(database, device=pycolmap.Device.cpu)
        progress(0, count, "finding cameras")
        models: dict[int, Any] = pycolmap.incremental_mapping(
            database, folder, sparse, next_image_callback=count_registered
        )
    best = max((model.num_reg_images() for model in models.values()), default=0)
    if best < FEWEST_PHOTOS:
        raise CaptureError(
            f"{path}: the pictures cannot be matched ({best} of {count} found a camera); take more "
            "pictures of a scene with texture, each overlapping the last by two thirds"
        )
    source = read_model(workspace, [folder])
    lost = count - len(source.views)
    if not lost:
        return source
    note = f"{lost} of {count} pictures could not be matched and are left out"
    return replace(source, notes=(*source.notes, note))


@contextlib.contextmanager
def _counting(
    database: Path, table: str, total: int, what: str, progress: Progress
) -> Iterator[None]:
    """Tells the growing number of a table's rows while COLMAP, which tells nothing, fills it."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(COUNT_SECONDS):
            with contextlib.suppress(sqlite3.Error, Cancelled):
                with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as d:
                    (rows,) = d.execute(f"SELECT COUNT(*) FROM {table}").fetchone()
                progress(min(rows, total), total, what)

    watcher = threading.Thread(target=watch, name=what, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


@contextlib.contextmanager
def _quiet(pycolmap: ModuleType) -> Iterator[None]:
    """Keeps COLMAP's chatter off the terminal; errors still show."""
    level = pycolmap.logging.minloglevel
    pycolmap.logging.minloglevel = _GLOG_ERROR
    try:
        yield
    finally:
        pycolmap.logging.minloglevel = level


def _pycolmap() -> ModuleType:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        module = importlib.import_module("pycolmap")
    except ImportError as error:
        raise CaptureError(
            "photos and videos need COLMAP to find their cameras, which is not installed; "
            "run: pip install 'dvox[photos]'"
        ) from error
    if threading.current_thread() is threading.main_thread():
        # COLMAP's logging takes SIGTERM for a crash and would print a stack trace.
        for number, handler in handlers.items():
            if handler is not None:
                signal.signal(number, handler)
    return module


def _photos(path: Path) -> list[Path]:
    for folder in (path, path / "images"):
        if folder.is_dir():
            found = list_files(folder, PICTURE_ENDINGS)
            if found:
                return found
    return []


def _shrunk(picture: Image.Image) -> Image.Image:
    copy = picture.copy()
    copy.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.LANCZOS)
    return copy
