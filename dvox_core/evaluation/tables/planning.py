"""A table's plan from what a user gives, and the command line that makes it."""

from collections.abc import Sequence
from pathlib import Path

from dvox_core.baselines.systems import SYSTEMS, find_system
from dvox_core.evaluation.tables.table import Loss, TableError, TablePlan
from dvox_core.safe_names import safe_file_name
from dvox_core.training.presets import find_preset

DEFAULT_SYSTEMS = ("nearest", "tatarchenko", "worrall", "pix2pix", "deepvoxels")
DEFAULT_MINUTES = 10.0

SMALLEST_SIDE = 128
"""Of a table's pictures: DeepVoxels renders none smaller."""


def plan_table(
    captures: Sequence[Path],
    systems: Sequence[str] = DEFAULT_SYSTEMS,
    *,
    preset: str = "small",
    size: int | None = None,
    loss: Loss = "cpu",
    steps: int | None = None,
    minutes: float | None = None,
    seeds: int = 1,
    split: str = "test",
) -> TablePlan:
    """The plan; without a budget every cell gets 10 minutes.

    Args:
        captures: folders; those of one name get -2, -3.
        systems: in any order; the table has the paper's.

    Raises:
        UserError: what cannot be of that; captures are not looked into yet.
    """
    if not captures:
        raise TableError("no capture is given; name one or more captures' folders")
    paths = [path.resolve() for path in captures]
    for index, path in enumerate(paths):
        if path in paths[:index]:
            raise TableError(f"{captures[index]}: is given twice; name every capture once")
    names = [find_system(name).name for name in systems]
    if not names:
        raise TableError(f"no system is given; choose among {', '.join(SYSTEMS)}")
    find_preset(preset)
    for option, value in (("--steps", steps), ("--minutes", minutes), ("--seeds", seeds)):
        if value is not None and not value > 0:
            raise TableError(f"{option} {value}: write a number above 0")
    if steps is not None and minutes is not None:
        raise TableError("--steps and --minutes exclude each other; leave one out")
    if size is not None and (size < SMALLEST_SIDE or size & (size - 1)):
        raise TableError(f"--size {size}: write 128, 256, 512, …")
    return TablePlan(
        captures=_capture_names(paths),
        capture_paths=tuple(map(str, paths)),
        systems=tuple(name for name in SYSTEMS if name in names),
        preset=preset,
        size=size,
        loss=loss,
        steps=steps,
        minutes=DEFAULT_MINUTES if steps is None and minutes is None else minutes,
        seeds=seeds,
        split=split,
    )


def table_arguments(plan: TablePlan, out: Path, workers: int = 1, threads: int = 1) -> list[str]:
    """What `python main.py` is told to make this table."""
    arguments = ["table", *plan.capture_paths, "--out", str(out)]
    arguments += ["--systems", *plan.systems, "--preset", plan.preset]
    if plan.size is not None:
        arguments += ["--size", str(plan.size)]
    arguments += ["--loss", plan.loss]
    budget = ("--steps", plan.steps) if plan.steps is not None else ("--minutes", plan.minutes)
    arguments += [str(part) for part in budget]
    arguments += ["--seeds", str(plan.seeds), "--split", plan.split]
    return [*arguments, "--workers", str(workers), "--threads", str(threads)]


def _capture_names(paths: Sequence[Path]) -> tuple[str, ...]:
    names: list[str] = []
    for path in paths:
        name = safe_file_name(path.name, "capture")
        number, chosen = 1, name
        while chosen.lower() in (taken.lower() for taken in names):
            number += 1
            chosen = f"{name}-{number}"
        names.append(chosen)
    return tuple(names)
