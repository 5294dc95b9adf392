"""COLMAP models: finds the best of a folder's sparse models and its pictures."""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dvox_core.data.colmap_files import (
    ColmapImage,
    ColmapPoints,
    is_model,
    read_images,
    read_lenses,
    read_points,
    unsupported,
)
from dvox_core.data.lens import Lens
from dvox_core.data.masks import with_masks
from dvox_core.data.picture_search import PictureSearch, printable
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
    notes: list[str] = []
    model, images, lenses, cloud = _best_model(path, notes)
    search = PictureSearch(picture_folders, _root(path))
    views, missing, unsupported_images = [], [], []
    for image in images:
        picture = search.find(image.name)
        if picture is None:
            missing.append(image.name)
            continue
        lens = lenses.get(image.lens_id)
        if lens is None:
            raise CaptureError(
                f"{model}: image {image.name} has camera {image.lens_id}, which is not in "
                "cameras; export the model again"
            )
        if isinstance(lens, str):
            unsupported_images.append((image.name, lens))
            continue
        name = re.sub(r"[/\\]", "_", image.name.rpartition(".")[0] or image.name)
        views.append(SourceView(name, picture, image.camera, lens))
    if not views and unsupported_images:
        raise unsupported(model, unsupported_images[0][1])
    if not views:
        there = search.what_lies_there()
        raise CaptureError(
            f"{path}: none of the {len(images)} registered pictures is there (first: {missing[0]});"
            " put them into images/ beside sparse/" + (f" (there are {there})" if there else "")
        )
    notes += search.notes()
    if unsupported_images:
        name, lens = unsupported_images[0]
        notes.append(
            f"{len(unsupported_images)} images have a camera model that is not supported and are "
            f"left out ({printable(name)}: {lens})"
        )
    if missing:
        notes.append(
            f"{len(missing)} registered images have no picture and are skipped "
            f"({printable(', '.join(missing[:3]))}{', …' if len(missing) > 3 else ''})"
        )
    masked, mask_notes = with_masks(views, [_root(path)])
    notes += mask_notes
    points = _reliable(cloud)
    notes.append(f"{len(images)} pictures with cameras, {len(points)} points")
    return Source(
        format_name=ColmapModel.name,
        views=masked,
        points=points,
        turned_pixels=False,
        notes=tuple(notes),
    )


def _best_model(
    path: Path, notes: list[str]
) -> tuple[Path, list[ColmapImage], dict[int, Lens | str], ColmapPoints]:
    """The model with most registered images that can be read; damaged ones cost a note."""
    candidates: list[tuple[Path, list[ColmapImage]]] = []
    damaged: list[CaptureError] = []
    for folder in _models(path):
        try:
            candidates.append((folder, read_images(folder)))
        except CaptureError as error:
            damaged.append(error)
    found = None
    for model, images in sorted(candidates, key=lambda candidate: -len(candidate[1])):
        if not images:
            break
        try:
            found = model, images, read_lenses(model), read_points(model)
            break
        except CaptureError as error:
            damaged.append(error)
    if found is None:
        if damaged:
            raise damaged[0]
        raise CaptureError(
            f"{candidates[0][0]}: no image is registered in this model; run COLMAP again with more "
            "overlap between the pictures"
        )
    notes += [f"a damaged model is passed over: {error}" for error in damaged]
    if len(candidates) > 1:
        counts = ", ".join(f"{folder.name}: {len(own)}" for folder, own in candidates)
        notes.append(
            f"the pictures fell into {len(candidates)} groups that could not be joined; the "
            f"largest is used (pictures in each model of COLMAP's: {counts})"
        )
    return found


def _models(path: Path) -> list[Path]:
    """All model folders of a path, sorted."""
    places = [path, path / "sparse", path / "colmap" / "sparse"]
    if not any(place.is_dir() for place in places[1:]):  # what “colmap automatic_reconstructor”
        places += [dense / "sparse" for dense in _dense(path)]  # and image_undistorter leave
    folders = list(places)
    for place in places[1:]:
        if place.is_dir():
            folders += sorted(folder for folder in place.iterdir() if folder.is_dir())
    if path.is_dir():
        folders += sorted(folder for folder in path.iterdir() if folder.name.isdigit())
    return [folder for folder in dict.fromkeys(folders) if is_model(folder)]


def _dense(path: Path) -> list[Path]:
    places = [path / "dense", *sorted((path / "dense").glob("*"))]
    return [place for place in places if (place / "sparse").is_dir()]


def _root(path: Path) -> Path:
    """The capture's folder: above sparse/ and its models where one of these was given."""
    folder = path
    for _ in range(3):
        if not (folder.name.isdigit() or folder.name in ("sparse", "colmap", "dense")):
            break
        folder = folder.parent
    return folder


def _picture_folders(path: Path) -> list[Path]:
    roots = [path, path.parent, path.parent.parent, *_dense_only(path)]
    return [root / name for root in roots for name in ("images", "input", ".")]


def _dense_only(path: Path) -> list[Path]:
    """dense/0 and the like, whose pictures belong to the model there and to no other."""
    models = _models(path)
    return [place for place in _dense(path) if any(place in model.parents for model in models)]


def _reliable(points: ColmapPoints) -> NDArray[np.float64]:
    """Positions of points seen by three pictures or more, unless that leaves too few."""
    good = (points.track_lengths >= 3) & (points.errors <= 2.0)
    return points.positions[good] if good.sum() >= ENOUGH_POINTS else points.positions
