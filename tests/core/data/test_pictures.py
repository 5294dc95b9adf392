"""Pictures of any kind become 8-bit RGB of the wanted size."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dvox_core.data.lens import Window
from dvox_core.data.pictures import (
    load_picture,
    open_picture,
    parse_color,
    picture_info,
    resize,
)
from dvox_core.errors import CaptureError

GENERATOR = np.random.default_rng(0)


def saved(path: Path, values: np.ndarray) -> Path:
    Image.fromarray(values).save(path)
    return path


def test_shrinking_by_a_whole_factor_averages_areas(tmp_path: Path) -> None:
    values = GENERATOR.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    small = load_picture(saved(tmp_path / "a.png", values), 16)
    plain = values.reshape(16, 4, 16, 4, 3).astype(float).mean(axis=(1, 3))
    assert small.dtype == np.uint8
    assert np.abs(small - plain).max() <= 1


def test_a_picture_of_the_wanted_size_is_kept_to_the_bit(tmp_path: Path) -> None:
    values = GENERATOR.integers(0, 256, (32, 32, 3), dtype=np.uint8)
    path = saved(tmp_path / "a.png", values)
    np.testing.assert_array_equal(load_picture(path, 32), values)


@pytest.mark.parametrize("side", [20, 48, 128])
def test_other_sizes_keep_mean_and_place(tmp_path: Path, side: int) -> None:
    ramp = np.broadcast_to(np.linspace(0, 250, 64)[None, :, None], (64, 64, 3))
    path = saved(tmp_path / "a.png", ramp.astype(np.uint8))
    resized = load_picture(path, side).astype(float)
    middles = (np.arange(side) + 0.5) * 64 / side - 0.5
    expected = np.interp(middles, np.arange(64), np.linspace(0, 250, 64))
    inner = slice(side // 8, -side // 8)
    np.testing.assert_allclose(resized[side // 2, inner, 0], expected[inner], atol=2)
    np.testing.assert_array_equal(load_picture(path, side), load_picture(path, side))


def test_transparency_lies_on_the_background(tmp_path: Path) -> None:
    values = np.zeros((4, 4, 4), dtype=np.uint8)
    values[..., 0] = 200
    values[0, 0, 3], values[1, 1, 3] = 255, 128
    path = saved(tmp_path / "a.png", values)
    picture = load_picture(path, 4, "white")
    assert picture[0, 0].tolist() == [200, 0, 0]
    assert picture[3, 3].tolist() == [255, 255, 255]
    np.testing.assert_allclose(picture[1, 1], (227, 127, 127), atol=1)
    assert load_picture(path, 4, "#102030")[3, 3].tolist() == [16, 32, 48]


@pytest.mark.parametrize(("mode", "ending"), [("L", "png"), ("CMYK", "jpg"), ("P", "png")])
def test_other_modes_become_rgb(tmp_path: Path, mode: str, ending: str) -> None:
    plain = Image.new("RGB", (8, 8), (120, 120, 120))
    picture = plain.quantize(4) if mode == "P" else plain.convert(mode)
    path = tmp_path / f"a.{ending}"
    picture.save(path)
    values = load_picture(path, 8)
    assert values.shape == (8, 8, 3)
    np.testing.assert_allclose(values, 120, atol=3)


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_sixteen_bit_grey_keeps_its_brightness(tmp_path: Path, ending: str) -> None:
    values = np.array([[0, 32896], [65535, 257]], dtype=np.uint16)
    path = saved(tmp_path / f"a.{ending}", values)
    assert picture_info(path).oddity == "16-bit"
    assert np.asarray(open_picture(path))[..., 1].tolist() == [[0, 128], [255, 1]]


def test_exif_orientation_is_applied_unless_it_is_not_wanted(tmp_path: Path) -> None:
    values = np.zeros((4, 6, 3), dtype=np.uint8)
    values[0, 0] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by 90°
    Image.fromarray(values).save(tmp_path / "a.png", exif=exif)
    info = picture_info(tmp_path / "a.png")
    assert (info.width, info.height, info.sideways, info.turned) == (6, 4, True, True)
    upright = np.asarray(open_picture(tmp_path / "a.png"))
    assert upright.shape == (6, 4, 3)
    assert upright[0, 3].tolist() == [255, 255, 255]
    stored = np.asarray(open_picture(tmp_path / "a.png", upright=False))
    np.testing.assert_array_equal(stored, values)


def test_a_box_of_a_picture_is_resampled_without_the_rest() -> None:
    values = np.zeros((20, 20, 3), dtype=np.uint8)
    values[5:15, 5:15] = 200
    inner = np.asarray(resize(Image.fromarray(values), 5, Window(5, 5, 15, 15)))
    assert (inner == 200).all()


def test_bad_pictures_give_one_line_with_name_and_remedy(tmp_path: Path) -> None:
    whole = tmp_path / "whole.png"
    saved(whole, GENERATOR.integers(0, 256, (64, 64, 3), dtype=np.uint8))
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.png").write_text("I am no picture")
    (tmp_path / "cut.png").write_bytes(whole.read_bytes()[:3000])
    saved(tmp_path / "wide.png", np.zeros((4, 8, 3), np.uint8))
    for name, words in {
        "empty.png": "zero bytes",
        "text.png": "not a picture",
        "cut.png": "cannot be read",
        "absent.png": "not found",
        "wide.png": "8×4, not square",
    }.items():
        with pytest.raises(CaptureError) as caught:
            load_picture(tmp_path / name, 8)
        message = str(caught.value)
        assert str(tmp_path / name) in message
        assert words in message
        assert "; " in message
        assert "\n" not in message


def test_colours_have_names_and_numbers() -> None:
    assert parse_color("white") == (255, 255, 255)
    assert parse_color("#102030") == (16, 32, 48)
    with pytest.raises(CaptureError, match="no colour"):
        parse_color("whitish")
