"""Opens what a bookmark stands for: a scene there, or a training run's, with a copy of its log."""

from collections.abc import Callable
from pathlib import Path

from dvox_core.model.scene import Scene
from dvox_core.remote.bookmarks import read_bookmark
from dvox_core.remote.link import LINKS, LinkPool
from dvox_core.remote.run_mirror import begin_mirror
from dvox_core.remote.scene import open_remote_scene

Progress = Callable[[float, str], None]


def open_bookmark(
    path: Path, progress: Progress = lambda share, text: None, links: LinkPool = LINKS
) -> Scene:
    """Open the scene that a bookmark stands for.

    A training run's is found by its folder; its scene then has the path of the bookmark in the
    run's copy on this machine, which `begin_mirror` makes.

    Raises:
        UserError: it cannot be reached or opened; the line says what to do.
        Cancelled: `progress` said so.
    """
    bookmark = read_bookmark(path)
    host = bookmark.address.reached_by(bookmark.remote_python)
    progress(0.0, f"Connecting to {host.name}")
    lease = links.lease(host)
    try:
        of_run = begin_mirror(lease.link, bookmark, path)
        return open_remote_scene(
            bookmark.address, bookmark.remote_python, progress, path=of_run or path, links=links
        )
    finally:
        lease.release()
