"""Squares around the box in every picture: exact, and padded where they leave the picture."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dvox_core.data.box_crop import (
    crop_around_box,
    load_shown,
    padded_share,
    rectify_turned,
    save_padded,
)
from dvox_core.data.capture import View
from dvox_core.data.deepvoxels_files import IntrinsicsFile, write_intrinsics, write_pose
from dvox_core.data.importing import ImportOptions, import_capture
from dvox_core.data.lens import Lens
from dvox_core.data.loading import load_capture
from dvox_core.data.pictures import load_picture
from dvox_core.data.true_pictures import load_true_picture
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Camera, Intrinsics, look_at
from dvox_core.geometry.grid import GridPlacement
from dvox_core.radiance_field.views import shown_parts
from tests.helpers.captures import NEAR_PLANE, cube_picture

BOX = GridPlacement((0.0, 0.0, 0.0), 1.6)
INTRINSICS = Intrinsics(150.0, 64.0, 64.0, 128, 128)


def cameras() -> list[Camera]:
    """Around the cube, and none of them aimed at its middle."""
    random = np.random.default_rng(3)
    return [
        look_at(
            (3.4 * np.cos(angle), 3.4 * np.sin(angle), 1.2), random.uniform(-0.5, 0.5, 3), (0, 0, 1)
        )
        for angle in np.linspace(0, 2 * np.pi, 9)[:-1]
    ]


def test_every_picture_is_what_its_turned_camera_sees(tmp_path: Path) -> None:
    place = tmp_path / "cube" / "train"
    (place / "rgb").mkdir(parents=True)
    for index, camera in enumerate(cameras()):
        picture = cube_picture(camera, INTRINSICS)
        Image.fromarray(picture).save(place / "rgb" / f"{index:06d}.png")
        write_pose(place / "pose" / f"{index:06d}.txt", camera)
    write_intrinsics(place / "intrinsics.txt", IntrinsicsFile(INTRINSICS, BOX, NEAR_PLANE))
    options = ImportOptions(size=128, test_every=0, crop="box")
    report = import_capture(tmp_path / "cube", tmp_path / "out", options)
    assert "cropped to a square around the box in each picture" in report.messages
    capture = load_capture(tmp_path / "out")
    assert capture.placement == BOX
    assert min(share for _, share in report.coverage) == 1.0
    for view in capture.views:
        assert np.asarray(BOX.center) == pytest.approx(
            view.camera.position + view.camera.forward * np.linalg.norm(view.camera.position),
            abs=1e-6,
        )
        expected = cube_picture(view.camera, capture.intrinsics).astype(int)
        shown = load_picture(view.picture_path, 128).astype(int)  # white where it is padded
        differs = (np.abs(shown - expected).max(axis=-1) > 60).mean()
        assert differs < 0.06  # edges are half a pixel off, and nothing else is


def test_what_a_picture_does_not_show_is_padded() -> None:
    lens = Lens(64, 128, 80.0, 80.0, 32.0, 64.0)
    crop = crop_around_box(cameras(), BOX)
    turn = crop.turns[0]
    assert 0.05 < padded_share(lens, crop.window, turn) < 0.5
    picture = Image.new("RGB", (64, 128), "red")
    padded = np.asarray(rectify_turned(picture, lens, crop.window, turn, 32, (0, 255, 0)))
    assert {tuple(pixel) for pixel in padded.reshape(-1, 3)} >= {(255, 0, 0), (0, 255, 0)}
    clear = np.asarray(rectify_turned(picture, lens, crop.window, turn, 32, None))
    assert {tuple(pixel) for pixel in clear[..., :3].reshape(-1, 3)} == {(255, 0, 0)}
    np.testing.assert_array_equal(clear[..., 3] == 255, (padded == (255, 0, 0)).all(axis=-1))


def test_what_a_padded_picture_shows_stays_known(tmp_path: Path) -> None:
    half = Image.new("RGBA", (16, 16), (200, 0, 0, 255))
    half.paste((0, 0, 0, 0), (0, 0, 8, 16))
    (tmp_path / "rgb").mkdir()
    save_padded(half, "#00ff00", tmp_path / "rgb" / "a.png")
    whole = Image.new("RGBA", (16, 16), (200, 0, 0, 255))
    save_padded(whole, "#00ff00", tmp_path / "rgb" / "b.png")
    picture = np.asarray(Image.open(tmp_path / "rgb" / "a.png"))
    assert picture[3, 3].tolist() == [0, 255, 0]
    assert picture[3, 12].tolist() == [200, 0, 0]
    views = [View("a", tmp_path / "rgb" / f"{name}.png", cameras()[0], "train") for name in "ab"]
    shown = shown_parts(views, 16)
    assert shown is not None
    assert not shown[0, :, :8].any()
    assert shown[0, :, 8:].all()
    assert shown[1].all()
    save_padded(half, None, tmp_path / "rgb" / "c.png")
    transparent = load_true_picture(tmp_path / "rgb" / "c.png", 16)
    assert transparent.shown is not None
    np.testing.assert_array_equal(transparent.shown, shown[0])
    assert shown_parts(views[1:], 16) is None
    assert load_shown(views[1].picture_path, 16) is None


def test_a_camera_in_the_box_or_turned_away_from_it_is_refused() -> None:
    inside = look_at((0.5, 0.0, 0.0), (0, 0, 0), (0, 0, 1))
    away = look_at((3.0, 0.0, 0.0), (6, 0, 0), (0, 0, 1))
    for camera in (inside, away):
        with pytest.raises(CaptureError, match="leave --crop out"):
            crop_around_box([camera], BOX)
