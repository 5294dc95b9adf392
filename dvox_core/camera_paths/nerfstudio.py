"""Reads and writes nerfstudio's camera_path.json; what it has no place for stands under "dvox"."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dvox_core.camera_paths.curve import curve_of
from dvox_core.camera_paths.json_values import Entry, is_finite_number
from dvox_core.camera_paths.path import DEFAULT_STEP, SHORTEST_STEP, CameraPath, Crop, Keyframe
from dvox_core.data.deepvoxels_files import camera_from_matrix
from dvox_core.errors import CameraPathError
from dvox_core.geometry.cameras import OPENGL_TO_OPENCV, Camera, Intrinsics, without_scale

DEFAULT_FPS = 30.0

EXTRAS = "dvox"
"""The key of what only we know; nerfstudio passes it over."""

SAME = 1e-6
"""Seconds within which our times and nerfstudio's agree; a file edited elsewhere wins over ours."""


def is_nerfstudio(content: Any) -> bool:
    """Whether JSON content looks like a camera path of nerfstudio."""
    return isinstance(content, dict) and ("camera_path" in content or "keyframes" in content)


def from_nerfstudio(content: dict[str, Any], place: str) -> tuple[CameraPath, list[str]]:
    """A path from the JSON of a camera_path.json, and notes for the user.

    Raises:
        CameraPathError: a line that says what is wrong, where, and what to do.
    """
    top = Entry(content, place)
    kind = str(content.get("camera_type") or "perspective").lower()
    if kind != "perspective":
        raise CameraPathError(
            f"{place}: its camera type is {kind}; only perspective cameras can be rendered"
        )
    keys = top.entries("keyframes", "keyframe")
    frames = top.entries("camera_path", "frame")
    fps = top.number("fps", 0.0)
    if not top.has("fps"):
        seconds = top.number("seconds", 0.0)
        fps = len(frames) / seconds if frames and seconds > 0 else DEFAULT_FPS
    size = None
    if top.has("render_width") and top.has("render_height"):
        size = (round(top.number("render_width")), round(top.number("render_height")))
    try:
        base = CameraPath(
            fps=fps,
            size=size,
            loop=top.flag("is_cycle"),
            tension=float(np.clip(top.number("smoothness_value", 0.0), -1, 1)),
            crop=_crop(top) if top.has("crop") else None,
        )
        if not keys:
            return _of_frames(top, base, frames)
        return _of_keys(top, base, keys), []
    except CameraPathError as error:
        if str(error).startswith(place):
            raise
        raise CameraPathError(f"{place}: {error}") from error


def to_nerfstudio(path: CameraPath, intrinsics: Intrinsics) -> dict[str, Any]:
    """The JSON of a camera_path.json.

    Args:
        intrinsics: the scene's; they give field of view and size where the path has none, as
            nerfstudio knows no scene's own.
    """
    fallback = path.vertical_fov or intrinsics.vertical_fov_degrees
    width, height = path.size or (intrinsics.width, intrinsics.height)
    aspect = width / height
    steps = np.diff([*path.times, path.last_key_seconds + path.closing_seconds])
    into = [float(steps[-1]), *(float(step) for step in steps[:-1])] if path.keyframes else []
    curve = curve_of(path) if path.keyframes else None
    content: dict[str, Any] = {
        "default_fov": fallback,
        "default_transition_sec": path.default_step,
        "keyframes": [
            {
                "matrix": _flat(_with_roll(key)),
                "fov": key.vertical_fov or fallback,
                "aspect": aspect,
                "override_transition_enabled": True,
                "override_transition_sec": step,
            }
            for key, step in zip(path.keyframes, into, strict=True)
        ],
        "camera_type": "perspective",
        "render_height": height,
        "render_width": width,
        "fps": int(path.fps) if path.fps == int(path.fps) else path.fps,
        "seconds": path.seconds,
        "is_cycle": path.loop,
        "smoothness_value": max(path.tension, 0.0),
        "camera_path": [
            {
                "camera_to_world": _flat(view.camera.camera_to_world),
                "fov": view.vertical_fov or fallback,
                "aspect": aspect,
            }
            for view in (curve.frames() if curve else [])
        ],
    }
    if path.crop:
        red, green, blue = path.crop.background
        content["crop"] = {
            "crop_center": list(path.crop.center),
            "crop_scale": list(path.crop.scale),
            "crop_rot": list(path.crop.rotation),
            "crop_bg_color": {"r": red, "g": green, "b": blue},
        }
    content[EXTRAS] = _extras(path)
    return content


