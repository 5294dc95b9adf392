"""Argument types that sub-commands share."""

from pathlib import Path
from typing import Annotated, TypeVar

import tyro

Value = TypeVar("Value")

Unsaid = Annotated[Value | None, tyro.conf.arg(help_behavior_hint=""), tyro.conf.DisallowNone]
"""An argument that may be left out: its help says what follows then, so no default is named."""

OptionalPath = Annotated[
    Path | None,
    tyro.conf.arg(metavar="PATH", help_behavior_hint=""),
    tyro.conf.DisallowNone,
]
"""A path that may be left out."""

OptionalText = Annotated[
    str | None,
    tyro.conf.arg(metavar="TEXT", help_behavior_hint=""),
    tyro.conf.DisallowNone,
]
"""A text that may be left out."""

OptionalCount = Annotated[
    int | None, tyro.conf.arg(metavar="N", help_behavior_hint=""), tyro.conf.DisallowNone
]
"""A whole number that may be left out."""

OptionalNumber = Annotated[
    float | None, tyro.conf.arg(metavar="X", help_behavior_hint=""), tyro.conf.DisallowNone
]
"""A number that may be left out."""

Flag = Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint="")]
"""A switch that is off unless it is named."""
