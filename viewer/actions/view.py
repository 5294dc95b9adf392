"""The menu View: display modes, what lies over the picture, panels, theme."""

from viewer.actions.action import PANELS_MENU, ActionEntry, Condition
from viewer.actions.conditions import SceneConditions
from viewer.controllers.clip_box import ClipBoxController
from viewer.controllers.comparison import ComparisonController
from viewer.controllers.context import PanelHost
from viewer.controllers.full_screen import FullScreen
from viewer.controllers.path_display import PathDisplay
from viewer.controllers.view_options import ViewOptions
from viewer.state.viewer_state import DisplayMode, ViewerState


def view_actions(
    state: ViewerState,
    scene: SceneConditions,
    options: ViewOptions,
    comparison: ComparisonController,
    path_display: PathDisplay,
    panels: PanelHost,
    full_screen: FullScreen,
    clip: ClipBoxController,
) -> tuple[ActionEntry, ...]:
    """How the picture and the window look."""

    def display_mode(mode: DisplayMode, key: str, tip: str, is_enabled: Condition) -> ActionEntry:
        return ActionEntry(
            f"display_{mode.value}",
            "&View",
            f"&{mode.title}",
            lambda: state.set_display_mode(mode),
            (key,),
            tip,
            is_enabled,
            is_checked=lambda: state.display_mode is mode,
            group="display",
        )

    def theme(choice: str, text: str) -> ActionEntry:
        return ActionEntry(
            f"theme_{choice}",
            "&View/&Theme",
            text,
            lambda: options.set_theme(choice),
            tip="Colours of the window; the picture stays as it is",
            is_checked=lambda: options.theme == choice,
            group="theme",
        )

    return (
        display_mode(DisplayMode.RGB, "1", "The network's picture", scene.is_open),
        display_mode(DisplayMode.DEPTH, "2", "Expected depth in world units", scene.has_depth),
        display_mode(
            DisplayMode.ENTROPY,
            "3",
            "How undecided the network is about the depth, in bits",
            scene.has_depth,
        ),
        display_mode(
            DisplayMode.OUTSIDE,
            "4",
            "The depth weights that fall outside the voxel grid",
            scene.has_depth,
        ),
        display_mode(
            DisplayMode.TRUST,
            "5",
            "How far the picture can be trusted, by what the training views have seen",
            scene.has_depth,
        ),
        ActionEntry(
            "hud",
            "&View",
            "&Figures over the picture",
            options.toggle_hud,
            ("H",),
            "Frames per second, times and device, over the picture",
            is_enabled=scene.is_open,
            is_checked=lambda: options.hud_visible,
            starts_group=True,
        ),
        ActionEntry(
            "reproject",
            "&View",
            "Reproject while the network &works",
            options.toggle_reproject,
            ("Shift+R",),
            "Follow the hand with true pictures warped by their depth, until the network's own "
            "comes",
            is_enabled=scene.is_open,
            is_checked=lambda: options.reprojects,
        ),
        ActionEntry(
            "reset_layout",
            PANELS_MENU,
            "&Reset the layout",
            panels.reset,
            tip="Put all panels back to where they were at first",
            is_enabled=scene.is_open,
            starts_group=True,
        ),
        theme("system", "Like the &system"),
        theme("light", "&Light"),
        theme("dark", "&Dark"),
        ActionEntry(
            "full_screen",
            "&View",
            "F&ull screen",
            full_screen.toggle,
            ("F11",),
            "Nothing but the picture; the same again or Esc leaves",
            is_checked=lambda: full_screen.is_on,
            starts_group=True,
        ),
        ActionEntry(
            "cameras",
            "&View",
            "The capture's &cameras",
            comparison.toggle_cameras,
            ("C",),
            "The capture's cameras as small pyramids over the picture",
            is_enabled=scene.has_views,
            is_checked=lambda: comparison.cameras_shown,
        ),
        ActionEntry(
            "orbit_sphere",
            "&View",
            "&Orbit sphere",
            path_display.toggle_sphere,
            ("O",),
            "All directions round the scene: the capture's views, the path and the present camera",
            is_enabled=scene.is_open,
            is_checked=lambda: path_display.sphere_shown,
        ),
        ActionEntry(
            "clip_box",
            "&View",
            "Clip &box",
            clip.toggle,
            ("X",),
            "Cut the grid by planes with handles, live in the picture",
            is_enabled=scene.has_depth,
            is_checked=lambda: clip.is_on,
        ),
        ActionEntry(
            "split",
            "&View",
            "&Split the picture",
            comparison.toggle_split,
            ("Shift+S",),
            "Compare across a splitter with the nearest true picture, or with the second scene",
            is_enabled=scene.is_open,
            is_checked=lambda: comparison.split,
        ),
    )
