"""The menu Train."""

from viewer.actions.action import ActionEntry
from viewer.controllers.live_scene import LiveScene
from viewer.controllers.tables import TableController
from viewer.controllers.training import TrainingController
from viewer.controllers.training_wizard import WizardLauncher


def training_actions(
    training: TrainingController,
    live_scene: LiveScene,
    wizard: WizardLauncher,
    tables: TableController,
) -> tuple[ActionEntry, ...]:
    """Training scenes, and commands to the watched run."""
    return (
        ActionEntry(
            "new_training",
            "&Train",
            "&Train a scene…",
            wizard.show,
            ("Ctrl+T",),
            "Make a scene from your own pictures",
        ),
        ActionEntry(
            "open_run",
            "&Train",
            "Open a &run…",
            training.ask_for_run,
            ("Ctrl+Shift+O",),
            "Watch a training run, running or not, on this machine or another: choose its folder",
            starts_group=True,
        ),
        ActionEntry(
            "close_run",
            "&Train",
            "&Close the run",
            training.close_run,
            tip="Watch it no more; a run that is being trained goes on",
            is_enabled=lambda: training.is_open,
        ),
        ActionEntry(
            "pause_training",
            "&Train",
            "&Pause",
            training.toggle_pause,
            ("Ctrl+Shift+Space",),
            "Let the training wait, or go on",
            is_enabled=lambda: training.is_alive,
            is_checked=lambda: training.is_paused,
            starts_group=True,
        ),
        ActionEntry(
            "save_training",
            "&Train",
            "&Save now",
            training.save,
            ("Ctrl+Shift+S",),
            "Write a snapshot and the scene now",
            is_enabled=lambda: training.is_alive,
        ),
        ActionEntry(
            "score_training",
            "&Train",
            "Sc&ore now",
            training.validate,
            tip="Render and score the validation views now",
            is_enabled=lambda: training.is_alive,
        ),
        ActionEntry(
            "stop_training",
            "&Train",
            "Save and s&top",
            training.stop_training,
            tip="Save and end the training; Resume goes on from there",
            is_enabled=lambda: training.is_alive,
        ),
        ActionEntry(
            "resume_training",
            "&Train",
            "&Resume",
            training.resume,
            tip="Go on from the last snapshot",
            is_enabled=lambda: training.is_at_rest,
        ),
        ActionEntry(
            "train_longer",
            "&Train",
            "Train &longer…",
            training.ask_how_much_longer,
            tip="Go on with another end, or on another device",
            is_enabled=lambda: training.is_at_rest,
        ),
        ActionEntry(
            "learning_rate",
            "&Train",
            "Change the learning ra&te…",
            training.ask_for_learning_rate,
            tip="Learn faster or slower from now on",
            is_enabled=lambda: training.is_alive,
        ),
        ActionEntry(
            "show_run_scene",
            "&Train",
            "Show the run's s&cene",
            live_scene.show,
            ("Ctrl+Shift+V",),
            "Open what the training has come to, without stopping it",
            is_enabled=lambda: training.is_open,
            starts_group=True,
        ),
        ActionEntry(
            "look_inside",
            "&Train",
            "Look &inside the run's scene",
            live_scene.look_inside,
            tip="Open what the training has come to, with the Ray panel",
            is_enabled=lambda: training.is_open,
        ),
        ActionEntry(
            "compare_runs",
            "&Train",
            "Compare with another r&un…",
            training.ask_for_comparison,
            tip="Draw the curves of another run beside those of this one",
            is_enabled=lambda: training.is_open,
        ),
        ActionEntry(
            "show_run_folder",
            "&Train",
            "Show the run's &folder",
            training.show_folder,
            tip="Open the folder that holds everything about the run",
            is_enabled=lambda: training.is_open,
        ),
        ActionEntry(
            "compare_systems",
            "&Train",
            "Compare s&ystems…",
            tables.show,
            tip="Train and score several systems on several captures, and see them side by side",
            starts_group=True,
        ),
    )
