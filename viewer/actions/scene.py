"""The menu Scene."""

from viewer.actions.action import ActionEntry
from viewer.actions.conditions import SceneConditions
from viewer.controllers.capture_views import CaptureViewController
from viewer.controllers.pins import PinController
from viewer.viewport.viewport import Viewport


def scene_actions(
    scene: SceneConditions, viewport: Viewport, views: CaptureViewController, pins: PinController
) -> tuple[ActionEntry, ...]:
    """Going to views, pinning pixels."""
    return (
        ActionEntry(
            "reset_view",
            "&Scene",
            "&Start view",
            viewport.reset_view,
            ("R", "Home"),
            "Return to the view that the scene opened with",
            is_enabled=scene.is_open,
        ),
        ActionEntry(
            "previous_view",
            "&Scene",
            "&Previous view",
            lambda: views.step(-1),
            ("[",),
            "Look from the view of the capture before this one",
            is_enabled=scene.has_views,
            starts_group=True,
        ),
        ActionEntry(
            "next_view",
            "&Scene",
            "&Next view",
            lambda: views.step(1),
            ("]",),
            "Look from the view of the capture after this one",
            is_enabled=scene.has_views,
        ),
        ActionEntry(
            "nearest_view",
            "&Scene",
            "Go to the n&earest view",
            views.go_to_nearest,
            ("N",),
            "Look from the nearest view of the capture, exactly",
            is_enabled=scene.has_views,
        ),
        ActionEntry(
            "pin_pixel",
            "&Scene",
            "P&in this pixel",
            pins.pin,
            ("P",),
            "Pin the pixel under the mouse, or the picture's middle, in the Ray panel",
            is_enabled=scene.has_depth,
            starts_group=True,
        ),
        ActionEntry(
            "clear_pins",
            "&Scene",
            "&Clear the pins",
            pins.clear,
            ("Shift+P",),
            "Take away all pins and the selected voxel; undo brings them back",
            is_enabled=scene.has_depth,
        ),
    )
