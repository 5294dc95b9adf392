"""Photos and videos: sharp frames are picked, cameras found, and what is missing is told."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image, ImageFilter

from dvox_core.data.camera_finding import Stages, all_pairs, find, walk_pairs
from dvox_core.data.formats import recognise
from dvox_core.data.importing import ImportOptions, import_capture
from dvox_core.data.loading import load_capture
from dvox_core.data.photo_files import open_photo, photos_in
from dvox_core.data.photos import find_cameras_again
from dvox_core.data.picture_choice import frame_sharpness, pick_sharp_frames, write_photos
from dvox_core.data.source import Source
from dvox_core.errors import Cancelled, CaptureError
from dvox_core.geometry.cameras import look_at

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Cameras are kept in a folder of the test's own."""
    monkeypatch.setenv("DVOX_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


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
    with pytest.raises(CaptureError, match=r"-m pip install pycolmap"):
        import_capture(tmp_path / name, tmp_path / "out")


def test_photos_of_a_scene_become_a_capture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pycolmap", reason="the optional extra photos is not installed")

    def run_here(module: str, request: Any, received: Any, poll: Any, niceness: int) -> None:
        find(Path(request["path"]), Path(request["folder"]), received)

    # In this process, so that it is seen which lines run; nobody else opens COLMAP's database.
    monkeypatch.setattr("dvox_core.data.structure_from_motion.run_in_child_process", run_here)
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


def read(path: Path, workspace: Path, stages: list[str] | None = None) -> Source:
    def show(done: int, total: int, what: str) -> None:
        if stages is not None:
            stages.append(what.partition(",")[0])

    return recognise(path).read(path, workspace, show)


def test_cameras_are_found_in_a_process_of_its_own_kept_and_offered_again(
    tmp_path: Path, cache: Path
) -> None:
    pytest.importorskip("pycolmap", reason="the optional extra photos is not installed")
    folder = tmp_path / "photos"
    folder.mkdir()
    for index, angle in enumerate(np.linspace(0.4, 1.1, 5)):
        photograph(texture(), angle).save(folder / f"DSC {index}.jpg", quality=95)
    Image.new("RGB", (SIDE, SIDE), "grey").save(folder / "wall.jpg")
    photograph(texture(), 0.5).filter(ImageFilter.GaussianBlur(9)).save(folder / "moved.jpg")
    stages: list[str] = []
    source = read(folder, tmp_path / "work", stages)
    assert len(source.views) >= 4
    assert len(source.points) > 100
    assert {"reading pictures", "matching features", "finding cameras"} <= set(stages)
    assert {(one.name, one.reason) for one in source.dropped} == {
        ("wall.jpg", "it is blurred"),
        ("moved.jpg", "it is blurred"),
    }
    assert all(one.picture_path.is_file() for one in source.dropped)
    assert source.warning == ""
    assert sorted(path.name for path in cache.rglob("*.db*")) == []
    stages.clear()
    again = read(folder, tmp_path / "work", stages)
    assert stages == []
    assert "the cameras that were found on" in again.notes[0]
    assert [view.name for view in again.views] == [view.name for view in source.views]
    for one, other in zip(again.views, source.views, strict=True):
        np.testing.assert_array_equal(one.camera.camera_to_world, other.camera.camera_to_world)
    find_cameras_again(folder)
    assert not list(cache.rglob("found.json"))
    assert source.views[0].picture_path.is_file()  # until others are found


def test_finding_cameras_can_be_cancelled_and_leaves_nothing(tmp_path: Path, cache: Path) -> None:
    pytest.importorskip("pycolmap", reason="the optional extra photos is not installed")
    (tmp_path / "photos").mkdir()
    for index in range(4):
        photograph(texture(), 0.4 + 0.2 * index).save(tmp_path / "photos" / f"{index}.jpg")

    def cancel(done: int, total: int, what: str) -> None:
        if "features" in what:
            raise Cancelled

    with pytest.raises(Cancelled):
        recognise(tmp_path / "photos").read(tmp_path / "photos", tmp_path / "work", cancel)
    assert [path for path in cache.rglob("*") if path.is_file()] == []
    assert not (tmp_path / "work").exists()


def test_interrupting_the_command_ends_it_at_once_and_leaves_nothing(
    tmp_path: Path, cache: Path
) -> None:
    pytest.importorskip("pycolmap", reason="the optional extra photos is not installed")
    (tmp_path / "photos").mkdir()
    (tmp_path / "temporary").mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (900, 1200, 3), dtype=np.uint8)
    for index in range(8):
        Image.fromarray(np.roll(noise, index, axis=1)).save(tmp_path / "photos" / f"{index}.png")
    call = [sys.executable, str(ROOT / "main.py"), "import", str(tmp_path / "photos")]
    process = subprocess.Popen(
        [*call, "--out", str(tmp_path / "out")],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path / "temporary")},
        # Tests in the background of a shell inherit that it is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while not list(cache.rglob("database.db")):  # COLMAP is at work
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=120)
    assert process.returncode == 130
    assert error.strip().endswith("interrupted")
    assert [path for path in cache.rglob("*") if path.is_file()] == []
    assert list((tmp_path / "temporary").iterdir()) == []
    assert not (tmp_path / "out").exists()


