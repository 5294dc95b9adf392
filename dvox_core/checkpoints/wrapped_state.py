"""Finds a model's state dictionary in what other programs wrapped around it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

KNOWN_BY = "deepvoxels"
"""The authors' tensor that every state dictionary of theirs has."""

DEEPEST = 4
"""Dictionaries in dictionaries that are looked into."""

MOST_LOOKED_INTO = 200

_DISCRIMINATOR = "discriminator"


@dataclass(frozen=True)
class FoundState:
    """The authors' model and discriminator, by their names.

    Attributes:
        notes: lines for the user: where they were, what was taken off and left out.
    """

    model: Mapping[str, Any]
    discriminator: Mapping[str, Any]
    notes: tuple[str, ...]


def find_state(stored: Mapping[Any, Any]) -> FoundState | None:
    """The authors' state dictionary, wherever it stands in `stored`; None if nowhere."""
    for place, outer, inner in _dictionaries(stored):
        prefix = _prefix(inner)
        if prefix is None:
            continue
        model = {
            name.removeprefix(prefix): value
            for name, value in inner.items()
            if isinstance(name, str) and name.startswith(prefix)
        }
        notes = []
        if place not in ((), ("model",)):
            notes.append(f"The model stands under “{'.'.join(place)}”")
        if prefix:
            notes.append(f"“{prefix}” was taken off the tensors' names")
        others = [name for name in inner if not isinstance(name, str)]
        if others:
            notes.append(f"{len(others)} entries whose names are no text were left out")
        discriminator = _discriminator(outer, inner)
        left = [
            name
            for name in inner
            if isinstance(name, str) and not name.startswith((prefix, f"{_DISCRIMINATOR}."))
        ]
        if left:
            notes.append(f"{len(left)} other entries were left out, {left[0]} for one")
        return FoundState(model, discriminator, tuple(notes))
    return None


def _dictionaries(
    stored: Mapping[Any, Any],
) -> Iterator[tuple[tuple[str, ...], Mapping[Any, Any], Mapping[Any, Any]]]:
    """(where, the dictionary around it, a dictionary), the outer ones first, each once."""
    seen: set[int] = set()
    level: list[tuple[tuple[str, ...], Mapping[Any, Any], Mapping[Any, Any]]] = [
        ((), stored, stored)
    ]
    for _ in range(DEEPEST):
        inner: list[tuple[tuple[str, ...], Mapping[Any, Any], Mapping[Any, Any]]] = []
        for place, outer, dictionary in level:
            if id(dictionary) in seen or len(seen) >= MOST_LOOKED_INTO:
                continue
            seen.add(id(dictionary))
            yield place, outer, dictionary
            inner += [
                ((*place, str(name)), dictionary, value)
                for name, value in dictionary.items()
                if isinstance(value, Mapping)
            ]
        level = inner


def _prefix(dictionary: Mapping[Any, Any]) -> str | None:
    """What stands before the authors' names in a dictionary; None if it is not theirs."""
    for name, value in dictionary.items():
        if isinstance(name, str) and isinstance(value, Tensor):
            prefix = name.removesuffix(KNOWN_BY)
            if prefix != name and (not prefix or prefix.endswith(".")):
                return prefix
    return None


def _discriminator(outer: Mapping[Any, Any], inner: Mapping[Any, Any]) -> Mapping[str, Any]:
    """Beside the model, or flat among its tensors; empty if there is none."""
    beside = outer.get(_DISCRIMINATOR)
    start = f"{_DISCRIMINATOR}."
    if isinstance(beside, Mapping):
        found = {name: value for name, value in beside.items() if isinstance(name, str)}
    else:
        found = {
            name.removeprefix(start): value
            for name, value in inner.items()
            if isinstance(name, str) and name.startswith(start)
        }
    wrapper = "module."
    if found and all(name.startswith(wrapper) for name in found):
        return {name.removeprefix(wrapper): value for name, value in found.items()}
    return found
