"""What the training views know of each voxel: which of them saw it, and how well it was learned."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from dvox_core.data.box_crop import shown_path
from dvox_core.data.ground_truth import SAME_POSE
from dvox_core.data.true_pictures import TruePicture, load_true_picture
from dvox_core.errors import UserError
from dvox_core.fact_cache import keep_arrays, read_arrays
from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE as P
from dvox_core.inspection.views import CPU, NO_DEPTH_WEIGHTS, ViewInspector
from dvox_core.inspection.voxel_visibility import (
    SEEN_SHARES,
    Progress,
    sample_weights,
    scatter_to_voxels,
    seen_from,
)
from dvox_core.model.scene import Scene
from dvox_core.rendering.create import create_renderer
from dvox_core.rendering.frame import BORDER, Extra, without_border
from dvox_core.rendering.fused.convolutions import Target
from dvox_core.rendering.fused.visibility_pass import load_visibility_pass

MAX_PHOTOS = 48
"""Training pictures that are rendered again, spread evenly over all.

On the sample scene the rank correlation with the error of test views was the same to 0.01 with 30
and with 172; each costs a frame.
"""

FACTS = "trust"

LEAST_WEIGHT = 1e-3
"""Voxels on which less than this, in rays, fell over all pictures have no residual."""


@dataclass(frozen=True)
class Photo:
    """A training view's true picture."""

    camera: Camera
    path: Path


@dataclass(frozen=True, eq=False)
class ViewSupport:
    """What the training views know of the voxels.

    Attributes:
        positions: [N, 3] float64, the training cameras' centres, world units.
        seen_bits: [N, ⌈G³/8⌉] uint8, bit x of view n: whether it saw voxel x = (z·G + y)·G + x
            (see `SEEN_SHARES`), as `numpy.packbits` packs them.
        residual: [G³] float32, by how much the scene misses the training pictures where they show
            the voxel: mean |rendered − true| over pixels and channels, 0…1; NaN where no picture
            shows it. None where the pictures are not known.
    """

    positions: NDArray[np.float64]
    seen_bits: NDArray[np.uint8]
    residual: NDArray[np.float32] | None

    @property
    def views(self) -> int:
        """How many training views there are."""
        return len(self.positions)

    def view_counts(self, voxel_count: int) -> NDArray[np.int32]:
        """[G³]: in how many training views each voxel was seen."""
        counts = np.zeros(voxel_count, dtype=np.int32)
        for bits in self.seen_bits:  # one view at a time: unpacked they are eight times as large
            counts += np.unpackbits(bits, count=voxel_count)
        return counts

    def seen(self, voxels: NDArray[np.int64]) -> NDArray[np.bool_]:
        """[N, M]: which training view saw which of the voxels [M], by their row numbers."""
        return np.asarray((self.seen_bits[:, voxels >> 3] >> (7 - (voxels & 7))) & 1, dtype=bool)


def training_cameras(scene: Scene) -> list[Camera]:
    """The cameras that a scene was trained on; all of them where the split is not known."""
    training = [view for view in scene.cameras if view.split == "train"]
    return [view.camera for view in training or scene.cameras]


def training_photos(scene: Scene, photos: Sequence[Photo]) -> list[Photo]:
    """Those of a capture's pictures that a scene was trained on: at most `MAX_PHOTOS`, spread."""
    known = np.array([camera.camera_to_world.ravel() for camera in training_cameras(scene)])
    if not len(known) or not photos:
        return []
    poses = np.array([photo.camera.camera_to_world.ravel() for photo in photos])
    distances, _ = cKDTree(known).query(poses, p=np.inf)
    near = distances <= SAME_POSE * max(1.0, float(np.abs(known[:, 3::4]).max()))
    found = [photo for photo, is_known in zip(photos, near, strict=True) if is_known]
    if len(found) <= MAX_PHOTOS:
        return found
    return [found[index] for index in np.linspace(0, len(found) - 1, MAX_PHOTOS).astype(int)]


def find_support(scene: Scene, photos: Sequence[Photo], progress: Progress) -> ViewSupport:
    """What the training views know of the scene's voxels: kept from before, or computed and kept.

    Args:
        photos: the training pictures, see `training_photos`; none leaves the residual out.
        progress: told a share of 0…1 and what is being done; what it raises ends it.

    Raises:
        UserError: the model has no depth weights, or the scene knows no cameras.
        CheckpointError: the scene's weights cannot be used.
        CaptureError: a picture cannot be read.
    """
    require_support(scene)
    key = _key(scene, photos)
    kept = read_arrays(FACTS, key)
    if {"positions", "seen_bits"} <= kept.keys():
        return ViewSupport(kept["positions"], kept["seen_bits"], kept.get("residual"))
    support = compute_support(scene, photos, progress)
    arrays: dict[str, NDArray[Any]] = {
        "positions": support.positions,
        "seen_bits": support.seen_bits,
    }
    if support.residual is not None:
        arrays["residual"] = support.residual
    keep_arrays(FACTS, key, arrays)
    return support


