"""Writes frames to a file: one writer a kind of file.

PyAV directly and not through imageio: imageio converts with the matrix of BT.601 and gives no way
to tag what it wrote, so that colours come out wrong, and it has no palette filter for a GIF.
"""

import os
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL.PngImagePlugin import PngInfo  # a PNG's text: imageio hands it on and has none itself

from dvox_core.recording.settings import CODECS, Codec, RecordingError

Bytes = NDArray[np.uint8]

THREADS = 2
"""Of an encoder; a fixed number, as the bytes of some depend on it."""

BT709 = 1
LIMITED_RANGE = 1
"""Numbers of ISO 23091-2 as ffmpeg uses them."""


class FrameWriter(Protocol):
    """Takes frames in order."""

    def write(self, picture: Bytes) -> None:
        """Add a frame: [height, width, 3] uint8."""
        ...

    def close(self) -> None:
        """Finish the file."""
        ...

    def abandon(self) -> None:
        """Let go of the file without finishing it."""
        ...


def open_writer(
    target: Path,
    codec: Codec,
    size: tuple[int, int],  # (width, height)
    fps: float,
    quality: int,  # 1…100
    description: str,  # kept in the file as its comment
) -> FrameWriter:
    """A writer of `codec` to `target`.

    Raises:
        RecordingError, OSError: it cannot be opened.
    """
    if codec == "png":
        return PngWriter(target, description)
    if codec == "gif":
        return GifWriter(target, size, fps, description)
    return VideoWriter(target, codec, size, fps, quality, description)


