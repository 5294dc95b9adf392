"""COLMAP camera models and PLY point clouds, number by number."""

import struct
from pathlib import Path

import numpy as np
import pytest

from dvox_core.data.colmap_files import read_images, read_lenses, read_points
from dvox_core.data.lens import Lens
from dvox_core.data.ply import read_ply_points
from dvox_core.errors import CaptureError
from tests.core.data.capture_makers import DOTS, make_colmap, ring_of_cameras

MODELS = {
    (0, "SIMPLE_PINHOLE"): ((9, 4, 3), Lens(8, 6, 9, 9, 4, 3)),
    (1, "PINHOLE"): ((9, 10, 4, 3), Lens(8, 6, 9, 10, 4, 3)),
    (2, "SIMPLE_RADIAL"): ((9, 4, 3, 0.1), Lens(8, 6, 9, 9, 4, 3, (0.1,))),
    (3, "RADIAL"): ((9, 4, 3, 0.1, 0.2), Lens(8, 6, 9, 9, 4, 3, (0.1, 0.2))),
    (4, "OPENCV"): (
        (9, 10, 4, 3, 0.1, 0.2, 0.3, 0.4),
        Lens(8, 6, 9, 10, 4, 3, (0.1, 0.2), (), (0.3, 0.4)),
    ),
    (5, "OPENCV_FISHEYE"): (
        (9, 10, 4, 3, 0.1, 0.2, 0.3, 0.4),
        Lens(8, 6, 9, 10, 4, 3, (0.1, 0.2, 0.3, 0.4), fisheye=True),
    ),
    (6, "FULL_OPENCV"): (
        (9, 10, 4, 3, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
        Lens(8, 6, 9, 10, 4, 3, (0.1, 0.2, 0.5), (0.6, 0.7, 0.8), (0.3, 0.4)),
    ),
    (8, "SIMPLE_RADIAL_FISHEYE"): (
        (9, 4, 3, 0.1),
        Lens(8, 6, 9, 9, 4, 3, (0.1,), fisheye=True),
    ),
    (9, "RADIAL_FISHEYE"): (
        (9, 4, 3, 0.1, 0.2),
        Lens(8, 6, 9, 9, 4, 3, (0.1, 0.2), fisheye=True),
    ),
}


@pytest.mark.parametrize("model", MODELS)
def test_every_colmap_camera_model_is_read(tmp_path: Path, model: tuple[int, str]) -> None:
    number, name = model
    values, expected = MODELS[model]
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "cameras.txt").write_text(
        f"# c\n3 {name} 8 6 {' '.join(map(str, values))}"
    )
    (tmp_path / "cameras.bin").write_bytes(
        struct.pack(f"<QiiQQ{len(values)}d", 1, 3, number, 8, 6, *values)
    )
    assert read_lenses(tmp_path) == {3: expected}
    assert read_lenses(tmp_path / "text") == {3: expected}


def test_a_colmap_camera_with_too_few_numbers_is_named(tmp_path: Path) -> None:
    (tmp_path / "cameras.txt").write_text("3 PINHOLE 8 6 9 10 4\n")
    with pytest.raises(CaptureError, match=r"cameras\.txt.*3 parameters, not 4"):
        read_lenses(tmp_path)


@pytest.mark.parametrize("binary", [True, False])
def test_colmap_poses_and_points_are_read(tmp_path: Path, binary: bool) -> None:
    cameras = ring_of_cameras(5)
    folder = make_colmap(tmp_path / "c", cameras, binary=binary, points=DOTS) / "sparse" / "0"
    images = read_images(folder)
    assert [image.name for image in images] == [f"photo {index:03d}.png" for index in range(5)]
    for image, camera in zip(images, cameras, strict=True):
        np.testing.assert_allclose(image.camera.camera_to_world, camera.camera_to_world, atol=1e-9)
    points = read_points(folder)
    np.testing.assert_allclose(points.positions, DOTS)
    assert points.errors.tolist() == [0.5] * 3
    assert points.track_lengths.tolist() == [3] * 3


PLY_HEAD = (
    "ply\nformat {layout} 1.0\ncomment made by hand\nelement vertex 3\n"
    "property double x\nproperty uchar red\nproperty float y\nproperty float z\n"
    "element face 1\nproperty list uchar int vertex_indices\nend_header\n"
)


@pytest.mark.parametrize(
    ("layout", "order"), [("binary_little_endian", "<"), ("binary_big_endian", ">"), ("ascii", "")]
)
def test_ply_clouds_are_read(tmp_path: Path, layout: str, order: str) -> None:
    head = PLY_HEAD.format(layout=layout).encode()
    if order:
        body = b"".join(struct.pack(f"{order}dBff", x, 7, y, z) for x, y, z in DOTS)
    else:
        body = "\n".join(f"{x} 7 {y} {z}" for x, y, z in DOTS).encode()
    (tmp_path / "cloud.ply").write_bytes(head + body)
    np.testing.assert_allclose(read_ply_points(tmp_path / "cloud.ply"), DOTS, atol=1e-7)


@pytest.mark.parametrize(
    "data", [b"", b"obj", PLY_HEAD.format(layout="binary_little_endian").encode() + b"12"]
)
def test_a_damaged_ply_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "cloud.ply").write_bytes(data)
    with pytest.raises(CaptureError, match=r"cloud\.ply: is not a PLY file"):
        read_ply_points(tmp_path / "cloud.ply")
