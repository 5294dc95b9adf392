"""One resolution of a field being fitted: its rows, Adam's moments, and a step on a batch of rays.

`CompiledOptimizer` runs on CPUs, `TorchOptimizer` on any device; both keep rows in the order of
`bricks`, the cube's first and then those of the surroundings, and give the same numbers.
"""

import itertools
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dvox_core.radiance_field import kernels_torch
from dvox_core.radiance_field.field import FARTHEST, Array
from dvox_core.radiance_field.occupancy import Occupancy
from dvox_core.radiance_field.views import FieldViews

Result = TypeVar("Result")


@dataclass(frozen=True)
class Resolution:
    """What an optimizer works on.

    Attributes:
        side: of the cube, and outer_side of the surroundings (0: none), in voxels.
        rays: in a step.
        background: red, green, blue.
        pressure, least_light, betas, epsilon: see `FieldConfig`.
    """

    side: int
    outer_side: int
    rays: int
    background: tuple[float, float, float]
    pressure: float
    least_light: float
    betas: tuple[float, float]
    epsilon: float


class Optimizer(Protocol):
    """A field's rows at one resolution, moved step by step."""

    def rows(self) -> Array:
        """[R·4]: a copy."""

    def look(self) -> None:
        """Find out anew where the field holds anything."""

    def step(
        self,
        pixels: NDArray[np.int64],
        offsets: NDArray[np.float64],
        rates: tuple[float, float],
        number: int,
    ) -> Array:
        """Fit to rays; `number` counts this resolution's steps from 0. Returns [R] losses."""

    def state(self) -> dict[str, Tensor]:
        """Everything that `restore` needs."""

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from a state."""

    def close(self) -> None:
        """End threads."""


class CompiledOptimizer:
    """On this machine's processors, by `kernels_numba`.

    Args:
        rows: [R·4]; taken over.
        cameras: [N, 3, 4] float64, into this resolution's grid coordinates.
        threads: how many share a step; the result does not depend on it.
    """

    def __init__(
        self,
        resolution: Resolution,
        rows: Array,
        views: FieldViews,
        cameras: NDArray[np.float64],
        threads: int,
    ) -> None:
        self._resolution, self._rows, self._threads = resolution, rows, threads
        lens, scale = views.lens, np.float32(views.value_scale)
        self._views = (cameras, lens, views.pictures, scale)
        self._total, self._means, self._squares = (np.zeros_like(rows) for _ in range(3))
        self._occupancy = Occupancy(resolution.side, resolution.outer_side)
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        # The system gives this memory only as far as it is written.
        self._most = samples_of_a_ray(resolution.side, resolution.outer_side)
        self._samples = sample_room(resolution.rays * self._most)

    def rows(self) -> Array:
        """See `Optimizer`."""
        return self._rows.copy()

    def look(self) -> None:
        """See `Optimizer`."""
        self._occupancy.update(self._rows)

    def step(
        self,
        pixels: NDArray[np.int64],
        offsets: NDArray[np.float64],
        rates: tuple[float, float],
        number: int,
    ) -> Array:
        """See `Optimizer`."""
        from dvox_core.radiance_field import kernels_numba as kernels

        resolution = self._resolution
        losses = np.empty(len(pixels), dtype=np.float32)
        edges = np.linspace(0, len(pixels), self._threads + 1).astype(int).tolist()
        grid = compiled_grid(self._rows, self._occupancy)
        chunks = [
            tuple(array[begin * self._most : end * self._most] for array in self._samples)
            for begin, end in itertools.pairwise(edges)
        ]
        background = tuple(np.float32(value) for value in resolution.background)
        pressure, least = np.float32(resolution.pressure), np.float32(resolution.least_light)
        sides = (resolution.side, resolution.outer_side)
        (rate0, rate1), epsilon = unbiased(rates, resolution, number)
        beta1, beta2 = resolution.betas
        active = np.array_split(self._occupancy.active, self._threads)

        def trace(part: int) -> int:
            span = edges[part], edges[part + 1]
            return int(
                kernels.trace_rays(
                    grid, self._views, pixels, offsets, background, pressure, least, *span,
                    chunks[part], losses,
                )
            )  # fmt: skip

        def scatter(part: int) -> None:
            for chunk, count in zip(chunks, counts, strict=True):
                kernels.scatter(
                    chunk, count, sides, resolution.side**3, part, self._threads, self._total
                )

        def move(part: int) -> None:
            kernels.adam(
                self._rows,
                self._total,
                self._means,
                self._squares,
                active[part],
                (np.float32(rate0), np.float32(rate1)),
                (np.float32(beta1), np.float32(beta2)),
                np.float32(epsilon),
            )

        counts = self._share(trace)
        self._share(scatter)
        self._share(move)
        return losses

    def state(self) -> dict[str, Tensor]:
        """See `Optimizer`."""
        return _packed(
            torch.from_numpy(self._rows.reshape(-1, 4)),
            torch.from_numpy(self._means.reshape(-1, 4)),
            torch.from_numpy(self._squares.reshape(-1, 4)),
            torch.from_numpy(self._occupancy.voxels),
        )

    def restore(self, state: dict[str, Tensor]) -> None:
        """See `Optimizer`."""
        rows, means, squares, voxels = _unpacked(state, len(self._rows) // 4)
        self._rows = rows.numpy().reshape(-1)
        self._means, self._squares = means.numpy().reshape(-1), squares.numpy().reshape(-1)
        self._occupancy.restore(voxels.numpy())

    def close(self) -> None:
        """See `Optimizer`."""
        if self._pool is not None:
            self._pool.shutdown()

    def _share(self, work: Callable[[int], Result]) -> list[Result]:
        if self._pool is None:
            return [work(0)]
        return list(self._pool.map(work, range(self._threads)))


class TorchOptimizer:
    """On any device, by `kernels_torch`."""

    def __init__(
        self,
        resolution: Resolution,
        rows: Array,
        views: FieldViews,
        cameras: NDArray[np.float64],
        device: torch.device,
    ) -> None:
        self._resolution, self._device = resolution, device
        self._values = torch.from_numpy(rows.reshape(-1, 4)).to(device)
        self._means, self._squares = (torch.zeros_like(self._values) for _ in range(2))
        self._pictures = torch.from_numpy(views.pictures).to(device).flatten(0, 2)
        self._scale, self._lens = views.value_scale, views.lens
        self._size = views.pictures.shape[1:3]
        self._cameras = torch.from_numpy(cameras).to(device)
        self._background = torch.tensor(resolution.background, device=device)
        self._occupancy = Occupancy(resolution.side, resolution.outer_side)
        self._cells = torch.from_numpy(self._occupancy.cells).to(device)

    def rows(self) -> Array:
        """See `Optimizer`."""
        return self._values.cpu().numpy().reshape(-1).copy()

    def look(self) -> None:
        """See `Optimizer`."""
        self._occupancy.update(self.rows())
        self._cells = torch.from_numpy(self._occupancy.cells).to(self._device)

    def step(
        self,
        pixels: NDArray[np.int64],
        offsets: NDArray[np.float64],
        rates: tuple[float, float],
        number: int,
    ) -> Array:
        """See `Optimizer`."""
        resolution = self._resolution
        losses, gradient = self.gradient(pixels, offsets)
        (density, color), epsilon = unbiased(rates, resolution, number)
        kernels_torch.adam_step(
            self._values,
            gradient,
            self._means,
            self._squares,
            torch.tensor([density, color, color, color], device=self._device),
            resolution.betas,
            epsilon,
        )
        return np.asarray(losses.cpu().numpy())

    def gradient(
        self, pixels: NDArray[np.int64], offsets: NDArray[np.float64]
    ) -> tuple[Tensor, Tensor]:
        """Losses [R] of rays, and the gradient [R, 4] of their sum by the rows."""
        resolution, (height, width) = self._resolution, self._size
        chosen = torch.from_numpy(pixels).to(self._device)
        starts = torch.from_numpy(offsets).to(self._device)
        cameras = self._cameras[chosen // (height * width)]
        rays = kernels_torch.pixel_rays(
            cameras, self._lens, (chosen % width).double(), ((chosen // width) % height).double()
        )
        values = self._values.detach().requires_grad_()
        grid = kernels_torch.TorchGrid(
            values, self._cells, resolution.side, resolution.outer_side, FARTHEST
        )
        light = kernels_torch.cast_rays(grid, rays[0], rays[1], starts, resolution.least_light)
        targets = self._pictures[chosen].float() * self._scale
        losses = kernels_torch.ray_losses(light, targets, self._background)
        pressure = resolution.pressure * (light.opacities * light.in_cube).sum()
        (losses.sum() + pressure).backward()  # type: ignore[no-untyped-call]
        assert values.grad is not None
        return losses.detach(), values.grad

    def state(self) -> dict[str, Tensor]:
        """See `Optimizer`."""
        voxels = torch.from_numpy(self._occupancy.voxels)
        moments = self._means.cpu(), self._squares.cpu()
        return _packed(self._values.cpu(), *moments, voxels)

    def restore(self, state: dict[str, Tensor]) -> None:
        """See `Optimizer`."""
        rows, means, squares, voxels = _unpacked(state, len(self._values))
        self._values, self._means = rows.to(self._device), means.to(self._device)
        self._squares = squares.to(self._device)
        self._occupancy.restore(voxels.numpy())
        self._cells = torch.from_numpy(self._occupancy.cells).to(self._device)

    def close(self) -> None:
        """See `Optimizer`."""


def unbiased(
    rates: tuple[float, float], resolution: Resolution, number: int
) -> tuple[tuple[float, float], float]:
    """Rates and epsilon that make up for the moments' start at zero."""
    beta1, beta2 = resolution.betas
    root = math.sqrt(1 - beta2 ** (number + 1))
    factor = root / (1 - beta1 ** (number + 1))
    return (rates[0] * factor, rates[1] * factor), resolution.epsilon * root


