"""A table of systems on captures: what was planned, how each cell stands, and the means."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Literal

from dvox_core.baselines.systems import NEAREST, SYSTEMS
from dvox_core.errors import UserError
from dvox_core.safe_names import safe_file_name

FORMAT = 1

CellState = Literal["waiting", "done", "failed"]
Metric = Literal["psnr", "ssim"]
Loss = Literal["cpu", "paper"]


class TableError(UserError):
    """A table that cannot be made or read; the message says why and what to do."""


@dataclass(frozen=True)
class TablePlan:
    """What a table compares, and what each cell may cost.

    Attributes:
        captures: their names in the table, different from each other, and safe as file names.
        capture_paths: their folders, in the same order.
        systems: in the table's order; see `baselines.systems`.
        preset: the sizes of every system.
        size: of the pictures, pixels a side; None for the preset's.
        loss: "cpu", L1 alone, or "paper", with the adversarial loss.
        steps, minutes: the same budget for every cell; one of the two.
        seeds: so many trainings a cell.
        split: that is scored.
    """

    captures: tuple[str, ...]
    capture_paths: tuple[str, ...]
    systems: tuple[str, ...]
    preset: str
    size: int | None
    loss: Loss
    steps: int | None
    minutes: float | None
    seeds: int
    split: str

    @property
    def keys(self) -> tuple["CellKey", ...]:
        """Every cell, capture by capture; a system that is not trained has one seed."""
        return tuple(
            CellKey(capture, system, seed)
            for capture in self.captures
            for system in self.systems
            for seed in range(1 if system == NEAREST else self.seeds)
        )

    def path_of(self, capture: str) -> Path:
        """The folder of a capture."""
        return Path(self.capture_paths[self.captures.index(capture)])

    def share(self, step: int, minutes: float) -> float:
        """How much of a cell's budget that is, 0…1."""
        if self.steps is not None:
            return min(1.0, step / self.steps)
        return min(1.0, minutes / self.minutes) if self.minutes else 0.0

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "TablePlan":
        """What `to_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: it is no plan.
        """
        unsafe = [name for name in values["captures"] if safe_file_name(name) != name]
        if unsafe:
            raise ValueError(f"“{unsafe[0]}” is no capture's name")
        unknown = [name for name in values["systems"] if name not in SYSTEMS]
        if unknown:
            raise ValueError(f"“{unknown[0]}” is no system that is known here")
        return cls(
            captures=tuple(values["captures"]),
            capture_paths=tuple(values["capture_paths"]),
            systems=tuple(values["systems"]),
            **{
                name: values[name]
                for name in ("preset", "size", "loss", "steps", "minutes", "seeds", "split")
            },
        )


@dataclass(frozen=True)
class CellKey:
    """One training: which capture, which system, which seed (from 0)."""

    capture: str
    system: str
    seed: int = 0

    def __str__(self) -> str:
        return f"{self.capture}/{self.system}/{self.seed}"

    @property
    def file_name(self) -> str:
        """Of the cell among those of its capture."""
        return f"{self.system}-seed{self.seed}" if self.seed else self.system


