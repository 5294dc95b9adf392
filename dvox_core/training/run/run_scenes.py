"""The scenes that a run writes: its present one, and the one that scored best."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from dvox_core.atomic_files import atomic_file
from dvox_core.checkpoints.scene_file import read_scene, write_scene
from dvox_core.errors import UserError
from dvox_core.model.scene import Scene
from dvox_core.training.run.run_directory import RunDirectory

SCORE = "validation_psnr"
"""Among a scene's training facts: its own mean PSNR on the validation views, in dB."""


@dataclass(frozen=True)
class ScoredScene:
    """A scene file of a run; `psnr` in dB, None where it was not measured."""

    step: int
    psnr: float | None


class RunScenes:
    """Writes scene.dvox and best.dvox in a run's directory.

    best.dvox stays for good: a run that is gone on with may end worse, and then still has it.
    """

    def __init__(self, directory: RunDirectory) -> None:
        self._present, self._best = directory.scene_path, directory.best_scene_path

    def write(self, scene: Scene) -> None:
        """Write scene.dvox."""
        write_scene(self._present, scene)

    def write_best(self, scene: Scene) -> None:
        """Write best.dvox."""
        write_scene(self._best, scene)

    def best(self) -> ScoredScene | None:
        """What best.dvox holds; None if it is not there, or cannot be read."""
        return _read(self._best)

    def adopt_best(self, step: int) -> None:
        """Keep scene.dvox as best.dvox where there is none and it is the scene of that step."""
        present = _read(self._present)
        if not self._best.is_file() and present is not None and present.step == step:
            _copy(self._present, self._best)

    def publish_best(self) -> None:
        """Make scene.dvox a copy of best.dvox."""
        _copy(self._best, self._present)


def _read(path: Path) -> ScoredScene | None:
    try:
        training = read_scene(path).training
        psnr = training.get(SCORE)
        return ScoredScene(int(training["steps"]), None if psnr is None else float(psnr))
    except (UserError, KeyError, TypeError, ValueError):
        return None


def _copy(source: Path, target: Path) -> None:
    with atomic_file(target) as temporary:
        shutil.copyfile(source, temporary)
