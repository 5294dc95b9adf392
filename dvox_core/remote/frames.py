"""Requests for views and their frames as messages.

Pictures of the sample scene (256 pixels, 197 kB raw) by Pillow, time of packing and unpacking:
JPEG 90 with whole colour 16 kB, 40 dB, 0.3 + 0.3 ms; JPEG 90 with halved colour 12 kB, 35 dB;
WebP 90 11 kB, 36 dB, 1.7 + 0.7 ms; losslessly PNG 45 kB, 2.3 + 1.0 ms, WebP 40 kB, 1.1 + 0.8 ms.
"""

import io
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE
from dvox_core.inspection.edit_files import (
    edit_from_json,
    edit_to_json,
    override_from_json,
    override_to_json,
)
from dvox_core.remote.messages import Array, Message, ProtocolError
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.interventions import GridEdit, Inpainting, Interventions, VoxelSet

JPEG_QUALITY = 90
QUICK, FULL = f"JPEG {JPEG_QUALITY}", "lossless"
"""What a picture's packing is called, as shown to people."""

MAX_SIDE = 4096  # pixels
MAX_STAGES = 64
MAPS = ("entropy", "visibility", "outside_share")


def camera_to_json(camera: Camera) -> list[float]:
    """The 16 numbers of camera to world, row by row."""
    return [float(value) for value in camera.camera_to_world.ravel()]


def camera_from_json(values: Any) -> Camera:
    """Read what `camera_to_json` made.

    Raises:
        ProtocolError: it is no camera.
    """
    try:
        return Camera(np.array([float(value) for value in values]).reshape(4, 4))
    except (ValueError, TypeError, OverflowError) as error:
        raise ProtocolError(f"a camera is broken ({error})") from error


def extras_from_json(value: Any) -> Extra:
    """What a frame is to carry, by `Extra.value`.

    Raises:
        ProtocolError: it is none.
    """
    whole = sum(extra.value for extra in Extra)
    if type(value) is not int or not 0 <= value <= whole:
        raise ProtocolError(f"a frame is to carry {str(value)[:20]}, which is not known")
    return Extra(value)


def interventions_message(interventions: Interventions, head: Mapping[str, Any]) -> Message:
    """Interventions as a message; voxels one by one go as arrays."""
    edits, arrays = [], {}
    for number, edit in enumerate(interventions.edits):
        if isinstance(edit.region, VoxelSet):
            arrays[f"voxels {number}"] = np.asarray(edit.region.numbers, np.int64)
            edit = replace(edit, region=VoxelSet(()))
        edits.append(edit_to_json(edit))
    content = {
        "occlusion": override_to_json(interventions.occlusion),
        "inpainting": interventions.inpainting.value,
        "edits": edits,
    }
    return Message({**head, "interventions": content}, arrays)


def interventions_of(message: Message) -> Interventions:
    """Read what `interventions_message` made.

    Raises:
        ProtocolError: it is broken.
        UserError: a value is impossible.
    """
    try:
        content = message.head["interventions"]
        edits = [
            _edit(number, item, message.arrays) for number, item in enumerate(content["edits"])
        ]
        occlusion = override_from_json(content["occlusion"])
        return Interventions(occlusion, tuple(edits), Inpainting(content["inpainting"]))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ProtocolError(f"interventions are broken ({type(error).__name__})") from error


def _edit(number: int, item: Mapping[str, Any], arrays: Mapping[str, Array]) -> GridEdit:
    edit = edit_from_json(dict(item))
    voxels = arrays.get(f"voxels {number}")
    if voxels is None:
        return edit
    return replace(edit, region=VoxelSet(tuple(int(voxel) for voxel in voxels.ravel())))


