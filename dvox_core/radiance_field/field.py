"""A radiance field: raw density and colour at the voxels of a cube, and what lies behind them."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.grid import GridPlacement
from dvox_core.radiance_field.bricks import from_bricks, to_bricks

Array = NDArray[np.float32]

DENSITY_SHIFT = 4.0
"""The density of a voxel is softplus(raw − 4), so a raw density of zero is nearly empty."""

FARTHEST = 64.0
"""How far surroundings reach, in half sides of the cube; behind that is the background's colour."""

WHITE = (1.0, 1.0, 1.0)


@dataclass(frozen=True, eq=False)
class Background:
    """What is outside the cube.

    Attributes:
        color: red, green, blue in 0…1, behind everything.
        surroundings: [B, B, B, 4] float32 (raw density, red, green, blue) of the world around the
            cube, or nothing. With q a place's distance from the cube's centre in half sides and m
            the largest of |q|, it is at q · (2 − 1/m)/m, which fills −2…2; −1…1 is unused.
    """

    color: tuple[float, float, float] = WHITE
    surroundings: Array | None = field(default=None, repr=False)

    @property
    def side(self) -> int:
        """B, 0 without surroundings."""
        return 0 if self.surroundings is None else int(self.surroundings.shape[0])


PLAIN_WHITE = Background()


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
        background: what is outside.
    """

    placement: GridPlacement
    density: Array = field(repr=False)
    color: Array = field(repr=False)
    background: Background = PLAIN_WHITE

    @staticmethod
    def empty(
        placement: GridPlacement,
        side: int,
        color: tuple[float, float, float] = WHITE,
        outer_side: int = 0,
    ) -> "RadianceField":
        """A field of raw density 0 and mid grey, without or with surroundings of the same."""
        background = Background(color, _grey(outer_side) if outer_side else None)
        return RadianceField.from_rows(placement, _grey(side), background)

    @staticmethod
    def from_rows(placement: GridPlacement, rows: Array, background: Background) -> "RadianceField":
        """A field that shows the rows [G, G, G, 4] (raw, red, green, blue) themselves."""
        return RadianceField(placement, rows[..., 0], rows[..., 1:], background)

    @staticmethod
    def from_bricks(
        placement: GridPlacement,
        rows: Array,
        side: int,
        color: tuple[float, float, float],
        outer_side: int = 0,
    ) -> "RadianceField":
        """The field that `bricks` gave the rows of; a copy."""
        inner, outer = np.split(rows.reshape(-1, 4), [side**3])
        surroundings = from_bricks(outer, outer_side) if outer_side else None
        background = Background(color, surroundings)
        return RadianceField.from_rows(placement, from_bricks(inner, side), background)

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
        """[R·4] float32: rows of the cube, then of the surroundings, in the order of `bricks`."""
        parts = [to_bricks(self.rows())]
        if self.background.surroundings is not None:
            parts.append(to_bricks(self.background.surroundings))
        return np.concatenate(parts).reshape(-1)

    def opacity(self) -> Array:
        """[G, G, G]: the share of light that a voxel's length of each voxel's density absorbs."""
        return np.asarray(1 / (1 + np.exp(DENSITY_SHIFT - self.density)), dtype=np.float32)

    def upsampled(self, side: int, outer_side: int | None = None) -> "RadianceField":
        """The same field on `side` voxels a side, surroundings on `outer_side`; mixed trilinearly.

        Raw densities stay: a surface that is opaque within a voxel is so within a smaller one.
        """
        background = self.background
        if background.surroundings is not None and outer_side:
            background = Background(
                background.color, _resampled(background.surroundings, outer_side)
            )
        return RadianceField.from_rows(self.placement, _resampled(self.rows(), side), background)


def _grey(side: int) -> Array:
    rows = np.zeros((side, side, side, 4), dtype=np.float32)
    rows[..., 1:] = 0.5
    return rows


def _resampled(rows: Array, side: int) -> Array:
    """Trilinear samples at i · G/side along each axis; the upper neighbour is clamped."""
    count = rows.shape[0]
    places = np.arange(side) * (count / side)
    lower = places.astype(np.int64)
    upper = np.minimum(lower + 1, count - 1)
    for axis in range(3):
        shape = [1] * rows.ndim
        shape[axis] = side
        share = (places - lower).astype(np.float32).reshape(shape)
        rows = rows.take(lower, axis) * (1 - share) + rows.take(upper, axis) * share
    return np.ascontiguousarray(rows)
