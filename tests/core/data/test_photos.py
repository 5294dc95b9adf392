"""Photos and videos: sharp frames are picked, cameras found, and what is missing is told."""

import sys
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image, ImageFilter

from dvox_core.data.formats import recognise
from dvox_core.data.importing import ImportOptions, import_capture
from dvox_core.data.loading import load_capture
from dvox_core.data.photos import frame_sharpness, pick_sharp_frames
from dvox_core.data.structure_from_motion import find_cameras
from dvox_core.errors import Cancelled, CaptureError, UserError
from dvox_core.geometry.cameras import look_at

SIDE = 320
FOCAL = 420.0


def texture() -> np.ndarray:
    """[512, 512, 3] uint8: blobs of many sizes, good to match."""
    generator = np.random.default_rng(5)
    total = np.zeros((512, 512, 3))
    for cells in (8, 16, 32, 64, 128):
        noise = Image.fromarray(generator.integers(0, 256, (cells, cells, 3), dtype=np.uint8))
        total += np.asarray(noise.resize((512, 512), Image.Resampling.BICUBIC), dtype=float) / 5
    stretched = np.clip((total - 128) * 2.5 + 128, 0, 255)
    return stretched.astype(np.uint8)


def photograph(pattern: np.ndarray, angle: float) -> Image.Image:
    """The inside of a textured corner of three squares of 2 units, seen from `angle` radians."""
    camera = look_at((3.2 * np.cos(angle), 3.2 * np.sin(angle), 2.2), (0.4, 0.4, 0.4), (0, 0, 1))
    v, u = np.mgrid[0:SIDE, 0:SIDE] + 0.5
    rays = np.stack([(u - SIDE / 2) / FOCAL, (v - SIDE / 2) / FOCAL, np.ones_like(u)], axis=-1)
    rays = rays @ camera.rotation.T
    picture = np.full((SIDE, SIDE, 3), 40, dtype=np.uint8)
    nearest = np.full((SIDE, SIDE), np.inf)
    for axis in range(3):
        with np.errstate(divide="ignore", invalid="ignore"):
            depth = -camera.position[axis] / rays[..., axis]
            points = camera.position + depth[..., None] * rays
        across = points[..., [other for other in range(3) if other != axis]]
        hit = (depth > 0) & (depth < nearest) & (np.abs(across - 1) <= 1).all(axis=-1)
        nearest[hit] = depth[hit]
        cells = np.clip((across[hit] * 255.9).astype(int), 0, 511)
        picture[hit] = np.roll(pattern, 170 * axis, axis=(0, 1))[cells[:, 0], cells[:, 1], :]
    return Image.fromarray(picture)


def write_video(path: Path, frames: list[np.ndarray]) -> None:
    iio.imwrite(path, np.stack(frames), plugin="pyav", codec="libx264", fps=12)


def silent(done: int, total: int, what: str) -> None:
    """No progress."""


def test_sharpness_falls_with_blur() -> None:
    sharp = Image.fromarray(texture())
    values = [
        frame_sharpness(np.asarray(sharp.filter(ImageFilter.GaussianBlur(radius))))
        for radius in (0, 1, 3)
    ]
    assert values[0] > values[1] > values[2]


def test_the_sharpest_frame_of_every_stretch_is_picked(tmp_path: Path) -> None:
    pattern = Image.fromarray(texture()[:128, :128])
    sharp_ones = {2, 5, 11, 13}
    frames = [
        np.asarray(pattern if i in sharp_ones else pattern.filter(ImageFilter.GaussianBlur(3)))
        for i in range(16)
    ]
    write_video(tmp_path / "walk.mp4", frames)
    (tmp_path / "frames").mkdir()
    total, written = pick_sharp_frames(tmp_path / "walk.mp4", tmp_path / "frames", 4, silent)
    assert (total, written) == (16, 4)
    names = sorted(path.name for path in (tmp_path / "frames").iterdir())
    assert names == [f"frame{i:06d}.jpg" for i in sorted(sharp_ones)]


