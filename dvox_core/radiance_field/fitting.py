"""Fits a radiance field to pictures, from a coarse grid to a fine one."""

import math
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dvox_core.errors import CaptureError, CheckpointError
from dvox_core.geometry.grid import GridPlacement
from dvox_core.radiance_field.config import FieldConfig, FieldStage
from dvox_core.radiance_field.field import WHITE, Array, RadianceField
from dvox_core.radiance_field.optimizers import (
    CompiledOptimizer,
    Optimizer,
    Resolution,
    TorchOptimizer,
)
from dvox_core.radiance_field.views import FieldViews, grid_cameras

LOUDEST_DB = 100.0
CPU = torch.device("cpu")


@dataclass(frozen=True)
class FieldStep:
    """What a step tells.

    Attributes:
        stage: its number, from 0.
        step: how many steps of the whole fit are done with it.
        loss: squared error a ray, summed over the colours.
        psnr: of the step's rays, decibels.
    """

    stage: int
    step: int
    loss: float
    psnr: float


class FieldFitter:
    """One fit in progress. What a step draws depends on the seed and its number alone.

    Args:
        views: pictures and cameras.
        placement: the cube that is fitted.
        config: stages and rates.
        seed: of the rays that steps take.
        background: the colour behind everything, red, green, blue in 0…1.
        device: on the CPU compiled loops run, elsewhere torch.
        threads: how many share a step on the CPU; the result does not depend on it.
    """

    def __init__(
        self,
        views: FieldViews,
        placement: GridPlacement,
        config: FieldConfig,
        seed: int,
        *,
        background: tuple[float, float, float] = WHITE,
        device: torch.device = CPU,
        threads: int | None = None,
    ) -> None:
        self.views, self.placement, self.config, self.seed = views, placement, config, seed
        self._background, self._device = background, device
        self._threads = threads or torch.get_num_threads()
        self.step_number = 0
        self._stage = 0
        self._corners = None if views.shown is None else whole_tiles(views.shown, config.tile)
        first = config.stages[0]
        empty = RadianceField.empty(placement, first.side, background, first.outer_side)
        self._optimizer = self._optimizer_for(first, empty.bricks())

    @property
    def stage(self) -> int:
        """The number of the stage that the next step belongs to, or the last one."""
        return self._place(self.step_number)[0]

    @property
    def progress(self) -> float:
        """Steps done of all, 0…1."""
        return min(self.step_number / self.config.steps, 1.0)

    @property
    def is_done(self) -> bool:
        """Whether all steps of all stages are done."""
        return self.step_number >= self.config.steps

    @property
    def field(self) -> RadianceField:
        """The field as it is; a copy."""
        stage = self.config.stages[self._stage]
        return RadianceField.from_bricks(
            self.placement, self._optimizer.rows(), stage.side, self._background, stage.outer_side
        )

    def step(self) -> FieldStep:
        """Fit to one batch of rays."""
        number, within = self._place(self.step_number)
        stage = self.config.stages[number]
        if number != self._stage:
            finer = self.field.upsampled(stage.side, stage.outer_side)
            self._optimizer.close()
            self._optimizer = self._optimizer_for(stage, finer.bricks())
            self._stage = number
        if within % self.config.occupancy_every == 0:
            self._optimizer.look()
        random = np.random.default_rng((self.seed, self.step_number))
        pixels = self._draw(random, stage.rays)
        offsets = random.random(len(pixels))
        share = stage.final_share ** (within / stage.steps)
        rates = stage.density_rate * share, stage.color_rate * share
        losses = self._optimizer.step(pixels, offsets, rates, within)
        self.step_number += 1
        loss = float(losses.mean(dtype=np.float64))
        psnr = -10 * math.log10(loss / 3) if loss else LOUDEST_DB
        return FieldStep(number, self.step_number, loss, min(psnr, LOUDEST_DB))

    def state(self) -> dict[str, Any]:
        """Everything for an exact resume: tensors and plain values."""
        return {
            "config": self.config.to_json(),
            "step": self.step_number,
            "stage": self._stage,
            **self._optimizer.state(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from `state()`.

        Raises:
            CheckpointError: it is of a fit with another configuration.
        """
        if FieldConfig.from_json(state["config"]) != self.config:
            raise CheckpointError(
                "the snapshot is of a field of other stages; "
                "resume with the run's own configuration"
            )
        self.step_number, self._stage = int(state["step"]), int(state["stage"])
        self._optimizer.close()
        rows: Array = state["rows"].numpy().reshape(-1).copy()
        self._optimizer = self._optimizer_for(self.config.stages[self._stage], rows)
        self._optimizer.restore(state)

    def close(self) -> None:
        """End the threads of its own."""
        self._optimizer.close()

    def _place(self, step: int) -> tuple[int, int]:
        """The stage of a step, and its number within."""
        for number, stage in enumerate(self.config.stages):
            if step < stage.steps or number == len(self.config.stages) - 1:
                return number, step
            step -= stage.steps
        raise ValueError("a fit has at least one stage")

    def _draw(self, random: np.random.Generator, rays: int) -> NDArray[np.int64]:
        """Pixels of random tiles, those of a view together."""
        count, height, width, _ = self.views.pictures.shape
        tile = self.config.tile
        tiles = rays // tile**2
        within = (np.arange(tile)[:, None] * width + np.arange(tile)).reshape(-1)
        if self._corners is not None:
            corners = np.sort(self._corners[random.integers(len(self._corners), size=tiles)])
            return np.asarray((corners[:, None] + within).reshape(-1))
        views = np.sort(random.integers(count, size=tiles))
        rows = random.integers(height - tile + 1, size=tiles)
        columns = random.integers(width - tile + 1, size=tiles)
        corners = (views * height + rows) * width + columns
        return np.asarray((corners[:, None] + within).reshape(-1))

    def _optimizer_for(self, stage: FieldStage, rows: Array) -> Optimizer:
        config = self.config
        resolution = Resolution(
            side=stage.side,
            outer_side=stage.outer_side,
            rays=stage.rays,
            background=self._background,
            pressure=config.pressure,
            least_light=config.least_light,
            betas=config.betas,
            epsilon=config.epsilon,
        )
        cameras = grid_cameras(self.views.cameras, self.placement, stage.side)
        if self._device.type == "cpu":
            return CompiledOptimizer(resolution, rows, self.views, cameras, self._threads)
        return TorchOptimizer(resolution, rows, self.views, cameras, self._device)


def whole_tiles(shown: NDArray[np.bool_], tile: int) -> NDArray[np.int64]:
    """[T]: numbers of the pixels of [N, H, W] at which a tile begins that is shown whole.

    Raises:
        CaptureError: there is none.
    """
    whole = np.zeros_like(shown)
    windows = np.lib.stride_tricks.sliding_window_view(shown, (tile, tile), axis=(1, 2))
    whole[:, : windows.shape[1], : windows.shape[2]] = windows.all(axis=(-2, -1))
    corners = np.flatnonzero(whole)
    if not len(corners):
        raise CaptureError("the pictures show nothing: they are transparent or padded all over")
    return corners


def seconds_per_step(fitter: FieldFitter, steps: int = 10) -> list[float]:
    """How long a step of each stage takes here, in seconds; some seconds of measuring.

    Stages are measured on a field that is hardly begun, so that late steps are quicker.
    """
    result = []
    short = tuple(replace(stage, steps=steps + 2) for stage in fitter.config.stages)
    trial = FieldFitter(
        fitter.views,
        fitter.placement,
        replace(fitter.config, stages=short),
        fitter.seed,
        background=fitter._background,
        device=fitter._device,
        threads=fitter._threads,
    )
    for _ in short:
        for _ in range(2):  # compiling, and upsampling
            trial.step()
        start = time.perf_counter()
        for _ in range(steps):
            trial.step()
        result.append((time.perf_counter() - start) / steps)
    trial.close()
    return result
