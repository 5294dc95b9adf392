"""What to say, in one line, of arguments that cannot be understood."""

import contextlib
import difflib
import importlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from dvox_core.errors import UserError


class MisuseError(UserError):
    """Arguments that no sub-command takes."""


@contextlib.contextmanager
def misuse_in_one_line(
    kind: type[Any], arguments: Sequence[str], help_command: str
) -> Iterator[None]:
    """Turns what tyro would draw as a box into a `MisuseError`.

    Args:
        kind: the sub-command's class, whose fields are its arguments.
        arguments: those that are parsed inside.
        help_command: what tells of them all.
    """
    known = ["--" + field.name.replace("_", "-") for field in fields(kind)]
    names = {*known, *(f"--no-{name[2:]}" for name in known), "--help"}
    # Before all else: what follows an unknown name would be taken for something that it is not.
    unknown = [word for word in arguments if word[:2] == "--" and _spelled(word) not in names]
    if unknown:
        raise MisuseError(f"{_unknown(unknown, known)}; “{help_command}” explains")
    try:
        # Private to tyro, and not there in every version of it: without it the box is shown.
        errors: Any = importlib.import_module("tyro._errors")
        watch = errors.on_parse_error
    except (ImportError, AttributeError):
        yield
        return

    def tell(event: Any) -> None:
        line = _line(errors, event, known)
        if line:
            raise MisuseError(f"{line}; “{help_command}” explains")

    with watch(tell):
        yield


def _line(errors: Any, event: Any, known: Sequence[str]) -> str:
    if isinstance(event, errors.MissingArgs):
        names = [_name(one.arg) for one in event.missing_arguments]
        if event.unrecognized_tokens:
            return _unknown(event.unrecognized_tokens, known)
        return f"{_listed(names)} {'is' if len(names) == 1 else 'are'} missing"
    if isinstance(event, errors.UnrecognizedArgs):
        return _unknown(event.tokens, known)
    if isinstance(event, errors.InvalidChoice):
        choices = str(event.argument.lowered.metavar).strip("{}").split(",")  # in their order
        return f"{_name(event.argument)} {event.value}: choose {_listed(choices, 'or')}"
    if isinstance(event, errors.BadValue):
        return f"{_name(event.argument)}: needs {_values(event.argument.lowered.nargs)} after it"
    if isinstance(event, errors.MissingSubcommand):
        return "no sub-command is named"
    if isinstance(event, errors.InstantiationFailure):
        what = _name(event.argument) + ": " if event.argument is not None else ""
        message = " ".join(str(event.message).split())
        number = re.match(r"(?:invalid literal for int|could not convert string to float)", message)
        given = message.rpartition(": ")[2].strip("'")
        return what + (f"{given} is not a number" if number else message)
    return ""


def _spelled(word: str) -> str:
    return word.split("=")[0].replace("_", "-")


def _unknown(tokens: Sequence[str], known: Sequence[str]) -> str:
    token = tokens[0]
    near = difflib.get_close_matches(token.split("=")[0], known, n=1, cutoff=0.6)
    meant = f", did you mean {near[0]}?" if near else ""
    if not token.startswith("-"):
        return f"{token}: is one argument too many{meant}"
    return f"{token}: there is no such argument{meant}"


def _name(argument: Any) -> str:
    if argument.is_positional():
        return str(argument.lowered.metavar)
    return str(argument.lowered.name_or_flags[-1])


def _values(count: Any) -> str:
    return f"{count} values" if isinstance(count, int) and count > 1 else "a value"


def _listed(names: Sequence[str], conjunction: str = "and") -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {conjunction} {names[-1]}"
