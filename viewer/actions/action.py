"""What an action of the window is: an entry of menus, shortcuts and the shortcuts sheet."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from viewer.needs import Needs

if TYPE_CHECKING:
    from viewer.window.main_window import MainWindow


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
