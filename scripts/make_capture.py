"""Renders a capture that comes with the program.

For example: `python scripts/make_capture.py robot assets/sample_capture`, or
`python scripts/make_capture.py vase assets/captures/vase`. With `--room` the object stands in a
room, and masks/ beside rgb/ holds what of each picture it truly covers; `--size` and `--views` make
that small: `python scripts/make_capture.py vase room --room --size 64 --views 24 --samples 64`.

Needs the extra `capture` (Mitsuba 3), the DejaVu fonts and, for the default variant, an LLVM
library that Mitsuba can use (19 works; 14 and 15 fail on AVX-512 machines; name one in
DRJIT_LIBLLVM_PATH). `--variant scalar_rgb` needs none and takes twice as long. Started again it
goes on where it was stopped: pictures that are there are kept.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from captures.cameras import Placement, held_out_poses, place_grid, training_poses, write_split
from captures.model import Material
from captures.objects import RECIPES
from captures.renderer import ObjectRenderer, beads, develop
from captures.room import build_room
from numpy.typing import NDArray
from PIL import Image

FORMATS = {
    ".jpg": {
        "format": "JPEG",
        "quality": 95,
        "subsampling": 0,
        "optimize": True,
        "progressive": True,
    },
    # Lossless: at 128 pixels the halved chroma of lossy WebP costs the lettering 26 dB.
    ".webp": {"format": "WEBP", "lossless": True, "quality": 80, "method": 6},
}

Array = NDArray[np.float64]


def main() -> None:
    """Write the capture, or check the cameras."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("object", choices=RECIPES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--room", action="store_true", help="in a room, with the true masks")
    parser.add_argument("--size", type=int, help="of the pictures, pixels a side")
    parser.add_argument("--views", type=int, help="training views; no test views are made")
    parser.add_argument("--samples", type=int, default=256, help="paths a pixel")
    parser.add_argument("--variant", default="llvm_ad_rgb", help="Mitsuba's variant")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--check", action="store_true", help="compare rendered beads with the written cameras"
    )
    options = parser.parse_args()

    recipe = RECIPES[options.object]
    if options.size is not None:
        recipe = replace(recipe, size=options.size)
    if options.views is not None:
        recipe = replace(recipe, train=options.views, test=0)
    model = recipe.build()
    meshes = model.meshes()
    vertices = np.concatenate([mesh.vertices for mesh in meshes.values()])
    splits = {"train": training_poses(recipe.train)}
    if recipe.test:
        splits["test"] = held_out_poses(recipe.test)
    placement = place_grid(vertices, np.concatenate(list(splits.values())), recipe.size)

    if options.check:
        error = camera_error(splits, placement, options)
        print(f"beads lie within {error:.3f} pixels of where the cameras put them")
        return

    for name, poses in splits.items():
        write_split(options.folder / name, poses, placement)
    renderer = ObjectRenderer(meshes, model.materials, options.variant, options.threads)
    room: ObjectRenderer | None = None
    if options.room:
        walls, papers = build_room(vertices)
        materials = model.materials | papers
        room = ObjectRenderer(meshes | walls, materials, options.variant, options.threads)
    for name, poses in splits.items():
        for i, pose in enumerate(poses):
            path = options.folder / name / "rgb" / f"{i:06d}{recipe.suffix}"
            if path.exists():
                continue
            start = time.perf_counter()
            radiance = renderer.radiance(pose, placement, options.samples, seed=i)
            if room is not None:
                mask = Image.fromarray((radiance[..., 3] * 255 + 0.5).clip(0, 255).astype(np.uint8))
                masks = options.folder / name / "masks"
                masks.mkdir(exist_ok=True)
                mask.save(masks / f"{i:06d}.png")
                radiance = room.radiance(pose, placement, options.samples, seed=i)
            _save(develop(radiance), path)
            print(f"{path}: {time.perf_counter() - start:.1f} s", flush=True)


def _save(image: Image.Image, path: Path) -> None:
    """Write the picture whole or not at all."""
    unfinished = path.with_suffix(".part")
    image.save(unfinished, **FORMATS[path.suffix])
    unfinished.replace(path)


def camera_error(
    splits: dict[str, Array], placement: Placement, options: argparse.Namespace
) -> float:
    """The largest distance, in pixels, between beads' rendered and computed positions.

    Beads at random known points are rendered one by one; the centroid of a bead's coverage is
    compared with u = f·x/z + cx, v = f·y/z + cy, from the pose and intrinsics as written.
    """
    random = np.random.default_rng(1)
    points = np.concatenate([np.zeros((1, 3)), random.uniform(-0.6, 0.6, (7, 3))])
    numbers = placement.intrinsics_text().split()
    focal, cx, cy = (float(number) for number in numbers[:3])
    rows, columns = np.mgrid[: placement.size, : placement.size]
    worst = 0.0
    for point in points:
        meshes = beads(point[None], 0.02)
        materials = {name: Material((255, 255, 255)) for name in meshes}
        renderer = ObjectRenderer(meshes, materials, options.variant, options.threads)
        for poses in splits.values():
            for pose in (poses[0], poses[len(poses) // 2], poses[-1]):
                coverage = renderer.radiance(pose, placement, 256, seed=0)[..., 3]
                seen = np.array([(coverage * columns).sum(), (coverage * rows).sum()])
                x, y, z = pose[:3, :3].T @ (point - pose[:3, 3])
                expected = np.array([focal * x / z + cx, focal * y / z + cy])
                worst = max(worst, float(np.abs(seen / coverage.sum() - expected).max()))
    return worst


if __name__ == "__main__":
    main()
