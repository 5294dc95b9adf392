"""What a saved picture tells of itself: scene, view, mode, edits, and the command that shows it."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dvox_core.data.deepvoxels_files import camera_from_matrix
from dvox_core.errors import UserError
from dvox_core.geometry.cameras import Camera
from dvox_core.inspection.edit_files import edits_from_json, edits_to_json
from dvox_core.model.scene import Scene
from dvox_core.program import FROM_SOURCE
from dvox_core.rendering.interventions import NO_INTERVENTIONS, Interventions

VIEW_KEY = "dvox-view"
"""The key of the PNG's text that holds all that is read again, as JSON."""


@dataclass(frozen=True, eq=False)
class PictureView:
    """What a saved picture shows.

    Attributes:
        scene: the file that it was made of; None for one without a file.
        scene_name: of the scene.
        camera: where it is seen from.
        pivot: [3], world units; None where it is not told.
        mode: "rgb", "depth" …
        edits: what `edits_from_json` reads; None where the scene was as trained.
    """

    scene: Path | None
    scene_name: str
    camera: Camera
    pivot: NDArray[np.float64] | None
    mode: str
    edits: Mapping[str, Any] | None

    def interventions(self, scene: Scene) -> Interventions:
        """The edits, for the scene that they were made in.

        Raises:
            UserError: they do not fit.
        """
        if self.edits is None:
            return NO_INTERVENTIONS
        return edits_from_json(self.edits, scene, "the picture's edits")


def describe_picture(
    scene: Scene,
    camera: Camera,
    mode: str,
    title: str,  # of the mode
    *,
    pivot: NDArray[np.float64] | None = None,
    interventions: Interventions = NO_INTERVENTIONS,
    target: Path | None = None,
) -> dict[str, str]:
    """The PNG's texts, by their keys; `target` is where it is saved, which the command names."""
    view: dict[str, Any] = {
        "scene": None if scene.path is None else str(scene.path.absolute()),
        "name": scene.name,
        "camera_to_world": camera.camera_to_world.tolist(),
        "pivot": None if pivot is None else np.asarray(pivot).tolist(),
        "mode": mode,
    }
    texts = {"Software": "dvox", "Title": f"{scene.name}, {title}"}
    if interventions != NO_INTERVENTIONS:
        view["edits"] = edits_to_json(interventions, scene)
        texts["Title"] += ", edited"
    texts[VIEW_KEY] = json.dumps(view, separators=(",", ":"))
    if scene.path is not None and target is not None:
        words = ["view", str(scene.path), "--pose", str(target), "--mode", mode]
        texts["dvox-command"] = f"{FROM_SOURCE} {shlex.join(words)}"
    return texts


def view_of_texts(texts: Mapping[str, str], path: Path) -> PictureView:
    """What the texts of a picture say; `path` is named in messages.

    Raises:
        UserError: not a picture of this program, or its text is broken.
    """
    if not texts.get(VIEW_KEY):
        raise UserError(f"{path}: carries no view; choose a picture that this program saved")
    try:
        content = json.loads(texts[VIEW_KEY])
        matrix = np.array(content["camera_to_world"], dtype=np.float64)
        if matrix.shape != (4, 4):
            raise ValueError("its pose is not 4 × 4")
        pivot = content.get("pivot")
        if pivot is not None:
            pivot = np.array(pivot, dtype=np.float64)
            if pivot.shape != (3,) or not np.isfinite(pivot).all():
                raise ValueError("its pivot is not three finite numbers")
        edits = content.get("edits")
        if edits is not None and not isinstance(edits, dict):
            raise ValueError("its edits are no object")
        return PictureView(
            scene=Path(content["scene"]) if content.get("scene") else None,
            scene_name=str(content["name"]),
            camera=camera_from_matrix(matrix),
            pivot=pivot,
            mode=str(content["mode"]),
            edits=edits,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(
            f"{path}: the view that it carries is broken ({error}); save the picture again"
        ) from error


def read_picture_view(path: Path) -> PictureView:
    """The view that a saved picture carries.

    Raises:
        UserError: it cannot be read, or carries none.
    """
    import imageio.v3 as iio

    try:
        found = iio.immeta(path, plugin="pillow")
    except FileNotFoundError as error:
        raise UserError(f"{path}: not found; choose a picture that this program saved") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise UserError(f"{path}: cannot be read as a picture ({error})") from error
    return view_of_texts({key: str(value) for key, value in found.items()}, path)
