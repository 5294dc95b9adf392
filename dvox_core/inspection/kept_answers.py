"""Keeps what was found last, for as long as the same is asked."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Result = TypeVar("Result")


class KeptAnswers:
    """One answer a name: another key replaces it."""

    def __init__(self) -> None:
        self._answers: dict[str, tuple[Hashable, Any]] = {}

    def get(self, name: str, key: Hashable, find: Callable[[], Result]) -> Result:
        """What was found last under this name, if it was of the same key; else what is found."""
        kept = self._answers.get(name)
        if kept is None or kept[0] != key:
            kept = self._answers[name] = (key, find())
        result: Result = kept[1]
        return result
