"""`inspect`: what the network believes of one view, as files for papers and notebooks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import imageio.v3 as iio
import numpy as np
import tyro

from dvox_core.atomic_files import atomic_file
from dvox_core.cli.arguments import OptionalPath, Unsaid
from dvox_core.cli.reports import complain, print_facts
from dvox_core.errors import UserError


@dataclass(frozen=True)
class Inspect:
    """Write what the network believes of a view: inspect.npz, and a picture of each map.

    In inspect.npz: visibility [D, 64, 64] (the depth weights), inside [D, 64, 64] (whether a
    sample lies in the grid), voxel_visibility [G, G, G] (the weights carried back to the voxels;
    axes z, y, x), expected_depth and most_likely_depth (world units), entropy (bits) and
    outside_share, each [64, 64], features_pca [3, G, G, G] in 0…1, change_by_inpainting [G, G, G].

    Example: python main.py inspect scene.dvox --pose data/test/pose/000000.txt --out inside
    """

    scene: tyro.conf.Positional[Path]
    """A .dvox, an authors' checkpoint (.pth), or a training run's folder."""

    pose: Path
    """Pose file of the view: 16 numbers."""

    out: Path
    """Folder for the files; made if need be."""

    pixel: Annotated[Unsaid[tuple[int, int]], tyro.conf.arg(metavar="U V")] = None
    """Also write ray_U_V.csv, the samples of one ray, near to far: the one that is nearest to
    column U and row V of the picture, as the window counts them (the border's 5 pixels too)."""

    edits: OptionalPath = None
    """Edit file (NAME.edits.json) to apply to the grid and the depth weights first."""

    intrinsics: OptionalPath = None
    """intrinsics.txt to use instead of the scene's own, or where a checkpoint has none near it."""

    def run(self) -> int:
        """Inspect the view."""
        from dvox_core.checkpoints.opening import open_scene, poses_are_world_to_camera
        from dvox_core.data.deepvoxels_files import read_pose
        from dvox_core.geometry.frustum import FEATURE_MAP_SIDE, camera_hint
        from dvox_core.inspection.edit_files import read_edits
        from dvox_core.inspection.rays import map_pixel, ray_table
        from dvox_core.inspection.report import inspection_report, write_arrays, write_ray
        from dvox_core.rendering.interventions import NO_INTERVENTIONS

        scene = open_scene(self.scene, self.intrinsics)
        side = scene.config.image_size
        if self.pixel and not all(0 <= number < side for number in self.pixel):
            raise UserError(
                f"--pixel {self.pixel[0]} {self.pixel[1]}: is not in the picture of "
                f"{side} × {side} pixels; give two numbers in 0…{side - 1}"
            )
        if self.pixel and not scene.config.knows_depth:
            raise UserError(f"--pixel: {scene.name} has no depth weights; leave it out")
        flag = poses_are_world_to_camera(self.pose.parent, self.scene, self.intrinsics)
        camera = read_pose(self.pose, flag)
        interventions = read_edits(self.edits, scene) if self.edits else NO_INTERVENTIONS
        hint = camera_hint(camera, scene.frustum, scene.placement)
        if hint:
            complain(hint)
        report = inspection_report(scene, camera, interventions)
        if report.view is None:
            complain("the model has no depth weights: only what tells of its features is written")
        if report.change_by_inpainting is None:
            complain("the file keeps no grid from before inpainting: its change is left out")
        write_arrays(self.out / "inspect.npz", report.arrays())
        for name, plate in report.plates():
            with atomic_file(self.out / f"{name}.png") as path:
                iio.imwrite(path, np.asarray(plate))
        if self.pixel and report.view is not None:
            u, v = map_pixel(scene, *self.pixel)
            complain(
                f"pixel {self.pixel[0]} {self.pixel[1]} of the picture lies in pixel {u} {v} of "
                f"the {FEATURE_MAP_SIDE} × {FEATURE_MAP_SIDE} maps"
            )
            table = ray_table(scene, camera, report.view.visibility[:, v, u], u, v)
            write_ray(self.out / f"ray_{self.pixel[0]}_{self.pixel[1]}.csv", table)
        print_facts([("Wrote", str(self.out))])
        return 0
