"""Makes a table: checks the plan, has its cells made by an engine, and writes the results."""

import json
import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dvox_core import __version__
from dvox_core.atomic_files import write_text
from dvox_core.baselines.systems import NEAREST
from dvox_core.data.capture import Capture
from dvox_core.data.loading import load_capture
from dvox_core.distribution.engine import Engine, Job, JobEnded
from dvox_core.errors import UserError
from dvox_core.evaluation.tables.cell import (
    MODULE,
    capture_digest,
    count_parameters,
    picture_side,
    require_trainable,
    run_config,
    scene_digest,
)
from dvox_core.evaluation.tables.folder import TableFolder
from dvox_core.evaluation.tables.formats import as_csv, as_latex, as_markdown
from dvox_core.evaluation.tables.sheet import write_sheets
from dvox_core.evaluation.tables.table import Cell, CellKey, Table, TableError, TablePlan
from dvox_core.training.run.snapshots import KEPT

log = logging.getLogger(__name__)

MAY_CHANGE = ("capture_paths", "steps", "minutes")
"""Of a plan, in a folder that holds its table: captures may have moved, the budget may grow."""

STATE_COPIES = 4
"""Numbers that a snapshot keeps for each parameter: itself, Adam's two, the average."""


SPHERE_TOLERANCE = 0.05
"""Of the distance: cameras that keep to it stand on a sphere and look at its middle."""


@dataclass(frozen=True)
class CellMoved:
    """A cell's training has come further.

    Attributes:
        share: of the training, 0…1.
        psnr: of its last validation; None before the first.
        text: what is done now, for people.
    """

    key: CellKey
    share: float
    psnr: float | None
    text: str


@dataclass(frozen=True)
class CellEnded:
    """A cell is done, has failed, or was stopped: then it is waiting still."""

    cell: Cell


TableEvent = CellMoved | CellEnded
Listener = Callable[[TableEvent], None]


@dataclass(frozen=True)
class CheckedCapture:
    """What a table needs to know of a capture.

    Attributes:
        note: on what a system cannot know of its cameras; or "".
    """

    digest: str
    note: str


def check_plan(plan: TablePlan) -> dict[str, CheckedCapture]:
    """Look at every capture, and refuse what no cell could be made of.

    Raises:
        UserError: the first thing that is wrong, in one line.
    """
    side = picture_side(plan)
    checked: dict[str, CheckedCapture] = {}
    for name in plan.captures:
        path = plan.path_of(name)
        capture = load_capture(path)
        stored = capture.intrinsics.width
        if stored < side:
            raise TableError(
                f"{path}: its pictures are {stored} pixels a side, fewer than the table's {side}; "
                f"use --size {stored}, or leave this capture out"
            )
        _require_trainable(plan, path, capture)
        found = CheckedCapture(capture_digest(capture), translation_note(name, capture))
        for other, known in checked.items():
            if known.digest == found.digest:
                raise TableError(
                    f"{path}: is the same capture as {plan.path_of(other)}; name it once"
                )
        checked[name] = found
    return checked


def translation_note(name: str, capture: Capture) -> str:
    """A line where cameras' places do not follow from their directions; or "".

    Worrall et al. and Pix2Pix are told directions alone: of cameras on a sphere that look at its
    middle these say all.
    """
    center = np.asarray(capture.placement.center)
    cameras = [view.camera.camera_to_world for view in capture.split("train")]
    offsets = np.array([pose[:3, 3] - center for pose in cameras])
    axes = np.array([pose[:3, 2] for pose in cameras])
    distances = np.linalg.norm(offsets, axis=1)
    misses = np.linalg.norm(np.cross(axes, offsets), axis=1) / distances
    spread = (distances.max() - distances.min()) / distances.mean()
    if max(spread, misses.max()) <= SPHERE_TOLERANCE:
        return ""
    return (
        f"{name}: its cameras stand on no common sphere or look past its middle, of which Worrall "
        "et al. and Pix2Pix are told nothing."
    )


