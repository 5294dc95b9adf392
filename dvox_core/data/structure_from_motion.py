"""Finds the cameras of photos or of a video in a process of its own, which can be cancelled."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dvox_core.child_process import Message, ProcessEndedError, run_in_child_process, serve_parent
from dvox_core.data.colmap import ColmapModel
from dvox_core.data.formats import recognise
from dvox_core.data.source import Progress, Source
from dvox_core.errors import CaptureError

NICENESS = 5
"""COLMAP takes all cores for minutes; whoever waits for it wants to go on working meanwhile."""


def find_cameras(path: Path, folder: Path, progress: Progress) -> Source:
    """Find the cameras of photos or a video; `folder` becomes a COLMAP capture that import reads.

    Args:
        path: a folder of photos, or a video.
        folder: empty; gets images/ and sparse/.
        progress: called as work goes on and at least ten times a second; may raise `Cancelled`,
            which ends the work at once.

    Raises:
        CaptureError: too few pictures, or such that cannot be matched.
    """
    state: tuple[int, int, str] = (0, 0, "starting")
    notes: tuple[str, ...] = ()

    def receive(message: Message) -> None:
        nonlocal state, notes
        if "progress" in message:
            done, total, what = message["progress"]
            state = (int(done), int(total), str(what))
        notes = tuple(message.get("notes", notes))

    request = {"path": str(path), "folder": str(folder)}
    try:
        run_in_child_process(__spec__.name, request, receive, lambda: progress(*state), NICENESS)
    except ProcessEndedError as error:
        raise CaptureError(
            f"{path}: looking for the cameras ended in a crash (code {error.code}), perhaps for "
            "want of memory; try fewer or smaller pictures"
        ) from error
    source = ColmapModel().read(folder, folder, progress)
    return replace(source, notes=notes or source.notes)


def _work(request: Message, tell: Callable[[Message], None]) -> None:
    path, folder = Path(request["path"]), Path(request["folder"])

    def show(done: int, total: int, what: str) -> None:
        tell({"progress": (done, total, what)})

    source = recognise(path).read(path, folder, show)
    tell({"notes": source.notes})


if __name__ == "__main__":
    sys.exit(serve_parent(_work))
