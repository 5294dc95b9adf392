"""The words for a scene: title, caption, views."""

from collections import Counter
from collections.abc import Sequence

from dvox_core.model.config import ModelConfig
from dvox_core.model.kinds import SYSTEM_TITLES, AnyConfig
from dvox_core.model.scene import Scene, SceneCamera
from dvox_core.remote.scene import remote_scene

SPLIT_NAMES = {
    "train": "training",
    "validation": "validation",
    "test": "test",
}
"""Of the splits that are known; a view whose split is not known is just a view."""


def view_counts(views: Sequence[SceneCamera]) -> str:
    """How many views of each split, e.g. "479 training, 25 test"."""
    if not views:
        return "none in the file"
    counts = Counter(view.split for view in views)
    parts = [
        f"{counts.pop(split)} {name}" for split, name in SPLIT_NAMES.items() if split in counts
    ]
    rest = counts.total()
    if rest:
        parts.append(f"{rest} others" if parts else f"{rest}")
    return ", ".join(parts)


def scene_title(scene: Scene) -> str:
    """E.g. "lego — 256², grid 32³ × 16"."""
    config = scene.config
    if isinstance(config, ModelConfig):
        model = f"grid {config.grid_size}³ × {config.features}"
    else:
        model = SYSTEM_TITLES[config.kind]
    return f"{scene.name} — {config.image_size}², {model}"


def why_no_depth(config: AnyConfig) -> str:
    """A sentence on why a model knows no depth; "" for one that does."""
    if config.knows_depth:
        return ""
    if isinstance(config, ModelConfig):
        return "This model has no depth: it was trained without the occlusion network."
    return f"{SYSTEM_TITLES[config.kind]} paints pictures without voxels, and knows no depth."


def scene_caption(scene: Scene) -> str:
    """A few words for the list of recent scenes, e.g. "256², .pth"."""
    side = f"{scene.config.image_size}²"
    remote = remote_scene(scene)
    if remote is not None:
        return f"{side}, on {remote.link.host.name}"
    return f"{side}, {scene.path.suffix}" if scene.path and scene.path.suffix else side
