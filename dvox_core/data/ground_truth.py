"""Finds the pictures of the capture that a scene was trained on, for comparing with them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dvox_core.data.deepvoxels_layout import DeepVoxelsLayout, LayoutView, read_layout
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Camera, Intrinsics
from dvox_core.model.scene import Scene, SceneCamera

SAME_POSE = 1e-3
"""Largest difference of two poses' numbers that still counts as rounding, per unit of distance."""


@dataclass(frozen=True)
class PoseMatch:
    """How the poses of a capture compare with a scene's.

    Attributes:
        view_count, scene_count: how many of each there are.
        degrees: the least angle between a pose of one and a pose of the other.
        distance: how far those two lie apart, world units.
        distance_to_grid: of the nearest pose of the capture from the grid's middle, and of the
            nearest of the scene's, world units.
        same_lens: whether both have one focal length and principal point, as shares of the width.
    """

    view_count: int
    scene_count: int
    degrees: float
    distance: float
    distance_to_grid: tuple[float, float]
    same_lens: bool


class OtherPosesError(CaptureError):
    """A capture none of whose poses is one of the scene's; its cameras may be used all the same.

    Attributes:
        cameras: the capture's, as a scene has them.
        match: what was compared.
    """

    def __init__(self, text: str, cameras: tuple[SceneCamera, ...], match: PoseMatch) -> None:
        super().__init__(text)
        self.cameras, self.match = cameras, match


def capture_near(scene: Scene) -> Path | None:
    """A folder near the scene's file that looks like its capture; None if there is none.

    Looked for: what the config.json of a training run names, NAME_capture beside the file, the
    folder of the file itself.
    """
    if scene.path is None:
        return None
    folder = scene.path.parent
    candidates = [folder / f"{scene.path.stem}_capture", folder]
    named = _capture_of_run(folder)
    if named is not None:
        candidates.insert(0, named)
    layout = DeepVoxelsLayout()
    return next((path for path in candidates if layout.recognises(path)), None)


def true_views(folder: Path, scene: Scene) -> tuple[LayoutView, ...]:
    """The views of a capture in the authors' layout whose pictures a scene may be compared with.

    Raises:
        CaptureError: not such a folder.
        OtherPosesError: its cameras are not the scene's.
    """
    layout = read_layout(folder)
    views = layout.views
    if not views:
        raise CaptureError(f"{folder}: has no pictures; choose the folder the scene was trained on")
    own = [view.camera for view in scene.cameras]
    if own and not any(_is_one_of(view.camera, own) for view in views):
        raise OtherPosesError(
            f"{folder}: is another capture, none of its {len(views)} poses is one of the scene's; "
            "choose the folder the scene was trained on",
            tuple(SceneCamera(view.name, view.split, view.camera) for view in views),
            _match(views, layout.content.intrinsics, scene),
        )
    return views


def _match(views: Sequence[LayoutView], intrinsics: Intrinsics, scene: Scene) -> PoseMatch:
    """Compare the poses of both, each with each."""
    positions = np.array([view.camera.position for view in views])
    own = np.array([view.camera.position for view in scene.cameras])
    traces = np.einsum(
        "nij,mij->nm",
        np.array([view.camera.rotation for view in views]),
        np.array([view.camera.rotation for view in scene.cameras]),
    )
    angles = np.degrees(np.arccos(np.clip((traces - 1) / 2, -1.0, 1.0)))
    one, other = np.unravel_index(int(angles.argmin()), angles.shape)
    middle = np.asarray(scene.placement.center)
    near, own_near = (
        float(np.linalg.norm(each - middle, axis=1).min()) for each in (positions, own)
    )
    lens = intrinsics.scaled_to(scene.intrinsics.width)
    return PoseMatch(
        view_count=len(views),
        scene_count=len(scene.cameras),
        degrees=float(angles.min()),
        distance=float(np.linalg.norm(positions[one] - own[other])),
        distance_to_grid=(near, own_near),
        same_lens=bool(
            np.allclose(
                (lens.focal, lens.principal_x, lens.principal_y),
                (
                    scene.intrinsics.focal,
                    scene.intrinsics.principal_x,
                    scene.intrinsics.principal_y,
                ),
                rtol=0.01,
            )
        ),
    )


def _is_one_of(camera: Camera, others: Sequence[Camera]) -> bool:
    tolerance = SAME_POSE * max(1.0, float(np.abs(camera.position).max()))
    return any(
        np.abs(camera.camera_to_world - other.camera_to_world).max() < tolerance for other in others
    )


def _capture_of_run(folder: Path) -> Path | None:
    try:
        content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        named = Path(content["capture"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return named if named.is_absolute() else folder / named
