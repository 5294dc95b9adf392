"""Checks that what was read from JSON is of the types that a dataclass's fields have."""

import functools
import types
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

MAX_WHOLE = 2**63
"""Whole numbers at or beyond it are no counts of anything here, and no arithmetic takes them."""

Check = Callable[[Any], bool]


def wrong_field(instance: Any) -> str:
    """The first field of a dataclass whose value is not of its type; "" if there is none.

    A list counts as a tuple, and a whole number as a float, as in JSON.
    """
    kind: type = type(instance)
    return next((name for name, check in _checks(kind) if not check(getattr(instance, name))), "")


def require_types(instance: Any) -> None:
    """Refuse an instance with a value that is not of its field's type.

    Raises:
        TypeError: the first such field is named.
    """
    name = wrong_field(instance)
    if name:
        raise TypeError(f"{name} {str(getattr(instance, name))[:40]!r} cannot be")


@functools.cache
def _checks(kind: type) -> tuple[tuple[str, Check], ...]:
    # What is known for type checking alone are choices of words.
    hints = get_type_hints(kind, localns={"Device": str})
    return tuple((field.name, _check(hints[field.name])) for field in fields(kind))


def _check(hint: Any) -> Check:
    origin, inner = get_origin(hint), get_args(hint)
    if hint is float:
        return lambda value: isinstance(value, float) or _is_whole(value)
    if hint is int:
        return _is_whole
    if hint in (str, bool, types.NoneType):
        return lambda value: isinstance(value, hint)
    if origin is Literal:
        return lambda value: isinstance(value, str) and value in inner
    if origin in (Union, types.UnionType):
        either = [_check(each) for each in inner]
        return lambda value: any(check(value) for check in either)
    if origin is tuple:
        item = _check(inner[0])  # of tuple[X, ...]
        return lambda value: isinstance(value, (tuple, list)) and all(map(item, value))
    if origin is Mapping:
        key, held = _check(inner[0]), _check(inner[1])
        return lambda value: (
            isinstance(value, Mapping)
            and all(key(name) and held(one) for name, one in value.items())
        )
    return lambda _: True


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < MAX_WHOLE
