"""`render`: pictures of a scene from given cameras, without a window."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import imageio.v3 as iio
import numpy as np
import tyro
from tqdm import tqdm

from dvox_core.atomic_files import atomic_file
from dvox_core.cli.arguments import Flag, OptionalPath
from dvox_core.cli.edits import render_under
from dvox_core.cli.reports import complain, print_facts
from dvox_core.model.scene import SceneCamera
from dvox_core.rendering.frame import Extra, Frame, without_border
from dvox_core.safe_names import safe_file_name, safe_file_names


def _file_names(cameras: Sequence[SceneCamera]) -> list[str]:
    """Safe names without ending, each split in a folder of its own where there are several."""
    splits = [safe_file_name(view.split) for view in cameras]
    names = [""] * len(cameras)
    for split in dict.fromkeys(splits):
        indices = [index for index, own in enumerate(splits) if own == split]
        found = safe_file_names([cameras[index].name for index in indices])
        for index, name in zip(indices, found, strict=True):
            names[index] = f"{split}/{name}" if len(indices) < len(cameras) else name
    return names


@dataclass(frozen=True)
class Render:
    """Render a picture for every pose, named like the pose file.

    Example: python main.py render scene.dvox --poses data/test/pose --out pictures
    """

    scene: tyro.conf.Positional[Path]
    """A .dvox, an authors' checkpoint (.pth), or a training run's folder."""

    out: Path
    """Folder for the pictures; made if need be."""

    poses: OptionalPath = None
    """Folder of pose files (or with a pose/ inside); by default the scene's own cameras, each
    split in a folder of its own."""

    intrinsics: OptionalPath = None
    """intrinsics.txt to use instead of the scene's own, or where a checkpoint has none near it."""

    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """Where to compute."""

    precision: Literal["auto", "float32", "bfloat16", "int8"] = "auto"
    """Arithmetic; auto is float32 here, for pictures that are kept. int8 needs OpenVINO."""

    arrays: Flag = False
    """Also write NAME.npz: rgb [S, S, 3] in 0…1 with the untrained border kept, depth [64, 64] in
    world units, visibility [D, 64, 64], all float32; a model without depth has rgb alone."""

    edits: OptionalPath = None
    """Edit file (NAME.edits.json) to render under: other depth weights, edits of the grid, or an
    observed grid in its place."""

    def run(self) -> int:
        """Render every pose."""
        from dvox_core.checkpoints.opening import (
            open_scene,
            poses_are_world_to_camera,
            read_cameras,
        )
        from dvox_core.errors import UserError
        from dvox_core.rendering.create import create_renderer

        scene = open_scene(self.scene, self.intrinsics)
        cameras = scene.cameras
        if self.poses:
            flag = poses_are_world_to_camera(self.poses, self.scene, self.intrinsics)
            cameras = read_cameras(self.poses, "pose", flag)
        if not cameras:
            raise UserError(f"{self.scene}: knows no cameras; name a folder with --poses")
        precision = "float32" if self.precision == "auto" else self.precision
        renderer = create_renderer(scene, self.device, precision)
        extras = Extra.FLOAT_PICTURE | Extra.VISIBILITY if self.arrays else Extra.NONE
        try:
            if self.edits:
                render_under(renderer, self.edits, scene)
            names = _file_names(cameras)
            for name, view in zip(names, tqdm(cameras, unit="view", disable=None), strict=True):
                frame = renderer.render(view.camera, extras)
                if frame.hint:
                    complain(f"{view.name}: {frame.hint}")
                self._write(name, frame)
        finally:
            renderer.close()
        what = "pictures with their arrays" if self.arrays else "pictures"
        print_facts([("Wrote", f"{self.out} ({len(names)} {what})")])
        return 0

    def _write(self, name: str, frame: Frame) -> None:
        with atomic_file(self.out / f"{name}.png") as path:
            iio.imwrite(path, without_border(frame.picture))
        if self.arrays:
            arrays = {
                "rgb": frame.float_picture,
                "depth": frame.depth,
                "visibility": frame.visibility,
            }
            known = {key: array for key, array in arrays.items() if array is not None}
            with atomic_file(self.out / f"{name}.npz") as path, path.open("wb") as stream:
                np.savez_compressed(stream, allow_pickle=False, **known)