def test_what_is_no_video_gives_one_line(tmp_path: Path) -> None:
    (tmp_path / "walk.mp4").write_text("no video")
    with pytest.raises(CaptureError, match=r"walk\.mp4: cannot be decoded as a video"):
        pick_sharp_frames(tmp_path / "walk.mp4", tmp_path, 4, silent)


@pytest.mark.parametrize("name", ["folder", "walk.mp4"])
def test_without_pycolmap_the_extra_to_install_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setitem(sys.modules, "pycolmap", None)
    if name == "folder":
        (tmp_path / name).mkdir()
        Image.new("RGB", (8, 8)).save(tmp_path / name / "a.jpg")
    else:
        write_video(tmp_path / name, [np.zeros((32, 32, 3), np.uint8)] * 4)
    with pytest.raises(CaptureError, match=r"pip install 'dvox\[photos\]'"):
        import_capture(tmp_path / name, tmp_path / "out")


def test_photos_of_a_scene_become_a_capture(tmp_path: Path) -> None:
    pytest.importorskip("pycolmap", reason="the optional extra photos is not installed")
    folder = tmp_path / "photos"
    folder.mkdir()
    angles = np.linspace(0.2, 1.3, 9)
    for index, angle in enumerate(angles):
        photograph(texture(), angle).save(folder / f"DSC {index}.jpg", quality=95)
    report = import_capture(folder, tmp_path / "out", ImportOptions(size=160, test_every=0))
    capture = load_capture(report.path)
    assert len(capture.views) >= 7
    truth = FOCAL / SIDE
    assert capture.intrinsics.focal / 160 == pytest.approx(truth, rel=0.15)
    by_name = {view.name: view.camera for view in capture.views}
    assert set(by_name) <= {f"DSC_{index}" for index in range(9)}
    for index in range(8):
        first, second = by_name.get(f"DSC_{index}"), by_name.get(f"DSC_{index + 1}")
        if first and second:
            expected = photographed_turn(angles[index], angles[index + 1])
            assert first.angle_to(second) == pytest.approx(expected, abs=1.0)


def photographed_turn(one: float, other: float) -> float:
    cameras = [
        look_at((3.2 * np.cos(a), 3.2 * np.sin(a), 2.2), (0.4, 0.4, 0.4), (0, 0, 1))
        for a in (one, other)
    ]
    return cameras[0].angle_to(cameras[1])


def test_photos_that_cannot_be_matched_give_one_line(tmp_path: Path) -> None:
    pytest.importorskip("pycolmap", reason="the optional extra photos is not installed")
    folder = tmp_path / "photos"
    folder.mkdir()
    for index in range(4):
        shade = np.full((120, 160, 3), 60 * index, dtype=np.uint8)
        Image.fromarray(shade).save(folder / f"{index}.jpg")
    with pytest.raises(CaptureError, match=r"cannot be matched \(0 of 4"):
        import_capture(folder, tmp_path / "out")
    for index in range(2):
        (folder / f"{index}.jpg").unlink()
    with pytest.raises(CaptureError, match="holds 2 photos"):
        import_capture(folder, tmp_path / "out")


def test_cameras_are_found_in_a_process_of_its_own(tmp_path: Path) -> None:
    pytest.importorskip("pycolmap", reason="the optional extra photos is not installed")
    (tmp_path / "photos").mkdir()
    for index, angle in enumerate(np.linspace(0.4, 1.1, 5)):
        photograph(texture(), angle).save(tmp_path / "photos" / f"{index}.jpg", quality=95)
    stages: list[str] = []
    source = find_cameras(
        tmp_path / "photos", tmp_path / "found", lambda done, total, what: stages.append(what)
    )
    assert len(source.views) >= 4
    assert len(source.points) > 100
    assert {"matching features", "finding cameras"} <= set(stages)
    again = recognise(tmp_path / "found").read(tmp_path / "found", tmp_path, silent)
    assert [view.name for view in again.views] == [view.name for view in source.views]


def test_finding_cameras_can_be_cancelled_and_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "photos" / "a.jpg")

    def cancel(done: int, total: int, what: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        find_cameras(tmp_path / "photos", tmp_path / "found", cancel)
    with pytest.raises(UserError, match=r"holds 1 photos|pip install"):
        find_cameras(tmp_path / "photos", tmp_path / "found", silent)
