"""Makes tiny captures in every format, of a scene of three coloured dots whose places are known."""

import json
import struct
from pathlib import Path

import numpy as np
from PIL import Image

from dvox_core.data.capture import Capture
from dvox_core.data.deepvoxels_files import IntrinsicsFile, write_intrinsics, write_pose
from dvox_core.data.importing import ImportOptions, ImportReport, import_capture
from dvox_core.data.lens import Lens, pinhole_lens
from dvox_core.data.loading import load_capture
from dvox_core.geometry.cameras import Camera, Intrinsics, look_at
from dvox_core.geometry.grid import GridPlacement

DOTS = np.array([[0.3, 0.0, 0.0], [0.0, 0.35, 0.1], [-0.1, -0.2, 0.3]])
"""World positions of the red, the green and the blue dot."""

PINHOLE = Lens(80, 60, 90.0, 90.0, 41.0, 29.0)
SQUARE = Lens(64, 64, 90.0, 90.0, 32.0, 32.0)
OPENGL = np.diag([1.0, -1.0, -1.0, 1.0])


def ring_of_cameras(count: int, radius: float = 4.0) -> list[Camera]:
    """Cameras around the z axis at changing heights, looking near the origin, upright."""
    angles = 2 * np.pi * np.arange(count) / count
    return [
        look_at(
            (radius * np.cos(angle), radius * np.sin(angle), 0.5 + 0.4 * np.sin(3 * angle)),
            (0.0, 0.0, 0.05),
            (0.0, 0.0, 1.0),
        )
        for angle in angles
    ]


def dots_picture(camera: Camera, lens: Lens) -> Image.Image:
    """The dots on black as a lens sees them, one a channel."""
    places = dot_places(camera, lens)
    u, v = np.meshgrid(np.arange(lens.width) + 0.5, np.arange(lens.height) + 0.5)
    channels = [255 * np.exp(-((u - x) ** 2 + (v - y) ** 2) / (2 * 1.8**2)) for x, y in places]
    return Image.fromarray(np.round(np.stack(channels, axis=-1)).astype(np.uint8))


def dot_places(camera: Camera, lens: Lens) -> np.ndarray:
    """[3, 2]: where the dots lie in a picture, continuous pixels."""
    seen = (DOTS - camera.position) @ camera.rotation
    return lens.project(seen[:, :2] / seen[:, 2:])


def found_dots(path: Path) -> np.ndarray:
    """[3, 2]: the dots' centres of mass in a picture file, continuous pixels."""
    values = np.asarray(Image.open(path).convert("RGB"), dtype=np.float64)
    values[values < 20] = 0
    u, v = np.meshgrid(np.arange(values.shape[1]) + 0.5, np.arange(values.shape[0]) + 0.5)
    weights = values.sum(axis=(0, 1))
    return (
        np.stack([(values * u[..., None]).sum((0, 1)), (values * v[..., None]).sum((0, 1))], axis=1)
        / weights[:, None]
    )


def make_layout(
    folder: Path, cameras: list[Camera], lens: Lens = SQUARE, near_plane: float = 3.0
) -> Path:
    """A capture in the authors' layout without split folders."""
    (folder / "rgb").mkdir(parents=True)
    for index, camera in enumerate(cameras):
        dots_picture(camera, lens).save(folder / "rgb" / f"{index:06d}.png")
        write_pose(folder / "pose" / f"{index:06d}.txt", camera)
    # The layout counts from the first pixel's middle, a lens from the picture's corner.
    intrinsics = Intrinsics(
        lens.focal_x, lens.principal_x - 0.5, lens.principal_y - 0.5, lens.height, lens.width
    )
    content = IntrinsicsFile(intrinsics, GridPlacement((0.0, 0.0, 0.0), 1.5), near_plane)
    write_intrinsics(folder / "intrinsics.txt", content)
    return folder