def require_support(scene: Scene) -> None:
    """Check that trust can be told.

    Raises:
        UserError: the model has no depth weights, or the scene knows no cameras.
    """
    if not (scene.config.has_grid and scene.config.knows_depth):
        raise UserError(f"{scene.name}: {NO_DEPTH_WEIGHTS}")
    if not scene.cameras:
        raise UserError(
            f"{scene.name}: knows no cameras; convert the checkpoint with --poses to keep them"
        )


def compute_support(scene: Scene, photos: Sequence[Photo], progress: Progress) -> ViewSupport:
    """As `find_support`, without looking for what was kept."""
    require_support(scene)
    cameras = training_cameras(scene)
    side = scene.voxel_config.grid_size
    share = len(cameras) / (len(cameras) + 3 * len(photos))  # a frame takes three times as long
    first_half = load_visibility_pass(scene, Target(CPU, torch.float32))
    bits = []
    for number, camera in enumerate(cameras):
        progress(share * number / len(cameras), f"Looking from view {number + 1} of {len(cameras)}")
        bits.append(np.packbits(seen_from(first_half, camera, side)[1]))
    positions = np.array([camera.position for camera in cameras])
    residual = None
    if photos:
        residual = _residual(
            scene, photos, lambda done, text: progress(share + (1 - share) * done, text)
        )
    progress(1.0, "Done")
    return ViewSupport(positions, np.stack(bits), residual)


def _residual(scene: Scene, photos: Sequence[Photo], progress: Progress) -> NDArray[np.float32]:
    """[G³]: the mean error of the training pictures that show each voxel."""
    grid_side, side = scene.voxel_config.grid_size, scene.config.image_size
    renderer = create_renderer(scene, "cpu", "float32")
    inspector = ViewInspector(scene)
    errors, weights = np.zeros(grid_side**3), np.zeros(grid_side**3)
    try:
        for number, photo in enumerate(photos):
            progress(number / len(photos), f"Comparing picture {number + 1} of {len(photos)}")
            frame = renderer.render(photo.camera, Extra.VISIBILITY)
            assert frame.visibility is not None
            error = ray_errors(frame.picture, load_true_picture(photo.path, side)).ravel()
            samples = inspector.samples(photo.camera)
            weight = sample_weights(samples, torch.from_numpy(frame.visibility))
            of_sample = torch.from_numpy(error)[samples.rays]
            weight = torch.where(of_sample.isfinite(), weight, 0.0)
            weights += scatter_to_voxels(samples, weight, grid_side).ravel()
            errors += scatter_to_voxels(samples, weight * of_sample.nan_to_num(), grid_side).ravel()
    finally:
        renderer.close()
    shown = weights > LEAST_WEIGHT
    residual = np.full(len(weights), np.nan, dtype=np.float32)
    residual[shown] = errors[shown] / weights[shown]
    return residual


def ray_errors(
    picture: NDArray[np.uint8],  # [S, S, 3]
    truth: TruePicture,  # of the same size
) -> NDArray[np.float32]:
    """[64, 64]: mean |picture − truth| of each ray's pixels, 0…1; NaN in border and padding."""
    error = np.abs(picture.astype(np.int16) - truth.pixels).mean(axis=-1) / 255
    if truth.shown is not None:
        error[~truth.shown] = np.nan
    return ray_means(without_border(error))


def ray_means(
    values: NDArray[np.floating[Any]],  # [S − 10, S − 10], a map of the shown pixels
) -> NDArray[np.float32]:
    """[64, 64]: the mean of the known pixels nearest to each ray; NaN where there is none.

    Pixel u of the whole picture looks along ray u·64/S, as the intrinsics scale.
    """
    side = len(values) + 2 * BORDER
    pixels = np.arange(BORDER, side - BORDER)
    nearest = np.minimum(np.rint(pixels * (P / side)), P - 1).astype(int)
    rays = (nearest[:, None] * P + nearest).ravel()
    known = np.isfinite(values).ravel()
    counts = np.bincount(rays, known, minlength=P * P)
    sums = np.bincount(rays, np.where(known, values.ravel(), 0), minlength=P * P)
    mean = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return mean.reshape(P, P).astype(np.float32)


def _key(scene: Scene, photos: Sequence[Photo]) -> dict[str, Any]:
    """What the support depends on: weights, cameras, pictures."""
    digest = hashlib.blake2b(digest_size=16)
    for camera in training_cameras(scene):
        digest.update(camera.camera_to_world.tobytes())
    for photo in photos:
        digest.update(photo.camera.camera_to_world.tobytes())
        for path in (photo.path, shown_path(photo.path)):
            if path.is_file():
                stamp = path.stat()
                digest.update(f"{path.resolve()} {stamp.st_size} {stamp.st_mtime_ns}".encode())
    weights = scene.weights.load("inpainted_grid", "occlusion.", "rendering.")
    for name in sorted(weights):
        digest.update(name.encode())
        digest.update(weights[name].numpy().tobytes())
    frustum = repr((scene.frustum, scene.placement, SEEN_SHARES, MAX_PHOTOS))
    return {"views": digest.hexdigest(), "frustum": frustum, "format": 2}
