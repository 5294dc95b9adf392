"""A room around an object: a floor that it stands on and four walls, with patterns all over."""

from __future__ import annotations

import numpy as np
from PIL import Image

from captures.meshes import Array, Mesh, frame
from captures.model import Material

HALF = 5.5  # of its width, behind all cameras, in world units
HEIGHT = 5.0  # of the walls; light comes in from above
PATTERN = 40  # patches along a texture


def build_room(object_vertices: Array) -> tuple[dict[str, Mesh], dict[str, Material]]:
    """Meshes and materials of a room whose floor is under the object [N, 3]."""
    floor = float(object_vertices[:, 2].min()) - 1e-3
    middle = floor + HEIGHT / 2
    sides = {
        "floor": (frame((1, 0, 0), (0, 1, 0), (0, 0, floor)), HALF),
        "north": (frame((1, 0, 0), (0, 0, 1), (0, HALF, middle)), HEIGHT / 2),
        "south": (frame((-1, 0, 0), (0, 0, 1), (0, -HALF, middle)), HEIGHT / 2),
        "east": (frame((0, -1, 0), (0, 0, 1), (HALF, 0, middle)), HEIGHT / 2),
        "west": (frame((0, 1, 0), (0, 0, 1), (-HALF, 0, middle)), HEIGHT / 2),
    }
    meshes = {f"room {name}": _sheet(HALF, half).moved(at) for name, (at, half) in sides.items()}
    materials = {
        name: Material(_patches(number), roughness=0.9) for number, name in enumerate(meshes)
    }
    return meshes, materials


def _sheet(half_width: float, half_height: float) -> Mesh:
    """A rectangle in the plane of x and y that faces +z."""
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], float)
    vertices = np.concatenate([corners * (half_width, half_height), np.zeros((4, 1))], axis=1)
    normals = np.tile((0.0, 0.0, 1.0), (4, 1))
    return Mesh(vertices, normals, (corners + 1) / 2, np.array([(0, 1, 2), (0, 2, 3)], np.int32))


def _patches(seed: int) -> Image.Image:
    """Soft patches of many colours: what a wallpaper and a carpet have for finding shape."""
    random = np.random.default_rng(seed)
    patches = random.integers(60, 240, (PATTERN, PATTERN, 3), dtype=np.uint8)
    small = Image.fromarray(patches)
    return small.resize((16 * PATTERN, 16 * PATTERN), Image.Resampling.BICUBIC)
