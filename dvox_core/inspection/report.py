"""Everything that is told of one view without a window: arrays, plates, and a ray's table."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from dvox_core.atomic_files import atomic_file
from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.frustum import Frustum
from dvox_core.inspection.features import change_by_inpainting, feature_norms, features_pca
from dvox_core.inspection.grids import load_edited_grid, load_grids
from dvox_core.inspection.maps import InspectedView
from dvox_core.inspection.plates import color_volume_plate, map_plate, volume_plate
from dvox_core.inspection.rays import COLUMNS, RayTable
from dvox_core.inspection.voxel_visibility import inspect_voxels
from dvox_core.model.scene import Scene
from dvox_core.rendering.colormaps import DEPTH, ENTROPY, WEIGHTS
from dvox_core.rendering.interventions import Interventions

Volume = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class InspectionReport:
    """What the network believes of one view.

    Attributes:
        scene: whose view it is.
        view: the depth weights and their maps; None for a model without depth weights.
        voxel_visibility: [G, G, G], the weights carried back; None likewise.
        norms: [G, G, G], of the features as rendered.
        features_pca: [3, G, G, G], their colours in 0…1.
        change_by_inpainting: [G, G, G], of the trained scene; None where its file keeps no grid
            from before inpainting.
    """

    scene: Scene
    view: InspectedView | None
    voxel_visibility: Volume | None
    norms: Volume
    features_pca: Volume
    change_by_inpainting: Volume | None

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What is known, by the names of inspect.npz."""
        arrays: dict[str, NDArray[Any] | None] = {}
        if self.view is not None:
            arrays |= {
                "visibility": self.view.visibility,
                "inside": self.view.inside,
                "voxel_visibility": self.voxel_visibility,
                "expected_depth": self.view.expected_depth,
                "most_likely_depth": self.view.most_likely_depth,
                "entropy": self.view.entropy,
                "outside_share": self.view.outside_share,
            }
        arrays |= {
            "features_pca": self.features_pca,
            "change_by_inpainting": self.change_by_inpainting,
        }
        return {name: array for name, array in arrays.items() if array is not None}

    def plates(self) -> Iterator[tuple[str, Image]]:
        """A picture with its legend for each map and volume, by name."""
        frustum, view = self.scene.frustum, self.view
        if view is not None:
            near, far = surface_range(view, frustum)
            for name, depth, title in (
                ("expected_depth", view.expected_depth, "Expected depth"),
                ("most_likely_depth", view.most_likely_depth, "Most likely depth"),
            ):
                yield name, map_plate(depth, title, "world units", DEPTH, near, far)
            bits = float(np.log2(frustum.plane_count))
            title = "Entropy of the depth weights"
            yield "entropy", map_plate(view.entropy, title, "bits", ENTROPY, 0, bits)
            title = "Weight outside the grid"
            yield "outside_share", map_plate(view.outside_share, title, "", WEIGHTS, 0, 1)
        if self.voxel_visibility is not None:
            title = "Visibility of voxels in this view"
            yield "voxel_visibility", volume_plate(self.voxel_visibility, title, "rays", WEIGHTS)
        title = "Features, first three principal components"
        yield "features_pca", color_volume_plate(self.features_pca, self.norms, title)
        if self.change_by_inpainting is not None:
            changed = bool(self.change_by_inpainting.any())
            title = "Change of features by inpainting" + ("" if changed else ": none")
            yield (
                "change_by_inpainting",
                volume_plate(self.change_by_inpainting, title, "feature norm", WEIGHTS),
            )


def surface_range(view: InspectedView, frustum: Frustum) -> tuple[float, float]:
    """The least and the largest expected depth of rays that mostly end inside the grid.

    The whole frustum's, where no ray does. World units.
    """
    depths = view.expected_depth[view.outside_share < 0.5]
    if depths.size == 0 or np.ptp(depths) < frustum.voxel_size:
        return frustum.near_plane, frustum.far_plane
    return float(depths.min()), float(depths.max())


def inspection_report(
    scene: Scene, camera: Camera, interventions: Interventions
) -> InspectionReport:
    """Inspect the view of `scene` from `camera` under interventions, in float32 on the CPU.

    Raises:
        CheckpointError: the scene's weights cannot be used.
    """
    grids, grid = load_grids(scene), load_edited_grid(scene, interventions)
    view = volume = None
    if scene.config.knows_depth:
        view, volume = inspect_voxels(scene, camera, interventions)
    return InspectionReport(
        scene=scene,
        view=view,
        voxel_visibility=volume,
        norms=feature_norms(grid),
        features_pca=features_pca(grid),
        change_by_inpainting=None
        if grids.raw is None
        else change_by_inpainting(grids.raw, grids.inpainted),
    )


def write_arrays(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Write arrays as a compressed NPZ, whole or not at all."""
    with atomic_file(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)


def write_ray(path: Path, table: RayTable) -> None:
    """Write a ray's samples as CSV, one row a plane, whole or not at all."""
    with atomic_file(path) as temporary, temporary.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        writer.writerows(table.rows())
