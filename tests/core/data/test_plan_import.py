"""What import decides before anything is read: views, splits, the grid, the options."""

import json
from pathlib import Path

import numpy as np
import pytest
import tyro
from PIL import Image

from dvox_core.data.importing import ImportOptions, import_capture
from dvox_core.errors import CaptureError
from tests.core.data.capture_makers import (
    OPENGL,
    SQUARE,
    dots_picture,
    edit_transforms,
    imported,
    make_colmap,
    make_transforms,
    ring_of_cameras,
)


def test_the_axes_of_transforms_json_are_turned(tmp_path: Path) -> None:
    cameras = ring_of_cameras(5)
    _, capture = imported(make_transforms(tmp_path / "s", cameras), tmp_path)
    by_name = sorted(capture.views, key=lambda view: view.name)
    for view, camera in zip(by_name, cameras, strict=True):
        np.testing.assert_allclose(view.camera.camera_to_world, camera.camera_to_world, atol=1e-12)


def test_a_view_that_would_narrow_all_others_is_left_out_by_name(tmp_path: Path) -> None:
    source = make_transforms(tmp_path / "source", ring_of_cameras(6))
    edit_transforms(
        source, lambda content: content["frames"][2].update({"fl_x": 900.0, "fl_y": 900.0})
    )
    report, capture = imported(source, tmp_path)
    assert len(capture.views) == 5
    assert any("left out: 0002" in line for line in report.messages)


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
    assert any("8 transparent pictures put on #0000ff" in line for line in report.messages)


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
    assert any(line.startswith("2 frames have no picture") for line in report.messages)


def test_the_colmap_model_with_most_images_is_taken_and_named(tmp_path: Path) -> None:
    cameras = ring_of_cameras(8)
    source = make_colmap(tmp_path / "s", cameras, model="sparse/0", registered=3)
    make_colmap(tmp_path / "s", cameras, model="sparse/1", registered=8, binary=False)
    make_colmap(tmp_path / "s", cameras, model="sparse/2", registered=5)
    report, capture = imported(source, tmp_path)
    assert len(capture.views) == 8
    assert any("fell into 3 groups" in line for line in report.messages)


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
    assert sum("as given" in line for line in report.messages) == 3


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
    assert any("point cloud left out" in line for line in again.messages)
