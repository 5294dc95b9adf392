"""Tiny captures made by numpy: a coloured cube, seen from a ring of cameras."""

from pathlib import Path

import numpy as np
from PIL import Image

from dvox_core.data.capture import Capture, View
from dvox_core.data.deepvoxels_files import IntrinsicsFile, write_intrinsics, write_pose
from dvox_core.geometry.cameras import Camera, Intrinsics, look_at
from dvox_core.geometry.grid import GridPlacement

PLACEMENT = GridPlacement((0.0, 0.0, 0.0), 2.0)
NEAR_PLANE = 2.0
HALF_EDGE = 0.6
FACE_COLORS = np.array(
    [
        [[220, 40, 40], [60, 200, 60]],
        [[50, 80, 220], [230, 210, 50]],
        [[200, 60, 200], [40, 40, 40]],
    ]
)
"""[axis, side] → red, green, blue."""


def cube_picture(camera: Camera, intrinsics: Intrinsics) -> np.ndarray:
    """[height, width, 3] uint8: a cube with differently coloured faces before white."""
    rows, columns = np.mgrid[0 : intrinsics.height, 0 : intrinsics.width]
    directions = np.stack(
        [
            (columns - intrinsics.principal_x) / intrinsics.focal,
            (rows - intrinsics.principal_y) / intrinsics.focal,
            np.ones_like(rows, dtype=float),
        ],
        axis=-1,
    )
    directions = directions @ camera.rotation.T
    with np.errstate(divide="ignore"):
        one = (-HALF_EDGE - camera.position) / directions
        other = (HALF_EDGE - camera.position) / directions
    entering, leaving = np.minimum(one, other), np.maximum(one, other)
    axis = entering.argmax(axis=-1)
    hit = entering.max(axis=-1) < leaving.min(axis=-1)
    side = (np.take_along_axis(directions, axis[..., None], -1)[..., 0] < 0).astype(int)
    return np.where(hit[..., None], FACE_COLORS[axis, side], 255).astype(np.uint8)


def ring_camera(index: int, count: int, height: float) -> Camera:
    """A camera 3 world units from the middle."""
    angle = 2 * np.pi * index / count
    flat = np.sqrt(1 - height**2)
    position = 3 * np.array([flat * np.cos(angle), flat * np.sin(angle), height])
    return look_at(position, (0, 0, 0), (0, 0, 1))


def cube_capture(
    folder: Path, *, train: int = 8, test: int = 3, validation: int = 0, side: int = 128
) -> Capture:
    """Write a capture in the authors' layout into `folder`, and return it as it is read."""
    intrinsics = Intrinsics(1.6 * side, side / 2, side / 2, side, side)
    content = IntrinsicsFile(intrinsics, PLACEMENT, NEAR_PLANE)
    views = []
    for split, count, height in (
        ("train", train, 0.5),
        ("validation", validation, 0.45),
        ("test", test, 0.4),
    ):
        if not count:
            continue
        write_intrinsics(folder / split / "intrinsics.txt", content)
        (folder / split / "rgb").mkdir(parents=True)
        for index in range(count):
            camera = ring_camera(index, count, height)
            path = folder / split / "rgb" / f"{index:06d}.png"
            Image.fromarray(cube_picture(camera, intrinsics)).save(path)
            write_pose(folder / split / "pose" / f"{index:06d}.txt", camera)
            views.append(View(f"{index:06d}", path, camera, split))
    return Capture(folder.name, tuple(views), intrinsics, PLACEMENT, NEAR_PLANE)
