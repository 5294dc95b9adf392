"""A video's frames as a player shows them."""

from pathlib import Path

import av
import numpy as np
import pytest

from dvox_core.data.video_frames import video_frames, video_notes
from dvox_core.errors import CaptureError

ONE = 0x10000
TURNS = {  # display matrices (a, b, c, d), by clockwise degrees
    0: (ONE, 0, 0, ONE),
    90: (0, ONE, -ONE, 0),
    180: (-ONE, 0, 0, -ONE),
    270: (0, -ONE, ONE, 0),
}


def make_video(path: Path, transfer: int = 1) -> Path:
    """Three frames of 96 × 64 whose left half is red."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.codec_context.color_trc = transfer
        picture = np.zeros((64, 96, 3), np.uint8)
        picture[:, :48, 0] = 255
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def set_rotation(path: Path, degrees: int) -> None:
    """Write a display matrix into the track's header (ISO 14496-12, tkhd)."""
    data = bytearray(path.read_bytes())
    place = data.index(b"tkhd") + 44
    a, b, c, d = TURNS[degrees]
    numbers = (a, b, 0, c, d, 0, 0, 0, 1 << 30)
    data[place : place + 36] = b"".join(n.to_bytes(4, "big", signed=True) for n in numbers)
    path.write_bytes(data)


@pytest.mark.parametrize("degrees", TURNS)
def test_frames_are_turned_as_the_video_says(tmp_path: Path, degrees: int) -> None:
    path = make_video(tmp_path / "video.mp4")
    set_rotation(path, degrees)
    frames = list(video_frames(path))
    assert len(frames) == 3
    red = frames[0][..., 0] > 128
    upright = np.zeros((64, 96), bool)
    upright[:, :48] = True
    assert (red == np.rot90(upright, -degrees // 90)).mean() > 0.95
    notes = video_notes(path)
    assert bool(notes) == (degrees != 0)


@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG")])
def test_a_high_dynamic_range_is_told(tmp_path: Path, transfer: int, name: str) -> None:
    (note,) = video_notes(make_video(tmp_path / "video.mp4", transfer))
    assert name in note


def test_what_is_no_video_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    path.write_bytes(b"<!DOCTYPE html><html></html>")
    assert video_notes(path) == []
    with pytest.raises(CaptureError, match="web page"):
        list(video_frames(path))
