"""Writes rendered depth as 16-bit PNG, OpenEXR or NPZ, with its pictures and cameras beside it."""

import json
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import imageio.v3 as iio
import numpy as np
from numpy.typing import NDArray

from dvox_core.atomic_files import atomic_file, write_text
from dvox_core.exporting.camera_files import transforms_content
from dvox_core.exporting.depth_views import DepthView, NamedCamera
from dvox_core.exporting.request import DepthFormat
from dvox_core.model.scene import Scene

_MOST = 65535


def png_scale(scene: Scene) -> int:
    """World units × this are the numbers of a PNG: the largest power of ten that fits all planes.

    A scene so large that its last plane does not fit as it is keeps 1, and what lies beyond is cut.
    """
    exponent = int(np.floor(np.log10(_MOST / scene.frustum.far_plane)))
    return int(10 ** max(exponent, 0))


def write_depth_folder(
    folder: Path, scene: Scene, views: Iterable[DepthView], depth_format: DepthFormat
) -> int:
    """Write depth/NAME.png|exr|npz, images/NAME.png and transforms.json into `folder`.

    transforms.json names both of each view, as nerfstudio reads RGB-D captures;
    depth_unit_scale_factor turns a PNG's numbers into world units (0 is: no surface). EXR and NPZ
    hold world units, NaN without a surface; NPZ holds `trust` too.

    Args:
        folder: exists, or is made.
        views: taken one after the other; what raises in them ends the writing.

    Returns:
        How many views were written.
    """
    scale = png_scale(scene)
    written: list[NamedCamera] = []
    for view in views:
        with atomic_file(folder / "images" / f"{view.name}.png") as path:
            iio.imwrite(path, view.picture)
        with atomic_file(folder / "depth" / f"{view.name}.{depth_format}") as path:
            if depth_format == "png":
                iio.imwrite(path, png_depth(view.depth, scale))
            elif depth_format == "exr":
                write_exr(path, view.depth)
            else:
                with path.open("wb") as stream:
                    np.savez_compressed(stream, depth=view.depth, trust=view.trust)
        written.append(NamedCamera(view.name, view.camera))
    content = transforms_content(scene, written, "images/{name}.png")
    for frame, named in zip(content["frames"], written, strict=True):
        frame["depth_file_path"] = f"depth/{named.name}.{depth_format}"
    if depth_format == "png":
        content["depth_unit_scale_factor"] = 1 / scale
    write_text(folder / "transforms.json", json.dumps(content, indent=1) + "\n")
    return len(written)


def png_depth(depth: NDArray[np.float32], scale: int) -> NDArray[np.uint16]:
    """[H, W] uint16: depth × scale, 0 where there is no surface."""
    numbers = np.nan_to_num(depth.astype(np.float64), nan=0.0) * scale
    return np.clip(np.rint(numbers), 0, _MOST).astype(np.uint16)


def write_exr(path: Path, depth: NDArray[np.float32]) -> None:
    """One channel of float32, “Y”, by FFmpeg's encoder."""
    import av

    height, width = depth.shape
    encoder = av.CodecContext.create("exr", "w")
    encoder.width, encoder.height = width, height
    encoder.pix_fmt, encoder.time_base = "grayf32le", Fraction(1, 25)
    encoder.options = {"compression": "zip16", "format": "float"}
    frame = av.VideoFrame(width, height, "grayf32le")
    plane = frame.planes[0]
    rows = np.zeros((height, plane.line_size // 4), dtype="<f4")
    rows[:, :width] = depth
    plane.update(rows.tobytes())
    frame.pts = 0
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    path.write_bytes(b"".join(bytes(packet) for packet in packets))
