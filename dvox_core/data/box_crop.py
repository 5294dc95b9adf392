"""Squares around the grid's box in every picture: by turning cameras towards it, which is exact.

What a camera sees after a turn about its own centre is the same picture, seen through another
plane. So every picture gets its square around the box, wherever the box lies in it, and all squares
still have one lens. Where a square leaves its picture it is padded.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dvox_core.data.lens import Lens, Window
from dvox_core.data.pictures import load_picture, parse_color, shrink_for
from dvox_core.data.source import SourceView
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.grid import GridPlacement

Array = NDArray[np.float64]

SHOWN = "shown"
"""Folder beside a capture's pictures: white is what padded ones show."""

WHOLE_SHARE = 0.75
"""Of the cameras, whose squares hold the whole box."""

USUAL_TANGENT = 0.7
"""Of half the window, that a box is made for: 35 degrees."""

OBJECT_MARGIN = 1.04
"""Of squares around an object's places, which are those of voxels' middles."""

WIDEST_TANGENT = 1.5
"""Of half the window; wider, and the cameras stand in the box."""


@dataclass(frozen=True, eq=False)
class BoxCrop:
    """What all pictures are cropped to.

    Attributes:
        cameras: turned towards the box's middle.
        turns: [N, 3, 3], from each turned camera's axes to those of the camera as it was.
        window: the square that all turned cameras see.
    """

    cameras: tuple[Camera, ...]
    turns: Array
    window: Window


def crop_around_box(
    cameras: Sequence[Camera], placement: GridPlacement, points: Array | None = None
) -> BoxCrop:
    """The squares around a box: most show all of it, those of the nearest cameras not quite.

    One lens for all means one width: what the nearest camera needed would leave the others little.

    Args:
        cameras: at least one.
        placement: the box.
        points: [N, 3] of the object in it, where they are known: the squares go around these, and
            need not hold the box's empty corners.

    Raises:
        CaptureError: cameras stand in the box or look away from it.
    """
    center = np.asarray(placement.center)
    turned = tuple(_towards(camera, center) for camera in cameras)
    if points is None:
        points, margin = placement.corners, 1.0
    else:
        margin = OBJECT_MARGIN
    halves = [margin * _half_tangent(camera, points) for camera in turned]
    half = float(np.quantile(halves, WHOLE_SHARE, method="higher"))
    if half > WIDEST_TANGENT:
        raise CaptureError(
            "cameras stand in the box or so near to it that no square goes around it; make the "
            "box smaller (--scale), or leave --crop out"
        )
    turns = np.stack(
        [one.rotation.T @ other.rotation for one, other in zip(cameras, turned, strict=True)]
    )
    return BoxCrop(turned, turns, Window(-half, -half, half, half))


def lost_share(view: SourceView, crop: BoxCrop, index: int, points: Array) -> float:
    """The share of an object's places [N, 3] that a view's picture shows and its square does not.

    Args:
        view: as it was, not turned.
        crop: of all views.
        index: of the view.
        points: of the object's surface.
    """
    there = (points - view.camera.position) @ view.camera.rotation
    there = there[there[:, 2] > 0]
    pixels = view.lens.project(there[:, :2] / there[:, 2:])
    shown = ((pixels >= 0) & (pixels <= (view.lens.width, view.lens.height))).all(axis=1)
    turned = there[shown] @ crop.turns[index]
    sides = np.abs(turned[:, :2] / turned[:, 2:]).max(axis=1, initial=0.0)
    return float((sides > crop.window.right).sum() / max(1, len(points)))


def _half_tangent(camera: Camera, points: Array) -> float:
    """Half the width at depth 1 of a square that holds all places; infinite where none does."""
    corners = (points - camera.position) @ camera.rotation
    if corners[:, 2].min() <= 0:
        return float("inf")
    return float(np.abs(corners[:, :2] / corners[:, 2:]).max())


def goes_around(cameras: Sequence[Camera], placement: GridPlacement) -> bool:
    """Whether a square of a usual width goes around a box in most pictures.

    True too where no size of the box helps, as a camera stands in its middle or looks away.
    """
    middle = replace(placement, scale=1e-6 * placement.scale)
    try:
        return crop_around_box(cameras, placement).window.right <= USUAL_TANGENT
    except CaptureError:
        pass
    try:
        crop_around_box(cameras, middle)
    except CaptureError:
        return True
    return False


def padded_share(lens: Lens, window: Window, turn: Array) -> float:
    """The share of a turned camera's window that its picture does not show, 0…1."""
    return 1 - float(_pixels(lens, window, turn, 48)[1].mean())


