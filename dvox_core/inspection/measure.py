"""Measures a scene: where a pixel's surface lies, how far two are apart, and the scene's scale."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dvox_core.atomic_files import write_text
from dvox_core.errors import UserError
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Frame

SUFFIX = ".scale.json"
FORMAT, VERSION = "dvox-scale", 1
LONGEST_UNIT = 12


@dataclass(frozen=True)
class SceneScale:
    """What a world unit is in the user's unit.

    Attributes:
        unit: its name, such as "mm".
        per_world_unit: how many of it a world unit is, above 0.
    """

    unit: str
    per_world_unit: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.per_world_unit) and self.per_world_unit > 0):
            raise ValueError(f"a scale of {self.per_world_unit}: it must be above 0")
        if not self.unit.strip() or len(self.unit) > LONGEST_UNIT:
            raise ValueError(f"a unit of 1 to {LONGEST_UNIT} letters is needed, got {self.unit!r}")


def surface_point(
    frame: Frame,
    scene: Scene,
    u: float,  # pixel of the picture with its border
    v: float,
) -> NDArray[np.float64] | None:
    """[3], world units: where the ray nearest to a pixel meets its surface; None if it meets none.

    The surface is that of the contribution depth, by which pictures are warped.
    """
    if frame.contribution_depth is None:
        return None
    side = len(frame.picture)
    share = FEATURE_MAP_SIDE / side
    column, row = (min(max(round(one * share), 0), FEATURE_MAP_SIDE - 1) for one in (u, v))
    depth = float(frame.contribution_depth[row, column])
    if not math.isfinite(depth):
        return None
    lens = scene.intrinsics.scaled_to(side)
    ray = np.array([(u - lens.principal_x) / lens.focal, (v - lens.principal_y) / lens.focal, 1.0])
    return np.asarray(frame.camera.position + frame.camera.rotation @ (depth * ray))


def scale_file(scene: Scene) -> Path | None:
    """Where a scene's scale is kept: `NAME.scale.json` beside its file; None without a file."""
    return None if scene.path is None else scene.path.with_name(scene.path.stem + SUFFIX)


def read_scale(path: Path) -> SceneScale | None:
    """The scale that was kept; None where there is none.

    Raises:
        UserError: it is no such file.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read as a scale; delete it, and set it anew") from error
    try:
        if content["format"] != FORMAT or content["version"] != VERSION:
            raise ValueError("another format")
        return SceneScale(str(content["unit"]), float(content["per_world_unit"]))
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path}: holds no scale; delete it, and set it anew") from error


def write_scale(path: Path, scale: SceneScale) -> None:
    """Keep a scale, whole or not at all.

    Raises:
        UserError: the folder cannot be written to.
    """
    content = {
        "format": FORMAT,
        "version": VERSION,
        "unit": scale.unit,
        "per_world_unit": scale.per_world_unit,
    }
    write_text(path, json.dumps(content, indent=1) + "\n")