class VideoWriter:
    """H.264, H.265, VP9 and AV1, in BT.709 with limited range, tagged as such."""

    def __init__(
        self,
        target: Path,
        codec: Codec,
        size: tuple[int, int],
        fps: float,
        quality: int,
        description: str,
    ) -> None:
        import av

        os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 would print its settings
        is_quicktime = target.suffix.lower() in (".mp4", ".mov")
        options = {"movflags": "+faststart"} if is_quicktime else {}
        self._container = av.open(str(target), "w", options=options)
        self._container.metadata["comment"] = description
        rate = exact_rate(fps)
        stream: Any = self._container.add_stream(CODECS[codec].encoder, rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.options = encoder_options(codec, quality)
        context = stream.codec_context
        context.thread_count = THREADS
        context.colorspace = context.color_primaries = context.color_trc = BT709
        context.color_range = LIMITED_RANGE
        if codec == "h265" and is_quicktime:
            context.codec_tag = "hvc1"  # Apple's players know it by no other name
        self._stream = stream
        self._count = 0
        try:
            context.open()
        except (OSError, ValueError) as error:
            self.abandon()
            raise RecordingError(
                f"{CODECS[codec].title} cannot be written in {size[0]} × {size[1]} at {fps:g} "
                f"frames a second ({error}); choose another size or codec"
            ) from error

    def write(self, picture: Bytes) -> None:
        """Add a frame."""
        import av

        rgb = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame = rgb.reformat(
            format="yuv420p",
            dst_colorspace="ITU709",
            src_color_range="JPEG",
            dst_color_range="MPEG",
        )
        frame.pts = self._count
        self._count += 1
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Finish the file."""
        self._container.mux(self._stream.encode(None))
        self._container.close()

    def abandon(self) -> None:
        """Let go of the file without finishing it."""
        _close_quietly(self._container)


class GifWriter:
    """GIF with a palette of its own for every frame."""

    def __init__(self, target: Path, size: tuple[int, int], fps: float, description: str) -> None:
        import av

        self._target = target
        self._description = description
        self._step = 1 / exact_rate(fps)
        self._count = 0
        self._container = av.open(str(target), "w")
        stream: Any = self._container.add_stream("gif", rate=exact_rate(fps))
        stream.width, stream.height = size
        stream.pix_fmt = "pal8"
        self._stream = stream
        graph: Any = av.filter.Graph()
        source = graph.add_buffer(
            width=size[0],
            height=size[1],
            format=av.VideoFormat("rgb24"),
            time_base=self._step,
        )
        both = graph.add("split")
        palette = graph.add("palettegen", "stats_mode=single")
        use = graph.add("paletteuse", "new=1:dither=sierra2_4a")
        source.link_to(both)
        both.link_to(use, 0, 0)
        both.link_to(palette, 1, 0)
        palette.link_to(use, 0, 1)
        use.link_to(graph.add("buffersink"))
        graph.configure()
        self._graph = graph

    def write(self, picture: Bytes) -> None:
        """Add a frame."""
        import av

        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts = self._count
        frame.time_base = self._step
        self._count += 1
        self._graph.push(frame)
        self._encode()

    def close(self) -> None:
        """Finish the file."""
        self._graph.push(None)
        self._encode()
        self._container.mux(self._stream.encode(None))
        self._container.close()
        _add_gif_comment(self._target, self._description)

    def abandon(self) -> None:
        """Let go of the file without finishing it."""
        _close_quietly(self._container)

    def _encode(self) -> None:
        import av

        while True:
            try:
                frame = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            self._container.mux(self._stream.encode(frame))


class PngWriter:
    """A folder of numbered PNG pictures, each with the description in its text."""

    def __init__(self, folder: Path, description: str) -> None:
        folder.mkdir()
        self._folder = folder
        self._description = description
        self._count = 0

    def write(self, picture: Bytes) -> None:
        """Add a frame."""
        import imageio.v3 as iio

        text = PngInfo()
        text.add_itxt("Comment", self._description)
        path = self._folder / f"{self._count:06d}.png"
        iio.imwrite(path, picture, plugin="pillow", pnginfo=text)
        self._count += 1

    def close(self) -> None:
        """Nothing is left to do."""

    def abandon(self) -> None:
        """Nothing is left to do."""


def encoder_options(codec: Codec, quality: int) -> dict[str, str]:
    """ffmpeg's options: a constant rate factor, at 80 hard to tell from the original."""
    loss = 100 - quality
    if codec == "h264":
        # With its macroblock tree x264 gave 5 different files of one video of 590 × 590 in 30 runs.
        return {
            "crf": str(round(10 + 0.4 * loss)),
            "preset": "medium",
            "x264-params": "mbtree=0",
        }
    if codec == "h265":
        return {
            "crf": str(round(12 + 0.39 * loss)),
            "preset": "medium",
            "x265-params": "log-level=error",
        }
    if codec == "vp9":
        return {"crf": str(round(12 + 0.51 * loss)), "b": "0", "row-mt": "1", "cpu-used": "2"}
    return {"crf": str(round(14 + 0.49 * loss)), "preset": "7"}


def exact_rate(fps: float) -> Fraction:
    """Frames a second as a fraction: 23.976 is 24000/1001."""
    for whole in (24, 30, 48, 60, 120):
        if abs(fps - whole * 1000 / 1001) < 5e-3:
            return Fraction(whole * 1000, 1001)
    return Fraction(fps).limit_denominator(1000)


def frames_in(path: Path) -> int:
    """How many frames a video file holds, by its packets; 0 where it cannot be read."""
    import av

    try:
        with av.open(str(path)) as container:
            return sum(1 for packet in container.demux(video=0) if packet.size)
    except (OSError, ValueError, IndexError):
        return 0


def _close_quietly(container: Any) -> None:
    """Close what will be thrown away; its disk may be full."""
    import av

    try:
        container.close()
    except (OSError, ValueError, av.error.FFmpegError):
        return


def _add_gif_comment(path: Path, text: str) -> None:
    """Put a comment before a GIF's first frame (extension 0xFE of GIF89a); ffmpeg writes none."""
    content = text.encode()
    aside = path.with_suffix(".commented")
    with path.open("rb") as source, aside.open("wb") as copy:
        header = source.read(13)
        copy.write(header)
        if header[10] & 0x80:  # a table of colours for all frames follows
            copy.write(source.read(3 << ((header[10] & 7) + 1)))
        copy.write(b"\x21\xfe")
        for start in range(0, len(content), 255):
            part = content[start : start + 255]
            copy.write(bytes([len(part)]) + part)
        copy.write(b"\x00")
        shutil.copyfileobj(source, copy)
    aside.replace(path)