def samples_of_a_ray(side: int, outer_side: int) -> int:
    """The most samples that a ray can have."""
    inside = math.ceil(math.sqrt(3) * side) + 2
    if not outer_side:
        return inside
    # Steps grow with the distance by 4/side a half side; towards the cube and away from it.
    away = math.ceil(math.log(FARTHEST) / math.log1p(4 / outer_side)) + outer_side + 4
    return inside + 2 * away


def sample_room(count: int) -> tuple[NDArray[np.int32], Array, Array]:
    """Buffers for `count` samples: lowest rows, places, and shades or gradients."""
    return (
        np.empty(count, dtype=np.int32),
        np.empty((count, 4), dtype=np.float32),
        np.empty((count, 4), dtype=np.float32),
    )


def compiled_grid(rows: Array, occupancy: Occupancy) -> tuple[Any, ...]:
    """What compiled loops take as a field; see `kernels_numba.trace_rays`."""
    outer = (occupancy.side**3, occupancy.outer_side, FARTHEST)
    return rows, occupancy.cells, occupancy.distances, occupancy.side, outer


def _packed(rows: Tensor, means: Tensor, squares: Tensor, voxels: Tensor) -> dict[str, Tensor]:
    """Moments only of the bricks that have some."""
    bricks = squares.reshape(-1, 64 * 4).amax(dim=1).nonzero()[:, 0]
    return {
        "rows": rows.clone(),
        "bricks": bricks,
        "means": means.reshape(-1, 64, 4)[bricks],
        "squares": squares.reshape(-1, 64, 4)[bricks],
        "voxels": voxels.clone(),
    }


def _unpacked(state: dict[str, Tensor], count: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    moments = []
    for name in ("means", "squares"):
        whole = torch.zeros(count // 64, 64, 4)
        whole[state["bricks"]] = state[name]
        moments.append(whole.reshape(-1, 4))
    return state["rows"].clone(), moments[0], moments[1], state["voxels"].clone()
