"""COLMAP models: finds the best of a folder's sparse models and its pictures."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dvox_core.data.colmap_files import (
    ColmapPoints,
    is_model,
    read_images,
    read_lenses,
    read_points,
)
from dvox_core.data.source import Progress, Source, SourceView
from dvox_core.errors import CaptureError

ENOUGH_POINTS = 100
"""With at least so many points left, those seen by two pictures only are not used."""


class ColmapModel:
    """A folder with a COLMAP model: itself, its sparse/, or sparse/0, sparse/1, …"""

    name = "COLMAP"

    def recognises(self, path: Path) -> bool:
        """Whether a model is there."""
        return path.is_dir() and bool(_models(path))

    def read(self, path: Path, workspace: Path, progress: Progress) -> Source:
        """Read the model with most registered images."""
        return read_model(path, _picture_folders(path))


def read_model(path: Path, picture_folders: list[Path]) -> Source:
    """The best model under a path, with its pictures found in the first folder that has them.

    Raises:
        CaptureError: damaged files, no registered image, or none of the pictures is there.
    """
    notes = []
    candidates = [(folder, read_images(folder)) for folder in _models(path)]
    model, images = max(candidates, key=lambda candidate: len(candidate[1]))
    if not images:
        raise CaptureError(
            f"{model}: no image is registered in this model; run COLMAP again with more overlap "
            "between the pictures"
        )
    if len(candidates) > 1:
        counts = ", ".join(f"{folder.name}: {len(found)}" for folder, found in candidates)
        notes.append(f"took model {model.name}, the one with most registered images ({counts})")
    lenses = read_lenses(model)
    views, missing = [], []
    for image in images:
        found = [folder / image.name for folder in picture_folders]
        picture = next((file for file in found if file.is_file()), None)
        if picture is None:
            missing.append(image.name)
            continue
        if image.lens_id not in lenses:
            raise CaptureError(
                f"{model}: image {image.name} has camera {image.lens_id}, which is not in "
                "cameras; export the model again"
            )
        name = Path(image.name).with_suffix("").as_posix().replace("/", "_")
        views.append(SourceView(name, picture, image.camera, lenses[image.lens_id]))
    if not views:
        raise CaptureError(
            f"{path}: none of the {len(images)} registered pictures is there (first: {missing[0]});"
            " put them into images/ beside sparse/"
        )
    if missing:
        notes.append(
            f"{len(missing)} registered images have no picture and are skipped "
            f"({', '.join(missing[:3])}{', …' if len(missing) > 3 else ''})"
        )
    points = _reliable(read_points(model))
    notes.append(f"{len(images)} registered images, {len(points)} points")
    return Source(
        format_name=ColmapModel.name,
        views=tuple(views),
        points=points,
        turned_pixels=False,
        notes=tuple(notes),
    )


def _models(path: Path) -> list[Path]:
    """All model folders of a path, sorted."""
    places = [path, path / "sparse", path / "colmap" / "sparse"]
    folders = list(places)
    for place in places[1:]:
        if place.is_dir():
            folders += sorted(folder for folder in place.iterdir() if folder.is_dir())
    if path.is_dir():
        folders += sorted(folder for folder in path.iterdir() if folder.name.isdigit())
    return [folder for folder in dict.fromkeys(folders) if is_model(folder)]


def _picture_folders(path: Path) -> list[Path]:
    roots = [path, path.parent, path.parent.parent]
    return [root / name for root in roots for name in ("images", "input", ".")]


def _reliable(points: ColmapPoints) -> NDArray[np.float64]:
    """Positions of points seen by three pictures or more, unless that leaves too few."""
    good = (points.track_lengths >= 3) & (points.errors <= 2.0)
    return points.positions[good] if good.sum() >= ENOUGH_POINTS else points.positions
