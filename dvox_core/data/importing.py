"""Imports a capture of any format: square, undistorted pictures of one camera, and a grid."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dvox_core.atomic_files import atomic_folder, write_text
from dvox_core.data.box_crop import (
    BoxCrop,
    crop_around_box,
    goes_around,
    rectify_turned,
    save_padded,
)
from dvox_core.data.deepvoxels_files import IntrinsicsFile, write_intrinsics, write_pose
from dvox_core.data.formats import recognise
from dvox_core.data.import_messages import (
    camera_message,
    crop_messages,
    inside_messages,
    lens_messages,
    numbers_text,
    padding_messages,
    picture_messages,
)
from dvox_core.data.lens import Window
from dvox_core.data.loading import (
    TEST_EVERY,
    check_cameras,
    shared_pose_notes,
    split_names,
)
from dvox_core.data.object_folder import turned_source
from dvox_core.data.picture_search import printable
from dvox_core.data.pictures import open_picture, parse_color, picture_info, rectify, with_mask
from dvox_core.data.placement import Placed, coverage, place_grid, up_direction
from dvox_core.data.sanity import absurd_numbers, blind_problem
from dvox_core.data.source import Progress, Source, SourceView
from dvox_core.data.survey import Survey, intrinsics_of, survey_source
from dvox_core.data.turning import turn_views
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Intrinsics
from dvox_core.geometry.directions_seen import directions_seen
from dvox_core.safe_names import safe_file_name

SMALLEST_SIDE, LARGEST_SIDE = 32, 4096
SHRINKING = 0.95

Crop = Literal["common", "box", "fit"]


@dataclass(frozen=True)
class ImportOptions:
    """How a capture is imported; what is None is found from the capture."""

    size: int = 256
    """Side of the imported pictures, in pixels."""

    background: str = "white"
    """Colour behind transparent or masked pixels: a name or #rrggbb."""

    up: tuple[float, float, float] | None = None
    """The direction in the source's world that becomes +z; None keeps the source's axes."""

    center: tuple[float, float, float] | None = None
    """Centre of the voxel grid, in world units (after turning)."""

    scale: float | None = None
    """Side of the whole voxel grid, in world units."""

    near: float | None = None
    """Near plane of every camera, in world units."""

    test_every: int = TEST_EVERY
    """Every so many-th view becomes a test view where the source has no split; 0: none."""

    masks: bool = True
    """Put the background where the source's masks are black."""

    crop: Crop = "common"
    """The part of the pictures that is kept: “common”, the square that all of them see whole;
    “box”, a square around the grid's box in each, padded where it leaves the picture, and where
    nothing else tells the box, one as large as whole pictures show; “fit”, the pictures whole in a
    padded square, with the box of “box”."""

    object: Path | None = None
    """What was found of the object, as `mask` writes it: masks, box, and squares of crop “box”."""

    force: bool = False
    """Import even where numbers say that the capture cannot train."""


@dataclass(frozen=True)
class ImportReport:
    """What import did.

    Attributes:
        path: the new capture.
        messages: every decision, for printing.
        coverage: (split/name, share of the grid that this view sees), in the views' order.
    """

    path: Path
    messages: tuple[str, ...]
    placed: Placed
    intrinsics: Intrinsics
    view_counts: tuple[tuple[str, int], ...]
    coverage: tuple[tuple[str, float], ...]
    up: tuple[float, float, float]


def import_capture(
    source: Path,
    out: Path,
    options: ImportOptions = ImportOptions(),
    progress: Progress | None = None,
) -> ImportReport:
    """Import a capture of any known format into the authors' layout at `out`.

    `out` is whole or absent: it is written beside its place and renamed at the end.

    Example: `import_capture(Path("photos/transforms.json"), Path("capture"))`

    Args:
        source: a folder, a transforms.json or a video.
        out: a folder that does not exist yet, or is empty.
        options: see there.
        progress: called as work goes on; may raise `Cancelled`.

    Raises:
        CaptureError: anything wrong with the source or the options, in one line.
    """
    tell: Progress = progress or (lambda done, total, what: None)
    check_options(options)
    check_out(out)
    with tempfile.TemporaryDirectory() as workspace:
        found = recognise(source).read(source, Path(workspace), tell)
        plan = plan_import(source, found, survey_source(found, tell), options)
        return write_capture(plan, out, tell)


