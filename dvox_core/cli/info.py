"""`info`: what a scene file is."""

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro

from dvox_core.cli.arguments import OptionalPath
from dvox_core.cli.reports import facts_text, tell
from dvox_core.model.config import ModelConfig
from dvox_core.model.kinds import SYSTEM_TITLES, AnyConfig
from dvox_core.model.scene import Scene


@dataclass(frozen=True)
class Info:
    """Say what a scene is: its format, hyperparameters, cameras and sizes.

    Example: python main.py info assets/sample.dvox
    """

    scene: tyro.conf.Positional[Path]
    """A .dvox, an authors' checkpoint (.pth), or a training run's folder."""

    intrinsics: OptionalPath = None
    """intrinsics.txt of an authors' checkpoint that has none near it."""

    json: OptionalPath = None
    """Write the facts as JSON to this file; - prints them."""

    def run(self) -> int:
        """Print the facts."""
        from dvox_core.checkpoints.opening import open_scene

        scene = open_scene(self.scene, self.intrinsics)
        tell(facts_json(scene), facts_text(_lines(scene)), self.json)
        return 0


def facts_json(scene: Scene) -> dict[str, Any]:
    """A scene's facts as plain JSON values; lengths in world units."""
    shapes = scene.weights.shapes()
    parts: Counter[str] = Counter()
    for name, shape in shapes.items():
        parts[name.split(".")[0]] += math.prod(shape)
    frustum = scene.frustum
    return {
        "name": scene.name,
        "file": str(scene.path) if scene.path else None,
        "format": scene.file_format,
        "bytes": scene.path.stat().st_size if scene.path and scene.path.is_file() else None,
        "model": scene.config.to_json(),
        "parameters": dict(parts),
        "intrinsics": {
            "focal": scene.intrinsics.focal,
            "principal_point": [scene.intrinsics.principal_x, scene.intrinsics.principal_y],
            "height": scene.intrinsics.height,
            "width": scene.intrinsics.width,
            "vertical_fov_degrees": scene.intrinsics.vertical_fov_degrees,
        },
        "grid": {
            "center": list(scene.placement.center),
            "scale": scene.placement.scale,
            "voxel_size": frustum.voxel_size,
        },
        "near_plane": frustum.near_plane,
        "far_plane": frustum.far_plane,
        "cameras": dict(Counter(view.split for view in scene.cameras)),
        "training": dict(scene.training),
        "notes": list(scene.notes),
    }


def _lines(scene: Scene) -> list[tuple[str, str]]:
    facts = facts_json(scene)
    model, grid = facts["model"], facts["grid"]
    cameras = ", ".join(f"{count} {split}" for split, count in facts["cameras"].items())
    center = ", ".join(f"{value:g}" for value in grid["center"])
    size = f"{facts['bytes'] / 2**20:.1f} MiB" if facts["bytes"] else "unknown size"
    lines = [
        ("Scene", facts["name"]),
        ("File", f"{facts['file']} ({facts['format']}, {size})"),
        ("Picture", f"{model['image_size']} × {model['image_size']} pixels"),
        *_model_lines(scene.config),
        ("Parameters", ", ".join(f"{n} {c:,}" for n, c in sorted(facts["parameters"].items()))),
        (
            "Placement",
            f"centre ({center}), side {grid['scale']:g}, voxel {grid['voxel_size']:.4g} "
            "world units",
        ),
        ("Depth", f"{facts['near_plane']:.4g} … {facts['far_plane']:.4g} world units"),
        ("Intrinsics", _intrinsics(scene)),
        ("Cameras", cameras or "none known"),
    ]
    lines += [("Training", f"{key}: {value}") for key, value in scene.training.items()]
    lines += [("Note", note) for note in scene.notes]
    return lines


def _model_lines(model: AnyConfig) -> list[tuple[str, str]]:
    """What the kind of model has of its own."""
    channels = ("Channels", f"{model.base_channels} at the widest maps")
    if isinstance(model, ModelConfig):
        side = model.grid_size
        return [
            ("Grid", f"{side} × {side} × {side} voxels of {model.features} features"),
            channels,
            ("Visibility", "occlusion network" if model.occlusion else "depth collapse"),
        ]
    lines = [("System", f"{SYSTEM_TITLES[model.kind]}, without voxels and depth"), channels]
    return [*lines, ("Code", f"{model.latent} numbers a view")] if model.latent else lines


def _intrinsics(scene: Scene) -> str:
    """In pixels of the picture that the model renders, as everywhere."""
    side, stored = scene.config.image_size, scene.intrinsics
    shown = stored.scaled_to(side)
    text = (
        f"focal {shown.focal:g}, principal point ({shown.principal_x:g}, {shown.principal_y:g}) "
        f"in pixels of the {side} × {side} picture"
    )
    if (stored.width, stored.height) != (side, side):
        text += f"; the capture's are {stored.width} × {stored.height}"
    return text
