"""What every observation of a replay brings: the change of the grid, and of a held-out view."""

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from dvox_core.atomic_files import atomic_file
from dvox_core.data.true_pictures import TruePicture, load_true_picture
from dvox_core.geometry.cameras import Camera
from dvox_core.pipeline.observing import Observation
from dvox_core.pipeline.questions import SourceView
from dvox_core.pipeline.replay import Replay
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.interventions import Interventions
from dvox_core.rendering.observed_grid import ObservedGrid
from dvox_core.rendering.renderer import Intervening, Renderer
from dvox_core.rendering.scores import score_against, shows_anything

COLUMNS = ("observed", "view", "change", "grid_norm", "seen_share", "mean_update", "psnr_db")


@dataclass(frozen=True)
class GrowthStep:
    """One observation in numbers.

    Attributes:
        observed: how many pictures have been observed now.
        view: the name of the last one.
        change: the norm of what it changed in the grid.
        grid_norm: the norm of the grid after it.
        seen_share: the share of the voxels that it lifted something into, 0…1.
        mean_update: the mean of the update gate in those voxels, 0…1.
        psnr: of the held-out view, in dB; NaN without one.
    """

    observed: int
    view: str
    change: float
    grid_norm: float
    seen_share: float
    mean_update: float
    psnr: float

    def row(self) -> tuple[int | str | float, ...]:
        """Its numbers in the order of `COLUMNS`."""
        numbers = (self.change, self.grid_norm, self.seen_share, self.mean_update, self.psnr)
        return (self.observed, self.view, *(f"{value:.6g}" for value in numbers))


class HeldOutView:
    """A view that is rendered from every state, and its true picture where there is one."""

    def __init__(self, renderer: Renderer, camera: Camera, truth: TruePicture | None) -> None:
        """Take an intervening renderer of the scene, which is used from this thread alone."""
        assert isinstance(renderer, Intervening)
        self._renderer, self._intervening = renderer, renderer
        self._camera, self._truth = camera, truth

    def render(self, grid: ObservedGrid) -> Frame:
        """The view of a state of the grid."""
        self._intervening.intervene(Interventions(grid=grid))
        return self._renderer.render(self._camera, Extra.NONE)

    def score(self, frame: Frame) -> float:
        """PSNR in dB, untrained border and padding left out; NaN where the truth is not known."""
        if self._truth is None or not shows_anything(self._truth):
            return math.nan
        return score_against(frame.picture, self._truth).psnr


def held_out_view(renderer: Renderer, view: SourceView, side: int) -> HeldOutView:
    """The held-out view of a capture, with its picture at side × side pixels.

    Raises:
        CaptureError: its picture cannot be read.
    """
    return HeldOutView(renderer, view.camera, load_true_picture(view.picture_path, side))


def grow(
    replay: Replay, held_out: HeldOutView | None
) -> Iterator[tuple[GrowthStep, Observation, Frame | None]]:
    """Observe all views that are left, and tell of each."""
    while replay.done < len(replay.views):
        observation = replay.advance()
        frame, score = None, math.nan
        if held_out is not None:
            frame = held_out.render(replay.grid(replay.done))
            score = held_out.score(frame)
        name = replay.views[replay.done - 1].name
        yield growth_step(replay.done, name, observation, score), observation, frame


def growth_step(observed: int, view: str, observation: Observation, score: float) -> GrowthStep:
    """An observation in numbers."""
    seen = (observation.lifted != 0).any(dim=0)
    share = float(seen.float().mean())
    return GrowthStep(
        observed=observed,
        view=view,
        change=observation.change,
        grid_norm=float(torch.linalg.vector_norm(observation.after)),
        seen_share=share,
        mean_update=float(observation.update[seen].mean()) if share else 0.0,
        psnr=score,
    )


def write_growth(path: Path, steps: Sequence[GrowthStep]) -> None:
    """Write the steps as CSV, whole or not at all."""
    with atomic_file(path) as temporary, temporary.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        writer.writerows(step.row() for step in steps)
