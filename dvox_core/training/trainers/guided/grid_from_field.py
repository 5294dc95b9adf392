"""Makes a model's first grid from a radiance field.

The features of a voxel are, in this order: 8 opacities, of its eighths; coverage, 1 wherever there
is something; red, green, blue; and free channels. All are exactly zero where the field is empty, so
that an empty voxel costs nothing and hides nothing.
"""

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from dvox_core.errors import UserError
from dvox_core.radiance_field.field import DENSITY_SHIFT, RadianceField

OPACITIES = 8
COVERAGE = OPACITIES
FEWEST_FEATURES = OPACITIES + 4
"""Opacities, coverage and colour."""

EMPTY = 0.02
"""A voxel whose largest opacity is no more than this is empty."""

APPEARANCE_SCALE = 32.0
"""What coverage and colours are multiplied with: the collapse divides by the number of planes, and
smaller numbers drown in the batch norm's epsilon."""

FREE_SPREAD = 0.1
"""Free channels start as random numbers up to this, times the scale."""


@dataclass(frozen=True, eq=False)
class GridStart:
    """The voxels that are not empty, and what they start with.

    Attributes:
        opacities: [G³, 8] float32, axes (z, y, x), x fastest; zero in empty voxels.
        occupied: [M] int64, numbers of the voxels that are not empty, ascending.
        appearance: [M, F − 8] float32: coverage, red, green, blue, free channels.
    """

    opacities: Tensor
    occupied: Tensor
    appearance: Tensor

    def grid(self, appearance: Tensor | None = None, opacities: Tensor | None = None) -> Tensor:
        """The grid [F, G, G, G] as a model has it; numbers below zero are zero.

        Args:
            appearance: [M, F − 8], in the place of the start's.
            opacities: [M, 8], likewise.
        """
        appearance = self.appearance if appearance is None else appearance
        voxels = len(self.opacities)
        rows = torch.zeros(voxels, OPACITIES + appearance.shape[1])
        rows[:, :OPACITIES] = self.opacities
        if opacities is not None:
            rows[self.occupied, :OPACITIES] = opacities.relu()
        rows[self.occupied, OPACITIES:] = appearance.relu()
        side = round(voxels ** (1 / 3))
        return rows.T.reshape(-1, side, side, side)


def require_features(features: int) -> None:
    """Refuse a model with too few features.

    Raises:
        UserError: with the remedy.
    """
    if features < FEWEST_FEATURES:
        raise UserError(
            f"{features} features are too few for a grid from a radiance field; take at least "
            f"{FEWEST_FEATURES} (--features), or --recipe direct"
        )


def grid_from_field(
    field: RadianceField, side: int, features: int, generator: torch.Generator
) -> GridStart:
    """The start of a grid of `side` voxels a side with so many features.

    Args:
        generator: of the free channels' random numbers, on the CPU.

    Raises:
        UserError: there are too few features, or the field is empty everywhere.
    """
    require_features(features)
    opacities, colors = _eighths(field, side)  # [8, G³], [8, G³, 3]
    largest = opacities.amax(dim=0)
    occupied = (largest > EMPTY).nonzero()[:, 0]
    if not len(occupied):
        raise UserError(
            "the radiance field found nothing in the grid's cube; check the cameras and the "
            "placement of the grid"
        )
    opacities, colors = opacities[:, occupied], colors[:, occupied]
    weights = opacities / opacities.sum(dim=0)
    color = (weights[..., None] * colors).sum(dim=0).clamp(0, 1)
    free = features - FEWEST_FEATURES
    noise = torch.rand(len(occupied), free, generator=generator) * FREE_SPREAD
    appearance = torch.cat([torch.ones(len(occupied), 1), color, noise], dim=1)
    rows = torch.zeros(side**3, OPACITIES)
    rows[occupied] = opacities.T
    return GridStart(rows, occupied, appearance * APPEARANCE_SCALE)


def _eighths(field: RadianceField, side: int) -> tuple[Tensor, Tensor]:
    """Opacity [8, G³] and colour [8, G³, 3] in the middle of each voxel's eighths."""
    fine = field if field.side >= 2 * side else field.upsampled(2 * side)
    density = torch.from_numpy(fine.density.copy())[None, None]
    color = torch.from_numpy(fine.color.copy()).permute(3, 0, 1, 2)[None]
    ratio = fine.side / side
    axis = torch.arange(side, dtype=torch.float32) * ratio
    opacities, colors = [], []
    for offsets in itertools.product((-0.25, 0.25), repeat=3):
        places = [(axis + offset * ratio) * (2 / (fine.side - 1)) - 1 for offset in offsets]
        z, y, x = torch.meshgrid(*places, indexing="ij")
        points = torch.stack([x, y, z], dim=-1)[None]
        raw = _sampled(density, points)[0]
        # An eighth is ratio / 2 of the field's voxels thick.
        passing = torch.sigmoid(DENSITY_SHIFT - raw) ** (ratio / 2)
        opacities.append(1 - passing)
        colors.append(_sampled(color, points).T)
    return torch.stack(opacities), torch.stack(colors)


def _sampled(volume: Tensor, points: Tensor) -> Tensor:
    """Trilinear samples [C, N] of a volume [1, C, Z, Y, X] at points in −1…1, (x, y, z)."""
    return functional.grid_sample(
        volume, points, mode="bilinear", padding_mode="border", align_corners=True
    ).flatten(2)[0]
