"""Argument types that sub-commands share."""

from pathlib import Path
from typing import Annotated

import tyro

OptionalPath = Annotated[Path | None, tyro.conf.arg(metavar="PATH")]
"""A path that may be left out."""

Flag = Annotated[bool, tyro.conf.FlagCreatePairsOff]
"""A switch that is off unless it is named."""
