"""Cameras over the upper hemisphere, and the DeepVoxels layout they are written in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MARGIN = 7 / 256  # of the picture's side kept free between the object and the picture's edge
DISTANCE = 4.0  # from every camera to the object's centre, in world units
LOWEST, HIGHEST = 5.0, 80.0  # degrees above the horizon
GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))


@dataclass(frozen=True)
class Placement:
    """One intrinsics for all views, and where the voxel grid stands."""

    size: int  # of the pictures, pixels a side
    focal: float  # pixels
    principal: float  # pixels, both axes; integer coordinates are pixel centres
    near_plane: float  # world units
    scale: float  # side of the whole grid, world units

    def intrinsics_text(self) -> str:
        """The authors' intrinsics.txt."""
        return (
            f"{self.focal:.6f} {self.principal} {self.principal} 0.\n0. 0. 0.\n"
            f"{self.near_plane:.6f}\n{self.scale:.6f}\n{self.size} {self.size}\n"
        )


def look_at_centre(azimuth: float, elevation: float) -> Array:
    """Camera-to-world [4, 4] (x right, y down, z ahead) from angles in radians, +z up."""
    away = np.array(
        [
            math.cos(elevation) * math.cos(azimuth),
            math.cos(elevation) * math.sin(azimuth),
            math.sin(elevation),
        ]
    )
    right = np.array([-math.sin(azimuth), math.cos(azimuth), 0.0])
    pose = np.eye(4)
    pose[:3] = np.stack([right, np.cross(-away, right), -away, DISTANCE * away], axis=1)
    return pose


def training_poses(count: int) -> Array:
    """A Fibonacci spiral, evenly spread over the band of the sphere; [count, 4, 4]."""
    low, high = (math.sin(math.radians(angle)) for angle in (LOWEST, HIGHEST))
    heights = low + (high - low) * (np.arange(count) + 0.5) / count
    angles = GOLDEN_ANGLE * np.arange(count)
    return np.stack([look_at_centre(a, math.asin(h)) for a, h in zip(angles, heights, strict=True)])


def held_out_poses(count: int) -> Array:
    """Stratified random directions in the same band, none of the training ones; [count, 4, 4]."""
    random = np.random.default_rng(2019)
    low, high = (math.sin(math.radians(angle)) for angle in (LOWEST + 2, HIGHEST - 3))
    heights = low + (high - low) * (random.permutation(count) + random.random(count)) / count
    angles = 2 * math.pi * (np.arange(count) + random.random(count)) / count
    return np.stack([look_at_centre(a, math.asin(h)) for a, h in zip(angles, heights, strict=True)])


def place_grid(vertices: Array, poses: Array, size: int) -> Placement:
    """The longest focal length that keeps all vertices [N, 3] inside the margin in every view.

    The grid is the cube about the origin that still holds the object when a grid of 32 voxels
    leaves its last one to interpolation: samples end at scale / 2 - scale / 32.
    """
    widest = 0.0
    for pose in poses:
        seen = (vertices - pose[:3, 3]) @ pose[:3, :3]
        widest = max(widest, float((np.abs(seen[:, :2]) / seen[:, 2:]).max()))
    scale = 2 * float(np.abs(vertices).max()) / (1 - 2 / 32)
    scale = math.ceil(scale * 100) / 100
    return Placement(
        size=size,
        focal=round((size / 2 - MARGIN * size) / widest, 3),
        principal=size / 2 - 0.5,
        near_plane=DISTANCE - math.sqrt(3) / 2 * scale,
        scale=scale,
    )


def write_split(folder: Path, poses: Array, placement: Placement) -> None:
    """Write intrinsics.txt and one pose file a view; the pictures come one after the other.

    Raises SystemExit where other cameras stand already: their pictures would not fit these.
    """
    texts = {folder / "intrinsics.txt": placement.intrinsics_text()}
    for i, pose in enumerate(poses):
        numbers = " ".join(f"{number:.9g}" for number in pose.ravel())
        texts[folder / "pose" / f"{i:06d}.txt"] = numbers + "\n"
    for path, text in texts.items():
        if path.exists() and path.read_text() != text:
            raise SystemExit(f"{path}: holds another camera; delete {folder} to render anew")
    (folder / "rgb").mkdir(parents=True, exist_ok=True)
    (folder / "pose").mkdir(exist_ok=True)
    for path, text in texts.items():
        path.write_text(text)
