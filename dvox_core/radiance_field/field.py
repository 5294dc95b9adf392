"""A radiance field: raw density and colour at the voxels of a cube, and what lies behind them."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.grid import GridPlacement
from dvox_core.radiance_field.bricks import to_bricks

Array = NDArray[np.float32]

DENSITY_SHIFT = 4.0
"""The density of a voxel is softplus(raw − 4), so a raw density of zero is nearly empty."""

WHITE = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Background:
    """What is composited behind the cube.

    Attributes:
        color: red, green, blue in 0…1.
    """

    color: tuple[float, float, float] = WHITE


@dataclass(eq=False)
class RadianceField:
    """Densities and colours at G × G × G voxels, mixed trilinearly between them.

    Voxel i sits at (i − G/2) · scale/G from the cube's centre along each axis, as in the grid of a
    model. Light that goes a voxel's length through raw density r is absorbed by
    1 − exp(−softplus(r − 4)).

    Attributes:
        placement: the cube.
        density: [G, G, G] float32, axes (z, y, x): raw.
        color: [G, G, G, 3] float32: red, green, blue, as in the pictures (0…1, not clamped).
        background: what is behind.
    """

    placement: GridPlacement
    density: Array = field(repr=False)
    color: Array = field(repr=False)
    background: Background = Background()

    @staticmethod
    def empty(
        placement: GridPlacement, side: int, background: Background = Background()
    ) -> "RadianceField":
        """A field of raw density 0 and mid grey."""
        values = np.zeros((side, side, side, 4), dtype=np.float32)
        values[..., 1:] = 0.5
        return RadianceField.from_rows(placement, values, background)

    @staticmethod
    def from_rows(
        placement: GridPlacement, rows: Array, background: Background
    ) -> "RadianceField":
        """A field that shows the rows [G, G, G, 4] or [G³, 4] themselves (raw, red, green, blue)."""
        side = round((rows.size / 4) ** (1 / 3))
        rows = rows.reshape(side, side, side, 4)
        return RadianceField(placement, rows[..., 0], rows[..., 1:], background)

    @property
    def side(self) -> int:
        """G."""
        return int(self.density.shape[0])

    @property
    def voxel_size(self) -> float:
        """Edge of a voxel, world units."""
        return self.placement.voxel_size(self.side)

    def rows(self) -> Array:
        """[G, G, G, 4] float32: raw density, red, green, blue of each voxel."""
        return np.concatenate([self.density[..., None], self.color], axis=-1, dtype=np.float32)

    def bricks(self) -> Array:
        """[G³·4] float32: the same as compiled loops take it, see `bricks`."""
        return np.asarray(to_bricks(self.rows())).reshape(-1)

    def opacity(self) -> Array:
        """[G, G, G]: the share of light that a voxel's length of each voxel's density absorbs."""
        return np.asarray(1 / (1 + np.exp(DENSITY_SHIFT - self.density)), dtype=np.float32)

    def upsampled(self, side: int) -> "RadianceField":
        """The same field on `side` voxels a side, mixed trilinearly.

        Raw densities stay, as the recipe has it: a surface of full opacity in one voxel keeps it.
        """
        rows = self.rows()
        for axis in range(3):
            rows = _resampled(rows, side, axis)
        return RadianceField.from_rows(self.placement, np.ascontiguousarray(rows), self.background)


def _resampled(rows: Array, side: int, axis: int) -> Array:
    """Linear samples along an axis at i · G/side; the upper neighbour is clamped."""
    count = rows.shape[axis]
    places = np.arange(side) * (count / side)
    lower = places.astype(np.int64)
    shape = [1] * rows.ndim
    shape[axis] = side
    share = (places - lower).astype(np.float32).reshape(shape)
    upper = np.minimum(lower + 1, count - 1)
    return np.asarray(rows.take(lower, axis) * (1 - share) + rows.take(upper, axis) * share)
