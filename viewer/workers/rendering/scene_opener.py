"""Opens scenes with the renderer they need."""

from pathlib import Path

from dvox_core.model.scene import Scene
from viewer.workers.background.operation import Progress
from viewer.workers.background.torch_import import import_torch


def default_opener(path: Path, intrinsics: Path | None, progress: Progress) -> Scene:
    """The program's own opening of a file; imports torch."""
    import_torch(progress)  # a scene of the command line is opened before the warm-up begins
    from dvox_core.checkpoints.opening import open_scene
    from dvox_core.training.run.snapshot_scene import is_snapshot, open_snapshot

    if is_snapshot(path):
        return open_snapshot(path)
    return open_scene(path, intrinsics=intrinsics, progress=progress)
