"""transforms.json as programs write it: lenses, sizes and places of pictures."""

import math
from pathlib import Path

import pytest
from PIL import Image

from dvox_core.data.formats import recognise
from dvox_core.data.source import Source
from dvox_core.errors import CaptureError
from tests.core.data.capture_makers import (
    PINHOLE,
    assert_pictures_agree_with_cameras,
    edit_transforms,
    imported,
    make_colmap,
    make_layout,
    make_transforms,
    ring_of_cameras,
)


def read(folder: Path) -> Source:
    return recognise(folder).read(folder, folder, lambda done, total, what: None)


def told(notes: object, words: str) -> bool:
    return any(words in note for note in notes)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("entries", "name"),
    [
        ({"ftheta_p0": 0.1, "ftheta_p1": 0.0}, "f-theta"),
        ({"latlong": True}, "equirectangular"),
        ({"equirectangular": True}, "equirectangular"),
        ({"camera_model": "EQUIRECTANGULAR"}, "EQUIRECTANGULAR"),
        ({"orthographic": True}, "orthographic"),
    ],
)
def test_lenses_that_are_no_perspective_ones_are_refused_by_name(
    tmp_path: Path, entries: dict, name: str
) -> None:
    source = make_transforms(tmp_path / "s", ring_of_cameras(6))
    edit_transforms(source, lambda content: content.update(entries))
    with pytest.raises(CaptureError, match=f"camera model {name} is not supported"):
        read(source)


def test_one_frame_with_such_a_lens_is_left_out_and_told(tmp_path: Path) -> None:
    source = make_transforms(tmp_path / "s", ring_of_cameras(6))
    edit_transforms(source, lambda content: content["frames"][2].update(latlong=True))
    found = read(source)
    assert len(found.views) == 5
    assert told(found.notes, "1 frames have a lens that is not supported and are left out")


def test_x_fov_is_in_degrees(tmp_path: Path) -> None:
    source = make_transforms(tmp_path / "s", ring_of_cameras(6))

    def change(content: dict) -> None:
        content["x_fov"] = math.degrees(2 * math.atan(80 / 2 / 90))
        content["y_fov"] = math.degrees(2 * math.atan(60 / 2 / 90))
        del content["fl_x"], content["fl_y"]

    _, capture = imported(edit_transforms(source, change), tmp_path)
    assert_pictures_agree_with_cameras(capture)
    assert read(source).views[0].lens.focal_x == pytest.approx(90)
    edit_transforms(source, lambda content: content.update(x_fov=200))
    with pytest.raises(CaptureError, match="x_fov is 200; write an angle of view in degrees"):
        read(source)


def quarter_size(folder: Path) -> Path:
    """Pictures of 320×240 shrunk by four, with the numbers of the large ones and no w and h."""
    make_transforms(folder, ring_of_cameras(6), PINHOLE.scaled_to(320, 240))
    for path in (folder / "images").iterdir():
        with Image.open(path) as picture:
            small = picture.reduce(4)
        small.save(path)

    def without_size(content: dict) -> None:
        del content["w"], content["h"]

    return edit_transforms(folder, without_size)


def test_without_w_and_h_the_principal_point_tells_the_size_of_the_pictures(
    tmp_path: Path,
) -> None:
    report, capture = imported(quarter_size(tmp_path / "s"), tmp_path)
    assert told(report.messages, "w and h are missing")
    assert told(report.messages, "shrunk by 4")
    assert_pictures_agree_with_cameras(capture, 0.4)


def test_without_w_and_h_an_impossible_principal_point_is_blamed(tmp_path: Path) -> None:
    source = quarter_size(tmp_path / "s")
    edit_transforms(source, lambda content: content.update(cx=250.0, cy=90.0))
    with pytest.raises(CaptureError, match="w and h are missing, and cx, cy"):
        read(source)


@pytest.mark.parametrize(
    "name",
    ["/scans/me/images/0002.png", "C:\\me\\images\\0002.png", "IMAGES/0002", "../images/0002.png"],
)
def test_pictures_of_another_machine_are_found(tmp_path: Path, name: str) -> None:
    source = make_transforms(tmp_path / "s", ring_of_cameras(6))
    edit_transforms(source, lambda content: content["frames"][2].update(file_path=name))
    found = read(source)
    assert len(found.views) == 6
    assert found.views[2].picture_path.resolve() == (source / "images" / "0002.png").resolve()
    assert told(found.notes, "1 pictures were found under another name")


def test_what_lies_there_instead_is_told(tmp_path: Path) -> None:
    source = make_transforms(tmp_path / "s", ring_of_cameras(6))
    (source / "images").rename(source / "photos")
    for index, path in enumerate(sorted((source / "photos").iterdir())):
        path.rename(path.with_name(f"other{index}.png"))
    with pytest.raises(CaptureError, match="there are 6 in photos/"):
        read(source)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.update(fl_x=10**400),
        lambda c: c["frames"][1].update(transform_matrix=[[10**400] * 4] * 4),
        lambda c: c.update(train_filenames=3),
        lambda c: c.update(w=1e300),
        lambda c: c.update(k1="strong"),
        lambda c: c["frames"][1].update(transform_matrix={"a": 1}),
        lambda c: c["frames"][1].update(transform_matrix=[[1e308] * 4] * 4),
    ],
)
def test_one_wrong_value_is_one_line(tmp_path: Path, change: object) -> None:
    source = edit_transforms(make_transforms(tmp_path / "s", ring_of_cameras(6)), change)
    with pytest.raises(CaptureError) as caught:
        read(source)
    assert "\n" not in str(caught.value)


def test_a_pointer_or_a_page_instead_of_the_file_is_called_by_its_name(tmp_path: Path) -> None:
    source = make_transforms(tmp_path / "s", ring_of_cameras(6))
    (source / "transforms.json").write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(CaptureError, match="git lfs pull"):
        read(source)


@pytest.mark.parametrize(
    "name", ["rgb/000002.png", "pose/000002.txt", "intrinsics.txt", "sparse/0/images.bin"]
)
def test_pointers_are_called_by_their_name_wherever_they_lie(tmp_path: Path, name: str) -> None:
    make = make_colmap if name.startswith("sparse") else make_layout
    source = make(tmp_path / "s", ring_of_cameras(6))
    (source / name).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:1\n")
    with pytest.raises(CaptureError, match="git lfs pull"):
        imported(source, tmp_path)
