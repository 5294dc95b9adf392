"""The help of a sub-command, in flowing text and in the words of whoever calls the program."""

import ast
import inspect
import textwrap
from dataclasses import dataclass, fields
from typing import Annotated, Any, get_type_hints

import tyro

from dvox_core.program import FROM_SOURCE, program_name


def in_own_words(text: str) -> str:
    """A help text with the program called as the user calls it."""
    return text.replace(FROM_SOURCE, program_name())


def with_flowing_helps(kind: type[Any]) -> type[Any]:
    """A sub-command's class whose fields have their docstrings as help, without their line breaks.

    tyro finds the docstrings itself, but breaks a line wherever the source does.
    """
    texts = field_docstrings(kind)
    hints = get_type_hints(kind, include_extras=True)
    described = {
        field.name: Annotated[hints[field.name], tyro.conf.arg(help=texts[field.name])]
        for field in fields(kind)
        if field.name in texts
    }
    body = {
        "__annotations__": described,
        "__doc__": in_own_words(inspect.getdoc(kind) or ""),
        "__module__": kind.__module__,
    }
    return dataclass(frozen=True)(type(kind.__name__, (kind,), body))


def field_docstrings(kind: type[Any]) -> dict[str, str]:
    """Name → the string that stands below a field in its class, in one line."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(tree, ast.ClassDef)
    texts = {}
    for field, below in zip(tree.body, tree.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
        ):
            texts[field.target.id] = " ".join(str(below.value.value).split())
    return texts
