"""Cameras are of stored pixels: EXIF turns a picture only where its shape says so."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dvox_core.data.lens import Lens
from dvox_core.data.loading import load_capture
from dvox_core.data.pictures import EXIF_ORIENTATION, load_picture, with_mask
from dvox_core.errors import CaptureError
from tests.core.data.capture_makers import (
    PINHOLE,
    SQUARE,
    assert_pictures_agree_with_cameras,
    dots_picture,
    imported,
    make_colmap,
    make_layout,
    make_transforms,
    ring_of_cameras,
)

MAKERS = {"transforms": make_transforms, "colmap": make_colmap, "layout": make_layout}


def set_orientation(path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    Image.open(path).save(path, exif=exif)


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize(
    ("orientation", "lens"), [(3, PINHOLE), (6, SQUARE), (8, SQUARE), (3, SQUARE), (2, PINHOLE)]
)
def test_half_the_pictures_with_an_orientation_agree_with_their_cameras(
    tmp_path: Path, kind: str, orientation: int, lens: Lens
) -> None:
    source = MAKERS[kind](tmp_path / "source", ring_of_cameras(6), lens)
    for path in sorted(source.rglob("*.png"))[::2]:
        set_orientation(path, orientation)
    report, capture = imported(source, tmp_path)
    assert_pictures_agree_with_cameras(capture)
    assert any("3 EXIF orientations ignored" in line for line in report.messages)


def test_training_takes_stored_pixels_as_import_does(tmp_path: Path) -> None:
    folder = make_layout(tmp_path / "capture", ring_of_cameras(6))
    before = load_picture(folder / "rgb" / "000000.png", 64)
    set_orientation(folder / "rgb" / "000000.png", 3)
    assert np.array_equal(load_picture(folder / "rgb" / "000000.png", 64), before)
    assert any("1 EXIF orientations ignored" in note for note in load_capture(folder).notes)


def test_a_mask_is_turned_as_its_picture_is(tmp_path: Path) -> None:
    stored = np.zeros((60, 80), np.uint8)
    stored[:20] = 255  # the upper third of the stored picture
    Image.fromarray(stored).save(tmp_path / "mask.png")
    upright = Image.new("RGB", (60, 80), "white")  # orientation 6: turned by 90° clockwise
    masked = np.asarray(with_mask(upright, tmp_path / "mask.png", "black", 6))
    assert masked[:, 40:].all()  # what was above is right now
    assert not masked[:, :40].any()
    Image.fromarray(stored.T).save(tmp_path / "mask.png")  # drawn over the turned picture
    masked = np.asarray(with_mask(upright, tmp_path / "mask.png", "black", 6))
    assert masked[:, :20].all()
    assert not masked[:, 20:].any()


def test_a_mask_of_another_shape_is_refused(tmp_path: Path) -> None:
    Image.new("L", (50, 80)).save(tmp_path / "mask.png")
    with pytest.raises(CaptureError, match="50×80, but the picture that it masks 60×80"):
        with_mask(
            dots_picture(ring_of_cameras(1)[0], Lens(60, 80, 90, 90, 30, 40)),
            tmp_path / "mask.png",
            "black",
        )


def test_transforms_pictures_on_their_side_by_shape_are_turned(tmp_path: Path) -> None:
    lens = Lens(60, 80, 90.0, 90.0, 29.0, 41.0)
    cameras = ring_of_cameras(5)
    source = make_transforms(tmp_path / "source", cameras, lens)
    for index, camera in enumerate(cameras):
        path = source / "images" / f"{index:04d}.png"
        dots_picture(camera, lens).transpose(Image.Transpose.ROTATE_90).save(path)
        set_orientation(path, 6)
    report, capture = imported(source, tmp_path)
    assert any("5 pictures turned" in line for line in report.messages)
    assert_pictures_agree_with_cameras(capture)
