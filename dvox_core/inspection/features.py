"""What the features of a voxel grid look like: colours, norms, changes and likeness."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Volume = NDArray[np.float32]

COLOR_RANGE = (1.0, 99.0)
"""Percentiles of a component that become the darkest and the brightest colour."""

INVENTED = 0.1
"""A voxel is invented if inpainting changed it by this share of the strongest feature norm."""


@dataclass(frozen=True, eq=False)
class FeatureColors:
    """Three principal components of features as red, green and blue.

    Attributes:
        mean: [F] float32.
        components: [3, F] float32, orthonormal, strongest first; rows of zeros where F < 3.
        low, high: [3] float32, what becomes 0 and 1.
        shares: [3] float32, each component's share of the variance.
    """

    mean: NDArray[np.float32]
    components: NDArray[np.float32]
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    shares: NDArray[np.float32]

    def colors(self, grid: Volume) -> Volume:
        """Features [F, G, G, G] as colours [3, G, G, G] in 0…1 (red, green, blue)."""
        values = self.components @ (grid.reshape(len(grid), -1) - self.mean[:, None])
        width = np.maximum(self.high - self.low, np.finfo(np.float32).tiny)
        shares = np.clip((values - self.low[:, None]) / width[:, None], 0, 1)
        return np.asarray(shares.reshape(3, *grid.shape[1:]), dtype=np.float32)


def fit_colors(grid: Volume) -> FeatureColors:
    """The principal components of a grid [F, G, G, G]; some 10 ms for 64 × 32³.

    A component's sign is free. It is chosen so that the third central moment of the values is
    positive: what stands out from the many alike voxels is bright, in every scene and snapshot.
    (By the largest loading's sign, two snapshots of one run often differed.)
    """
    values = grid.reshape(len(grid), -1)
    mean = values.mean(axis=1)
    centred = values - mean[:, None]
    size = float(np.abs(centred).max()) or 1.0  # powers of raw features could overflow
    centred /= size
    variances, vectors = np.linalg.eigh(centred @ centred.T / values.shape[1])
    count = min(3, len(grid))
    components = np.zeros((3, len(grid)), dtype=np.float32)
    components[:count] = vectors.T[::-1][:count]
    projected = components @ centred
    flipped = np.einsum("cn,cn,cn->c", projected, projected, projected) < 0
    components[flipped] *= -1
    projected[flipped] *= -1
    low, high = size * np.percentile(projected, COLOR_RANGE, axis=1)
    shares = np.zeros(3)
    total = max(float(variances.sum()), np.finfo(np.float32).tiny)
    shares[:count] = np.maximum(variances[::-1][:count], 0) / total
    return FeatureColors(
        mean, components, low.astype(np.float32), high.astype(np.float32), shares.astype(np.float32)
    )


def features_pca(grid: Volume) -> Volume:
    """A grid [F, G, G, G] as colours [3, G, G, G] in 0…1 by its own principal components."""
    return fit_colors(grid).colors(grid)


def feature_norms(grid: Volume) -> Volume:
    """The Euclidean norm of each voxel's features: [F, G, G, G] → [G, G, G]."""
    squares = np.einsum("fzyx,fzyx->zyx", grid, grid)
    if np.isfinite(squares).all():
        return np.asarray(np.sqrt(squares))
    exact = np.einsum("fzyx,fzyx->zyx", grid, grid, dtype=np.float64)
    return np.asarray(np.sqrt(exact), dtype=grid.dtype)


def change_by_inpainting(raw: Volume, inpainted: Volume) -> Volume:
    """The norm of the difference of two grids [F, G, G, G] at each voxel: [G, G, G]."""
    return feature_norms(inpainted - raw)


def invented_voxels(raw: Volume, inpainted: Volume) -> NDArray[np.bool_]:
    """The voxels that inpainting made up: [G, G, G].

    They had next to nothing before, and have something after: norms below and above `INVENTED`
    times each grid's largest.
    """
    before, after = feature_norms(raw), feature_norms(inpainted)
    return np.asarray((before < INVENTED * before.max()) & (after > INVENTED * after.max()))


def similarity_to(grid: Volume, voxel: tuple[int, int, int]) -> Volume:
    """Cosine similarity of every voxel's features to those of one: [G, G, G] in −1…1.

    Args:
        grid: [F, G, G, G].
        voxel: (x, y, z). A voxel without features is like none, and none is like it.
    """
    x, y, z = voxel
    norms = feature_norms(grid)
    unit = grid[:, z, y, x] / (norms[z, y, x] or 1)
    along = np.einsum("f,fzyx->zyx", unit, grid)
    return np.asarray(np.divide(along, norms, out=np.zeros_like(along), where=norms > 0))


def most_similar(
    similarity: Volume,  # [G, G, G]
    voxel: tuple[int, int, int],  # (x, y, z), left out
    count: int,
) -> NDArray[np.int64]:
    """The `count` voxels (x, y, z) most like one, the most alike first: [count, 3]."""
    x, y, z = voxel
    others = similarity.copy()
    others[z, y, x] = -np.inf
    order = np.argsort(others, axis=None)[::-1][: min(count, others.size - 1)]
    return np.asarray(np.stack(np.unravel_index(order, others.shape)[::-1], axis=1))
