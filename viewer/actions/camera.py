"""The menu Scene's second half: framing, views along the axes, back and forth, saved views."""

from viewer.actions.action import ActionEntry
from viewer.actions.conditions import SceneConditions
from viewer.controllers.camera_history import CameraHistory
from viewer.controllers.navigation import NavigationController
from viewer.controllers.saved_views import SavedViews

AXES = "&Scene/&Look along an axis"
KEYS = {"front": "1", "right": "3", "top": "7"}
PICTURE_MENU = (
    *("pin_pixel", "frame", "save_view", "path_add_key", ""),
    *("reset_view", "view_front", "view_right", "view_top", ""),
    *("view_back_in_time", "view_forward_in_time", ""),
    *("copy_pose", "paste_pose", "copy_picture", "save_picture", ""),
    *("cameras", "orbit_sphere", "split", "hud", "full_screen"),
)
"""What the picture's own menu offers."""

OPPOSITES = {"back": "Ctrl and 1", "left": "Ctrl and 3", "bottom": "Ctrl and 7"}


def camera_actions(
    scene: SceneConditions,
    navigation: NavigationController,
    history: CameraHistory,
    saved_views: SavedViews,
) -> tuple[ActionEntry, ...]:
    """Where the camera goes by itself."""

    def along(name: str, keys: str) -> ActionEntry:
        return ActionEntry(
            f"view_{name}",
            AXES,
            f"&{name.capitalize()}",
            lambda: navigation.look_along(name),
            tip=f"Look at the pivot from the {name} ({keys} of the keypad in the picture)",
            is_enabled=scene.is_open,
        )

    return (
        ActionEntry(
            "frame",
            "&Scene",
            "&Frame the object or the pin",
            navigation.frame,
            ("F",),
            "See the newest pin near, or the whole object as large as it can be",
            is_enabled=scene.is_open,
            starts_group=True,
        ),
        *(along(name, keys) for name, keys in {**KEYS, **OPPOSITES}.items()),
        ActionEntry(
            "view_straight",
            AXES,
            "&Nearest of these",
            navigation.straighten,
            tip="Turn to the nearest view along an axis (5 of the keypad in the picture)",
            is_enabled=scene.is_open,
            starts_group=True,
        ),
        ActionEntry(
            "view_back_in_time",
            "&Scene",
            "&Back to the view before",
            history.go_back,
            ("Alt+Left",),
            "Return to where the camera rested before, as browsers do",
            is_enabled=lambda: history.can_go_back,
        ),
        ActionEntry(
            "view_forward_in_time",
            "&Scene",
            "F&orward again",
            history.go_forward,
            ("Alt+Right",),
            "Return to the view that you went back from",
            is_enabled=lambda: history.can_go_forward,
        ),
        ActionEntry(
            "save_view",
            "&Scene",
            "Save this &view",
            saved_views.save,
            ("V",),
            "Keep the present view beside the scene, with a picture; the Scene panel lists them",
            is_enabled=scene.is_open,
            starts_group=True,
        ),
        ActionEntry(
            "saved_views_to_keys",
            "&Scene",
            "Make &keys of the saved views",
            saved_views.add_all_keyframes,
            tip="Add all saved views to the camera path, one after the other",
            is_enabled=lambda: saved_views.has_views,
        ),
    )
