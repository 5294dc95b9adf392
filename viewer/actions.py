"""The list of actions: menus, shortcuts and the shortcuts sheet are made from it.

Adding an action is one entry here and what it runs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from viewer.needs import Needs
from viewer.state.viewer_state import DisplayMode

if TYPE_CHECKING:
    from viewer.main_window import MainWindow


@dataclass(frozen=True)
class ActionEntry:
    """An action of the window.

    Attributes:
        name: for tests and settings; never changes.
        menu: the menu's title, perhaps with a sub-menu: "View/Theme".
        text: in the menu, with its mnemonic.
        run: what it does.
        shortcuts: the first one is shown.
        tip: what it does to the picture, for the tool tip.
        needs: what must be there.
        checked: says whether it is on, for actions that are on or off.
        group: actions of one menu that exclude each other carry the same group.
        starts_group: a line above it in the menu.
    """

    name: str
    menu: str
    text: str
    run: Callable[["MainWindow"], object]
    shortcuts: tuple[str, ...] = ()
    tip: str = ""
    needs: Needs = Needs.NOTHING
    checked: Callable[["MainWindow"], bool] | None = None
    group: str = ""
    starts_group: bool = False


def _display_mode(mode: DisplayMode, key: str, tip: str, needs: Needs) -> ActionEntry:
    return ActionEntry(
        name=f"display_{mode.value}",
        menu="&View",
        text=f"&{mode.title}",
        run=lambda window: window.state.set_display_mode(mode),
        shortcuts=(key,),
        tip=tip,
        needs=needs,
        checked=lambda window: window.state.display_mode is mode,
        group="display",
    )


def _theme(choice: str, text: str) -> ActionEntry:
    return ActionEntry(
        name=f"theme_{choice}",
        menu="&View/&Theme",
        text=text,
        run=lambda window: window.set_theme(choice),
        tip="Colours of the window; the picture stays as it is",
        checked=lambda window: window.settings.theme == choice,
        group="theme",
    )


RECENT_MENU = "&File/Open &recent"
PANELS_MENU = "&View/&Panels"

ACTIONS: tuple[ActionEntry, ...] = (
    ActionEntry(
        "open",
        "&File",
        "&Open a scene…",
        lambda window: window.ask_for_scene(),
        ("Ctrl+O",),
        "Open a .dvox file or an authors' .pth",
    ),
    ActionEntry(
        "clear_recents",
        RECENT_MENU,
        "&Clear this list",
        lambda window: window.clear_recents(),
        tip="Forget the recent scenes; their files stay",
        needs=Needs.RECENTS,
        starts_group=True,
    ),
    ActionEntry(
        "close",
        "&File",
        "&Close the scene",
        lambda window: window.close_scene(),
        ("Ctrl+W",),
        "Close the scene and show the welcome page",
        Needs.SCENE,
    ),
    ActionEntry(
        "save_picture",
        "&File",
        "&Save the picture…",
        lambda window: window.pictures.ask_where_to_save_picture(),
        ("Ctrl+S", "F12"),
        "Save what the network painted, in this mode, as a PNG file",
        Needs.PICTURE,
        starts_group=True,
    ),
    ActionEntry(
        "preferences",
        "&File",
        "&Preferences…",
        lambda window: window.show_preferences(),
        ("Ctrl+,",),
        "Theme, figures over the picture, reprojection, motion",
        starts_group=True,
    ),
    ActionEntry(
        "quit",
        "&File",
        "&Quit",
        lambda window: window.close(),
        ("Ctrl+Q",),
        "End the program",
        starts_group=True,
    ),
    ActionEntry(
        "undo",
        "&Edit",
        "&Undo the edit",
        lambda window: window.edits.undo_stack.undo(),
        ("Ctrl+Z",),
        "Take back the last edit of the voxels or of the depth weights",
        Needs.SCENE,
    ),
    ActionEntry(
        "redo",
        "&Edit",
        "&Redo the edit",
        lambda window: window.edits.undo_stack.redo(),
        ("Ctrl+Shift+Z", "Ctrl+Y"),
        "Make the edit that was taken back",
        Needs.SCENE,
    ),
    ActionEntry(
        "copy_pose",
        "&Edit",
        "&Copy the pose",
        lambda window: window.pictures.copy_pose(),
        ("Ctrl+C",),
        "Put the camera's pose on the clipboard as JSON",
        Needs.SCENE,
    ),
    ActionEntry(
        "paste_pose",
        "&Edit",
        "&Paste a pose",
        lambda window: window.pictures.paste_pose(),
        ("Ctrl+V",),
        "Look from the pose on the clipboard: JSON, or 16 numbers",
        Needs.SCENE,
    ),
    ActionEntry(
        "copy_picture",
        "&Edit",
        "Copy the p&icture",
        lambda window: window.pictures.copy_picture(),
        ("Ctrl+Shift+C",),
        "Put what the network painted, in this mode, on the clipboard",
        Needs.PICTURE,
        starts_group=True,
    ),
    _display_mode(DisplayMode.RGB, "1", "The network's picture", Needs.SCENE),
    _display_mode(
        DisplayMode.DEPTH, "2", "Expected depth in world units", Needs.SCENE | Needs.DEPTH
    ),
    _display_mode(
        DisplayMode.ENTROPY,
        "3",
        "How undecided the network is about the depth, in bits",
        Needs.SCENE | Needs.DEPTH,
    ),
    _display_mode(
        DisplayMode.OUTSIDE,
        "4",
        "The depth weights that fall outside the voxel grid",
        Needs.SCENE | Needs.DEPTH,
    ),
    ActionEntry(
        "hud",
        "&View",
        "&Figures over the picture",
        lambda window: window.set_hud(not window.hud_visible),
        ("H",),
        "Frames per second, times and device, over the picture",
        Needs.SCENE,
        checked=lambda window: window.hud_visible,
        starts_group=True,
    ),
    ActionEntry(
        "reproject",
        "&View",
        "Reproject while the network &works",
        lambda window: window.set_reproject(not window.viewport.reprojects),
        ("Shift+R",),
        "Follow the hand with true pictures warped by their depth, until the network's own comes",
        Needs.SCENE,
        checked=lambda window: window.viewport.reprojects,
    ),
    ActionEntry(
        "reset_layout",
        PANELS_MENU,
        "&Reset the layout",
        lambda window: window.reset_layout(),
        tip="Put all panels back to where they were at first",
        needs=Needs.SCENE,
        starts_group=True,
    ),
    _theme("system", "Like the &system"),
    _theme("light", "&Light"),
    _theme("dark", "&Dark"),
    ActionEntry(
        "full_screen",
        "&View",
        "F&ull screen",
        lambda window: window.set_full_screen(not window.isFullScreen()),
        ("F11",),
        "Nothing but the picture; F11 or Esc leaves",
        checked=lambda window: window.isFullScreen(),
        starts_group=True,
    ),
    ActionEntry(
        "reset_view",
        "&Scene",
        "&Start view",
        lambda window: window.viewport.reset_view(),
        ("R", "Home"),
        "Return to the view that the scene opened with",
        Needs.SCENE,
    ),
    ActionEntry(
        "previous_view",
        "&Scene",
        "&Previous view",
        lambda window: window.step_view(-1),
        ("[",),
        "Look from the view of the capture before this one",
        Needs.SCENE | Needs.VIEWS,
        starts_group=True,
    ),
    ActionEntry(
        "next_view",
        "&Scene",
        "&Next view",
        lambda window: window.step_view(1),
        ("]",),
        "Look from the view of the capture after this one",
        Needs.SCENE | Needs.VIEWS,
    ),
    ActionEntry(
        "nearest_view",
        "&Scene",
        "Go to the n&earest view",
        lambda window: window.comparing.go_to_nearest(),
        ("N",),
        "Look from the nearest view of the capture, exactly",
        Needs.SCENE | Needs.VIEWS,
    ),
    ActionEntry(
        "cameras",
        "&View",
        "The capture's &cameras",
        lambda window: window.comparing.set_cameras(not window.comparing.cameras_shown),
        ("C",),
        "The capture's cameras as small pyramids over the picture",
        Needs.SCENE | Needs.VIEWS,
        checked=lambda window: window.comparing.cameras_shown,
    ),
    ActionEntry(
        "split",
        "&View",
        "&Split the picture",
        lambda window: window.comparing.set_split(not window.comparing.split),
        ("S",),
        "Compare across a splitter with the nearest true picture, or with the second scene",
        Needs.SCENE,
        checked=lambda window: window.comparing.split,
    ),
    ActionEntry(
        "pin_pixel",
        "&Scene",
        "P&in this pixel",
        lambda window: window.pin_pixel(),
        ("P",),
        "Pin the pixel under the mouse, or the picture's middle, in the Ray panel",
        Needs.SCENE | Needs.DEPTH,
        starts_group=True,
    ),
    ActionEntry(
        "clear_pins",
        "&Scene",
        "&Clear the pins",
        lambda window: window.selection.clear(),
        ("Shift+P",),
        "Take away all pins and the selected voxel; Esc does too",
        Needs.SCENE | Needs.DEPTH,
    ),
    ActionEntry(
        "new_training",
        "&Train",
        "&Train a scene…",
        lambda window: window.new_training.show(),
        ("Ctrl+T",),
        "Make a scene from your own pictures",
    ),
    ActionEntry(
        "open_run",
        "&Train",
        "Open a &run…",
        lambda window: window.training.ask_for_run(),
        ("Ctrl+Shift+O",),
        "Watch a training run, running or not, on this machine or another: choose its folder",
        starts_group=True,
    ),
    ActionEntry(
        "close_run",
        "&Train",
        "&Close the run",
        lambda window: window.training.close_run(),
        tip="Watch it no more; a run that is being trained goes on",
        needs=Needs.RUN,
    ),
    ActionEntry(
        "pause_training",
        "&Train",
        "&Pause",
        lambda window: window.training.pause_or_go_on(),
        ("Ctrl+Shift+P",),
        "Let the training wait, or go on",
        Needs.RUN | Needs.RUN_ALIVE,
        checked=lambda window: window.training.is_paused,
        starts_group=True,
    ),
    ActionEntry(
        "save_training",
        "&Train",
        "&Save now",
        lambda window: window.training.save(),
        ("Ctrl+Shift+S",),
        "Write a snapshot and the scene now",
        Needs.RUN | Needs.RUN_ALIVE,
    ),
    ActionEntry(
        "score_training",
        "&Train",
        "Sc&ore now",
        lambda window: window.training.validate(),
        tip="Render and score the validation views now",
        needs=Needs.RUN | Needs.RUN_ALIVE,
    ),
    ActionEntry(
        "stop_training",
        "&Train",
        "Save and s&top",
        lambda window: window.training.stop_training(),
        tip="Save and end the training; Resume goes on from there",
        needs=Needs.RUN | Needs.RUN_ALIVE,
    ),
    ActionEntry(
        "resume_training",
        "&Train",
        "&Resume",
        lambda window: window.training.resume(),
        tip="Go on from the last snapshot",
        needs=Needs.RUN | Needs.RUN_AT_REST,
    ),
    ActionEntry(
        "train_longer",
        "&Train",
        "Train &longer…",
        lambda window: window.training.ask_how_much_longer(),
        tip="Go on with another end, or on another device",
        needs=Needs.RUN | Needs.RUN_AT_REST,
    ),
    ActionEntry(
        "learning_rate",
        "&Train",
        "Change the learning ra&te…",
        lambda window: window.training.ask_for_learning_rate(),
        tip="Learn faster or slower from now on",
        needs=Needs.RUN | Needs.RUN_ALIVE,
    ),
    ActionEntry(
        "show_run_scene",
        "&Train",
        "Show the run's s&cene",
        lambda window: window.training.show_scene(),
        ("Ctrl+Shift+V",),
        "Open what the training has come to, without stopping it",
        Needs.RUN,
        starts_group=True,
    ),
    ActionEntry(
        "look_inside",
        "&Train",
        "Look &inside the run's scene",
        lambda window: window.training.look_inside(),
        tip="Open what the training has come to, with the Ray panel",
        needs=Needs.RUN,
    ),
    ActionEntry(
        "compare_runs",
        "&Train",
        "Compare with another r&un…",
        lambda window: window.training.ask_for_comparison(),
        tip="Draw the curves of another run beside those of this one",
        needs=Needs.RUN,
    ),
    ActionEntry(
        "show_run_folder",
        "&Train",
        "Show the run's &folder",
        lambda window: window.training.show_folder(),
        tip="Open the folder that holds everything about the run",
        needs=Needs.RUN,
    ),
    ActionEntry(
        "shortcuts",
        "&Help",
        "&Shortcuts",
        lambda window: window.show_shortcuts(),
        ("F1", "?"),
        "All keys and mouse gestures on one sheet",
    ),
    ActionEntry(
        "show_log",
        "&Help",
        "Show the &log",
        lambda window: window.show_log(),
        tip="Open the folder of the log file, which has the details of failures",
        starts_group=True,
    ),
    ActionEntry(
        "about",
        "&Help",
        "&About DeepVoxels",
        lambda window: window.show_about(),
        tip="Version, licence, and the paper to cite",
    ),
)