@dataclass(frozen=True)
class ImportPlan:
    """Everything decided before the first picture is decoded.

    Attributes:
        views: with lenses of the pictures as they will be opened; blind ones are left out.
        names: file names without ending, different within a split.
        splits: "train", "validation" or "test", one a view.
        upright: whether a view's picture is turned as EXIF says.
        turns: [N, 3, 3], from each view's camera to its picture's, where they are cropped around
            the box.
        coverage: (split/name, share of the grid that this view sees), in the views' order.
        messages: every decision, for people.
    """

    options: ImportOptions
    views: tuple[SourceView, ...]
    names: tuple[str, ...]
    splits: tuple[str, ...]
    upright: tuple[bool, ...]
    window: Window
    turns: NDArray[np.float64] | None
    content: IntrinsicsFile
    placed: Placed
    coverage: tuple[tuple[str, float], ...]
    up: tuple[float, float, float]
    messages: tuple[str, ...]

    @property
    def view_counts(self) -> tuple[tuple[str, int], ...]:
        """How many views each split has."""
        return tuple((split, self.splits.count(split)) for split in dict.fromkeys(self.splits))


def plan_import(
    path: Path, source: Source, survey: Survey, options: ImportOptions = ImportOptions()
) -> ImportPlan:
    """Decide everything about an import; reads no file.

    Args:
        path: the source's, for the report and for errors.
        source: as its format read it.
        survey: of that source.
        options: see there.

    Raises:
        CaptureError: too few views, no grid that they see, or impossible options.
    """
    check_options(options)
    source, survey = turned_source(source, survey, options.up, options.object)
    lines = [f"{path}: {source.format_name}, {len(source.views)} views", *source.notes]
    if options.up is not None:
        lines.append(f"world turned so that ({numbers_text(options.up)}) is up, +z")
    if source.warning:
        lines.append(f"warning: {source.warning}")
    lines += picture_messages(survey, options.background, options.masks)
    if survey.narrow:
        lines.append(
            f"{len(survey.narrow)} views see much less than the others and are left out: "
            + ", ".join(survey.narrow)
        )
    intrinsics = survey.intrinsics(options.size)
    lines += lens_messages(survey)
    if options.crop == "common":
        lines += crop_messages(survey, intrinsics)
    views = list(turn_views(survey.views, options.up))
    splits = [view.split for view in views]
    if not any(splits):
        splits = split_names(len(views), options.test_every)
        lines.append(
            f"every {options.test_every}th view is a test view"
            if "test" in splits
            else "all views are training views"
        )
    splits = [split or "train" for split in splits]
    _check_training(path, views, splits)
    placed = fit_box(path, views, survey, source, options)
    window, turns = survey.window, None
    if options.crop == "fit":
        window = survey.wide_window
        turns = np.broadcast_to(np.eye(3), (len(views), 3, 3))
        intrinsics = intrinsics_of(window, options.size)
    if options.crop == "box":
        is_moved = options.center is not None or options.scale is not None
        points = None if options.object is None or is_moved else source.points
        crop = _crop_around_box(path, views, placed, points)
        window, turns = crop.window, crop.turns
        intrinsics = intrinsics_of(window, options.size)
        lines += padding_messages(views, crop, points)
        views = [
            replace(view, camera=camera) for view, camera in zip(views, crop.cameras, strict=True)
        ]
    if options.crop != "common":  # the near plane is that of the pictures as they are cropped
        box, turned = placed.placement, [view.camera for view in views]
        placed = replace(
            place_grid(turned, intrinsics, source.points, box.center, box.scale, options.near),
            reasons=placed.reasons,
        )
    lines.append(camera_message(intrinsics))
    placement, near_plane = placed.placement, placed.near_plane
    shares = coverage([view.camera for view in views], intrinsics, placement, near_plane)
    titles = [f"{split}/{name}" for split, name in zip(splits, _names(views, splits), strict=True)]
    blind = [title for title, share in zip(titles, shares, strict=True) if share == 0]
    own_grid = placement if source.placement is not None or options.center is not None else None
    cameras = [view.camera for view in views]
    problems = [
        blind_problem(cameras, list(shares), intrinsics, own_grid, near_plane),
        *absurd_numbers(cameras, intrinsics, placement, near_plane),
    ]
    lines += _forced(path, [problem for problem in problems if problem], options.force)
    kept = [index for index, share in enumerate(shares) if share > 0]
    up = up_direction(cameras)
    lines += [
        *placed.reasons,
        f"grid: centre ({numbers_text(placement.center)}), side {placement.scale:.4g}, "
        f"near plane {near_plane:.4g}",
        f"up in the world: ({', '.join(f'{value:.3f}' for value in up)})",
        f"share of the grid that a camera sees: {shares.min():.0%} to {shares.max():.0%}, "
        f"{shares.mean():.0%} in the mean",
    ]
    if blind:
        lines.append(
            f"{len(blind)} cameras see nothing of the grid and are left out: {', '.join(blind)}"
        )
    words = directions_seen(cameras, np.asarray(placement.center), up).words
    lines.append(f"the box is {words}")
    views = [views[index] for index in kept]
    splits = [splits[index] for index in kept]
    _check_training(path, views, splits)
    names = _names(views, splits)
    titles = [f"{split}/{name}" for split, name in zip(splits, names, strict=True)]
    counts = {split: splits.count(split) for split in dict.fromkeys(splits)}
    lines += [
        *inside_messages(titles, views, placed),
        *shared_pose_notes([view.camera for view in views], splits),
        "views: " + ", ".join(f"{count} {split}" for split, count in counts.items()),
    ]
    return ImportPlan(
        options=options,
        views=tuple(views),
        names=tuple(names),
        splits=tuple(splits),
        upright=tuple(survey.upright[index] for index in kept),
        window=window,
        turns=None if turns is None else turns[kept],
        content=IntrinsicsFile(intrinsics, placement, near_plane),
        placed=placed,
        coverage=tuple(
            (title, float(shares[index])) for title, index in zip(titles, kept, strict=True)
        ),
        up=(float(up[0]), float(up[1]), float(up[2])),
        messages=tuple(printable(line) for line in lines),
    )


