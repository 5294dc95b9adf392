"""What a video is to be like, and what can be made of that here."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from dvox_core.camera_paths.path import CameraPath
from dvox_core.errors import UserError
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import BORDER

Mode = Literal["rgb", "depth", "entropy", "side-by-side"]
Codec = Literal["h264", "h265", "vp9", "av1", "gif", "png"]
Fit = Literal["letterbox", "crop"]
Color = tuple[int, int, int]

COMFORTABLE_SIDE = 480
"""A video without a chosen size is a multiple of the picture's, and at least so high."""


class RecordingError(UserError):
    """A recording that cannot be made, or could not be finished."""


@dataclass(frozen=True)
class CodecFacts:
    """A way to store a video.

    Attributes:
        title: as people call it.
        suffixes: of its files, the usual one first; none for a folder of pictures.
        encoder: ffmpeg's name for it; "" where ffmpeg has no part in it.
        even_sides: whether width and height must be even.
        smallest_side: pixels.
        highest_fps: frames a second.
    """

    title: str
    suffixes: tuple[str, ...]
    encoder: str
    even_sides: bool = True
    smallest_side: int = 16
    highest_fps: float = 1000.0


CODECS: Mapping[Codec, CodecFacts] = {
    "h264": CodecFacts("H.264", (".mp4", ".mov", ".mkv"), "libx264"),
    "h265": CodecFacts("H.265", (".mp4", ".mov", ".mkv"), "libx265", smallest_side=32),
    "vp9": CodecFacts("VP9", (".webm", ".mkv"), "libvpx-vp9"),
    "av1": CodecFacts("AV1", (".mp4", ".webm", ".mkv"), "libsvtav1", smallest_side=64),
    "gif": CodecFacts("GIF", (".gif",), "gif", even_sides=False, highest_fps=50.0),
    "png": CodecFacts("PNG pictures", (), "", even_sides=False, smallest_side=1),
}
"""Every way to store a video."""

_USUAL: Mapping[str, Codec] = {
    ".mp4": "h264",
    ".mov": "h264",
    ".mkv": "h264",
    ".webm": "vp9",
    ".gif": "gif",
    "": "png",
}


@dataclass(frozen=True)
class RecordingSettings:
    """What a video is to be like.

    Attributes:
        size: (width, height) in pixels; None for the path's, and without one `default_size`.
        fps: frames a second; None for the path's.
        mode: what each frame shows; "side-by-side" is the picture beside its depth.
        codec: None for the usual one of the target's suffix.
        quality: 1 (small file) … 100; 80 is hard to tell from the picture itself.
        fit: where the network's picture has another shape than the video: "letterbox" shows all of
            it, "crop" fills the video.
        background: red, green, blue of what the picture does not cover.
        depth_range: world units at the ends of the depth's colours; None to take it from the path.
    """

    size: tuple[int, int] | None = None
    fps: float | None = None
    mode: Mode = "rgb"
    codec: Codec | None = None
    quality: int = 80
    fit: Fit = "letterbox"
    background: Color = (0, 0, 0)
    depth_range: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.quality <= 100:
            raise RecordingError(f"quality is {self.quality}; choose 1 (small) to 100 (best)")
        if self.size is not None and min(self.size) < 1:
            raise RecordingError(
                f"the size is {self.size[0]} × {self.size[1]}; choose sides of 1 and more"
            )
        if any(not 0 <= value <= 255 for value in self.background):
            raise RecordingError(f"the background is {self.background}; choose 0 to 255 for each")
        if self.depth_range is not None and not self.depth_range[0] < self.depth_range[1]:
            raise RecordingError(
                f"the range of depth is {self.depth_range[0]:g} … {self.depth_range[1]:g}; "
                "the second must be the greater one"
            )

    @property
    def needs_depth(self) -> bool:
        """Whether frames must carry depth and its entropy."""
        return self.mode != "rgb"


@cache
def available_codecs() -> tuple[Codec, ...]:
    """The codecs that this machine can write; takes a moment the first time."""
    import av  # imageio does not list encoders

    found: list[Codec] = []
    for codec, facts in CODECS.items():
        if facts.encoder:
            try:
                av.codec.Codec(facts.encoder, "w")
            except ValueError:  # UnknownCodecError is one
                continue
        found.append(codec)
    return tuple(found)


def codec_for(target: Path, settings: RecordingSettings) -> Codec:
    """The codec that settings and the target's suffix ask for.

    Raises:
        RecordingError: the two do not go together, or it cannot be written here.
    """
    suffix = target.suffix.lower()
    codec = settings.codec or _USUAL.get(suffix)
    if codec is None:
        raise RecordingError(
            f"{target}: {suffix} is no kind of video; end the name in .mp4, .webm, .mkv, .mov or "
            ".gif, or name a folder for PNG pictures"
        )
    if codec not in CODECS:
        raise RecordingError(f"{codec} is no codec; choose one of {', '.join(CODECS)}")
    suffixes = CODECS[codec].suffixes
    if suffix not in (suffixes or ("",)):
        wanted = " or ".join(suffixes) if suffixes else "no suffix: it becomes a folder"
        raise RecordingError(f"{target}: a {CODECS[codec].title} video needs {wanted}")
    if codec not in available_codecs():
        raise RecordingError(
            f"{CODECS[codec].title} cannot be written here; choose one of "
            f"{', '.join(available_codecs())}"
        )
    return codec


def size_for(
    scene: Scene, path: CameraPath, settings: RecordingSettings, codec: Codec
) -> tuple[int, int]:
    """(width, height) of the video in pixels: exactly what was asked for, or an error.

    Raises:
        RecordingError: the codec cannot write that size.
    """
    width, height = settings.size or path.size or default_size(scene, settings.mode)
    facts = CODECS[codec]
    if min(width, height) < facts.smallest_side:
        raise RecordingError(
            f"{width} × {height} is too small for {facts.title}; "
            f"choose sides of {facts.smallest_side} pixels and more"
        )
    if max(width, height) > 8192:
        raise RecordingError(f"{width} × {height} is too large; choose sides up to 8192 pixels")
    if facts.even_sides and (width % 2 or height % 2):
        raise RecordingError(
            f"{width} × {height}: {facts.title} needs even sides; "
            f"choose {width + width % 2} × {height + height % 2}, or gif or png"
        )
    if settings.mode == "side-by-side" and width % 2:
        raise RecordingError(
            f"{width} × {height}: two pictures side by side need an even width; "
            f"choose {width + 1} × {height}"
        )
    return width, height


def default_size(scene: Scene, mode: Mode) -> tuple[int, int]:
    """(width, height) where nobody chose: the picture's own, or twice, three times … that."""
    own = scene.config.image_size - 2 * BORDER
    side = own * -(-COMFORTABLE_SIDE // own)
    return (2 * side, side) if mode == "side-by-side" else (side, side)
