"""What there is to say of a scene and of a camera, in words and with units."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene, SceneCamera
from viewer.panels.panel import Fact
from viewer.state.capture_views import SPLIT_NAMES, nearest_view, view_label

FIGURE_SPACE = "\u2007"  # as wide as a figure

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
    if scene.path is None:
        return [kind, views]
    file = Fact("Name", scene.path.name, str(scene.path))
    return [file, kind, Fact("On disk", _size_on_disk(scene.path)), views]


def scene_facts(scene: Scene) -> list[Fact]:
    """The model's sizes, the grid's place, the planes and the intrinsics."""
    config, placement, frustum = scene.config, scene.placement, scene.frustum
    side = config.grid_size
    return [
        Fact("Picture", f"{config.image_size} × {config.image_size} px", "Side of the picture, S"),
        Fact(
            "Grid",
            f"{side}³ voxels × {config.features} features",
            "Voxels a side, G, and features a voxel, F",
        ),
        Fact("Base channels", f"{config.base_channels}", "Channels of the widest 2D maps, nf0"),
        Fact(
            "Visibility",
            "Occlusion network" if config.occlusion else "Depth collapse",
            "How the model chooses among the samples of a ray"
            if config.occlusion
            else "The model was trained without the occlusion network and knows no depth",
        ),
        Fact("Grid centre", triple(placement.center), "World units"),
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
        Fact("Position", triple(camera.position), "The camera's centre, in world units"),
        Fact("Looks along", triple(camera.forward), "Unit vector of the optical axis"),
        Fact("Pivot", triple(pivot), "The point that the camera turns around, in world units"),
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
            f"{camera.angle_to(nearest.camera):.1f}°",
            "Angle of the rotation to that view; far from all views the network guesses",
        ),
        Fact(
            "Moved from it",
            f"{number(camera.distance_to(nearest.camera))} units",
            "Distance to that view's centre, in world units",
        ),
    ]


def view_counts(views: Sequence[SceneCamera]) -> str:
    """How many views of each split, e.g. "479 training, 25 test"."""
    if not views:
        return "none in the file"
    counts = Counter(view.split for view in views)
    parts = [
        f"{counts.pop(split)} {name}" for split, name in SPLIT_NAMES.items() if split in counts
    ]
    rest = counts.total()
    if rest:
        parts.append(f"{rest} others" if parts else f"{rest}")
    return ", ".join(parts)


def scene_title(scene: Scene) -> str:
    """E.g. "lego — 256², grid 32³ × 16"."""
    config = scene.config
    return f"{scene.name} — {config.image_size}², grid {config.grid_size}³ × {config.features}"


def scene_caption(scene: Scene) -> str:
    """A few words for the list of recent scenes, e.g. "256², .pth"."""
    side = f"{scene.config.image_size}²"
    return f"{side}, {scene.path.suffix}" if scene.path and scene.path.suffix else side


def number(value: float) -> str:
    """Three decimals, or three significant digits where the value is small; a true minus sign."""
    if value == 0:
        return "0.000"
    text = f"{value:.3f}" if abs(value) >= 0.01 else f"{value:.3g}"
    return text.replace("-", "−") if float(text) else "0.000"


def triple(values: Any) -> str:
    """Three coordinates with three decimals, each as wide with a sign as without."""
    texts = (f"{round(float(value), 3) + 0.0:.3f}".replace("-", "−") for value in values)
    return "  ".join(text.rjust(6, FIGURE_SPACE) for text in texts).lstrip(FIGURE_SPACE)


def file_size(size: int) -> str:
    """Bytes in decimal units, as file managers write them."""
    if size < 1000:
        return f"{size} bytes" if size != 1 else "1 byte"
    value = float(size)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.5 or unit == "TB":
            break
    return f"{value:.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}"


def _size_on_disk(path: Path) -> str:
    try:
        return file_size(path.stat().st_size)
    except OSError:
        return "the file is gone"


def _intrinsics_facts(scene: Scene) -> list[Fact]:
    camera = scene.intrinsics
    return [
        Fact(
            "Focal length",
            f"{camera.focal:.1f} px, {camera.vertical_fov_degrees:.1f}°",
            f"In pixels of the stored {camera.width} × {camera.height} picture, "
            "and the vertical field of view",
        ),
        Fact(
            "Principal point",
            f"{camera.principal_x:.1f}, {camera.principal_y:.1f} px",
            f"In pixels of the stored {camera.width} × {camera.height} picture",
        ),
    ]


def _training_label(key: str) -> str:
    if key == "seconds":
        return "Time"
    words = [word.upper() if word in ABBREVIATIONS else word for word in key.split("_")]
    label = " ".join(words)
    return label[:1].upper() + label[1:]


def _training_value(key: str, value: Any) -> str:
    if key == "seconds" and isinstance(value, int | float):
        return f"{value / 60:.0f} min" if value < 7200 else f"{value / 3600:.1f} h"
    if key.endswith("psnr") and isinstance(value, int | float):
        return f"{value:.1f} dB"
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}".replace(",", " ")  # thin space, as in figures
    if isinstance(value, float):
        return f"{value:.4g}".replace("-", "−")
    if isinstance(value, (list, tuple)):
        return ", ".join(_plain(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(item)}" for key, item in value.items())
    return str(value)
