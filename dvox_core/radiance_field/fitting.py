"""Fits a radiance field to pictures, from a coarse grid to a fine one."""

import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dvox_core.errors import CheckpointError
from dvox_core.geometry.grid import GridPlacement
from dvox_core.radiance_field.bricks import from_bricks
from dvox_core.radiance_field.field import Array, Background, RadianceField
from dvox_core.radiance_field.occupancy import Occupancy
from dvox_core.radiance_field.views import FieldViews, grid_cameras


@dataclass(frozen=True)
class FieldStage:
    """One resolution of the fit.

    Attributes:
        side: voxels a side, a multiple of 4.
        steps: how many.
        rays: in a step.
        density_rate, color_rate: Adam's learning rates at the stage's start.
        final_share: what they have fallen to at its end (exponentially).
    """

    side: int
    steps: int
    rays: int
    density_rate: float
    color_rate: float
    final_share: float


DEFAULT_STAGES = (
    FieldStage(32, 300, 4096, 0.5, 0.05, 0.5),
    FieldStage(64, 400, 8192, 0.3, 0.05, 0.5),
    FieldStage(128, 1000, 16384, 0.15, 0.03, 0.1),
)


@dataclass(frozen=True)
class FieldConfig:
    """How a field is fitted.

    Attributes:
        stages: coarse to fine.
        pressure: added to the loss's gradient by each sample's opacity, or a white fog stays.
        betas, epsilon: Adam's.
        occupied_opacity: blocks of 4³ voxels without one above it are skipped.
        occupancy_every: steps from one look at the blocks to the next.
        least_light: a ray ends where less than this share of the light would pass.
    """

    stages: tuple[FieldStage, ...] = DEFAULT_STAGES
    pressure: float = 3e-3
    betas: tuple[float, float] = (0.9, 0.99)
    epsilon: float = 1e-8
    occupied_opacity: float = 0.01
    occupancy_every: int = 16
    least_light: float = 1e-3
    tile: int = 4

    def to_json(self) -> dict[str, Any]:
        """Plain values for a file."""
        return asdict(self)

    @staticmethod
    def from_json(values: dict[str, Any]) -> "FieldConfig":
        """The configuration that `to_json` wrote."""
        stages = tuple(FieldStage(**stage) for stage in values["stages"])
        return FieldConfig(**{**values, "stages": stages, "betas": tuple(values["betas"])})

    @property
    def steps(self) -> int:
        """Of all stages."""
        return sum(stage.steps for stage in self.stages)


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
    """One fit in progress. Steps depend on the seed and their number alone.

    Args:
        views: pictures and cameras.
        placement: the cube that is fitted.
        config: stages and rates.
        seed: of the rays that a step takes.
        background: what is behind the cube.
        threads: how many share a step; the result does not depend on it.
    """

    def __init__(
        self,
        views: FieldViews,
        placement: GridPlacement,
        config: FieldConfig,
        seed: int,
        background: Background = Background(),
        threads: int | None = None,
    ) -> None:
        self.views, self.placement, self.config, self.seed = views, placement, config, seed
        self._background = background
        self._threads = threads or torch.get_num_threads()
        self._pool = ThreadPoolExecutor(self._threads) if self._threads > 1 else None
        self._color = np.array(background.color, dtype=np.float32)
        self.step_number = 0
        empty = RadianceField.empty(placement, config.stages[0].side, background)
        self._begin_stage(empty.bricks())

    @property
    def stage(self) -> int:
        """The number of the stage that the next step belongs to."""
        return self._stage

    @property
    def progress(self) -> float:
        """Steps done of all, 0…1."""
        return self.step_number / self.config.steps

    @property
    def is_done(self) -> bool:
        """Whether all stages are."""
        return self.step_number >= self.config.steps

    @property
    def field(self) -> RadianceField:
        """A copy of the field as it is."""
        side = self.config.stages[self._stage].side
        rows = from_bricks(self._rows.reshape(-1, 4), side)
        return RadianceField.from_rows(self.placement, rows, self._background)

    def step(self) -> FieldStep:
        """Fit to one batch of rays."""
        stage_number, within = self._place(self.step_number)
        if stage_number != self._stage:
            finer = self.field.upsampled(self.config.stages[stage_number].side)
            self._stage = stage_number
            self._begin_stage(finer.bricks())
        stage = self.config.stages[stage_number]
        if within % self.config.occupancy_every == 0:
            self._occupancy.update(self._rows)
        random = np.random.default_rng((self.seed, self.step_number))
        pixels = self._draw(random, stage.rays)
        offsets = random.random(stage.rays)
        losses = self._compute(pixels, offsets, within)
        self.step_number += 1
        loss = float(losses.mean(dtype=np.float64))
        return FieldStep(
            stage_number, self.step_number, loss, -10 * math.log10(max(loss / 3, 1e-10))
        )

    def state(self) -> dict[str, Any]:
        """Everything for an exact resume: tensors and numbers."""
        return {
            "config": self.config.to_json(),
            "step": self.step_number,
            "stage": self._stage,
            "rows": torch.from_numpy(self._rows.copy()),
            "means": torch.from_numpy(self._means.copy()),
            "squares": torch.from_numpy(self._squares.copy()),
            "voxels": torch.from_numpy(self._occupancy.voxels.copy()),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from `state()`.

        Raises:
            CheckpointError: it is of another configuration.
        """
        if FieldConfig.from_json(state["config"]) != self.config:
            raise CheckpointError(
                "the snapshot is of a field of other stages; resume with the run's configuration"
            )
        self.step_number, self._stage = int(state["step"]), int(state["stage"])
        self._begin_stage(_array(state["rows"]))
        self._means[:], self._squares[:] = _array(state["means"]), _array(state["squares"])
        self._occupancy.restore(_array(state["voxels"]))

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()

    def _draw(self, random: np.random.Generator, rays: int) -> Any:
        """Pixels of random tiles: neighbours mix the same voxels, which is twice as fast."""
        count, height, width, _ = self.views.pictures.shape
        tile = self.config.tile
        tiles = rays // tile**2
        views = np.sort(random.integers(count, size=tiles))
        rows = random.integers(height - tile + 1, size=tiles)
        columns = random.integers(width - tile + 1, size=tiles)
        corners = (views * height + rows) * width + columns
        within = np.arange(tile)[:, None] * width + np.arange(tile)
        return (corners[:, None] + within.reshape(-1)).reshape(-1)

    def _place(self, step: int) -> tuple[int, int]:
        """The stage of a step, and its number within."""
        for number, stage in enumerate(self.config.stages):
            if step < stage.steps:
                return number, step
            step -= stage.steps
        last = len(self.config.stages) - 1
        return last, self.config.stages[last].steps + step

    _stage = 0

    def _begin_stage(self, rows: Array) -> None:
        stage = self.config.stages[self._stage]
        self._rows = rows
        self._total, self._means, self._squares = (np.zeros_like(rows) for _ in range(3))
        self._occupancy = Occupancy(stage.side, self.config.occupied_opacity)
        self._cameras = grid_cameras(
            self.views.cameras,
            self.placement.center,
            self.placement.voxel_size(stage.side),
            stage.side,
        )
        self._reserve(stage)

    def _reserve(self, stage: FieldStage) -> None:
        """Memory for the samples of a step; the system gives it only as far as it is written."""
        most = stage.rays * (math.ceil(math.sqrt(3) * stage.side) + 2)
        self._bases = np.empty(most, dtype=np.int32)
        self._parts = np.empty((most, 3), dtype=np.float32)
        self._gradients = np.empty((most, 4), dtype=np.float32)

    def _compute(self, pixels: Any, offsets: Any, within: int) -> Array:
        from dvox_core.radiance_field import kernels_numba as kernels

        stage, config, lens = (
            self.config.stages[self._stage],
            self.config,
            self.views.intrinsics,
        )
        side = stage.side
        losses = np.empty(stage.rays, dtype=np.float32)
        most = len(self._bases) // stage.rays
        edges = np.linspace(0, stage.rays, self._threads + 1).astype(int)

        def trace(part: int) -> int:
            begin, end = int(edges[part]), int(edges[part + 1])
            own = slice(begin * most, end * most)
            return int(
                kernels.trace_rays(
                    self._rows,
                    self._occupancy.cells,
                    self._occupancy.distances,
                    side,
                    self._cameras,
                    (lens.focal, lens.principal_x, lens.principal_y),
                    self.views.pictures,
                    np.float32(self.views.value_scale),
                    pixels,
                    offsets,
                    self._color,
                    np.float32(config.pressure),
                    np.float32(config.least_light),
                    begin,
                    end,
                    self._bases[own],
                    self._parts[own],
                    self._gradients[own],
                    losses,
                )
            )

        counts = self._share(trace)
        share = stage.final_share ** (within / stage.steps)
        beta1, beta2 = config.betas
        bias = math.sqrt(1 - beta2 ** (within + 1)) / (1 - beta1 ** (within + 1))
        rates = (
            np.float32(stage.density_rate * share * bias),
            np.float32(stage.color_rate * share * bias),
        )

        def add(part: int) -> None:
            for chunk, count in enumerate(counts):
                own = slice(int(edges[chunk]) * most, int(edges[chunk + 1]) * most)
                kernels.scatter(
                    self._bases[own],
                    self._parts[own],
                    self._gradients[own],
                    count,
                    side,
                    part,
                    self._threads,
                    self._total,
                )

        def move(part: int) -> None:
            kernels.adam(
                self._rows,
                self._total,
                self._means,
                self._squares,
                np.array_split(self._occupancy.active, self._threads)[part],
                rates,
                (np.float32(beta1), np.float32(beta2)),
                np.float32(config.epsilon * math.sqrt(1 - beta2 ** (within + 1))),
            )

        self._share(add)
        self._share(move)
        return losses

    def _share(self, work: Any) -> list[Any]:
        if self._pool is None:
            return [work(0)]
        return list(self._pool.map(work, range(self._threads)))


def seconds_per_step(
    views: FieldViews, placement: GridPlacement, config: FieldConfig, steps: int = 20
) -> list[float]:
    """Measure how long a step of each stage takes."""
    raise NotImplementedError


def _array(value: Tensor) -> Any:
    return value.detach().cpu().numpy().copy()
