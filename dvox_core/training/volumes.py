"""Keeps small volumes of the grid over time, and numbers about them; see `volume_names`.

Every validation writes one file of volumes [G, G, G] (z, y, x) in float16.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from dvox_core.atomic_files import atomic_file
from dvox_core.errors import UserError
from dvox_core.training.volume_names import RESET_GATE, UPDATE_GATE

MAX_FILES = 120
"""Files kept of one kind, spread over the whole run."""

MAX_BYTES = 96 * 2**20
"""All files of one kind take no more."""

FEWEST_FILES = 8
"""Kept however large they are."""

_LARGEST = 60_000.0  # of a float16, nearly


def grid_norm(grid: Tensor) -> Tensor:
    """[F, G, G, G] → [G, G, G]."""
    norm: Tensor = torch.linalg.vector_norm(grid.detach().float(), dim=0)
    return norm


class GateMeans:
    """The means of the integration network's gates over the steps since they were last taken."""

    def __init__(self) -> None:
        self._sums: tuple[Tensor, Tensor] | None = None
        self._steps = 0

    @torch.no_grad()
    def add(self, update: Tensor, reset: Tensor) -> None:
        """Count a step's gates, both [G, G, G]."""
        if self._sums is None:
            self._sums = update.detach().float().clone(), reset.detach().float().clone()
        else:
            self._sums[0].add_(update.detach())
            self._sums[1].add_(reset.detach())
        self._steps += 1

    def take(self) -> dict[str, Tensor]:
        """The means by name, [G, G, G] each; empty without a step. Begins anew."""
        sums, steps = self._sums, self._steps
        self._sums, self._steps = None, 0
        if sums is None:
            return {}
        return {UPDATE_GATE: sums[0] / steps, RESET_GATE: sums[1] / steps}


def save_volumes(path: Path, volumes: Mapping[str, Tensor]) -> None:
    """Write volumes [G, G, G] as float16.

    Raises:
        UserError: the file could not be written.
    """
    halves = {
        name: volume.detach().cpu().clamp(-_LARGEST, _LARGEST).to(torch.float16).contiguous()
        for name, volume in volumes.items()
    }
    with atomic_file(path) as temporary:
        try:
            save_file(halves, temporary)
        except Exception as error:  # safetensors has its own error for a full disk
            raise UserError(f"{path}: could not be written ({error})") from error


def volume_statistics(volumes: Mapping[str, Tensor]) -> dict[str, dict[str, float]]:
    """Of each volume its "mean", "median", "high" (99.9 % of the voxels are below) and "max"."""
    statistics = {}
    for name, volume in volumes.items():
        values = volume.detach().cpu().float().flatten().sort().values
        last = values.numel() - 1
        statistics[name] = {
            "mean": float(values.mean()),
            "median": float(values[last // 2]),
            "high": float(values[round(0.999 * last)]),
            "max": float(values[last]),
        }
    return statistics


def keep_spread(folder: Path) -> None:
    """Delete what is too much of files named …_STEP.…, so that the rest spreads over the run.

    The first and the newest stay. Where one must go, it is an inner one whose neighbours are
    closest on a scale of √step, as much happens early.
    """
    steps: list[tuple[int, Path]] = []
    size = 0
    for path in folder.glob("step_*"):
        number = path.stem.rpartition("_")[2]
        if number.isdigit():
            steps.append((int(number), path))
            size = max(size, path.stat().st_size)
    steps.sort()
    most = max(FEWEST_FILES, min(MAX_FILES, MAX_BYTES // max(size, 1)))
    while len(steps) > most:
        gaps = [
            steps[index + 1][0] ** 0.5 - steps[index - 1][0] ** 0.5
            for index in range(1, len(steps) - 1)
        ]
        _, path = steps.pop(1 + gaps.index(min(gaps)))
        path.unlink(missing_ok=True)
