"""COLMAP models as they come: other lenses, damaged neighbours, names of other systems."""

import shutil
import struct
import unicodedata
from pathlib import Path

import pytest
from PIL import Image

from dvox_core.data.colmap import ColmapModel
from dvox_core.data.colmap_files import read_images, read_lenses
from dvox_core.data.source import Source
from dvox_core.errors import CaptureError
from tests.core.data.capture_makers import (
    PINHOLE,
    assert_pictures_agree_with_cameras,
    imported,
    make_colmap,
    ring_of_cameras,
)

FOV = 7


def read(folder: Path) -> Source:
    model = ColmapModel()
    assert model.recognises(folder)
    return model.read(folder, folder, lambda done, total, what: None)


def told(notes: object, words: str) -> bool:
    return any(words in note for note in notes)  # type: ignore[attr-defined]


def rename(folder: Path, names: dict[int, str | bytes], model: str = "sparse/0") -> None:
    """Other names for images of a binary model."""
    path = folder / model / "images.bin"
    data = path.read_bytes()
    for index, name in names.items():
        old = f"photo {index:03d}.png".encode()
        assert old in data
        data = data.replace(old, name if isinstance(name, bytes) else name.encode())
    path.write_bytes(data)


@pytest.mark.parametrize("observations", ["without", "empty", "filled", "mixed"])
def test_text_models_with_and_without_lines_of_observations(
    tmp_path: Path, observations: str
) -> None:
    source = make_colmap(tmp_path / "s", ring_of_cameras(12), binary=False)
    path = source / "sparse" / "0" / "images.txt"
    lines = [line for line in path.read_text().splitlines() if "photo" in line]
    extra = {"without": [], "empty": [""], "filled": ["1.5 2 -1 3 4 77"]}
    made = ["# Image list"]
    for index, line in enumerate(lines):
        kind = (
            ("without", "empty", "filled")[index % 3] if observations == "mixed" else observations
        )
        made += [line, *extra[kind]]
    path.write_text("\n".join(made) + "\n")
    assert [image.name for image in read_images(path.parent)] == [
        f"photo {index:03d}.png" for index in range(12)
    ]


def test_an_unsupported_lens_that_no_image_uses_does_not_matter(tmp_path: Path) -> None:
    source = make_colmap(tmp_path / "s", ring_of_cameras(6))
    path = source / "sparse" / "0" / "cameras.bin"
    data = path.read_bytes()
    other = struct.pack("<iiQQ5d", 9, FOV, 80, 60, 1, 1, 1, 1, 1)
    path.write_bytes(struct.pack("<Q", 2) + data[8:] + other)
    assert len(read(source).views) == 6
    assert read_lenses(path.parent)[9] == "FOV"


def test_one_image_with_an_unsupported_lens_is_left_out_and_told(tmp_path: Path) -> None:
    source = make_colmap(tmp_path / "s", ring_of_cameras(12), binary=False)
    model = source / "sparse" / "0"
    cameras = model / "cameras.txt"
    cameras.write_text(cameras.read_text() + "8 EQUIRECTANGULAR 80 60 80 60\n")
    images = model / "images.txt"
    images.write_text(images.read_text().replace(" 7 photo 003.png", " 8 photo 003.png"))
    found = read(source)
    assert len(found.views) == 11
    assert told(found.notes, "1 images have a camera model that is not supported")
    assert told(found.notes, "EQUIRECTANGULAR")


@pytest.mark.parametrize("spoil", ["images.bin", "cameras.bin"])
def test_a_damaged_model_beside_a_good_one_costs_a_note(tmp_path: Path, spoil: str) -> None:
    cameras = ring_of_cameras(8)
    source = make_colmap(tmp_path / "s", cameras, registered=6)
    make_colmap(source, cameras, model="sparse/1")
    path = source / "sparse" / "1" / spoil
    path.write_bytes(path.read_bytes()[:-9])
    found = read(source)
    assert len(found.views) == 6
    assert told(found.notes, "damaged model is passed over")
    shutil.rmtree(source / "sparse" / "0")
    with pytest.raises(CaptureError, match=spoil):
        read(source)


@pytest.mark.parametrize(
    ("named", "on_disk"),
    [
        ("sub\\0.png", "images/sub/0.png"),
        ("PHOTO.PNG", "images/photo.png"),
        (unicodedata.normalize("NFC", "Möwe.png"), unicodedata.normalize("NFD", "images/Möwe.png")),
        (unicodedata.normalize("NFD", "Möwe.png"), unicodedata.normalize("NFC", "images/Möwe.png")),
        ("/scans/scene/images/0.png", "images/0.png"),
        ("C:\\scene\\images\\0.png", "images/0.png"),
        ("Möwe.png".encode("cp1252"), "images/Möwe.png"),
        ("写真.png".encode("cp932"), "images/写真.png"),
        ("写真.png".encode("gbk", "replace"), None),
    ],
)
def test_names_of_other_systems_are_found(
    tmp_path: Path, named: str | bytes, on_disk: str | None
) -> None:
    source = make_colmap(tmp_path / "s", ring_of_cameras(6))
    rename(source, {2: named})
    picture = source / "images" / "photo 002.png"
    if on_disk is None:
        picture.unlink()
    else:
        (source / on_disk).parent.mkdir(exist_ok=True)
        picture.rename(source / on_disk)
    found = read(source)
    assert len(found.views) == 5 + (on_disk is not None)
    assert told(found.notes, "found under another name" if on_disk else "no picture")
    for note in found.notes:
        note.encode()  # can be printed anywhere


def test_two_pictures_that_could_be_meant_are_none(tmp_path: Path) -> None:
    source = make_colmap(tmp_path / "s", ring_of_cameras(6))
    rename(source, {2: "gone/0.png"})
    for name in ("a", "b"):
        (source / name).mkdir()
        shutil.copy(source / "images" / "photo 000.png", source / name / "0.png")
    assert told(read(source).notes, "1 registered images have no picture")


def test_pictures_that_lie_in_images_4_only_are_taken_with_the_lens_scaled(tmp_path: Path) -> None:
    source = make_colmap(tmp_path / "s", ring_of_cameras(6), PINHOLE.scaled_to(320, 240))
    for factor in (4, 8):
        (source / f"images_{factor}").mkdir()
        for path in (source / "images").iterdir():
            with Image.open(path) as picture:
                picture.reduce(factor).save(source / f"images_{factor}" / path.name)
    shutil.rmtree(source / "images")
    report, capture = imported(source, tmp_path)
    assert told(report.messages, "6 pictures were found under another name or folder")
    assert told(report.messages, "images_4")
    assert_pictures_agree_with_cameras(capture, 0.4)


def test_undistorted_pictures_are_not_taken_for_the_model_of_distorted_ones(
    tmp_path: Path,
) -> None:
    source = make_colmap(tmp_path / "s", ring_of_cameras(6))
    (source / "dense" / "0").mkdir(parents=True)
    (source / "images").rename(source / "dense" / "0" / "images")
    with pytest.raises(CaptureError, match=r"there are 6 in dense/0/images/"):
        read(source)


def test_a_dense_model_is_read_with_its_own_pictures(tmp_path: Path) -> None:
    make_colmap(tmp_path / "s" / "dense" / "0", ring_of_cameras(6), model="sparse")
    _, capture = imported(tmp_path / "s", tmp_path)
    assert_pictures_agree_with_cameras(capture)