def make_transforms(
    folder: Path, cameras: list[Camera], lens: Lens = PINHOLE, file: str = "transforms.json"
) -> Path:
    """An instant-ngp capture; distortion is written as k1, k2, p1, p2."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    frames = []
    for index, camera in enumerate(cameras):
        dots_picture(camera, lens).save(folder / "images" / f"{index:04d}.png")
        frames.append(
            {
                "file_path": f"./images/{index:04d}.png",
                "transform_matrix": (camera.camera_to_world @ OPENGL).tolist(),
            }
        )
    k1, k2 = (*lens.radial, 0.0, 0.0)[:2]
    content = {
        "w": lens.width, "h": lens.height, "fl_x": lens.focal_x, "fl_y": lens.focal_y,
        "cx": lens.principal_x, "cy": lens.principal_y, "k1": k1, "k2": k2,
        "p1": lens.tangential[0], "p2": lens.tangential[1], "frames": frames,
    }  # fmt: skip
    (folder / file).write_text(json.dumps(content))
    return folder


def edit_transforms(folder: Path, change: object, file: str = "transforms.json") -> Path:
    """Apply a function to the content of a transforms file."""
    content = json.loads((folder / file).read_text())
    change(content)  # type: ignore[operator]
    (folder / file).write_text(json.dumps(content))
    return folder


def make_colmap(
    folder: Path,
    cameras: list[Camera],
    lens: Lens = PINHOLE,
    binary: bool = True,
    model: str = "sparse/0",
    points: np.ndarray | None = None,
    registered: int | None = None,
) -> Path:
    """A COLMAP capture with an OPENCV camera; the first `registered` images are in the model."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    place = folder / model
    place.mkdir(parents=True)
    for index, camera in enumerate(cameras):
        dots_picture(camera, lens).save(folder / "images" / f"photo {index:03d}.png")
    k1, k2 = (*lens.radial, 0.0, 0.0)[:2]
    numbers = [
        lens.focal_x, lens.focal_y, lens.principal_x, lens.principal_y, k1, k2, *lens.tangential,
    ]  # fmt: skip
    cloud = np.zeros((0, 3)) if points is None else points
    poses = [
        (*quaternion(camera.world_to_camera[:3, :3]), *camera.world_to_camera[:3, 3])
        for camera in cameras[:registered]
    ]
    if binary:
        (place / "cameras.bin").write_bytes(
            struct.pack("<QiiQQ8d", 1, 7, 4, lens.width, lens.height, *numbers)
        )
        images = [
            struct.pack("<i7di", index + 1, *pose, 7)
            + f"photo {index:03d}.png".encode()
            + struct.pack("<BQddq", 0, 1, 1.0, 2.0, -1)
            for index, pose in enumerate(poses)
        ]
        (place / "images.bin").write_bytes(struct.pack("<Q", len(images)) + b"".join(images))
        rows = [
            struct.pack("<Q3d3BdQ6i", index, *point, 1, 2, 3, 0.5, 3, 1, 0, 2, 0, 3, 0)
            for index, point in enumerate(cloud.tolist())
        ]
        (place / "points3D.bin").write_bytes(struct.pack("<Q", len(rows)) + b"".join(rows))
        return folder
    words = " ".join(map(repr, map(float, numbers)))
    (place / "cameras.txt").write_text(f"# cameras\n7 OPENCV {lens.width} {lens.height} {words}\n")
    lines = ["# images"]
    for index, pose in enumerate(poses):
        values = " ".join(map(repr, map(float, pose)))
        lines += [f"{index + 1} {values} 7 photo {index:03d}.png", "" if index % 2 else "1 2 -1"]
    (place / "images.txt").write_text("\n".join(lines) + "\n")
    rows = [f"{i} {x} {y} {z} 1 2 3 0.5 1 0 2 0 3 0" for i, (x, y, z) in enumerate(cloud.tolist())]
    (place / "points3D.txt").write_text("\n".join(["# points", *rows]) + "\n")
    return folder


def quaternion(rotation: np.ndarray) -> np.ndarray:
    """(w, x, y, z) of a rotation, from the eigenvector of its symmetric 4×4 form."""
    (a, b, c), (d, e, f), (g, h, i) = rotation
    form = np.array(
        [
            [a + e + i, h - f, c - g, d - b],
            [h - f, a - e - i, b + d, c + g],
            [c - g, b + d, e - a - i, f + h],
            [d - b, c + g, f + h, i - a - e],
        ]
    )
    return np.linalg.eigh(form)[1][:, -1]


def imported(source: Path, tmp_path: Path, **options: object) -> tuple[ImportReport, Capture]:
    settings = ImportOptions(**{"size": 48, "test_every": 4, **options})  # type: ignore[arg-type]
    report = import_capture(source, tmp_path / "out", settings)
    return report, load_capture(report.path)


def assert_pictures_agree_with_cameras(capture: Capture, tolerance: float = 0.15) -> None:
    """The dots lie where pose and intrinsics say, in every picture."""
    lens = pinhole_lens(capture.intrinsics)
    for view in capture.views:
        places = dot_places(view.camera, lens)
        np.testing.assert_allclose(found_dots(view.picture_path), places, atol=tolerance)
