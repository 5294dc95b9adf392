"""The views of a made-up scene as a capture."""

import numpy as np
from PIL import Image

from dvox_core.data.deepvoxels_files import IntrinsicsFile, write_intrinsics, write_pose

GREY = 128


def write_capture(folder, scene, split="train", picture=None):
    """The scene's views in the authors' layout; each picture is grey, or what `picture` gives."""
    side = scene.intrinsics.width
    content = IntrinsicsFile(scene.intrinsics, scene.placement, scene.near_plane)
    write_intrinsics(folder / split / "intrinsics.txt", content)
    (folder / split / "rgb").mkdir(parents=True, exist_ok=True)
    for view in scene.cameras:
        write_pose(folder / split / "pose" / f"{view.name}.txt", view.camera)
        pixels = np.full((side, side, 3), GREY, np.uint8) if picture is None else picture(view)
        Image.fromarray(pixels).save(folder / split / "rgb" / f"{view.name}.png")
    return folder