def write_capture(plan: ImportPlan, out: Path, progress: Progress) -> ImportReport:
    """Write a planned capture to `out`, whole or not at all.

    Raises:
        CaptureError: a picture that cannot be decoded, or a folder that cannot be written.
    """
    check_out(out)
    with atomic_folder(out) as folder:
        for split in dict.fromkeys(plan.splits):
            write_intrinsics(folder / split / "intrinsics.txt", plan.content)
        for index, view in enumerate(plan.views):
            progress(index, len(plan.views), "importing pictures")
            place, name = folder / plan.splits[index], plan.names[index]
            turn = None if plan.turns is None else plan.turns[index]
            _import_picture(view, place / "rgb" / f"{name}.png", plan, plan.upright[index], turn)
            write_pose(place / "pose" / f"{name}.txt", view.camera)
        write_text(folder / "import_report.txt", "\n".join(plan.messages) + "\n")
    progress(len(plan.views), len(plan.views), "importing pictures")
    return ImportReport(
        path=out,
        messages=plan.messages,
        placed=plan.placed,
        intrinsics=plan.content.intrinsics,
        view_counts=plan.view_counts,
        coverage=plan.coverage,
        up=plan.up,
    )


def _forced(path: Path, problems: Sequence[str], force: bool) -> list[str]:
    """Refuse a capture with problems, or with `force` only tell them."""
    if problems and not force:
        raise CaptureError(f"{path}: {'; '.join(problems)}; --force imports it all the same")
    return [f"forced: {problem}" for problem in problems]


