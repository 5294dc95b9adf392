"""Sources that cannot be imported: one line that names what is wrong."""

import struct
from pathlib import Path

import numpy as np
import pytest

from dvox_core.data.formats import recognise
from dvox_core.data.importing import ImportOptions, import_capture
from dvox_core.errors import CaptureError
from tests.core.data.capture_makers import (
    DOTS,
    OPENGL,
    edit_transforms,
    make_colmap,
    make_layout,
    make_transforms,
    ring_of_cameras,
)


def empty_frames(content: dict) -> None:
    content["frames"] = []


def not_a_number(content: dict) -> None:
    content["frames"][2]["transform_matrix"][0][3] = float("nan")


def no_focal(content: dict) -> None:
    del content["fl_x"], content["fl_y"]


def sheared(content: dict) -> None:
    content["frames"][1]["transform_matrix"][0][0] += 0.4


def zero_focal(content: dict) -> None:
    content["fl_x"] = 0


def equal_poses(content: dict) -> None:
    for frame in content["frames"]:
        frame["transform_matrix"] = content["frames"][0]["transform_matrix"]


def looking_away(content: dict) -> None:
    for frame in content["frames"]:
        turned = np.array(frame["transform_matrix"]) @ OPENGL
        frame["transform_matrix"] = turned.tolist()


def panorama(content: dict) -> None:
    content["camera_model"] = "EQUIRECTANGULAR"


def one_frame(content: dict) -> None:
    content["frames"] = content["frames"][:1]


def no_pictures(content: dict) -> None:
    for frame in content["frames"]:
        frame["file_path"] = "elsewhere/x.png"


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        (empty_frames, {}, "no frames"),
        (not_a_number, {}, "frame 2"),
        (no_focal, {}, "camera_angle_x"),
        (zero_focal, {}, "fl_x is 0"),
        (sheared, {}, "not a rotation"),
        (equal_poses, {}, "equal"),
        (looking_away, {"center": (0.0, 0.0, 0.0)}, "see nothing"),
        (panorama, {}, "EQUIRECTANGULAR"),
        (one_frame, {}, "1 training view;"),
        (no_pictures, {}, "none of its 6 frames"),
    ],
)
def test_a_bad_transforms_json_gives_one_line(
    tmp_path: Path, change: object, options: dict, words: str
) -> None:
    source = edit_transforms(make_transforms(tmp_path / "source", ring_of_cameras(6)), change)
    with pytest.raises(CaptureError) as caught:
        import_capture(source, tmp_path / "out", ImportOptions(size=48, **options))
    assert words in str(caught.value)
    assert str(source) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_json_that_is_none_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "transforms.json").write_text('{"frames": [\n  {,}\n]}')
    with pytest.raises(CaptureError, match="line 2: is not valid JSON"):
        import_capture(tmp_path, tmp_path / "out")


def test_a_colmap_model_without_images_gives_one_line(tmp_path: Path) -> None:
    source = make_colmap(tmp_path / "source", ring_of_cameras(4), registered=0)
    with pytest.raises(CaptureError, match="no image is registered"):
        import_capture(source, tmp_path / "out")


@pytest.mark.parametrize("name", ["cameras.bin", "images.bin", "points3D.bin"])
def test_a_colmap_file_cut_short_is_named(tmp_path: Path, name: str) -> None:
    source = make_colmap(tmp_path / "source", ring_of_cameras(4), points=DOTS)
    path = source / "sparse" / "0" / name
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(CaptureError, match=f"{name}: is no whole COLMAP file"):
        import_capture(source, tmp_path / "out")


def test_a_colmap_camera_that_is_not_supported_is_named(tmp_path: Path) -> None:
    source = make_colmap(tmp_path / "source", ring_of_cameras(4))
    values = struct.pack("<QiiQQ5d", 1, 7, 7, 80, 60, 1, 1, 1, 1, 1)
    (source / "sparse" / "0" / "cameras.bin").write_bytes(values)
    with pytest.raises(CaptureError, match="FOV is not supported"):
        import_capture(source, tmp_path / "out")


def test_what_cannot_be_a_capture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    for path, words in ((tmp_path, "is no capture"), (tmp_path / "none", "not found")):
        with pytest.raises(CaptureError, match=words):
            recognise(path)


def test_formats_are_told_by_content(tmp_path: Path) -> None:
    cameras = ring_of_cameras(4)
    names = {
        make_layout(tmp_path / "a", cameras): "DeepVoxels layout",
        make_transforms(tmp_path / "b", cameras): "transforms.json",
        make_transforms(tmp_path / "c", cameras) / "transforms.json": "transforms.json",
        make_colmap(tmp_path / "d", cameras): "COLMAP",
        make_colmap(tmp_path / "e", cameras, binary=False) / "sparse" / "0": "COLMAP",
        tmp_path / "a" / "rgb": "photos",
    }
    assert {path: recognise(path).name for path in names} == names
