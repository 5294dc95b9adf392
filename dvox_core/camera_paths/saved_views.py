"""Saved views, `NAME.views.json`: named cameras with small pictures, kept beside a scene."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dvox_core.atomic_files import write_text
from dvox_core.data.deepvoxels_files import camera_from_matrix
from dvox_core.errors import UserError
from dvox_core.geometry.cameras import Camera

FORMAT = "dvox-views"
VERSION = 1
SUFFIX = ".views.json"
MAX_FILE_BYTES = 64 * 2**20
"""A larger file is none of ours: a thousand views take a tenth of this."""


@dataclass(frozen=True, eq=False)
class SavedView:
    """A view that the user wants to find again.

    Attributes:
        name: as the user calls it.
        camera: where it is seen from.
        pivot: [3], world units: the point that it turns around.
        mode: the display mode: "rgb", "depth" …
        thumbnail: a small PNG; empty where there was no picture.
    """

    name: str
    camera: Camera
    pivot: NDArray[np.float64]
    mode: str = "rgb"
    thumbnail: bytes = b""


def views_file_beside(scene: Path) -> Path:
    """Where the views of a scene's file are kept."""
    return scene.with_name(scene.stem + SUFFIX)


def write_views(path: Path, views: Sequence[SavedView]) -> None:
    """Write views as JSON, whole or not at all.

    Raises:
        UserError: the folder cannot be written to.
    """
    content = {"format": FORMAT, "version": VERSION, "views": [_to_json(view) for view in views]}
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def read_views(path: Path) -> tuple[SavedView, ...]:
    """Read views; none where there is no file.

    Raises:
        UserError: not a file of views, of a newer version, or broken; the message says where.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise UserError(f"{path}: is too large for a file of views; move it away")
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise UserError(
            f"{path}: cannot be read ({error.strerror}); check its permissions"
        ) from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: is not JSON ({error}); move it away to begin anew") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise UserError(f"{path}: is not a file of views; move it away to begin anew")
    if content.get("version") != VERSION:
        raise UserError(
            f"{path}: is of version {content.get('version')}, this program reads {VERSION}; "
            "update the program"
        )
    views = content.get("views")
    if not isinstance(views, list):
        raise UserError(f"{path}: has no list of views; move it away to begin anew")
    return tuple(_from_json(path, number, item) for number, item in enumerate(views, 1))


def _to_json(view: SavedView) -> dict[str, Any]:
    item: dict[str, Any] = {
        "name": view.name,
        "camera_to_world": view.camera.camera_to_world.tolist(),
        "pivot": np.asarray(view.pivot).tolist(),
        "mode": view.mode,
    }
    if view.thumbnail:
        item["thumbnail_png"] = base64.b64encode(view.thumbnail).decode("ascii")
    return item


def _from_json(path: Path, number: int, item: Any) -> SavedView:
    try:
        matrix = np.array(item["camera_to_world"], dtype=np.float64)
        pivot = np.array(item["pivot"], dtype=np.float64)
        if matrix.shape != (4, 4) or pivot.shape != (3,) or not np.isfinite(pivot).all():
            raise ValueError("expected a 4 × 4 pose and a pivot of three finite numbers")
        return SavedView(
            name=str(item["name"]),
            camera=camera_from_matrix(matrix),
            pivot=pivot,
            mode=str(item.get("mode", "rgb")),
            thumbnail=base64.b64decode(item.get("thumbnail_png", ""), validate=True),
        )
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise UserError(
            f"{path}: view {number} is broken ({error}); mend it, or move the file away"
        ) from error
