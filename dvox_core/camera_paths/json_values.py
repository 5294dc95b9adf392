"""Reads values out of JSON with one clear line for everything that is not as it must be."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dvox_core.errors import CameraPathError
from dvox_core.file_kinds import kind_of

Json = Mapping[str, Any]


def load_json(path: Path) -> Any:
    """The content of a JSON file.

    Raises:
        CameraPathError: it is missing, unreadable or not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        if kind := kind_of(path):
            raise CameraPathError(f"{path}: is {kind}; give a camera path's file") from error
        raise CameraPathError(
            f"{path}, line {error.lineno}: is not valid JSON ({error.msg}); mend it there"
        ) from error
    except FileNotFoundError as error:
        raise CameraPathError(f"{path}: not found; give a camera path's file or folder") from error
    except UnicodeDecodeError as error:
        kind = kind_of(path) or "not a text file"
        raise CameraPathError(
            f"{path}: is {kind}; give a camera_path.json or a folder of poses"
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise CameraPathError(f"{path}: cannot be read ({error}); check the file") from error


@dataclass(frozen=True)
class Entry:
    """A JSON object and the place where it stands, for messages."""

    content: Json
    place: str

    def has(self, key: str) -> bool:
        """Whether there is something under `key`."""
        return self.content.get(key) is not None

    def number(self, key: str, default: float | None = None) -> float:
        """A finite number; `default` where there is none.

        Raises:
            CameraPathError: it is missing without a default, or no finite number.
        """
        value = self.content.get(key)
        if value is None:
            if default is None:
                raise CameraPathError(f"{self.place}: has no {key}; write a number there")
            return default
        if not is_finite_number(value):
            raise CameraPathError(f"{self.place}: {key} is {_short(value)}; write a finite number")
        return float(value)

    def numbers(self, key: str, count: int) -> NDArray[np.float64]:
        """[count] finite numbers; nested lists and a list written as text are taken too.

        Raises:
            CameraPathError: they are missing, too few or many, or not all finite numbers.
        """
        value = self.content.get(key)
        if isinstance(value, str):  # as nerfstudio's former viewer wrote matrices
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                value = None
        try:
            array = np.array([] if value is None else value, dtype=np.float64).ravel()
        except (TypeError, ValueError, OverflowError):
            array = np.zeros(0)
        if array.size != count:
            raise CameraPathError(
                f"{self.place}: {key} has {array.size} numbers of {count}; write all of them"
            )
        if not np.isfinite(array).all():
            raise CameraPathError(
                f"{self.place}: {key} has NaN or infinite values; write finite numbers"
            )
        return array

    def flag(self, key: str) -> bool:
        """True or false; false where there is none."""
        value = self.content.get(key)
        if value is not None and not isinstance(value, bool):
            raise CameraPathError(f"{self.place}: {key} is {_short(value)}; write true or false")
        return bool(value)

    def entry(self, key: str) -> "Entry":
        """The object under `key`; an empty one where there is none."""
        value = self.content.get(key)
        if value is None:
            return Entry({}, f"{self.place}, {key}")
        if not isinstance(value, Mapping):
            raise CameraPathError(f"{self.place}: {key} is no object; write one in braces")
        return Entry(value, f"{self.place}, {key}")

    def entries(self, key: str, name: str) -> list["Entry"]:
        """The objects of the list under `key`, called `name` with a number from 1 in messages."""
        value = self.content.get(key)
        if value is None:
            return []
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise CameraPathError(f"{self.place}: {key} is no list; write one in brackets")
        found = []
        for number, item in enumerate(value, 1):
            if not isinstance(item, Mapping):
                raise CameraPathError(
                    f"{self.place}, {name} {number}: is no object; write one in braces"
                )
            found.append(Entry(item, f"{self.place}, {name} {number}"))
        return found


def is_finite_number(value: Any) -> bool:
    """Whether a JSON value is a number that a float can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number of hundreds of digits
        return False


def _short(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 40 else text[:37] + "…"
