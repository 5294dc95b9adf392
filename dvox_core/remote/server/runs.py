"""Tells the other side of a training run's folder, a portion at a time, and takes its commands."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from dvox_core.errors import UserError
from dvox_core.remote.messages import Array
from dvox_core.remote.server.scenes import there
from dvox_core.training.run.commands import Command
from dvox_core.training.run.run_directory import HEAD_BYTES, RunDirectory
from dvox_core.training.run.status import ACTIVE

LOG_BYTES = 2**18
"""Of the log in one answer."""

MAX_FILE = 32 * 2**20
FOLDERS = {"previews": ".png", "volumes": ".safetensors"}
MAX_NAMES = 10_000


def is_run(path: Path) -> bool:
    """Whether a training run lies there, or its scene."""
    folder = path.parent if path.name == "scene.dvox" else path
    return RunDirectory(folder).exists and (folder / "log.jsonl").is_file()


def look_at_run(head: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Array]]:
    """How a run stands: its configuration, status, files, and the next portion of its log.

    The log comes from `offset` on, or from its beginning where `begins` is not how it begins.

    Raises:
        UserError: there is no run.
    """
    path = there(head.get("path"))
    directory = _directory(path)
    content, offset = _log(directory.log_path, head)
    status = directory.read_status()
    facts = {
        "folder": directory.path.name,
        "config": directory.read_config(),
        "status": asdict(status),
        "is_alive": status.state in ACTIVE,
        "log_offset": offset,
        "log_size": _size(directory.log_path),
        "log_begins": _begin(directory.log_path),
        "has_scene": directory.scene_path.is_file(),
        **{folder: _names(directory.path / folder, end) for folder, end in FOLDERS.items()},
    }
    return facts, {"log": np.frombuffer(content, np.uint8)}


def read_run_file(head: Mapping[str, Any]) -> dict[str, Array]:
    """A validation view or a grid of a run, by folder and name.

    Raises:
        UserError: there is none, or it is too large.
    """
    directory = _directory(there(head.get("path")))
    folder, name = str(head.get("folder")), str(head.get("name"))
    if folder not in FOLDERS or Path(name).name != name or not name.endswith(FOLDERS[folder]):
        raise UserError(f"{name[:80]}: is no file of a training run that can be asked for")
    path = directory.path / folder / name
    try:
        if path.stat().st_size > MAX_FILE:
            raise UserError(f"{path}: is too large to be shown from another machine")
        return {"bytes": np.frombuffer(path.read_bytes(), np.uint8)}
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error


def send_command(head: Mapping[str, Any]) -> dict[str, Any]:
    """Tell a run to do something.

    Raises:
        UserError: there is no run, or no such command.
    """
    directory = _directory(there(head.get("path")))
    factor = head.get("factor", 1.0)
    if isinstance(factor, bool) or not isinstance(factor, int | float):
        raise UserError("a command's factor is no number")
    name: Any = head.get("command")
    if not isinstance(name, str):
        raise UserError("a command has no name")
    directory.commands.send(Command(name, float(factor)))  # type: ignore[arg-type]
    return {}


def _directory(path: Path) -> RunDirectory:
    folder = path.parent if path.name == "scene.dvox" else path
    directory = RunDirectory(folder)
    if not is_run(folder):
        raise UserError(f"{folder}: holds no training run; name a run's folder")
    return directory


def _log(path: Path, head: Mapping[str, Any]) -> tuple[bytes, int]:
    """Whole lines, and where they begin."""
    offset, begins = head.get("offset", 0), head.get("begins", "")
    if type(offset) is not int or offset < 0 or begins != _begin(path)[: len(str(begins))]:
        offset = 0
    try:
        with path.open("rb") as stream:
            stream.seek(offset)
            content = stream.read(LOG_BYTES)
            while b"\n" not in content and len(content) < MAX_FILE:
                more = stream.read(LOG_BYTES)
                if not more:
                    break
                content += more
    except OSError:
        return b"", 0
    return content[: content.rfind(b"\n") + 1], offset


def _begin(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(HEAD_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _names(folder: Path, end: str) -> list[str]:
    try:
        return sorted(path.name for path in folder.glob(f"step_*{end}"))[-MAX_NAMES:]
    except OSError:
        return []
