"""The options of a configuration, read off its dataclass: names, kinds, choices, helps."""

import inspect
import re
import typing
from dataclasses import MISSING, dataclass, fields
from typing import Any, Literal

ACRONYMS = {"l1": "L1", "ema": "EMA"}


@dataclass(frozen=True)
class Option:
    """One field of a configuration.

    Attributes:
        kind: int, float, bool or str.
        choices: what a str may be.
        help: its sentence in the class's docstring.
    """

    name: str
    kind: type
    default: Any
    choices: tuple[str, ...] = ()
    help: str = ""

    @property
    def label(self) -> str:
        """The name in words."""
        words = [ACRONYMS.get(word, word) for word in self.name.split("_")]
        text = " ".join(words)
        return text[:1].upper() + text[1:]


def options_of(configuration: type) -> list[Option]:
    """All fields of a dataclass of plain values, in their order."""
    hints = typing.get_type_hints(configuration)
    helps = _helps(inspect.getdoc(configuration) or "")
    found = []
    for item in fields(configuration):
        hint = hints[item.name]
        choices = typing.get_args(hint) if typing.get_origin(hint) is Literal else ()
        default = None if item.default is MISSING else item.default
        kind = str if choices else hint
        found.append(Option(item.name, kind, default, choices, helps.get(item.name, "")))
    return found


def value_text(value: Any) -> str:
    """A value as people write it: no digits too many."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def parsed(option: Option, text: str) -> Any:
    """What was written, as the option's kind.

    Raises:
        ValueError: no such number.
    """
    text = text.strip().replace("−", "-").replace(",", ".")
    return option.kind(text)


def _helps(document: str) -> dict[str, str]:
    """Name → sentence, from a docstring's list of attributes."""
    _, _, listed = document.partition("Attributes:\n")
    helps = {}
    for match in re.finditer(r"^ {4}([\w, ]+): ((?:.+\n?(?: {6,}.+\n?)*))", listed, re.MULTILINE):
        text = " ".join(match[2].split()).rstrip(".;")
        for name in match[1].split(", "):
            helps[name] = text[:1].upper() + text[1:]
    return helps
