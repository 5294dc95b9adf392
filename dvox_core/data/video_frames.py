"""Decodes a video's frames upright, and finds what is to be told of its colours.

By PyAV directly: imageio tells neither the rotation nor the transfer characteristics.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dvox_core.errors import CaptureError
from dvox_core.file_kinds import kind_of

_HDR = {16: "PQ", 18: "HLG"}
"""Transfer characteristics of ISO 23091-2 that stand for high dynamic range."""


def video_frames(path: Path) -> Iterator[NDArray[np.uint8]]:
    """Every frame of a video, [H, W, 3], turned as its display matrix says, as players do.

    Raises:
        CaptureError: no video that can be decoded.
    """
    import av

    try:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                quarters = round(frame.rotation / 90)  # counter-clockwise
                yield np.rot90(frame.to_ndarray(format="rgb24"), quarters)
    except (OSError, ValueError, IndexError, av.error.FFmpegError) as error:
        kind = kind_of(path)
        if kind and "video" not in kind:
            raise CaptureError(f"{path}: is {kind}; give a video, MP4 (H.264) for one") from error
        raise CaptureError(
            f"{path}: cannot be decoded as a video ({error}); save it as MP4 (H.264)"
        ) from error


def video_notes(path: Path) -> list[str]:
    """Lines for the user about a video's rotation and its colours."""
    import av

    notes = []
    try:
        with av.open(str(path)) as container:
            frame = next(container.decode(video=0), None)
            transfer = container.streams.video[0].codec_context.color_trc
    except (OSError, ValueError, IndexError, av.error.FFmpegError):
        return []  # decoding it tells what is wrong
    if frame is not None and round(frame.rotation / 90) % 4:
        notes.append(f"the video's frames are turned by {-frame.rotation:g}° as it says")
    if transfer in _HDR:
        notes.append(
            f"the video has a high dynamic range ({_HDR[transfer]}): its colours are taken as they "
            "are and look dull; convert it to SDR for true ones"
        )
    return notes