def test_a_crash_is_told_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pycolmap", reason="the optional extra photos is not installed")
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "photos" / "a.jpg")
    (tmp_path / "crash.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr("dvox_core.data.structure_from_motion.FINDER", "crash")
    with pytest.raises(CaptureError) as caught:
        read(tmp_path / "photos", tmp_path / "work")
    assert str(caught.value) == (
        f"{tmp_path / 'photos'}: the process that looked for the cameras was ended by SIGSEGV; "
        "run the same again"
    )


def test_frames_of_a_walk_are_matched_with_those_near_them_and_across_a_loop() -> None:
    pairs = walk_pairs(range(120))
    assert len(pairs) == len(set(pairs)) < len(all_pairs(range(120))) / 3
    assert {(3, other) for other in range(4, 14)} <= set(pairs)
    assert (0, 114) in pairs
    assert all(one < other for one, other in pairs)


def test_how_far_it_is_grows_through_all_stages() -> None:
    told: list[tuple[int, int, str]] = []
    stages = Stages(lambda message: told.append(message["progress"]), 10, 45)
    for stage in ("reading pictures", "finding features", "matching features", "finding cameras"):
        for done in (0, 5, 10):
            stages.show(stage, done, 10)
    reached = [done for done, _, _ in told]
    assert reached == sorted(reached)
    assert (reached[0], reached[-1]) == (0, 1000)
    assert told[4][2] == "finding features, 5 of 10"


def test_nothing_of_a_photo_but_its_pixels_is_kept(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x013B] = "A. Person"
    exif.get_ifd(0x8825)[1] = "N"
    (tmp_path / "photos").mkdir()
    for name in "abc":
        Image.fromarray(texture()).save(tmp_path / "photos" / f"{name}.jpg", exif=exif)
    assert write_photos(photos_in(tmp_path / "photos"), tmp_path, silent) == []
    written = sorted(tmp_path.glob("*.jpg"))
    assert [path.name for path in written] == ["00000_a.jpg", "00001_b.jpg", "00002_c.jpg"]
    for path in written:
        assert not dict(Image.open(path).getexif())
        assert b"A. Person" not in path.read_bytes()


@pytest.mark.parametrize(("name", "package"), [("a.heic", "pillow-heif"), ("a.nef", "rawpy")])
def test_the_reader_of_a_kind_of_photos_is_named_where_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package.replace("-", "_"), None)
    (tmp_path / name).write_bytes(b"x")
    assert photos_in(tmp_path) == [tmp_path / name]
    with pytest.raises(CaptureError, match=f"-m pip install {package}"):
        open_photo(tmp_path / name)


def test_a_raw_photo_gives_way_to_the_picture_beside_it(tmp_path: Path) -> None:
    for name in ("1.nef", "1.jpg", "2.nef"):
        (tmp_path / name).write_bytes(b"x")
    assert [path.name for path in photos_in(tmp_path)] == ["1.jpg", "2.nef"]


def test_a_damaged_photo_is_called_by_its_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = SimpleNamespace(register_heif_opener=lambda: None)
    monkeypatch.setitem(sys.modules, "pillow_heif", reader)
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(80))
    with pytest.raises(CaptureError, match=r"a\.heic: is not a picture in a known format"):
        open_photo(tmp_path / "a.heic")

    def fail(path: str) -> None:
        raise OSError(b"Input/output error")

    raw = SimpleNamespace(imread=fail, LibRawError=OSError)
    monkeypatch.setitem(sys.modules, "rawpy", raw)
    (tmp_path / "a.nef").write_bytes(b"x")
    with pytest.raises(CaptureError, match=r"cannot be developed \(Input/output error\); save"):
        open_photo(tmp_path / "a.nef")
