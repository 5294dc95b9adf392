"""Makes the capture and the folder of a run that is ready to be trained."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dvox_core.data.importing import plan_import, write_capture
from dvox_core.errors import UserError
from dvox_core.training.run.run_directory import RunDirectory
from dvox_core.training.run.snapshots import KEPT
from viewer.text.units import file_size
from viewer.wizard.plan import TrainingPlan

Report = Callable[[float, str], None]

PNG_SHARE = 0.6  # of what the pixels take uncompressed, on photographs
LOG_BYTES = 200 << 20  # log, previews and volumes of a long run
COPIES = 5  # in a snapshot: weight, Adam's two, average, and the scene


@dataclass(frozen=True)
class RunLocation:
    """Where a run would be put, and whether it can.

    Attributes:
        free_bytes, needed_bytes: on its disk; `needed_bytes` is rough and rather too much.
        problem: why it cannot be put there, as a line with a remedy; or "".
    """

    free_bytes: int
    needed_bytes: int
    problem: str = ""


def check_location(plan: TrainingPlan, parameters: int) -> RunLocation:
    """Whether capture and run can be put where the plan says, and whether the disk has room."""
    needed = needed_bytes(plan, parameters)
    base = plan.base
    if Path(plan.name).name != plan.name or plan.name.strip(" .") == "":
        return RunLocation(0, needed, "write a name without slashes: two folders will be called so")
    there = base
    while not there.exists() and there != there.parent:
        there = there.parent
    try:
        if not there.is_dir():
            raise UserError(f"{there}: is a file; choose a folder")
        free = shutil.disk_usage(there).free
        _require_writable(there)
        RunDirectory(plan.run_path).require_free()
        for path in _new_folders(plan):
            if path.exists() and (not path.is_dir() or any(path.iterdir())):
                raise UserError(f"{path}: exists already; choose another name")
    except UserError as error:
        text = " ".join(str(error).split())
        if RunDirectory(plan.run_path).exists:
            text = f"{plan.run_path}: holds a training run already; choose another name"
        return RunLocation(0, needed, text)
    except OSError as error:
        line = f"{there}: cannot be used ({error.strerror or error}); choose another folder"
        return RunLocation(0, needed, line)
    if free < needed:
        line = (
            f"{there}: {file_size(free)} are free and about {file_size(needed)} are needed; "
            "free some space, or choose a folder on another disk"
        )
        return RunLocation(free, needed, line)
    return RunLocation(free, needed)


def free_name(plan: TrainingPlan) -> str:
    """The plan's name, or with a number where its folders are taken."""
    base, stem = plan.base, plan.name
    name, number = stem, 1
    folders = ("runs", "captures", "cameras", "masks")
    while any((base / folder / name).exists() for folder in folders):
        number += 1
        name = f"{stem}-{number}"
    return name


def needed_bytes(plan: TrainingPlan, parameters: int) -> int:
    """Disk space of capture and run, roughly."""
    snapshots = 4 * parameters * COPIES * (KEPT + 1)  # a new one is written before one goes
    pictures = 0
    if plan.found_source is not None and plan.needs_import:
        pictures = round(len(plan.found_source.survey.views) * 3 * plan.options.size**2 * PNG_SHARE)
    return snapshots + pictures + LOG_BYTES


def prepare_run(plan: TrainingPlan, progress: Report) -> Path:
    """Import the pictures and make the run's folder.

    Everything that was made is deleted again where it does not succeed.

    Args:
        plan: complete.
        progress: as operations report it; may raise `Cancelled`.

    Returns:
        The run's folder.

    Raises:
        UserError: in one line, what is wrong and what to do.
    """
    from dvox_core.training.run.launch import begin_run, chosen_precision

    def report(done: int, total: int, what: str) -> None:
        progress(0.95 * done / total if total else 0.0, what)

    found_source, source, capture = plan.found_source, plan.source_path, plan.capture_path
    if found_source is None or source is None or capture is None:
        raise UserError("no pictures are chosen; go back to the first page")
    directory = RunDirectory(plan.run_path)
    directory.require_free()
    precision = chosen_precision(plan.precision, plan.run.device, plan.training.recipe)
    made: list[Path] = []
    try:
        if plan.options.object is not None and plan.masks_path is not None:
            progress(0.0, "keeping the masks")
            _copy(plan.options.object, plan.masks_path)
            made.append(plan.masks_path)
        if plan.needs_import:
            options = plan.written_options
            imported = plan_import(source, found_source.source, found_source.survey, options)
            write_capture(imported, capture, report)
            made.append(capture)
            if found_source.cameras_were_found:
                progress(0.95, "keeping the cameras")
                _copy(found_source.path, source)
                made.append(source)
        progress(0.97, "starting")
        begin_run(directory, plan.run_config(precision))
    except BaseException:
        for path in made:
            shutil.rmtree(path, ignore_errors=True)
        raise
    return directory.path


def _new_folders(plan: TrainingPlan) -> list[Path]:
    if not plan.needs_import:
        return []
    folders = [plan.base / "captures" / plan.name]
    if plan.masks_path is not None:
        folders.append(plan.masks_path)
    if plan.found_source is not None and plan.found_source.cameras_were_found:
        folders.append(plan.base / "cameras" / plan.name)
    return folders


def _require_writable(folder: Path) -> None:
    """Raise an OSError where nothing can be made in a folder, found out by trying."""
    probe = folder / f".dvox-{id(folder)}"
    probe.mkdir()
    probe.rmdir()


def _copy(source: Path, target: Path) -> None:
    try:
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("database.db*"))
    except (OSError, shutil.Error) as error:
        shutil.rmtree(target, ignore_errors=True)
        raise UserError(f"{target}: could not be written; free some space") from error
