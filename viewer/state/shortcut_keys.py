"""The keys of actions: those of the program, or the user's own where they were changed."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QKeySequence

from viewer.settings import Settings

Keys = tuple[str, ...]
"""Key sequences as Qt writes them on every system, e.g. "Ctrl+S"; the first one is shown."""


_NATIVE = QKeySequence.SequenceFormat.NativeText


class ShortcutKeys(QObject):
    """Knows which keys run which action, and remembers changes.

    What names an action may be made before the actions: until they are there, none has keys.
    """

    changed = Signal(str)  # the action's name

    def __init__(self, settings: Settings, defaults: Mapping[str, Keys] | None = None) -> None:
        super().__init__()
        self._settings = settings
        self._defaults: dict[str, Keys] = {}
        self.set_defaults(defaults or {})

    def set_defaults(self, defaults: Mapping[str, Keys]) -> None:
        """Say which actions there are, and the keys that each has by itself."""
        self._defaults = {name: _normal(keys) for name, keys in defaults.items()}
        for name in self._defaults:
            self.changed.emit(name)

    def text_of(self, name: str) -> str:
        """An action's first key as this system writes it; "" if it has none."""
        keys = self.keys_of(name)
        return QKeySequence(keys[0]).toString(_NATIVE) if keys else ""

    def keys_of(self, name: str) -> Keys:
        """The keys of an action now."""
        own = self._settings.shortcut_keys(name)
        return self.defaults_of(name) if own is None else _normal(own)

    def defaults_of(self, name: str) -> Keys:
        """The keys that an action has by itself."""
        return self._defaults.get(name, ())

    def is_changed(self, name: str) -> bool:
        """Whether an action's keys are not those of the program."""
        return self.keys_of(name) != self._defaults[name]

    def owner_of(self, key: str) -> str | None:
        """The action that a key runs, or that a sequence beginning with it does; None if none."""
        wanted = QKeySequence(key)
        for name in self._defaults:
            for other in map(QKeySequence, self.keys_of(name)):
                exact = QKeySequence.SequenceMatch.NoMatch
                if wanted.matches(other) != exact or other.matches(wanted) != exact:
                    return name
        return None

    def set_keys(self, name: str, keys: Sequence[str]) -> None:
        """Give an action other keys, or none."""
        wanted = _normal(keys)
        self._settings.set_shortcut_keys(name, None if wanted == self._defaults[name] else wanted)
        self.changed.emit(name)

    def reset(self, name: str) -> None:
        """Give an action the program's keys again."""
        self.set_keys(name, self._defaults[name])


def with_keys(text: str, keys: str) -> str:
    """A text with keys in brackets behind it; alone where there are none."""
    return f"{text} ({keys})" if keys else text


def _normal(keys: Sequence[str]) -> Keys:
    portable = QKeySequence.SequenceFormat.PortableText
    spelled = (QKeySequence(key).toString(portable) for key in keys)
    return tuple(key for key in spelled if key)
