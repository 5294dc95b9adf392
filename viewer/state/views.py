"""Steps through the views of a scene's capture."""

from collections.abc import Sequence

from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import SceneCamera

SPLIT_NAMES = {
    "train": "training",
    "validation": "validation",
    "test": "test",
}
"""Of the splits that are known; a view whose split is not known is just a view."""


def nearest_view(camera: Camera, views: Sequence[SceneCamera]) -> SceneCamera | None:
    """The view turned least from `camera`; of several, the one nearest to it in space."""
    if not views:
        return None
    return min(
        views,
        key=lambda view: (
            round(camera.angle_to(view.camera), 6),
            camera.distance_to(view.camera),
        ),
    )


def view_index(camera: Camera, views: Sequence[SceneCamera]) -> int | None:
    """The number of the view that `camera` stands on, or None if it stands on none."""
    for index, view in enumerate(views):
        if view.camera == camera:
            return index
    return None


def stepped_view(camera: Camera, views: Sequence[SceneCamera], step: int) -> SceneCamera | None:
    """The view `step` after the one `camera` stands on, around the end; else the nearest one."""
    index = view_index(camera, views)
    if index is None:
        return nearest_view(camera, views)
    return views[(index + step) % len(views)]


def view_label(view: SceneCamera) -> str:
    """A view's name and split, e.g. "000012, training"."""
    split = SPLIT_NAMES.get(view.split)
    return f"{view.name}, {split}" if split else view.name