def _extras(path: CameraPath) -> dict[str, Any]:
    keys = []
    for key in path.keyframes:
        own: dict[str, Any] = {
            "seconds": key.seconds,
            "tension": key.tension,
            "ease": key.ease,
            "vertical_fov": key.vertical_fov,
        }
        if key.roll:
            own["roll"] = key.roll
            own["matrix_without_roll"] = _flat(key.camera.camera_to_world)
        keys.append(own)
    return {
        "version": 1,
        "size": list(path.size) if path.size else None,
        "tension": path.tension,
        "vertical_fov": path.vertical_fov,
        "closing_seconds": path.closing_seconds,
        "keyframes": keys,
    }


def _of_keys(top: Entry, base: CameraPath, entries: list[Entry]) -> CameraPath:
    step = top.number("default_transition_sec", 0.0)
    if step <= 0:  # of before there was one: the whole is shared evenly
        count = len(entries) if base.loop else len(entries) - 1
        step = top.number("seconds", 0.0) / max(count, 1) or DEFAULT_STEP
    default_fov = top.number("default_fov", 0.0) or None
    steps = [
        entry.number("override_transition_sec", step)
        if entry.flag("override_transition_enabled")
        else step
        for entry in entries
    ]
    times = np.concatenate([[0.0], np.cumsum(steps[1:])])
    own = _own_times(top, entries)
    if own is not None:
        entries, times, closing = own
        steps = [closing, *np.diff(times)]
    keys = []
    for entry, seconds in zip(entries, times, strict=True):
        fov = entry.number("fov", 0.0) or None
        same = fov is None or (default_fov is not None and abs(fov - default_fov) < 1e-3)
        camera = _camera(entry, "matrix")
        try:
            keys.append(Keyframe(camera, float(seconds), vertical_fov=None if same else fov))
        except CameraPathError as error:
            raise CameraPathError(f"{entry.place}: {error}") from error
    path = replace(
        base,
        keyframes=tuple(keys),
        closing_seconds=steps[0],
        default_step=step,
        vertical_fov=default_fov,
    )
    return _with_extras(path, top.entry(EXTRAS))


def _own_times(
    top: Entry, entries: list[Entry]
) -> "tuple[list[Entry], NDArray[np.float64], float] | None":
    """Keys in order, their times and the loop's closing time, as nerfstudio's former viewer kept
    them: TIME among a key's properties, 0 to 1 of the whole. None where keys have none."""
    seconds = top.number("seconds", 0.0)
    shares = [_properties(entry).get("TIME") for entry in entries]
    if seconds <= 0 or not all(is_finite_number(share) for share in shares):
        return None
    pairs = sorted(zip(map(float, shares), range(len(entries)), strict=True))  # type: ignore[arg-type]
    times = np.array([share for share, _ in pairs]) * seconds
    if len(times) > 1 and np.diff(times).min() < SHORTEST_STEP:
        return None
    closing = max(seconds - float(times[-1] - times[0]), SHORTEST_STEP)
    return [entries[index] for _, index in pairs], times - times[0], closing


def _properties(entry: Entry) -> dict[str, Any]:
    """A key's properties: pairs of name and value, written as text."""
    text = entry.content.get("properties")
    try:
        pairs = json.loads(text) if isinstance(text, str) else text
        return {str(name): value for name, value in pairs or ()}
    except (TypeError, ValueError, RecursionError):
        return {}


