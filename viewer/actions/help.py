"""The menu Help."""

from viewer.actions.action import ActionEntry
from viewer.controllers.help import HelpController


def help_actions(help_menu: HelpController) -> tuple[ActionEntry, ...]:
    """Shortcuts, log, and what the program is."""
    return (
        ActionEntry(
            "shortcuts",
            "&Help",
            "&Shortcuts",
            help_menu.show_shortcuts,
            ("F1", "?"),
            "All keys and mouse gestures on one sheet",
        ),
        ActionEntry(
            "guide",
            "&Help",
            "&Guide",
            help_menu.show_guide,
            tip="All that the program does, to read beside it",
        ),
        ActionEntry(
            "photographing",
            "&Help",
            "How to &photograph an object",
            help_menu.show_photographing,
            tip="What pictures make a good scene, on one page",
        ),
        ActionEntry(
            "show_log",
            "&Help",
            "Show the &log",
            help_menu.show_log,
            tip="Open the folder of the log file, which has the details of failures",
            starts_group=True,
        ),
        ActionEntry(
            "about",
            "&Help",
            "&About dvox",
            help_menu.show_about,
            tip="Version, licence, and the paper to cite",
        ),
    )