def rectify_turned(
    picture: Image.Image,  # RGB
    lens: Lens,
    window: Window,
    turn: Array,  # [3, 3]
    side: int,
    padding: tuple[int, int, int] | None,
) -> Image.Image:
    """What an ideal camera sees in a square window after a turn, as side × side pixels.

    Args:
        picture: as the lens took it.
        lens: of the picture.
        window: of the turned camera.
        turn: from the turned camera's axes to the picture's.
        side: pixels.
        padding: colour where the picture shows nothing; None makes that transparent.
    """
    from scipy import ndimage  # 25 MiB that the window need not hold

    picture, lens = shrink_for(picture, lens, window, side)
    pixels, inside = _pixels(lens, window, turn, 2 * side)
    places = [pixels[..., 1] - 0.5, pixels[..., 0] - 0.5]
    values = np.asarray(picture, dtype=np.float32)
    channels = [
        ndimage.map_coordinates(values[..., channel], places, order=3, mode="nearest")
        for channel in range(3)
    ]
    straight = np.clip(np.round(np.stack(channels, axis=-1)), 0, 255).astype(np.uint8)
    if padding is not None:
        straight[~inside] = padding
        return Image.fromarray(straight).resize((side, side), Image.Resampling.BOX)
    rgb = Image.fromarray(straight).resize((side, side), Image.Resampling.BOX)
    alpha = Image.fromarray(np.where(inside, 255, 0).astype(np.uint8))
    rgb.putalpha(alpha.resize((side, side), Image.Resampling.BOX))
    return rgb


def save_padded(
    picture: Image.Image,  # RGBA, transparent where it is padded
    background: str | None,
    path: Path,
) -> None:
    """Save a picture whose padding is of a colour (a name or #rrggbb), or, with None, transparent.

    What a picture shows stays known in a file of the same name in shown/, beside the picture's
    folder, so that nothing is learnt from padding. Transparency alone would not tell it from an
    object's surroundings.
    """
    alpha = picture.getchannel("A")
    if background is None:
        picture.save(path)
    else:
        canvas = Image.new("RGB", picture.size, parse_color(background))
        canvas.paste(picture.convert("RGB"), mask=alpha)
        canvas.save(path)
    if np.asarray(alpha).min() < 255:
        shown = shown_path(path)
        shown.parent.mkdir(exist_ok=True)
        alpha.save(shown)


def shown_path(path: Path) -> Path:
    """Where it is kept what an imported picture shows; there is no file if that is all of it."""
    return path.parent.parent / SHOWN / f"{path.stem}.png"


def load_shown(path: Path, side: int) -> NDArray[np.bool_] | None:
    """[side, side]: what an imported picture shows, as `save_padded` kept it; None: all of it.

    Raises:
        CaptureError: the file cannot be used.
    """
    shown = shown_path(path)
    if not shown.is_file():
        return None
    return np.asarray(load_picture(shown, side)[..., 0] == 255)


def _towards(camera: Camera, point: Array) -> Camera:
    """The camera turned by the smallest angle so that it looks at a point.

    Raises:
        CaptureError: the point is behind it.
    """
    there = point - camera.position
    distance = float(np.linalg.norm(there))
    ahead = camera.forward
    if distance < 1e-12 or there @ ahead <= 0:
        raise CaptureError(
            "a camera looks away from the box, so no square goes around it; place the box "
            "(--center), or leave --crop out"
        )
    there = there / distance
    axis = np.cross(ahead, there)
    cross = np.array(
        [[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]], dtype=np.float64
    )
    turn = np.eye(3) + cross + cross @ cross / (1 + float(ahead @ there))
    pose = camera.camera_to_world.copy()
    pose[:3, :3] = turn @ camera.rotation
    return Camera(pose)


def _pixels(lens: Lens, window: Window, turn: Array, side: int) -> tuple[Array, NDArray[np.bool_]]:
    """[side, side, 2]: where a turned window's pixels are in the picture; and whether they are."""
    steps = (np.arange(side) + 0.5) / side
    x, y = np.meshgrid(window.left + steps * window.width, window.top + steps * window.height)
    rays = np.stack([x, y, np.ones_like(x)], axis=-1) @ turn.T
    ahead = rays[..., 2] > 1e-6
    points = rays[..., :2] / np.where(ahead, rays[..., 2], 1.0)[..., None]
    radius = np.linalg.norm(points, axis=-1)
    farthest = min(lens.largest_radius, 1e3)
    near = points * np.minimum(1, farthest / np.maximum(radius, 1e-12))[..., None]
    pixels = lens.project(near)
    inside = ahead & (radius <= farthest)
    inside &= (pixels >= 0).all(axis=-1) & (pixels <= (lens.width, lens.height)).all(axis=-1)
    return pixels, inside
