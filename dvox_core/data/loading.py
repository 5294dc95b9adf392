"""Opens a capture for training and evaluation, and finds what is wrong with it first."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from dvox_core.data.capture import Capture, View
from dvox_core.data.deepvoxels_layout import LayoutView, read_layout
from dvox_core.data.pictures import PictureInfo, open_picture, picture_info
from dvox_core.data.placement import coverage
from dvox_core.data.sanity import blind_problem
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Camera, Intrinsics

FEWEST_TRAINING_VIEWS = 2
"""A step needs a target and another view."""

TEST_EVERY = 8
"""Without a split of the capture's own, every 8th view is a test view."""


def load_capture(path: Path, test_every: int = TEST_EVERY) -> Capture:
    """Open a capture in the authors' layout, after looking at every picture of it.

    Args:
        path: a folder with rgb/, pose/ and intrinsics.txt, or with train/ and test/ of them.
        test_every: every so many-th view is a test view where the folder has no split; 0: none.

    Returns:
        The capture; `notes` are lines that its user should read before training.

    Raises:
        CaptureError: anything that would make training fail or mean nothing, in one line.
    """
    layout = read_layout(path)
    notes = list(layout.notes)
    intrinsics = layout.content.intrinsics
    if intrinsics.height != intrinsics.width:
        raise CaptureError(
            f"{path}: its pictures are {intrinsics.width}×{intrinsics.height}, not square; "
            f"import it to have them cropped: dvox import {path} --out FOLDER"
        )
    notes += _check_pictures(layout.views, intrinsics)
    splits = [view.split for view in layout.views]
    if not any(splits):
        splits = split_names(len(splits), test_every)
        if "test" in splits:
            notes.append(f"no split of its own: every {test_every}th view is a test view")
    views = tuple(
        View(view.name, view.picture_path, view.camera, split)
        for view, split in zip(layout.views, splits, strict=True)
    )
    training = [view.camera for view in views if view.split == "train"]
    check_cameras(path, training)
    capture = Capture(
        name=path.resolve().name,
        views=views,
        intrinsics=intrinsics,
        placement=layout.content.placement,
        near_plane=layout.content.near_plane,
    )
    shares = view_coverage(capture)
    cameras = [view.camera for view in views]
    problem = blind_problem(
        cameras, shares, capture.intrinsics, capture.placement, capture.near_plane
    )
    if problem:
        raise CaptureError(f"{path}: {problem}")
    notes += blind_notes([f"{view.split}/{view.name}" for view in views], shares)
    notes += shared_pose_notes(cameras, splits)
    return replace(capture, notes=tuple(notes))


def view_coverage(capture: Capture) -> list[float]:
    """The share of the grid that each view's frustum holds, in 0…1, in the views' order."""
    cameras = [view.camera for view in capture.views]
    shares = coverage(cameras, capture.intrinsics, capture.placement, capture.near_plane)
    return [float(share) for share in shares]


def split_names(count: int, every: int) -> list[str]:
    """ "train" and "test" for `count` views: every `every`-th is a test view, from the first on.

    With too few views for both, or `every` below 2, all are training views.
    """
    if every < 2 or count < FEWEST_TRAINING_VIEWS + 2:
        return ["train"] * count
    return ["test" if index % every == 0 else "train" for index in range(count)]


def check_cameras(path: Path, training: Sequence[Camera]) -> None:
    """Refuse training views that are too few, or all the same.

    Raises:
        CaptureError: in one line, with the remedy.
    """
    if len(training) < FEWEST_TRAINING_VIEWS:
        raise CaptureError(
            f"{path}: has {len(training)} training view{'s' * (len(training) != 1)}; at least "
            f"{FEWEST_TRAINING_VIEWS} are needed, and 50 from all around are better"
        )
    matrices = np.array([camera.camera_to_world for camera in training])
    extent = np.abs(matrices - matrices[0]).max()
    if extent < 1e-6:
        raise CaptureError(
            f"{path}: all {len(training)} training poses are equal; write each view's own pose "
            "(the pose files may be copies of one)"
        )


def blind_notes(names: Sequence[str], shares: Sequence[float]) -> list[str]:
    """A line that names the cameras which see nothing of the grid."""
    blind = [name for name, share in zip(names, shares, strict=True) if share == 0]
    if not blind:
        return []
    return [f"{len(blind)} cameras see nothing of the grid: {', '.join(blind)}"]


def shared_pose_notes(cameras: Sequence[Camera], splits: Sequence[str]) -> list[str]:
    """A line about test and validation views from where a training view was taken too."""
    training = {camera for camera, split in zip(cameras, splits, strict=True) if split == "train"}
    shared = sum(
        split != "train" and camera in training
        for camera, split in zip(cameras, splits, strict=True)
    )
    if not shared:
        return []
    return [
        f"{shared} test or validation views have exactly a training view's pose: scores on them "
        "tell nothing of new views"
    ]


def _check_pictures(views: Sequence[LayoutView], intrinsics: Intrinsics) -> list[str]:
    """Decode every picture; lines about those that are converted."""
    oddities: dict[str, list[str]] = {}
    turned = 0
    for view in views:
        info = picture_info(view.picture_path)
        _check_size(view.picture_path, info, intrinsics)
        turned += info.turned
        open_picture(view.picture_path)
        if info.oddity:
            oddities.setdefault(info.oddity, []).append(view.picture_path.name)
    return [*exif_notes(turned), *oddity_notes(oddities)]


def exif_notes(ignored: int) -> list[str]:
    """A line about EXIF orientations that are not followed."""
    if not ignored:
        return []
    return [f"{ignored} EXIF orientations ignored: the cameras are those of stored pixels"]


def oddity_notes(oddities: dict[str, list[str]]) -> list[str]:
    """One line for each kind of picture that is converted to 8-bit RGB."""
    return [
        f"{len(names)} {kind} picture{'s are' if len(names) > 1 else ' is'} converted to 8-bit "
        f"RGB: {', '.join(names[:3])}{', …' if len(names) > 3 else ''}; save in colour with 8 "
        "bits a channel if that is wrong"
        for kind, names in oddities.items()
    ]


def _check_size(path: Path, info: PictureInfo, intrinsics: Intrinsics) -> None:
    if (info.width, info.height) != (intrinsics.width, intrinsics.height):
        raise CaptureError(
            f"{path}: is {info.width}×{info.height}, but intrinsics.txt says "
            f"{intrinsics.width}×{intrinsics.height}; all pictures of a capture have that size, "
            "so scale this one or import the capture from its source"
        )
