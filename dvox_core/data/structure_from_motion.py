"""Cameras of photos or of a video: found in a process of its own, kept, and offered again."""

import hashlib
import importlib.util
import json
import shutil
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dvox_core.atomic_files import atomic_folder
from dvox_core.child_process import Message, ProcessEndedError, run_in_child_process
from dvox_core.data.colmap import read_model
from dvox_core.data.masks import with_masks
from dvox_core.data.photo_files import photos_in
from dvox_core.data.picture_choice import NUMBER_LENGTH
from dvox_core.data.source import Dropped, Progress, Source, SourceView
from dvox_core.errors import CaptureError, UserError
from dvox_core.fact_cache import cache_folder
from dvox_core.program import install_command
from dvox_core.safe_names import safe_file_name

NICENESS = 5
"""COLMAP takes all cores for minutes; whoever waits for it wants to go on working meanwhile."""

FINDER = "dvox_core.data.camera_finding"
METHOD = 1
"""Counts up when cameras are found in another way, so that none found before are offered."""

KEPT = 12
"""Sources whose cameras are kept; their pictures take some 40 MB each."""

LOST_SHARE = 1 / 3
"""With a larger share of pictures without a camera, the scene is not what was photographed."""

FACTS = "found.json"


def cameras_of(
    path: Path, files: Sequence[Path], format_name: str, workspace: Path, progress: Progress
) -> Source:
    """The cameras of photos or of a video: those found before where there are any.

    Args:
        path: a folder of photos, or a video.
        files: what they are told by: if one of them changes, cameras are found anew.
        format_name: of the source.
        workspace: an empty folder, used where the user's cache cannot be written.
        progress: called as work goes on and at least ten times a second, in thousandths of all of
            it; may raise `Cancelled`, which ends the work at once.

    Raises:
        CaptureError: too few pictures, such that cannot be matched, or no COLMAP.
    """
    kept = kept_folder(path, files)
    if (kept / FACTS).is_file():
        with suppress(CaptureError, OSError, ValueError, KeyError):
            (kept / FACTS).touch()  # the oldest are forgotten first
            return _read(path, kept, format_name, found_before=True)
        shutil.rmtree(kept, ignore_errors=True)
    try:
        with atomic_folder(kept, overwrite=True) as folder:
            find_cameras(path, folder, progress)
    except CaptureError:
        raise
    except UserError:  # the cache cannot be written
        kept = workspace / "cameras"
        kept.mkdir(parents=True)
        find_cameras(path, kept, progress)
    _forget_oldest(kept.parent)
    return _read(path, kept, format_name, found_before=False)


def kept_folder(path: Path, files: Sequence[Path]) -> Path:
    """Where cameras of a source are kept, by its place and its files."""
    stamps = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    text = json.dumps([METHOD, str(path.resolve()), stamps])
    digest = hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
    return cache_folder() / "cameras" / digest


def forget_cameras(path: Path, files: Sequence[Path]) -> None:
    """Have the cameras of a source found anew the next time; until then its pictures stay."""
    with suppress(OSError):
        (kept_folder(path, files) / FACTS).unlink(missing_ok=True)


def find_cameras(path: Path, folder: Path, progress: Progress) -> None:
    """Find the cameras of photos or a video; `folder` becomes a COLMAP capture that import reads.

    Args:
        path: a folder of photos, or a video.
        folder: empty; gets images/, sparse/ and found.json.
        progress: see `cameras_of`.

    Raises:
        CaptureError: too few pictures, such that cannot be matched, or no COLMAP.
    """
    if importlib.util.find_spec("pycolmap") is None:
        raise CaptureError(
            "photos and videos need COLMAP to find their cameras, which is not installed; "
            f"run: {install_command('pycolmap')}"
        )
    state: tuple[int, int, str] = (0, 0, "starting")
    facts: dict[str, Any] = {}

    def receive(message: Message) -> None:
        nonlocal state
        if "progress" in message:
            done, total, what = message["progress"]
            state = (int(done), int(total), str(what))
        elif "dropped" in message:
            facts.update(message)

    request = {"path": str(path.resolve()), "folder": str(folder.resolve())}
    try:
        run_in_child_process(FINDER, request, receive, lambda: progress(*state), NICENESS)
    except ProcessEndedError as error:
        raise CaptureError(f"{path}: {_ended(error)}; run the same again") from error
    except UserError as error:
        raise CaptureError(str(error)) from error
    facts["at"] = datetime.now(UTC).isoformat()
    (folder / FACTS).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def _read(path: Path, folder: Path, format_name: str, *, found_before: bool) -> Source:
    facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    source = read_model(folder, [folder / "images"])
    is_video = path.is_file()
    views = source.views
    if not is_video:
        views = tuple(replace(view, name=view.name[NUMBER_LENGTH:] or view.name) for view in views)
    notes = [*map(str, facts["notes"]), *source.notes]
    if not is_video:
        views, mask_notes = _with_masks_of(path, views)
        notes += mask_notes
    dropped = tuple(
        Dropped(name, folder / "images" / name if is_video else _photo(path, name), reason)
        for name, reason in facts["dropped"]
    )
    if found_before:
        day = datetime.fromisoformat(facts["at"]).astimezone().strftime("%Y-%m-%d %H:%M")
        notes.insert(0, f"the cameras that were found on {day} are used")
    notes += [f"left out: {one.name}, as {one.reason}" for one in dropped[:3]]
    if len(dropped) > 3:
        notes.append(f"left out: {len(dropped) - 3} more pictures")
    count = int(facts["count"])
    lost, warning = len(dropped), ""
    if lost > LOST_SHARE * count:
        warning = (
            f"{lost} of {count} pictures could not be matched; the scene will show only what the "
            f"other {count - lost} saw"
        )
    return replace(
        source,
        format_name=format_name,
        views=views,
        notes=tuple(notes),
        dropped=dropped,
        cameras_from=folder,
        warning=warning,
    )


def _with_masks_of(
    path: Path, views: Sequence[SourceView]
) -> tuple[tuple[SourceView, ...], list[str]]:
    """The views with the masks that lie beside the photos that they were made of."""
    photos = {safe_file_name(photo.stem): photo for photo in photos_in(path)}
    originals = [
        replace(view, picture_path=photos.get(view.name, view.picture_path)) for view in views
    ]
    masked, notes = with_masks(originals, [path])
    return (
        tuple(
            replace(view, mask_path=original.mask_path)
            for view, original in zip(views, masked, strict=True)
        ),
        notes,
    )


def _photo(path: Path, name: str) -> Path:
    return path / name if (path / name).is_file() else path / "images" / name


def _ended(error: ProcessEndedError) -> str:
    """What is known of a process that ended by itself, and nothing else."""
    how = f"with exit code {error.code}"
    if error.code < 0:
        with suppress(ValueError):
            how = f"by {signal.Signals(-error.code).name}"
    last = error.output.splitlines()[-1:]
    said = f", its last words: {last[0][:200]}" if last else ""
    return f"the process that looked for the cameras was ended {how}{said}"


def _forget_oldest(folder: Path) -> None:
    with suppress(OSError):
        kept = sorted(folder.glob(f"*/{FACTS}"), key=lambda file: file.stat().st_mtime)
        for file in kept[:-KEPT]:
            shutil.rmtree(file.parent, ignore_errors=True)