def require_space(folder: TableFolder, plan: TablePlan) -> None:
    """Refuse a disk that cannot hold the table's runs.

    Raises:
        TableError: how much is missing.
    """
    needed = sum(
        4 * count_parameters(run_config(plan, key).model) * (1 + KEPT * STATE_COPIES)
        for key in plan.keys
        if key.system != NEAREST and not folder.run(key).exists
    )
    place = next(path for path in (folder.path, *folder.path.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free
    if free < needed:
        raise TableError(
            f"{folder.path}: the trainings need about {needed / 1e9:.1f} GB, and {free / 1e9:.1f} "
            "GB are free there; free some, or choose another place or a smaller --preset"
        )


def begin_table(folder: TableFolder, plan: TablePlan) -> tuple[Table, Mapping[str, CheckedCapture]]:
    """Write the plan into its folder, or agree with what lies there. Needs the lock.

    Returns:
        The table as its score files say, and its captures.

    Raises:
        UserError: the plan cannot be, or the folder holds another one.
    """
    if folder.exists:
        require_same_plan(folder, folder.read().plan, plan)
    else:
        require_empty(folder)
    captures = check_plan(plan)
    require_space(folder, plan)
    table = collect(folder, plan, captures)
    write_table(folder, table)
    return table, captures


def make_table(
    folder: TableFolder,
    plan: TablePlan,
    engine: Engine,
    listener: Listener = lambda event: None,
) -> Table:
    """Make every cell that is not made yet; the same call goes on after whatever ended it.

    Example: `make_table(TableFolder(path), plan, LocalEngine(2, 1)).mean("pix2pix", "psnr")`

    Args:
        folder: that the table lies in; `ask_to_stop` of it ends this, trainings saved.
        engine: that runs the cells' jobs; stopped by its owner.
        listener: told how cells come on, in this thread.

    Raises:
        UserError: the plan cannot be, the folder holds another one, or another process makes it.
    """
    with folder.lock():
        table, captures = begin_table(folder, plan)
        waiting = [cell.key for cell in table.cells if cell.state != "done"]
        for key in waiting:
            engine.submit(job_of(folder, key))
        keys = {str(key): key for key in waiting}
        for event in engine.events():
            key = keys[event.job.name]
            if not isinstance(event, JobEnded):
                listener(_moved(key, event.content))
                continue
            cell = _found_cell(folder, plan, key, captures[key.capture].digest)
            if event.problem and not folder.is_asked_to_stop:  # Ctrl-C may end a job that begins
                cell = replace(cell, state="failed", message=event.problem)
            table = table.with_cell(cell)
            write_table(folder, table)
            listener(CellEnded(cell))
        return table


def job_of(folder: TableFolder, key: CellKey) -> Job:
    """The job that makes a cell."""
    request = {
        "folder": str(folder.path.absolute()),
        "capture": key.capture,
        "system": key.system,
        "seed": key.seed,
    }
    return Job(str(key), MODULE, request)


def collect(folder: TableFolder, plan: TablePlan, captures: Mapping[str, CheckedCapture]) -> Table:
    """The table as score files and runs say, whoever made them."""
    cells = tuple(_found_cell(folder, plan, key, captures[key.capture].digest) for key in plan.keys)
    is_blind = {"worrall", "pix2pix", "pix2pix-isola"} & set(plan.systems)
    notes = tuple(found.note for found in captures.values() if found.note and is_blind)
    return Table(plan, cells, {"dvox": __version__, "torch": torch.__version__}, notes)


def write_table(folder: TableFolder, table: Table) -> None:
    """Write table.json and the same in every other form, and the sheets.

    Raises:
        UserError: a file could not be written.
    """
    text = json.dumps(table.to_json(), indent=1, ensure_ascii=False)
    write_text(folder.table_path, text + "\n")
    write_text(folder.markdown_path, as_markdown(table))
    write_text(folder.latex_path, as_latex(table))
    write_text(folder.csv_path, as_csv(table))
    try:
        write_sheets(folder, table)
    except UserError as error:  # a picture that somebody deleted costs the sheet, not the table
        log.warning("no sheet: %s", error)


def require_same_plan(folder: TableFolder, held: TablePlan, wanted: TablePlan) -> None:
    """Refuse a plan that the folder's table was not begun with; its budget may grow.

    Raises:
        TableError: what differs.
    """
    ours, theirs = held.to_json(), wanted.to_json()
    for name in ours:
        if name not in MAY_CHANGE and ours[name] != theirs[name]:
            raise TableError(
                f"{folder.path}: holds a table with other {name} ({_text(ours[name])}, not "
                f"{_text(theirs[name])}); give the same options, or choose another folder"
            )
    for name in ("steps", "minutes"):
        before, after = ours[name], theirs[name]
        if (before is None) != (after is None) or (before is not None and after < before):
            begun = f"{held.steps} steps" if held.steps else f"{held.minutes:g} minutes"
            raise TableError(
                f"{folder.path}: holds a table of {begun} a cell; give as many or more, or choose "
                "another folder"
            )


def require_empty(folder: TableFolder) -> None:
    """Refuse a folder that holds something other than a table.

    Raises:
        TableError: it is a file, or not empty.
    """
    if folder.path.exists() and not folder.path.is_dir():
        raise TableError(f"{folder.path}: is a file; choose another name for the table's folder")
    if folder.path.is_dir() and any(path.name[0] != "." for path in folder.path.iterdir()):
        raise TableError(f"{folder.path}: is not empty and holds no table; choose another folder")


def _require_trainable(plan: TablePlan, path: Path, capture: Capture) -> None:
    try:
        require_trainable(plan, capture)
    except UserError as error:
        text = str(error)
        named = text if str(path) in text else f"{path}: {text}"
        raise TableError(named) from error


def _found_cell(folder: TableFolder, plan: TablePlan, key: CellKey, digest: str) -> Cell:
    waiting = Cell(key.capture, key.system, key.seed)
    try:
        scores = folder.scores(key)
    except TableError:
        return waiting  # it is scored again
    if scores is not None:
        cell = scores.cell
        is_of_capture = cell.capture_digest == digest
        is_trained = key.system == NEAREST or (
            plan.share(cell.steps, cell.minutes) >= 1
            and cell.scene_digest == scene_digest(folder.scene_path(key))
        )
        if cell.key == key and is_of_capture and is_trained:
            return cell
    status = folder.run(key).read_status()
    if status.state == "failed":
        return replace(waiting, state="failed", message=status.message)
    return waiting


def _moved(key: CellKey, content: Mapping[str, Any]) -> CellMoved:
    return CellMoved(key, content["share"], content.get("psnr"), str(content.get("text", "")))


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)
