"""Writes a scene's cameras as transforms.json and as COLMAP's text model."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from dvox_core.atomic_files import write_text
from dvox_core.exporting.depth_views import NamedCamera, shown_intrinsics
from dvox_core.geometry.cameras import OPENGL_TO_OPENCV
from dvox_core.model.scene import Scene

PIXEL_MIDDLE = 0.5
"""Both formats have a pixel's middle at ½, this program at whole numbers."""


def transforms_content(
    scene: Scene, views: Sequence[NamedCamera], picture_form: str
) -> dict[str, Any]:
    """The content of a transforms.json (instant-ngp, nerfstudio), camera axes as OpenGL's.

    Args:
        picture_form: a view's picture, with {name} in it, beside the file.
    """
    lens = shown_intrinsics(scene)
    return {
        "camera_model": "PINHOLE",
        "w": lens.width,
        "h": lens.height,
        "fl_x": lens.focal,
        "fl_y": lens.focal,
        "cx": lens.principal_x + PIXEL_MIDDLE,
        "cy": lens.principal_y + PIXEL_MIDDLE,
        "frames": [
            {
                "file_path": picture_form.format(name=view.name),
                "transform_matrix": (view.camera.camera_to_world @ OPENGL_TO_OPENCV).tolist(),
            }
            for view in views
        ],
    }


def write_transforms(path: Path, scene: Scene, views: Sequence[NamedCamera]) -> None:
    """Write a transforms.json whose pictures are those that `render` writes, without the border."""
    content = transforms_content(scene, views, "{name}.png")
    write_text(path, json.dumps(content, indent=1) + "\n")


def write_colmap(folder: Path, scene: Scene, views: Sequence[NamedCamera]) -> None:
    """Write cameras.txt, images.txt and points3D.txt: one PINHOLE camera, no points."""
    lens = shown_intrinsics(scene)
    numbers = (
        lens.focal,
        lens.focal,
        lens.principal_x + PIXEL_MIDDLE,
        lens.principal_y + PIXEL_MIDDLE,
    )
    camera = f"1 PINHOLE {lens.width} {lens.height} {' '.join(map(repr, numbers))}\n"
    images = "".join(_image_line(index, view) for index, view in enumerate(views, 1))
    write_text(folder / "cameras.txt", f"# CAMERA_ID MODEL WIDTH HEIGHT PARAMS[]\n{camera}")
    head = "# IMAGE_ID QW QX QY QZ TX TY TZ CAMERA_ID NAME, then a line of its points\n"
    write_text(folder / "images.txt", head + images)
    write_text(folder / "points3D.txt", "# no points: the cameras were given\n")


def _image_line(index: int, view: NamedCamera) -> str:
    transform = view.camera.world_to_camera
    x, y, z, w = Rotation.from_matrix(transform[:3, :3]).as_quat()
    values = " ".join(repr(float(value)) for value in (w, x, y, z, *np.array(transform[:3, 3])))
    return f"{index} {values} 1 {view.name}.png\n\n"
