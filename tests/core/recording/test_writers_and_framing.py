"""Colours come back as they were written; pictures lie where the framing says."""

import av
import numpy as np
import pytest
from PIL import Image

from dvox_core.errors import UserError
from dvox_core.geometry.cameras import Intrinsics
from dvox_core.recording.description import read_description
from dvox_core.recording.framing import framed, place
from dvox_core.recording.settings import (
    CODECS,
    RecordingSettings,
    available_codecs,
    codec_for,
    default_size,
)
from dvox_core.recording.writers import exact_rate, open_writer
from tests.helpers.fakes import fake_scene

CARDS = [(128, 128, 128), (0, 0, 0), (255, 255, 255), (64, 64, 64), (200, 30, 40), (20, 180, 60)]
INTRINSICS = Intrinsics(150.0, 63.0, 65.0, 128, 128)


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [("h264", ".mp4"), ("h265", ".mp4"), ("vp9", ".webm"), ("av1", ".mp4"), ("gif", ".gif")],
)
def test_a_card_of_one_colour_decodes_to_itself(codec, suffix, tmp_path):
    target = tmp_path / f"cards{suffix}"
    writer = open_writer(target, codec, (96, 80), 10.0, 80, "{}")
    for card in CARDS:
        picture = np.empty((80, 96, 3), np.uint8)
        picture[:] = card
        writer.write(picture)
    writer.close()
    with av.open(str(target)) as container:
        context = container.streams.video[0].codec_context
        if codec != "gif":
            tags = (context.colorspace, context.color_primaries, context.color_trc)
            assert tags == (1, 1, 1)  # BT.709
            assert context.color_range == 1  # limited
        found = []
        for frame in container.decode(video=0):
            more = {"src_colorspace": "ITU709"} if codec != "gif" else {}
            found.append(frame.reformat(format="rgb24", **more).to_ndarray())
    assert len(found) == len(CARDS)
    for picture, card in zip(found, CARDS, strict=True):
        error = np.abs(picture[10:-10, 10:-10].astype(int) - card).max()
        grey = len(set(card)) == 1  # strong colours lose a little more in 4:2:0
        assert error <= (2 if grey else 4), (card, error)


@pytest.mark.parametrize("suffix", [".MP4", ".MOV", ".mp4"])
def test_the_suffix_may_be_written_in_capitals(suffix, tmp_path):
    target = tmp_path / f"video{suffix}"
    assert codec_for(target, RecordingSettings()) == "h264"
    writer = open_writer(target, "h265", (64, 64), 10.0, 80, "{}")
    for _ in range(3):
        writer.write(np.zeros((64, 64, 3), np.uint8))
    writer.close()
    data = target.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")  # it starts before it is whole
    assert b"hvc1" in data
    assert b"hev1" not in data


def test_frames_that_do_not_change_are_all_there(tmp_path):
    still = np.full((64, 64, 3), 90, np.uint8)
    for codec, suffix in (("h264", ".mp4"), ("gif", ".gif"), ("vp9", ".webm")):
        target = tmp_path / f"a{suffix}"
        writer = open_writer(target, codec, (64, 64), 10.0, 80, "{}")
        for _ in range(20):
            writer.write(still)
        writer.close()
        with av.open(str(target)) as container:
            assert sum(1 for packet in container.demux(video=0) if packet.size) == 20, codec


def test_rates_are_exact():
    assert exact_rate(30) == 30
    assert str(exact_rate(23.976)) == "24000/1001"
    assert str(exact_rate(29.97)) == "30000/1001"
    assert float(exact_rate(12.5)) == 12.5


def dotted(u: int, v: int) -> np.ndarray:
    picture = np.zeros((118, 118, 3), np.uint8)
    picture[v - 5, u - 5] = 255
    return picture


def middle_of(frame: np.ndarray) -> tuple[float, float]:
    """Where the light is, as a place in pixels counted from 0 at the first one's middle."""
    weights = frame[..., 0].astype(float)
    rows, columns = np.mgrid[: frame.shape[0], : frame.shape[1]]
    return (columns * weights).sum() / weights.sum(), (rows * weights).sum() / weights.sum()


