"""Path-traced pictures of an object, by Mitsuba 3."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from captures.cameras import Placement
from captures.meshes import Mesh, sphere
from captures.model import Material

Array = NDArray[np.float64]

EXPOSURE = 0.84
SHOULDER = 0.75  # linear brightness from which highlights are rolled off instead of clipped


def _linear(colour: tuple[int, int, int]) -> list[float]:
    srgb = np.asarray(colour) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return [float(channel) for channel in linear]


def _srgb(linear: Array) -> Array:
    bright = 1.055 * linear.clip(0) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, 12.92 * linear, bright)


def _studio() -> NDArray[np.float32]:
    """Surrounding light [H, W, 3]: a pale room, a warm key, a cool fill and a strip behind.

    Rows go from +z down; columns run round z.
    """
    height, width = 128, 256
    row, column = np.mgrid[:height, :width] + 0.5
    elevation = 90 - 180 * row / height
    azimuth = 360 * column / width
    up = np.clip((elevation + 90) / 180, 0, 1)[..., None]
    light = (1 - up) * np.array([0.36, 0.32, 0.28]) + up * np.array([0.62, 0.66, 0.72])
    boxes = (
        (225, 48, 36, 18, (8.6, 8.0, 7.0)),
        (330, 30, 30, 16, (2.3, 2.5, 2.9)),
        (80, 38, 44, 13, (3.6, 3.7, 3.8)),
    )
    for centre, middle, half_width, half_height, colour in boxes:
        across = np.abs((azimuth - centre + 180) % 360 - 180) * np.cos(np.radians(elevation))
        distance = np.maximum(across / half_width, np.abs(elevation - middle) / half_height)
        softness = np.clip((1.15 - distance) / 0.3, 0, 1)[..., None]
        light = light + softness * np.array(colour)
    return np.asarray(light, np.float32)


class ObjectRenderer:
    """A scene loaded once, and a picture a camera."""

    def __init__(
        self, meshes: dict[str, Mesh], materials: dict[str, Material], variant: str, threads: int
    ) -> None:
        import mitsuba  # a development extra: only rendering needs it

        self._mi: Any = mitsuba
        mitsuba.set_variant(variant)
        import drjit

        drjit.set_thread_count(threads)
        with tempfile.TemporaryDirectory() as folder:
            self._scene = mitsuba.load_dict(self._describe(meshes, materials, Path(folder)))

    def _describe(
        self, meshes: dict[str, Mesh], materials: dict[str, Material], folder: Path
    ) -> dict[str, Any]:
        mi = self._mi
        z_up = mi.ScalarTransform4f().rotate([1, 0, 0], 90)
        scene: dict[str, Any] = {
            "type": "scene",
            "integrator": {"type": "path", "max_depth": 7, "hide_emitters": True},
            "light": {"type": "envmap", "bitmap": mi.Bitmap(_studio()), "to_world": z_up},
        }
        for number, (name, mesh) in enumerate(meshes.items()):
            file = folder / f"{number}.ply"
            mesh.write_ply(file)
            scene[f"part{number}"] = {
                "type": "ply",
                "filename": str(file),
                "bsdf": self._surface(materials[name]),
            }
        return scene

    def _surface(self, material: Material) -> dict[str, Any]:
        if isinstance(material.colour, Image.Image):
            # Row 0 of Mitsuba's textures is at v = 0; ours is the picture's top.
            pixels = np.asarray(material.colour.convert("RGB"))[::-1].copy()
            colour: dict[str, Any] = {"type": "bitmap", "bitmap": self._mi.Bitmap(pixels)}
        else:
            colour = {"type": "rgb", "value": _linear(material.colour)}
        surface = {
            "type": "principled",
            "base_color": colour,
            "roughness": material.roughness,
            "metallic": material.metallic,
            "specular": 0.4,
        }
        if material.clearcoat > 0:
            surface |= {"clearcoat": material.clearcoat, "clearcoat_gloss": 0.75}
        return {"type": "twosided", "bsdf": surface}

    def radiance(self, pose: Array, placement: Placement, samples: int, seed: int) -> Array:
        """Linear light and coverage, premultiplied, [size, size, 4]; pose is camera-to-world."""
        mi, size = self._mi, placement.size
        to_world = pose @ np.diag([-1.0, -1.0, 1.0, 1.0])  # Mitsuba: x left, y up, z ahead
        sensor = mi.load_dict(
            {
                "type": "perspective",
                "fov": math.degrees(2 * math.atan(size / 2 / placement.focal)),
                "fov_axis": "x",
                "near_clip": 0.1,
                "far_clip": 20.0,
                "to_world": mi.ScalarTransform4f(to_world),
                "film": {
                    "type": "hdrfilm",
                    "width": size,
                    "height": size,
                    "pixel_format": "rgba",
                    "rfilter": {"type": "box"},
                },
                "sampler": {"type": "multijitter", "sample_count": samples},
            }
        )
        return np.array(mi.render(self._scene, sensor=sensor, seed=seed), dtype=float)


def develop(radiance: Array) -> Image.Image:
    """The picture on pure white: highlights rolled off, then laid over white, in sRGB."""
    alpha = radiance[..., 3:].clip(0, 1)
    colour = EXPOSURE * radiance[..., :3] / np.maximum(alpha, 1e-6)
    over = np.maximum(colour - SHOULDER, 0) / (1 - SHOULDER)
    colour = np.where(colour > SHOULDER, SHOULDER + (1 - SHOULDER) * over / (1 + over), colour)
    pixels = _srgb(colour * alpha + (1 - alpha))
    return Image.fromarray((pixels * 255 + 0.5).clip(0, 255).astype(np.uint8))


def beads(points: Array, radius: float) -> dict[str, Mesh]:
    """Small spheres at known points [N, 3], to check the cameras by."""
    result = {}
    for i, (x, y, z) in enumerate(points):
        place = np.eye(4)
        place[:3, :3] *= radius
        place[:3, 3] = x, y, z
        result[f"bead {i}"] = sphere(1.0, 32).moved(place)
    return result
