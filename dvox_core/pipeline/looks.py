"""What the stages look like: features as colours, volumes as clouds, cuts and projections."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.grid import GridPlacement
from dvox_core.inspection.features import FeatureColors, fit_colors
from dvox_core.inspection.volume_view import VolumeView

Array = NDArray[np.float32]

TOP_PERCENT = 99.5
"""Percentile that is as strong as can be: single voxels must not fade all others."""

CLOUD_OPACITY = 0.75
"""Of the strongest voxels of a cloud."""

CLOUD_FLOOR = 0.22
"""Voxels below this share of the strongest are not in a cloud."""

NOTHING = 1e-6
"""Share of the largest norm below which there is nothing."""

CUBE_DISTANCE = 3.2
"""From where a cube is seen, in its own sides: near enough that it looks like one."""

CUBE_FILL = 0.94
"""The share of a picture's side that the sphere around a cube takes."""


@dataclass(frozen=True, eq=False)
class FeatureLook:
    """How features look, wherever the same ones are shown: colours, and what stands out.

    Attributes:
        colors: three principal components as red, green and blue.
        usual: [F], the median features. Most of a grid is empty space, whose features are no zeros
            but all alike; what differs from them stands out.
        largest: the norm that is as large as can be.
        strongest: the difference from what is usual that stands out as can be.
    """

    colors: FeatureColors
    usual: Array
    largest: float
    strongest: float

    def rgb(self, features: Array) -> Array:
        """Features [F, …] as colours [3, …] in 0…1."""
        flat = features.reshape(len(features), -1)
        shown = self.colors.colors(flat[:, :, None, None])
        return shown.reshape(3, *features.shape[1:])

    def strength(self, features: Array) -> Array:
        """How much features [F, …] stand out: [...] in 0…1; 0 where there are none."""
        usual = self.usual.reshape(-1, *[1] * (features.ndim - 1))
        differs = norms(features - usual) / np.float32(self.strongest)
        differs[norms(features) <= NOTHING * self.largest] = 0
        return np.asarray(np.clip(differs, 0, 1))


def fit_look(features: Array) -> FeatureLook:
    """The look of features [F, …] by their own principal components; zeros tell nothing of them."""
    flat = features.reshape(len(features), -1)
    lengths = norms(flat)
    filled = flat[:, lengths > NOTHING * max(float(lengths.max(initial=0.0)), 1e-12)]
    if filled.shape[1] < 4:
        filled = flat
    usual = np.median(filled, axis=1).astype(np.float32)
    largest, strongest = (
        max(float(np.percentile(found, TOP_PERCENT)), 1e-12)
        for found in (norms(filled), norms(filled - usual[:, None]))
    )
    return FeatureLook(fit_colors(filled[:, :, None, None]), usual, largest, strongest)


def norms(features: Array) -> Array:
    """The Euclidean norm of features [F, …]: [...]."""
    return np.asarray(np.sqrt(np.einsum("f...,f...->...", features, features)), dtype=np.float32)


def feature_cloud(look: FeatureLook, features: Array) -> Array:
    """Features [F, G, G, G] as a cloud [G, G, G, 4]: colours, and opacities by strength."""
    return cloud_of(look.rgb(features), look.strength(features))


def cloud_of(
    rgb: Array,  # [3, G, G, G] in 0…1
    strength: Array,  # [G, G, G] in 0…1
    floor: float = CLOUD_FLOOR,
) -> Array:
    """[G, G, G, 4]: colours, and opacities by strength, none below the floor."""
    cloud = np.empty((*strength.shape, 4), dtype=np.float32)
    cloud[..., :3] = np.moveaxis(rgb, 0, -1)
    cloud[..., 3] = CLOUD_OPACITY * np.clip((strength - floor) / (1 - floor), 0, 1)
    return cloud


def cube_view(camera: Camera, placement: GridPlacement, side: int) -> VolumeView:
    """All of the grid's cube in a picture of side × side pixels, from where a camera looks."""
    matrix = camera.camera_to_world.copy()
    distance = CUBE_DISTANCE * placement.scale
    matrix[:3, 3] = np.asarray(placement.center) - distance * camera.forward
    radius = placement.scale * np.sqrt(3) / 2
    focal = CUBE_FILL * side / 2 * np.sqrt(distance**2 - radius**2) / radius
    middle = (side - 1) / 2
    return VolumeView(Camera(matrix), float(focal), middle, middle, side, side)


def rgba_bytes(rgb: Array) -> NDArray[np.uint8]:
    """[3, H, W] in 0…1 → opaque [H, W, 4]."""
    pixels = np.full((*rgb.shape[1:], 4), 255, dtype=np.uint8)
    pixels[..., :3] = np.rint(np.moveaxis(np.clip(rgb, 0, 1), 0, -1) * 255)
    return pixels
