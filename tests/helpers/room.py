"""Captures of an object before a room, by numpy, with the object's true masks."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dvox_core.data.deepvoxels_files import IntrinsicsFile, write_intrinsics, write_pose
from dvox_core.geometry.cameras import Camera, Intrinsics
from dvox_core.geometry.grid import GridPlacement
from tests.helpers.captures import HALF_EDGE, NEAR_PLANE, ring_camera

PLACEMENT = GridPlacement((0.0, 0.0, 0.0), 2.0)
ROOM = 5.0
"""Half an edge of the room around the cameras."""


def patches(seed: int) -> NDArray[np.uint8]:
    """[3, 2, 48, 48, 3]: a texture of coloured patches for each face of a cube."""
    random = np.random.default_rng(seed)
    faces = random.integers(20, 236, (6, 12, 12, 3), dtype=np.uint8)
    large = [
        np.asarray(Image.fromarray(face).resize((48, 48), Image.Resampling.BICUBIC))
        for face in faces
    ]
    return np.stack(large).reshape(3, 2, 48, 48, 3)


OBJECT, WALLS = patches(1), patches(2)


CUBE = (HALF_EDGE, HALF_EDGE, HALF_EDGE)


def room_picture(
    camera: Camera,
    intrinsics: Intrinsics,
    floor: float = -ROOM,
    halves: tuple[float, float, float] = CUBE,
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """[H, W, 3] uint8, and [H, W]: where the object is, a block with edges of twice `halves`.

    The room's floor is at z = `floor`.
    """
    rows, columns = np.mgrid[0 : intrinsics.height, 0 : intrinsics.width].astype(float)
    directions = np.stack(
        [
            (columns - intrinsics.principal_x) / intrinsics.focal,
            (rows - intrinsics.principal_y) / intrinsics.focal,
            np.ones_like(rows),
        ],
        axis=-1,
    )
    directions = directions @ camera.rotation.T
    with np.errstate(divide="ignore"):
        one = (-np.array(halves) - camera.position) / directions
        other = (np.array(halves) - camera.position) / directions
        walls = np.maximum(
            (np.array([-ROOM, -ROOM, floor]) - camera.position) / directions,
            (ROOM - camera.position) / directions,
        )
    entering, leaving = np.minimum(one, other), np.maximum(one, other)
    hit = entering.max(axis=-1) < leaving.min(axis=-1)
    inside = _textured(camera, directions, entering.argmax(axis=-1), entering, halves, OBJECT)
    outside = _textured(camera, directions, walls.argmin(axis=-1), walls, (ROOM,) * 3, WALLS)
    return np.where(hit[..., None], inside, outside), hit


def room_capture(
    folder: Path, views: int = 24, side: int = 64, floor: float = -ROOM
) -> NDArray[np.bool_]:
    """Write a capture of training views into `folder`; [N, side, side]: its true masks."""
    intrinsics = Intrinsics(1.1 * side, side / 2, side / 2, side, side)
    masks = []
    for index in range(views):
        camera = ring_camera(index, views, 0.15 + 0.5 * (index % 3) / 2)
        picture, mask = room_picture(camera, intrinsics, floor)
        masks.append(mask)
        place = folder / "train"
        (place / "rgb").mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(place / "rgb" / f"{index:06d}.png")
        write_pose(place / "pose" / f"{index:06d}.txt", camera)
    content = IntrinsicsFile(intrinsics, PLACEMENT, NEAR_PLANE)
    write_intrinsics(folder / "train" / "intrinsics.txt", content)
    return np.stack(masks)


def upright_photos(folder: Path, halves: tuple[float, float, float], views: int = 24) -> Path:
    """A transforms.json and upright photos of 48 × 96 pixels of a block before a room."""
    lens = Intrinsics(96.0, 24.0 - 0.5, 48.0 - 0.5, 96, 48)
    (folder / "images").mkdir(parents=True)
    frames = []
    for index in range(views):
        camera = ring_camera(index, views, 0.15 + 0.5 * (index % 3) / 2)
        file = f"images/{index:04d}.png"
        Image.fromarray(room_picture(camera, lens, halves=halves)[0]).save(folder / file)
        to_world = camera.camera_to_world @ np.diag([1.0, -1.0, -1.0, 1.0])
        frames.append({"file_path": file, "transform_matrix": to_world.tolist()})
    content = {"w": 48, "h": 96, "fl_x": 96, "fl_y": 96, "cx": 24, "cy": 48, "frames": frames}
    (folder / "transforms.json").write_text(json.dumps(content))
    return folder


def _textured(
    camera: Camera,
    directions: NDArray[np.float64],
    axis: NDArray[np.int64],  # of the face that a ray hits
    depths: NDArray[np.float64],  # [H, W, 3] along the ray to each axis's face
    halves: tuple[float, float, float],
    textures: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    depth = np.take_along_axis(depths, axis[..., None], -1)
    points = camera.position + depth * directions
    along = np.take_along_axis(points, axis[..., None], -1)[..., 0]
    across = np.sort(np.stack([(axis + 1) % 3, (axis + 2) % 3], axis=-1), axis=-1)
    places = np.take_along_axis(points, across, -1)
    shares = places / np.array(halves)[across]
    cells = np.clip(((shares + 1) * 24).astype(int), 0, 47)
    return textures[axis, (along > 0).astype(int), cells[..., 0], cells[..., 1]]
