"""Which pictures may be observed, and in which order a replay takes them."""

from collections.abc import Sequence

from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.nearest_views import by_viewing_direction
from dvox_core.model.scene import Scene
from dvox_core.pipeline.orders import Order, ordered
from viewer.panels.pipeline.replay_section import MARKED
from viewer.workers.comparison.ground_truth import TrueView

SAME_POSE = 1e-3
"""Largest difference of two poses' numbers that is rounding."""

OBSERVED_SPLITS = ("train", "pose", "")
"""Views of these splits may be observed; the others are held out."""


def observable(views: Sequence[TrueView]) -> tuple[TrueView, ...]:
    """The training views; all where the splits are not known."""
    training = tuple(view for view in views if view.split in OBSERVED_SPLITS)
    return training or tuple(views)


def held_out(views: Sequence[TrueView]) -> tuple[TrueView, ...]:
    """The test and validation views; all where there are none."""
    others = tuple(view for view in views if view.split not in OBSERVED_SPLITS)
    return others or tuple(views)


def nearest_source(camera: Camera, views: Sequence[TrueView]) -> TrueView | None:
    """The view that looks most nearly where a camera looks."""
    if not views:
        return None
    return views[int(by_viewing_direction(camera, [view.camera for view in views])[0])]


def in_order(
    order: str, views: Sequence[TrueView], scene: Scene, marked: frozenset[int]
) -> tuple[TrueView, ...]:
    """The views in a named order; those marked on the sphere come as captured."""
    if order == MARKED:
        cameras = [scene.cameras[number].camera for number in sorted(marked)]
        return tuple(view for view in views if any(_same(view.camera, one) for one in cameras))
    cameras = [view.camera for view in views]
    numbers = ordered(Order(order), cameras, scene.pivot, scene.up_axis)
    return tuple(views[number] for number in numbers)


def _same(one: Camera, other: Camera) -> bool:
    return bool(abs(one.camera_to_world - other.camera_to_world).max() < SAME_POSE)
