"""Tool tips and texts that name the keys of an action, and follow them when they are changed."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from viewer.state.shortcut_keys import ShortcutKeys, with_keys


def follow_keys(
    owner: QObject,  # for as long as it lives
    keys: ShortcutKeys,
    action: str,
    show: Callable[[str], object],
) -> None:
    """Call `show` with an action's first key as this system writes it, now and at each change."""
    _Follower(owner, keys, action, show)


def add_keys_to_tip(widget: QWidget, keys: ShortcutKeys, action: str) -> None:
    """Let a widget's tool tip end with the keys of the action that it runs."""
    tip = widget.toolTip()
    follow_keys(widget, keys, action, lambda text: widget.setToolTip(with_keys(tip, text)))


class _Follower(QObject):
    def __init__(
        self, owner: QObject, keys: ShortcutKeys, action: str, show: Callable[[str], object]
    ) -> None:
        super().__init__(owner)
        self._keys, self._action, self._show = keys, action, show
        keys.changed.connect(self._on_changed)
        show(keys.text_of(action))

    def _on_changed(self, action: str) -> None:
        if action == self._action:
            self._show(self._keys.text_of(action))