def _with_extras(path: CameraPath, extras: Entry) -> CameraPath:
    """What we wrote beside, as far as the file still says the same."""
    entries = extras.entries("keyframes", "keyframe")
    if len(entries) != len(path.keyframes):
        return path
    keys = []
    for key, entry in zip(path.keyframes, entries, strict=True):
        seconds = entry.number("seconds", key.seconds)
        own = replace(
            key,
            seconds=seconds if abs(seconds - key.seconds) < SAME else key.seconds,
            tension=entry.number("tension") if entry.has("tension") else None,
            ease=entry.number("ease", 0.0),
        )
        if not entry.has("vertical_fov"):
            own = replace(own, vertical_fov=None)
        elif own.vertical_fov is None:  # its own is the path's
            own = replace(own, vertical_fov=path.vertical_fov)
        if entry.has("roll"):
            before = replace(
                own, camera=_camera(entry, "matrix_without_roll"), roll=entry.number("roll")
            )
            if np.allclose(_with_roll(before), key.camera.camera_to_world, atol=1e-9):
                own = before
        keys.append(own)
    size = path.size if extras.has("size") else None
    tension = extras.number("tension", path.tension)
    closing = extras.number("closing_seconds", path.closing_seconds)
    return replace(
        path,
        keyframes=tuple(keys),
        size=size,
        closing_seconds=(
            closing if abs(closing - path.closing_seconds) < SAME else path.closing_seconds
        ),
        tension=tension if max(tension, 0.0) == path.tension else path.tension,
        vertical_fov=path.vertical_fov if extras.has("vertical_fov") else None,
    )


def _of_frames(top: Entry, base: CameraPath, entries: list[Entry]) -> tuple[CameraPath, list[str]]:
    """A path of frames without keyframes: every frame becomes a key."""
    if not entries:
        raise CameraPathError(
            f"{top.place}: has no keyframes and no frames; add a key and save it again"
        )
    views = [(_camera(entry, "camera_to_world"), entry.number("fov", 0.0)) for entry in entries]
    fovs = [fov for _, fov in views if fov > 0]
    common = fovs[0] if len(fovs) == len(views) and np.ptp(fovs) < 1e-6 else None
    path = path_of_frames([camera for camera, _ in views], base)
    keys = [
        replace(key, vertical_fov=None if common or fov <= 0 else fov)
        for key, (_, fov) in zip(path.keyframes, views, strict=True)
    ]
    note = f"{len(keys)} frames without keyframes: each became a key"
    return replace(path, keyframes=tuple(keys), vertical_fov=common), [note]


def path_of_frames(cameras: list[Camera], base: CameraPath) -> CameraPath:
    """A path whose every frame is a key, `base.fps` a second, with `base`'s other settings."""
    count = len(cameras)
    last = max(count - 1, 1)
    seconds = count / base.fps  # as many frames as there are cameras, each on its key
    step = seconds / (count if base.loop else last)
    keys = [Keyframe(camera, index * step) for index, camera in enumerate(cameras)]
    return replace(base, keyframes=tuple(keys), closing_seconds=max(step, 1e-3))


def _crop(top: Entry) -> Crop:
    crop = top.entry("crop")
    color = crop.entry("crop_bg_color")
    center, scale = crop.numbers("crop_center", 3), crop.numbers("crop_scale", 3)
    rotation = crop.numbers("crop_rot", 3) if crop.has("crop_rot") else np.zeros(3)
    red, green, blue = (round(color.number(name, 0.0)) for name in "rgb")
    return Crop(_three(center), _three(scale), _three(rotation), (red, green, blue))


def _three(values: Any) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z


def _camera(entry: Entry, key: str) -> Camera:
    matrix = entry.numbers(key, 16).reshape(4, 4)
    if np.abs(matrix[:3, 3]).max() < 1e-12 and np.abs(matrix[3, :3]).max() > 1e-12:
        matrix = matrix.T  # nerfstudio's former viewer wrote columns
    try:
        return camera_from_matrix(without_scale(matrix) @ OPENGL_TO_OPENCV)
    except ValueError as error:
        raise CameraPathError(f"{entry.place}: {error}; write a camera-to-world matrix") from error


def _with_roll(key: Keyframe) -> Any:
    """[4, 4]: a key's pose, roll included."""
    return curve_of(CameraPath((replace(key, seconds=0.0),))).camera_at(0.0).camera_to_world


def _flat(camera_to_world: Any) -> list[float]:
    """16 numbers, row by row, in OpenGL's axes; −0 is written as 0."""
    return [float(value) + 0.0 for value in (camera_to_world @ OPENGL_TO_OPENCV).ravel()]
