"""The capture formats that import knows, in the order in which they are tried."""

from pathlib import Path

from dvox_core.data.colmap import ColmapModel
from dvox_core.data.deepvoxels_layout import DeepVoxelsLayout
from dvox_core.data.photos import PhotoFolder, Video
from dvox_core.data.source import CaptureFormat
from dvox_core.data.transforms_json import TransformsJson
from dvox_core.errors import CaptureError

FORMATS: tuple[CaptureFormat, ...] = (
    DeepVoxelsLayout(),
    TransformsJson(),
    ColmapModel(),
    Video(),
    PhotoFolder(),
)


def recognise(path: Path) -> CaptureFormat:
    """The format of a file or folder, told by its content.

    Raises:
        CaptureError: nothing is there, or nothing that we can read.
    """
    if not path.exists():
        raise CaptureError(f"{path}: not found; give a folder of pictures, a video or a capture")
    for candidate in FORMATS:
        if candidate.recognises(path):
            return candidate
    raise CaptureError(
        f"{path}: is no capture that can be read; give a folder of photos, a video, a "
        "transforms.json, a COLMAP model, or a folder with rgb/, pose/ and intrinsics.txt"
    )
