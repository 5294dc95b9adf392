"""What import writes: square, undistorted pictures whose cameras agree with them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dvox_core.data.deepvoxels_files import read_intrinsics
from dvox_core.data.importing import ImportOptions, import_capture
from dvox_core.data.lens import Lens, pinhole_lens
from dvox_core.data.loading import load_capture
from dvox_core.errors import Cancelled, CaptureError
from tests.core.data.capture_makers import (
    PINHOLE,
    SQUARE,
    assert_pictures_agree_with_cameras,
    dot_places,
    dots_picture,
    edit_transforms,
    found_dots,
    imported,
    make_colmap,
    make_layout,
    make_transforms,
    ring_of_cameras,
)

DISTORTED = Lens(80, 60, 90.0, 88.0, 41.0, 29.0, (0.15, -0.08), (), (0.004, -0.003))
LENSES = {"wide": PINHOLE, "distorted": DISTORTED, "square": SQUARE}
KINDS = ("layout", "transforms", "colmap binary", "colmap text")


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        (kind, shape)
        for kind in KINDS
        for shape in LENSES
        if (kind, shape) != ("layout", "distorted")  # the authors' layout has no distortion
    ],
)
def test_pictures_agree_with_cameras_after_import(tmp_path: Path, kind: str, shape: str) -> None:
    cameras = ring_of_cameras(9)
    lens = LENSES[shape]
    source = tmp_path / "source"
    if kind == "layout":
        make_layout(source, cameras, lens)
    elif kind == "transforms":
        make_transforms(source, cameras, lens)
    else:
        make_colmap(source, cameras, lens, binary=kind.endswith("binary"))
    report, capture = imported(source, tmp_path)
    assert len(capture.views) == 9
    assert [len(capture.split(name)) for name in ("train", "test")] == [6, 3]
    assert_pictures_agree_with_cameras(capture)
    assert read_intrinsics(report.path / "train" / "intrinsics.txt").intrinsics == report.intrinsics
    assert (report.path / "import_report.txt").read_text().splitlines() == list(report.messages)


def test_a_capture_that_needs_nothing_keeps_its_pixels(tmp_path: Path) -> None:
    source = make_layout(tmp_path / "source", ring_of_cameras(5))
    _, capture = imported(source, tmp_path, size=64, test_every=0)
    assert capture.intrinsics.focal == pytest.approx(90)
    for view in capture.views:
        original = np.asarray(Image.open(source / "rgb" / view.picture_path.name))
        np.testing.assert_array_equal(np.asarray(Image.open(view.picture_path)), original)


@pytest.mark.parametrize("make", [make_transforms, make_layout], ids=["transforms", "layout"])
def test_the_middle_of_a_picture_is_half_a_pixel_before_the_middle_of_its_sides(
    make: Callable[..., Path], tmp_path: Path
) -> None:
    source = make(tmp_path / "source", ring_of_cameras(5), SQUARE)  # axis in the picture's middle
    _, capture = imported(source, tmp_path, size=32)
    camera = capture.intrinsics
    np.testing.assert_allclose((camera.principal_x, camera.principal_y), (15.5, 15.5))


def test_views_of_several_cameras_are_resampled_to_one(tmp_path: Path) -> None:
    cameras = ring_of_cameras(6)
    source = make_transforms(tmp_path / "source", cameras)
    other = Lens(100, 70, 130.0, 130.0, 48.0, 36.0)
    for index in (1, 4):
        dots_picture(cameras[index], other).save(source / "images" / f"{index:04d}.png")

    def change(content: dict) -> None:
        for index in (1, 4):
            content["frames"][index] |= {
                "w": 100, "h": 70, "fl_x": 130.0, "fl_y": 130.0, "cx": 48.0, "cy": 36.0,
            }  # fmt: skip

    report, capture = imported(edit_transforms(source, change), tmp_path)
    assert_pictures_agree_with_cameras(capture)
    assert any("2 different cameras" in line for line in report.messages)


def test_exif_orientation_turns_pictures_whose_cameras_are_upright(tmp_path: Path) -> None:
    lens = Lens(60, 80, 90.0, 90.0, 29.0, 41.0)
    cameras = ring_of_cameras(5)
    source = make_transforms(tmp_path / "source", cameras, lens)
    for index, camera in enumerate(cameras):
        stored = dots_picture(camera, lens).transpose(Image.Transpose.ROTATE_90)
        exif = Image.Exif()
        exif[0x0112] = 6
        stored.save(source / "images" / f"{index:04d}.png", exif=exif)
    report, capture = imported(source, tmp_path)
    assert any("5 pictures turned" in line for line in report.messages)
    assert_pictures_agree_with_cameras(capture)


def test_exif_orientation_is_ignored_where_the_cameras_are_those_of_stored_pixels(
    tmp_path: Path,
) -> None:
    cameras = ring_of_cameras(5)
    source = make_transforms(tmp_path / "source", cameras)
    for index, camera in enumerate(cameras):
        exif = Image.Exif()
        exif[0x0112] = 6
        dots_picture(camera, PINHOLE).save(source / "images" / f"{index:04d}.png", exif=exif)
    report, capture = imported(source, tmp_path)
    assert any("5 EXIF orientations ignored" in line for line in report.messages)
    assert_pictures_agree_with_cameras(capture)


def test_pictures_of_another_resolution_than_their_camera_are_fitted(tmp_path: Path) -> None:
    cameras = ring_of_cameras(5)
    source = make_transforms(tmp_path / "source", cameras)
    for index, camera in enumerate(cameras):
        big = dots_picture(camera, PINHOLE.scaled_to(240, 180))
        big.save(source / "images" / f"{index:04d}.png")
    _, capture = imported(source, tmp_path, size=120)
    assert_pictures_agree_with_cameras(capture)


def test_odd_pictures_are_converted_and_named(tmp_path: Path) -> None:
    source = make_transforms(tmp_path / "source", ring_of_cameras(6))
    images = source / "images"
    grey = np.linspace(0, 65535, 80 * 60).reshape(60, 80).astype(np.uint16)
    Image.fromarray(grey).save(images / "0001.png")
    Image.open(images / "0002.png").convert("L").save(images / "0002.png")
    Image.open(images / "0003.png").convert("CMYK").save(images / "0003.jpg", quality=95)
    (images / "0003.png").unlink()
    edit_transforms(
        source, lambda content: content["frames"][3].update({"file_path": "images/0003"})
    )
    report, capture = imported(source, tmp_path)
    text = "\n".join(report.messages)
    for kind, name in (("16-bit", "0001.png"), ("grey", "0002.png"), ("CMYK", "0003.jpg")):
        assert any(kind in line and name in line for line in report.messages), text
    deep = np.asarray(Image.open(next(v.picture_path for v in capture.views if v.name == "0001")))
    assert deep[0].mean() < 20
    assert deep[-1].mean() > 235
    cmyk = next(view for view in capture.views if view.name == "0003")
    lens = pinhole_lens(capture.intrinsics)
    np.testing.assert_allclose(
        found_dots(cmyk.picture_path), dot_places(cmyk.camera, lens), atol=0.5
    )


def test_the_output_is_absent_after_a_failure_or_a_cancel(tmp_path: Path) -> None:
    source = make_transforms(tmp_path / "source", ring_of_cameras(5))

    def stop(done: int, total: int, what: str) -> None:
        if what == "importing pictures" and done == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        import_capture(source, tmp_path / "out", ImportOptions(size=48), stop)
    data = (source / "images" / "0003.png").read_bytes()
    (source / "images" / "0003.png").write_bytes(data[: len(data) // 2])
    with pytest.raises(CaptureError, match=r"0003\.png"):
        import_capture(source, tmp_path / "out", ImportOptions(size=48))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source"]


def test_an_output_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    source = make_transforms(tmp_path / "source", ring_of_cameras(5))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(CaptureError, match="exists already"):
        import_capture(source, tmp_path / "out")
    assert (tmp_path / "out" / "mine.txt").read_text() == "mine"
    (tmp_path / "out" / "mine.txt").unlink()
    import_capture(source, tmp_path / "out", ImportOptions(size=48))
    assert (tmp_path / "out" / "train" / "rgb").is_dir()


@pytest.mark.parametrize("size", [24, 48, 96])
def test_large_distorted_pictures_are_reduced_without_moving(tmp_path: Path, size: int) -> None:
    cameras = ring_of_cameras(4)
    lens = DISTORTED.scaled_to(403, 302)
    source = make_transforms(tmp_path / "source", cameras, lens)
    for index, camera in enumerate(cameras):
        picture = dots_picture(camera, DISTORTED.scaled_to(403, 302))
        picture.save(source / "images" / f"{index:04d}.png")
    report = import_capture(source, tmp_path / "out", ImportOptions(size=32 + size, test_every=0))
    assert_pictures_agree_with_cameras(load_capture(report.path), tolerance=0.2)
