"""Facts about a scene and a camera, with units."""

from pathlib import Path
from typing import Any

import numpy as np

from dvox_core.geometry.cameras import Camera
from dvox_core.model.config import ModelConfig
from dvox_core.model.kinds import SYSTEM_TITLES
from dvox_core.model.scene import Scene
from dvox_core.remote.scene import remote_scene
from viewer.state.capture_views import nearest_view, view_label
from viewer.text.scenes import view_counts
from viewer.text.units import (
    coordinates,
    count,
    decibels,
    degrees,
    duration,
    file_size,
    number,
    significant,
)
from viewer.widgets.fact_table import Fact

FORMATS = {
    "dvox": "DeepVoxels scene (.dvox)",
    "upstream": "Authors' checkpoint (.pth)",
    "memory": "Made in memory",
}
ABBREVIATIONS = ("psnr", "ssim", "fps", "id")


def file_facts(scene: Scene) -> list[Fact]:
    """Which file it is, and the capture's views that it holds."""
    kind = Fact("Format", FORMATS.get(scene.file_format, scene.file_format))
    views = Fact("Views", view_counts(scene.cameras), "Cameras of the capture", wraps=True)
    remote = remote_scene(scene)
    if remote is not None:
        place = Fact("Machine", remote.link.host.name, "Where it lies and is rendered")
        path = Fact("Path there", remote.address.path, str(remote.address), wraps=True)
        return [place, path, kind, views]
    if scene.path is None:
        return [kind, views]
    file = Fact("Name", scene.path.name, str(scene.path))
    return [file, kind, Fact("On disk", _size_on_disk(scene.path)), views]


def scene_facts(scene: Scene) -> list[Fact]:
    """The model's sizes, the grid's place, the planes and the intrinsics."""
    config = scene.config
    picture = Fact(
        "Picture", f"{config.image_size} × {config.image_size} px", "Side of the picture, S"
    )
    channels = Fact(
        "Base channels", f"{config.base_channels}", "Of the widest 2D maps (nf0 in the paper)"
    )
    if not isinstance(config, ModelConfig):
        system = Fact("System", SYSTEM_TITLES[config.kind], "A baseline without a voxel grid")
        return [system, picture, channels, *_intrinsics_facts(scene)]
    placement, frustum = scene.placement, scene.frustum
    side = config.grid_size
    return [
        picture,
        Fact(
            "Grid",
            f"{side}³ voxels × {config.features} features",
            "Voxels a side, G, and features a voxel, F",
        ),
        channels,
        Fact(
            "Visibility",
            "Occlusion network" if config.occlusion else "Depth collapse",
            "How the model chooses among the samples of a ray"
            if config.occlusion
            else "The model was trained without the occlusion network and knows no depth",
        ),
        Fact("Grid centre", coordinates(placement.center), "World units"),
        Fact(
            "Grid side",
            f"{number(placement.scale)} units",
            "Side of the whole cube, in world units",
        ),
        Fact(
            "Voxel",
            f"{number(placement.voxel_size(side))} units",
            "Edge of a voxel, and the distance of two depth planes, in world units",
        ),
        Fact(
            "Depth planes",
            f"{frustum.plane_count}, from {number(frustum.near_plane)} to "
            f"{number(frustum.far_plane)} units",
            "Depths along the optical axis that every ray is sampled at",
        ),
        *_intrinsics_facts(scene),
    ]


def training_facts(scene: Scene) -> list[Fact]:
    """How it was trained, as far as the file says so."""
    return [
        Fact(_training_label(key), _training_value(key, value), wraps=True)
        for key, value in scene.training.items()
    ]


def camera_facts(scene: Scene, camera: Camera, pivot: Any) -> list[Fact]:
    """Where a camera is, where it looks, and how far it is from what the network has seen.

    Args:
        scene: whose views count.
        camera: the present one.
        pivot: [3], the point it turns around.
    """
    facts = [
        Fact("Position", coordinates(camera.position), "The camera's centre, in world units"),
        Fact("Looks along", coordinates(camera.forward), "Unit vector of the optical axis"),
        Fact("Pivot", coordinates(pivot), "The point that the camera turns around, in world units"),
        Fact(
            "To the pivot",
            f"{number(float(np.linalg.norm(camera.position - pivot)))} units",
            "Distance, in world units",
        ),
    ]
    nearest = nearest_view(camera, scene.cameras)
    if nearest is None:
        return [*facts, Fact("Nearest view", "unknown", "The scene's file holds no cameras")]
    return [
        *facts,
        Fact(
            "Nearest view",
            view_label(nearest),
            "The view of the capture whose direction is nearest",
        ),
        Fact(
            "Turned from it",
            degrees(camera.angle_to(nearest.camera)),
            "Angle of the rotation to that view; far from all views the network guesses",
        ),
        Fact(
            "Moved from it",
            f"{number(camera.distance_to(nearest.camera))} units",
            "Distance to that view's centre, in world units",
        ),
    ]


def _size_on_disk(path: Path) -> str:
    try:
        return file_size(path.stat().st_size)
    except OSError:
        return "the file is gone"


def _intrinsics_facts(scene: Scene) -> list[Fact]:
    side, stored = scene.config.image_size, scene.intrinsics
    camera = stored.scaled_to(side)
    unit = f"In pixels of the {side} × {side} picture"
    if (stored.width, stored.height) != (side, side):
        unit += f"; the capture's are {stored.width} × {stored.height}"
    return [
        Fact(
            "Focal length",
            f"{camera.focal:.1f} px, {degrees(camera.vertical_fov_degrees)}",
            f"{unit}. Beside it the vertical field of view",
        ),
        Fact("Principal point", f"{camera.principal_x:.1f}, {camera.principal_y:.1f} px", unit),
    ]


def _training_label(key: str) -> str:
    if key == "seconds":
        return "Time"
    words = [word.upper() if word in ABBREVIATIONS else word for word in key.split("_")]
    label = " ".join(words)
    return label[:1].upper() + label[1:]


def _training_value(key: str, value: Any) -> str:
    if key == "seconds" and isinstance(value, int | float):
        return duration(value)
    if key.endswith("psnr") and isinstance(value, int | float):
        return decibels(value)
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return count(value)
    if isinstance(value, float):
        return significant(value, 4)
    if isinstance(value, (list, tuple)):
        return ", ".join(_plain(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(item)}" for key, item in value.items())
    return str(value)