def _check_training(path: Path, views: Sequence[SourceView], splits: Sequence[str]) -> None:
    training = [view.camera for view, split in zip(views, splits, strict=True) if split == "train"]
    check_cameras(path, training)


def fit_box(
    path: Path, views: Sequence[SourceView], survey: Survey, source: Source, options: ImportOptions
) -> Placed:
    """Place the grid as `fit_grid` does, for the crop that the options ask for.

    A square around the box may show more than what all pictures see whole, so that a box that
    nothing else tells may be larger, as long as a square goes around it in every picture.

    Raises:
        CaptureError: see `place_grid`.
    """
    if options.crop == "common":
        return fit_grid(path, views, survey.intrinsics(options.size), source, options)
    placed = fit_grid(path, views, survey.wide_intrinsics(options.size), source, options)
    if options.scale is not None or source.placement is not None:
        return placed
    cameras = [view.camera for view in views]
    while not goes_around(cameras, placed.placement):
        box = placed.placement
        placed = replace(placed, placement=replace(box, scale=SHRINKING * box.scale))
    return placed


def fit_grid(
    path: Path,
    views: Sequence[SourceView],
    intrinsics: Intrinsics,
    source: Source,
    options: ImportOptions,
) -> Placed:
    """Place the grid for an import: what options or source give is kept, the rest is fitted.

    Args:
        path: the source's, for errors.
        views: turned as the options say, like the source.
        intrinsics: of the imported pictures.
        source: its points, and its own grid where it has one.
        options: see there.

    Raises:
        CaptureError: see `place_grid`.
    """
    center, scale, near = options.center, options.scale, options.near
    if source.placement is not None:
        center = center or source.placement.center
        scale = scale or source.placement.scale
        near = near or source.near_plane
    cameras = [view.camera for view in views]
    try:
        return place_grid(cameras, intrinsics, source.points, center, scale, near)
    except CaptureError as error:
        raise CaptureError(f"{path}: {error}") from error


def _names(views: Sequence[SourceView], splits: Sequence[str]) -> list[str]:
    """A safe file name for each view, different from all others of its split."""
    names = [safe_file_name(view.name) for view in views]
    keys = {(split, name.lower()) for split, name in zip(splits, names, strict=True)}
    return names if len(keys) == len(names) else [f"{index:06d}" for index in range(len(names))]


def _crop_around_box(
    path: Path,
    views: Sequence[SourceView],
    placed: Placed,
    points: NDArray[np.float64] | None,
) -> BoxCrop:
    try:
        return crop_around_box([view.camera for view in views], placed.placement, points)
    except CaptureError as error:
        raise CaptureError(f"{path}: {error}") from error


def _import_picture(
    view: SourceView,
    out: Path,
    plan: ImportPlan,
    upright: bool,
    turn: NDArray[np.float64] | None,
) -> None:
    options = plan.options
    picture = open_picture(view.picture_path, options.background, upright)
    is_masked = view.mask_path is not None and options.masks
    if view.mask_path is not None and is_masked:
        orientation = picture_info(view.picture_path).orientation if upright else 1
        picture = with_mask(picture, view.mask_path, options.background, orientation)
    out.parent.mkdir(parents=True, exist_ok=True)
    if turn is None:
        rectify(picture, view.lens, plan.window, options.size).save(out)
        return
    is_masked = is_masked or picture_info(view.picture_path).transparent
    turned = rectify_turned(picture, view.lens, plan.window, turn, options.size, None)
    save_padded(turned, options.background if is_masked else None, out)


def check_options(options: ImportOptions) -> None:
    """Refuse impossible options by a `CaptureError`."""
    if not SMALLEST_SIDE <= options.size <= LARGEST_SIDE:
        raise CaptureError(
            f"size is {options.size}; choose {SMALLEST_SIDE} to {LARGEST_SIDE} pixels"
        )
    parse_color(options.background)


def check_out(out: Path) -> None:
    """Refuse a folder that is in use by a `CaptureError`."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CaptureError(f"{out}: exists already; choose another folder, or delete this one")
