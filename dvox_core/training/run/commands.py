"""Tells a training run what to do, through small files in its directory."""

import json
import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from dvox_core.atomic_files import write_text
from dvox_core.errors import UserError

CommandName = Literal["pause", "continue", "save", "scene", "validate", "stop", "learning_rate"]


@dataclass(frozen=True)
class Command:
    """What a run is asked to do.

    Attributes:
        name: "pause"; "continue"; "save" a snapshot and scene.dvox now; write the "scene" now;
            "validate" now; "stop" after saving; scale the "learning_rate".
        factor: of the learning rate, against what it is now.
    """

    name: CommandName
    factor: float = field(default=1.0)

    def __post_init__(self) -> None:
        if self.name not in get_args(CommandName):
            raise UserError(
                f"“{self.name}” is no command; use one of {', '.join(get_args(CommandName))}"
            )
        if not (math.isfinite(self.factor) and self.factor > 0):
            raise UserError(f"learning rate factor {self.factor}: write a number above 0")


class CommandBox:
    """A folder in which every file is a command; they are carried out by their names' order."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, command: Command) -> None:
        """Put a command in the box; from any process."""
        name = f"{time.time_ns():020d}-{os.getpid()}.json"
        content = {"command": command.name, "factor": command.factor}
        write_text(self._folder / name, json.dumps(content) + "\n")

    def take(self) -> list[Command]:
        """Empty the box; what cannot be understood is thrown away."""
        try:
            paths = sorted(path for path in self._folder.iterdir() if path.name[0] != ".")
        except OSError:
            return []
        commands = []
        for path in paths:
            try:
                commands.append(_command(json.loads(path.read_text(encoding="utf-8"))))
            except (OSError, ValueError, UserError, TypeError, KeyError):
                continue
            finally:
                path.unlink(missing_ok=True)
        return commands


def _command(content: Mapping[str, Any]) -> Command:
    return Command(content["command"], float(content.get("factor", 1.0)))