def frame_message(frame: Frame, head: Mapping[str, Any], *, quick: bool) -> Message:
    """A frame as a message.

    Pictures go as JPEG if `quick`, else losslessly as WebP; depths in half precision of their
    greatest, maps in half precision, the picture in floats whole.
    """
    arrays: dict[str, Array] = {"picture": _packed_picture(frame.picture, quick=quick)}
    scales = {}
    for name in ("depth", "contribution_depth"):
        depth = getattr(frame, name)
        if depth is not None:
            greatest = float(np.nanmax(depth, initial=0.0))
            scales[name] = greatest if math.isfinite(greatest) and greatest > 0 else 1.0
            arrays[name] = (depth / scales[name]).astype(np.float16)
    for name in MAPS:
        values = getattr(frame, name)
        if values is not None:
            arrays[name] = values.astype(np.float16)
    if frame.float_picture is not None:
        arrays["float_picture"] = frame.float_picture.astype(np.float32)
    content = {
        **head,
        "side": frame.picture.shape[0],
        "quality": QUICK if quick else FULL,
        "scales": scales,
        "stages": dict(frame.stages_ms),
        "hint": frame.hint,
    }
    return Message(content, arrays)


def frame_of(message: Message, camera: Camera, interventions: Interventions, side: int) -> Frame:
    """Read what `frame_message` made.

    Args:
        camera, interventions: what was asked for.
        side: of the scene's pictures, pixels.

    Raises:
        ProtocolError: it is broken, or of another size.
    """
    head, arrays = message.head, message.arrays
    scales, stages = head.get("scales"), head.get("stages")
    if head.get("side") != side or "picture" not in arrays or not isinstance(scales, dict):
        raise ProtocolError("a frame is not of this scene")
    if not isinstance(stages, dict) or len(stages) > MAX_STAGES:
        raise ProtocolError("a frame's times are broken")
    found: dict[str, NDArray[np.float32]] = {}
    for name in ("depth", "contribution_depth", *MAPS, "float_picture"):
        if name in arrays:
            found[name] = _map(name, arrays[name], scales.get(name, 1.0), side)
    return Frame(
        camera=camera,
        picture=_picture(arrays["picture"], side),
        depth=found.get("depth"),
        contribution_depth=found.get("contribution_depth"),
        entropy=found.get("entropy"),
        visibility=found.get("visibility"),
        outside_share=found.get("outside_share"),
        float_picture=found.get("float_picture"),
        stages_ms={str(name)[:40]: _milliseconds(value) for name, value in stages.items()},
        hint=str(head.get("hint", "")),
        interventions=interventions,
    )


def _packed_picture(picture: NDArray[np.uint8], *, quick: bool) -> NDArray[np.uint8]:
    stream = io.BytesIO()
    image = Image.fromarray(picture)
    if quick:
        image.save(stream, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    else:
        image.save(stream, "WEBP", lossless=True, quality=0, method=0)
    return np.frombuffer(stream.getvalue(), np.uint8)


def _picture(packed: Array, side: int) -> NDArray[np.uint8]:
    if packed.dtype != np.uint8 or packed.ndim != 1 or not 0 < side <= MAX_SIDE:
        raise ProtocolError("a picture is broken")
    try:
        with Image.open(io.BytesIO(packed.tobytes()), formats=("JPEG", "WEBP")) as file:
            if file.size != (side, side):  # known before anything is unpacked
                raise ProtocolError("a picture is of another size")
            return np.array(file.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ProtocolError("a picture cannot be unpacked") from error


def _map(name: str, values: Array, scale: Any, side: int) -> NDArray[np.float32]:
    P = FEATURE_MAP_SIDE
    shape = {"float_picture": (side, side, 3), "visibility": (*values.shape[:1], P, P)}
    if values.shape != shape.get(name, (P, P)) or values.dtype.kind != "f":
        raise ProtocolError(f"a frame's {name} is of the wrong shape")
    if isinstance(scale, bool) or not isinstance(scale, int | float) or not abs(scale) < 1e12:
        raise ProtocolError(f"a frame's {name} is of no scale")
    return values.astype(np.float32) * np.float32(scale)


def _milliseconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise ProtocolError("a frame's times are broken")
    return float(value)