@pytest.mark.parametrize("fov", [20.0, 46.2, 75.0])
@pytest.mark.parametrize("size", [(320, 240), (200, 300)])
def test_a_field_of_view_is_framed_as_by_a_camera_that_has_it(fov, size):
    width, height = size
    focal = height / 2 / np.tan(np.radians(fov) / 2)
    for u, v in ((63, 65), (70, 80), (50, 60)):
        placement = place(INTRINSICS, width, height, fov, "letterbox")
        x, y = middle_of(framed(dotted(u, v), placement, (0, 0, 0)))
        expected_x = width / 2 - 0.5 + (u - 63) / 150 * focal
        expected_y = height / 2 - 0.5 + (v - 65) / 150 * focal
        assert (x, y) == pytest.approx((expected_x, expected_y), abs=0.6)


def test_letterboxing_shows_all_and_cropping_fills():
    white = np.full((118, 118, 3), 255, np.uint8)
    for size in ((320, 240), (240, 320)):
        boxed = framed(white, place(INTRINSICS, *size, None, "letterbox"), (10, 20, 30))
        assert (boxed == 255).all(axis=-1).sum() == 240 * 240
        assert tuple(boxed[0, 0]) == (10, 20, 30)
        for fov in (None, 30.0, 120.0):
            filled = framed(white, place(INTRINSICS, *size, fov, "crop"), (10, 20, 30))
            assert (filled == 255).all()


def test_the_pictures_own_size_is_the_picture_itself():
    picture = np.random.default_rng(0).integers(0, 255, (118, 118, 3)).astype(np.uint8)
    placement = place(INTRINSICS, 118, 118, None, "letterbox")
    np.testing.assert_array_equal(framed(picture, placement, (0, 0, 0)), picture)


def test_scaling_is_lanczos():
    picture = np.random.default_rng(0).integers(0, 255, (118, 118, 3)).astype(np.uint8)
    twice = framed(picture, place(INTRINSICS, 236, 236, None, "letterbox"), (0, 0, 0))
    own = Image.fromarray(picture).resize((236, 236), Image.Resampling.LANCZOS)
    np.testing.assert_array_equal(twice, np.asarray(own))


def test_every_codec_here_has_its_suffixes_and_the_usual_one_is_taken(tmp_path):
    assert "h264" in available_codecs()
    for codec in available_codecs():
        for suffix in CODECS[codec].suffixes or ("",):
            settings = RecordingSettings(codec=codec)
            assert codec_for(tmp_path / f"a{suffix}", settings) == codec
    usual = RecordingSettings()
    assert codec_for(tmp_path / "a.MP4", usual) == "h264"
    assert codec_for(tmp_path / "a.webm", usual) == "vp9"
    assert codec_for(tmp_path / "a", usual) == "png"


def test_without_a_chosen_size_a_video_is_a_multiple_of_the_picture():
    assert default_size(fake_scene(side=128), "rgb") == (590, 590)
    assert default_size(fake_scene(side=512), "rgb") == (502, 502)
    assert default_size(fake_scene(side=512), "side-by-side") == (1004, 502)


@pytest.mark.parametrize(
    "change",
    [
        {"quality": 0},
        {"size": (0, 4)},
        {"background": (0, 0, 256)},
        {"depth_range": (2.0, 2.0)},
    ],
)
def test_impossible_settings_are_refused(change):
    with pytest.raises(UserError):
        RecordingSettings(**change)


@pytest.mark.parametrize("name", ["a.mp4", "a.gif", "a.png", "none.mp4"])
def test_a_video_of_another_program_carries_no_path(name, tmp_path):
    path = tmp_path / name
    if name == "a.mp4":
        writer = open_writer(path, "h264", (64, 64), 10.0, 80, "holiday")
        writer.write(np.zeros((64, 64, 3), np.uint8))
        writer.close()
    elif name != "none.mp4":
        Image.new("RGB", (8, 8)).save(path)
    with pytest.raises(UserError) as caught:
        read_description(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", ["a.mp4", "a.MP4", "a.Mov"])
def test_a_suffix_in_capitals_makes_the_same_file(name, tmp_path):
    path = tmp_path / name
    writer = open_writer(path, "h265", (64, 64), 30.0, 80, "{}")
    for level in (0, 128, 255):
        writer.write(np.full((64, 64, 3), level, dtype=np.uint8))
    writer.close()
    content = path.read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")  # it starts before it is all there
    assert b"hvc1" in content
