"""Import: every format ends as square, undistorted pictures whose cameras agree with them."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import tyro
from PIL import Image

from dvox_core.data.deepvoxels_files import read_intrinsics
from dvox_core.data.formats import recognise
from dvox_core.data.importing import ImportOptions, import_capture
from dvox_core.data.lens import Lens
from dvox_core.data.loading import load_capture
from dvox_core.errors import Cancelled, CaptureError
from tests.core.data.capture_makers import (
    DOTS,
    OPENGL,
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
    assert (report.path / "import_report.txt").read_text().splitlines() == list(report.lines)


def test_the_axes_of_transforms_json_are_turned(tmp_path: Path) -> None:
    cameras = ring_of_cameras(5)
    _, capture = imported(make_transforms(tmp_path / "s", cameras), tmp_path)
    by_name = sorted(capture.views, key=lambda view: view.name)
    for view, camera in zip(by_name, cameras, strict=True):
        np.testing.assert_allclose(view.camera.camera_to_world, camera.camera_to_world, atol=1e-12)


def test_a_capture_that_needs_nothing_keeps_its_pixels(tmp_path: Path) -> None:
    source = make_layout(tmp_path / "source", ring_of_cameras(5))
    _, capture = imported(source, tmp_path, size=64, test_every=0)
    assert capture.intrinsics.focal == pytest.approx(90)
    for view in capture.views:
        original = np.asarray(Image.open(source / "rgb" / view.picture_path.name))
        np.testing.assert_array_equal(np.asarray(Image.open(view.picture_path)), original)


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
    assert any("2 different cameras" in line for line in report.lines)


def test_a_view_that_would_narrow_all_others_is_left_out_by_name(tmp_path: Path) -> None:
    source = make_transforms(tmp_path / "source", ring_of_cameras(6))
    edit_transforms(
        source, lambda content: content["frames"][2].update({"fl_x": 900.0, "fl_y": 900.0})
    )
    report, capture = imported(source, tmp_path)
    assert len(capture.views) == 5
    assert any("left out: 0002" in line for line in report.lines)


def test_nerf_synthetic_scenes_keep_their_split_and_get_a_background(tmp_path: Path) -> None:
    source = tmp_path / "lego"
    for file, split, cameras in (
        ("transforms_train.json", "train", ring_of_cameras(5)),
        ("transforms_test.json", "test", ring_of_cameras(3)),
    ):
        (source / split).mkdir(parents=True)
        frames = []
        for index, camera in enumerate(cameras):
            dots = np.asarray(dots_picture(camera, SQUARE))
            rgba = np.dstack([dots, dots.max(axis=-1)])
            Image.fromarray(rgba).save(source / split / f"r_{index}.png")
            frames.append(
                {
                    "file_path": f"./{split}/r_{index}",
                    "transform_matrix": (camera.camera_to_world @ OPENGL).tolist(),
                }
            )
        angle = 2 * np.arctan(SQUARE.width / 2 / SQUARE.focal_x)
        (source / file).write_text(json.dumps({"camera_angle_x": angle, "frames": frames}))
    report, capture = imported(source, tmp_path, background="#0000ff", size=64)
    assert [view.split for view in capture.views] == ["train"] * 5 + ["test"] * 3
    assert {view.name for view in capture.split("test")} == {"r_0", "r_1", "r_2"}
    assert capture.intrinsics.focal == pytest.approx(90)
    picture = np.asarray(Image.open(capture.views[0].picture_path))
    assert picture[0, 0].tolist() == [0, 0, 255]
    assert any("8 transparent pictures put on #0000ff" in line for line in report.lines)


def test_nerfstudio_lists_name_the_split_and_frames_have_masks(tmp_path: Path) -> None:
    source = make_transforms(tmp_path / "source", ring_of_cameras(5))
    mask = np.zeros((60, 80), np.uint8)
    mask[:, 40:] = 255
    Image.fromarray(mask).save(source / "mask.png")

    def change(content: dict) -> None:
        content["test_filenames"] = ["images/0003.png"]
        content["train_filenames"] = [f"images/000{i}.png" for i in (0, 1, 2, 4)]
        content["frames"][0]["mask_path"] = "mask.png"

    _, capture = imported(edit_transforms(source, change), tmp_path, background="red")
    assert [view.name for view in capture.split("test")] == ["0003"]
    masked = next(view for view in capture.views if view.name == "0000")
    picture = np.asarray(Image.open(masked.picture_path))
    assert picture[24, 2].tolist() == [255, 0, 0]
    assert picture[2, 46].tolist() == [0, 0, 0]


def test_frames_without_pictures_are_skipped_and_counted(tmp_path: Path) -> None:
    source = make_transforms(tmp_path / "source", ring_of_cameras(7))
    for index in (1, 5):
        (source / "images" / f"{index:04d}.png").unlink()
    report, capture = imported(source, tmp_path)
    assert len(capture.views) == 5
    assert any(line.startswith("2 frames have no picture") for line in report.lines)


def test_the_colmap_model_with_most_images_is_taken_and_named(tmp_path: Path) -> None:
    cameras = ring_of_cameras(8)
    source = make_colmap(tmp_path / "s", cameras, model="sparse/0", registered=3)
    make_colmap(tmp_path / "s", cameras, model="sparse/1", registered=8, binary=False)
    make_colmap(tmp_path / "s", cameras, model="sparse/2", registered=5)
    report, capture = imported(source, tmp_path)
    assert len(capture.views) == 8
    assert any("took model 1" in line for line in report.lines)


def test_the_grid_is_placed_over_the_point_cloud(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    object_points = (0.2, 0.1, 0.0) + generator.uniform(-0.5, 0.5, (400, 3))
    far_away = generator.uniform(-30, 30, (150, 3))
    source = make_colmap(
        tmp_path / "s", ring_of_cameras(8), points=np.vstack([object_points, far_away])
    )
    report, _ = imported(source, tmp_path)
    np.testing.assert_allclose(report.placed.placement.center, (0.2, 0.1, 0.0), atol=0.06)
    assert 0.9 < report.placed.placement.scale < 1.4


def test_the_grid_can_be_given(tmp_path: Path) -> None:
    source = make_transforms(tmp_path / "source", ring_of_cameras(5))
    options = {"center": (0.1, 0.0, 0.0), "scale": 0.7, "near": 3.3}
    report, capture = imported(source, tmp_path, **options)
    assert capture.placement.center == (0.1, 0.0, 0.0)
    assert capture.placement.scale == 0.7
    assert capture.near_plane == 3.3
    assert sum("as given" in line for line in report.lines) == 3


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
    assert any("5 pictures turned" in line for line in report.lines)
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
    assert any("5 EXIF orientations ignored" in line for line in report.lines)
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
    text = "\n".join(report.lines)
    for kind, name in (("16-bit", "0001.png"), ("grey", "0002.png"), ("CMYK", "0003.jpg")):
        assert any(kind in line and name in line for line in report.lines), text
    deep = np.asarray(Image.open(next(v.picture_path for v in capture.views if v.name == "0001")))
    assert deep[0].mean() < 20
    assert deep[-1].mean() > 235
    cmyk = next(view for view in capture.views if view.name == "0003")
    camera = capture.intrinsics
    lens = Lens(48, 48, camera.focal, camera.focal, camera.principal_x, camera.principal_y)
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


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"size": 1}, "size is 1"),
        ({"background": "nocolour"}, "nocolour"),
        ({"scale": -1.0}, "scale"),
        ({"near": 0.0}, "near plane"),
        ({"center": (0.0, float("nan"), 0.0)}, "centre"),
    ],
)
def test_impossible_options_give_one_line(tmp_path: Path, options: dict, words: str) -> None:
    source = make_transforms(tmp_path / "source", ring_of_cameras(4))
    with pytest.raises(CaptureError, match=words):
        import_capture(source, tmp_path / "out", ImportOptions(**options))


def test_the_command_line_takes_the_options_as_they_stand() -> None:
    words = [
        "--size",
        "128",
        "--center",
        "0",
        "1",
        "2",
        "--scale",
        "2.5",
        "--background",
        "black",
        "--no-masks",
    ]
    assert tyro.cli(ImportOptions, args=words) == ImportOptions(
        size=128, background="black", center=(0.0, 1.0, 2.0), scale=2.5, masks=False
    )


def test_a_nerfstudio_point_cloud_places_the_grid(tmp_path: Path) -> None:
    source = make_transforms(tmp_path / "source", ring_of_cameras(6))
    points = (0.1, -0.1, 0.0) + np.random.default_rng(0).uniform(-0.4, 0.4, (300, 3))
    rows = "\n".join(f"{x} {y} {z}" for x, y, z in points)
    (source / "sparse_pc.ply").write_text(
        "ply\nformat ascii 1.0\nelement vertex 300\nproperty float x\nproperty float y\n"
        f"property float z\nend_header\n{rows}\n"
    )
    edit_transforms(source, lambda content: content.update({"ply_file_path": "sparse_pc.ply"}))
    report, _ = imported(source, tmp_path)
    np.testing.assert_allclose(report.placed.placement.center, (0.1, -0.1, 0.0), atol=0.05)
    assert report.placed.placement.scale == pytest.approx(0.85, rel=0.15)
    (source / "sparse_pc.ply").write_text("not a cloud")
    again = import_capture(source, tmp_path / "again", ImportOptions(size=48))
    assert any("point cloud left out" in line for line in again.lines)


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