@dataclass(frozen=True)
class Cell:
    """How one training stands.

    Attributes:
        psnr, ssim: means over the scored views; None until it is done. PSNR is infinite where every
            picture is equal.
        views: how many were scored.
        parameters: numbers that rendering uses, the grid included.
        steps, minutes: what the training took.
        device, processor: where.
        recipe: what trained it; "" for the nearest view.
        scene_digest, capture_digest: of what was scored; another one is scored anew.
        converged: False where the validation score still rose by more than 0.1 dB in the last
            fifth of the training; None where that is not known.
        message: why it failed.
    """

    capture: str
    system: str
    seed: int = 0
    state: CellState = "waiting"
    psnr: float | None = None
    ssim: float | None = None
    views: int = 0
    parameters: int = 0
    steps: int = 0
    minutes: float = 0.0
    device: str = ""
    processor: str = ""
    recipe: str = ""
    scene_digest: str = ""
    capture_digest: str = ""
    converged: bool | None = None
    message: str = ""

    @property
    def key(self) -> CellKey:
        """Which cell it is."""
        return CellKey(self.capture, self.system, self.seed)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; an infinite PSNR becomes null."""
        values = asdict(self)
        return {**values, "psnr": None if self.psnr == math.inf else self.psnr}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Cell":
        """What `to_json` gave; names that this version does not know are passed over.

        Raises:
            TypeError: it is no cell.
        """
        names = {item.name for item in fields(cls)}
        cell = cls(**{name: value for name, value in values.items() if name in names})
        is_equal = cell.state == "done" and cell.psnr is None
        return replace(cell, psnr=math.inf) if is_equal else cell


@dataclass(frozen=True)
class Score:
    """A figure of the table.

    Attributes:
        value: the mean over seeds, or over captures.
        deviation: the standard deviation over seeds; None for one seed.
        converged: False where a training that is in it was still getting better.
    """

    value: float
    deviation: float | None = None
    converged: bool = True


@dataclass(frozen=True)
class Table:
    """The plan and every cell.

    Attributes:
        versions: of the program and of torch, that wrote it.
        notes: what a reader has to know of the captures.
    """

    plan: TablePlan
    cells: tuple[Cell, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def cell(self, key: CellKey) -> Cell:
        """The cell of that key."""
        return next(cell for cell in self.cells if cell.key == key)

    def with_cell(self, cell: Cell) -> "Table":
        """The table with another state of a cell."""
        cells = tuple(cell if old.key == cell.key else old for old in self.cells)
        return replace(self, cells=cells)

    def score(self, system: str, capture: str, metric: Metric) -> Score | None:
        """A cell's figure over its seeds; None where a seed is missing."""
        cells = [cell for cell in self.cells if (cell.system, cell.capture) == (system, capture)]
        values = [getattr(cell, metric) for cell in cells if cell.state == "done"]
        if not cells or len(values) < len(cells):
            return None
        deviation = statistics.stdev(values) if len(values) > 1 else None
        converged = all(cell.converged is not False for cell in cells)
        return Score(statistics.fmean(values), deviation, converged)

    def mean(self, system: str, metric: Metric) -> Score | None:
        """The mean over captures; None where one is missing."""
        scores = [self.score(system, capture, metric) for capture in self.plan.captures]
        known = [score for score in scores if score is not None]
        if not known or len(known) < len(scores):
            return None
        return Score(
            statistics.fmean(score.value for score in known),
            converged=all(score.converged for score in known),
        )

    def best(self, scores: Sequence[Score | None], digits: int) -> list[bool]:
        """Which of a column's figures are the best; ties at the shown digits all are."""
        known = [score.value for score in scores if score is not None]
        if not known:
            return [False] * len(scores)
        top = rounded(max(known), digits)
        return [score is not None and rounded(score.value, digits) == top for score in scores]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        means = {
            system: {metric: _finite(self.mean(system, metric)) for metric in ("psnr", "ssim")}
            for system in self.plan.systems
        }
        return {
            "format": FORMAT,
            "plan": self.plan.to_json(),
            "cells": [cell.to_json() for cell in self.cells],
            "means": means,
            "versions": dict(self.versions),
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any], origin: str) -> "Table":
        """What `to_json` wrote; `origin` is named in errors.

        Raises:
            TableError: of a newer version, or broken.
        """
        try:
            if int(content["format"]) > FORMAT:
                raise TableError(f"{origin}: was made by a newer version; update the program")
            cells = tuple(Cell.from_json(cell) for cell in content["cells"])
            versions = dict(content.get("versions", {}))
            notes = tuple(map(str, content.get("notes", ())))
            return cls(TablePlan.from_json(content["plan"]), cells, versions, notes)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise TableError(
                f"{origin}: is no table ({type(error).__name__}: {error}); choose another folder"
            ) from error


def _finite(score: Score | None) -> float | None:
    return score.value if score is not None and math.isfinite(score.value) else None


def rounded(value: float, digits: int) -> str:
    """A figure as it is shown: rounded half up, not half to even."""
    if not math.isfinite(value):
        return "∞" if value > 0 else "–"
    # Ten digits first: a mean of decimals is a hair off the half that it stands for.
    return str(Decimal(f"{value:.10f}").quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))
