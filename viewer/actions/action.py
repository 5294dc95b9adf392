"""What an action is: an entry of the menus and of the shortcuts sheet."""

from collections.abc import Callable
from dataclasses import dataclass

RECENT_MENU = "&File/Open &recent"
PANELS_MENU = "&View/&Panels"

Condition = Callable[[], bool]


def always() -> bool:
    """The condition of what can be done at any time."""
    return True


def all_of(*conditions: Condition) -> Condition:
    """The condition that all of these hold."""
    return lambda: all(condition() for condition in conditions)


@dataclass(frozen=True)
class ActionEntry:
    """An action of the window.

    Attributes:
        name: for tests and panels; never changes.
        menu: the menu's title, perhaps with a sub-menu: "&View/&Theme".
        text: in the menu, with its mnemonic.
        run: what it does.
        shortcuts: the first one is shown.
        tip: what it does to the picture, for the tool tip.
        is_enabled: whether it can be done now.
        is_checked: whether it is on, for actions that are on or off.
        present_text: what the menu says now, for actions that name what they would do.
        group: actions of one menu that exclude each other carry the same group.
        starts_group: a line above it in the menu.
    """

    name: str
    menu: str
    text: str
    run: Callable[[], object]
    shortcuts: tuple[str, ...] = ()
    tip: str = ""
    is_enabled: Condition = always
    is_checked: Condition | None = None
    present_text: Callable[[], str] | None = None
    group: str = ""
    starts_group: bool = False
