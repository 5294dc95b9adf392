"""Imports a capture of any format: square, undistorted pictures of one camera, and a grid."""

import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dvox_core.data.deepvoxels_files import IntrinsicsFile, write_intrinsics, write_pose
from dvox_core.data.formats import recognise
from dvox_core.data.lens import Lens, Window, seen_window
from dvox_core.data.loading import (
    TEST_EVERY,
    check_cameras,
    coverage_notes,
    oddity_notes,
    split_names,
)
from dvox_core.data.pictures import (
    PictureInfo,
    open_picture,
    parse_color,
    picture_info,
    rectify,
    with_mask,
)
from dvox_core.data.placement import Placed, coverage, place_grid, up_direction
from dvox_core.data.source import Progress, Source, SourceView
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Intrinsics

NARROWEST_SHARE = 0.6
"""A view that sees less than this share of the median width would narrow all others: left out."""

SMALLEST_SIDE, LARGEST_SIDE = 32, 4096


@dataclass(frozen=True)
class ImportOptions:
    """How a capture is imported; what is None is found from the capture."""

    size: int = 256
    """Side of the imported pictures, in pixels."""

    background: str = "white"
    """Colour behind transparent or masked pixels: a name or #rrggbb."""

    center: tuple[float, float, float] | None = None
    """Centre of the voxel grid, in world units."""

    scale: float | None = None
    """Side of the whole voxel grid, in world units."""

    near: float | None = None
    """Near plane of every camera, in world units."""

    test_every: int = TEST_EVERY
    """Every so many-th view becomes a test view where the source has no split; 0: none."""

    masks: bool = True
    """Put the background where the source's masks are black."""


@dataclass(frozen=True)
class ImportReport:
    """What import did.

    Attributes:
        path: the new capture.
        lines: every decision, for printing.
        coverage: (split/name, share of the grid that this view sees), in the views' order.
    """

    path: Path
    lines: tuple[str, ...]
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

    Args:
        source: a folder, a transforms.json or a video.
        out: a folder that does not exist yet, or is empty.
        options: see there.
        progress: called as work goes on; may raise `Cancelled`.

    Raises:
        CaptureError: anything wrong with the source or the options, in one line.
    """
    tell: Progress = progress or (lambda done, total, what: None)
    _check_options(options)
    _check_out(out)
    capture_format = recognise(source)
    with _folder_written_whole(out) as folder, tempfile.TemporaryDirectory() as workspace:
        found = capture_format.read(source, Path(workspace), tell)
        plan = _plan(source, found, options)
        for split in dict.fromkeys(plan.splits):
            write_intrinsics(folder / split / "intrinsics.txt", plan.content)
        for index, view in enumerate(plan.views):
            tell(index, len(plan.views), "importing pictures")
            place, name = folder / plan.splits[index], plan.names[index]
            _import_picture(
                view, place / "rgb" / f"{name}.png", plan.window, plan.upright[index], options
            )
            write_pose(place / "pose" / f"{name}.txt", view.camera)
        text = "\n".join(plan.lines) + "\n"
        (folder / "import_report.txt").write_text(text, encoding="utf-8")
    tell(len(plan.views), len(plan.views), "importing pictures")
    counts = tuple((split, plan.splits.count(split)) for split in dict.fromkeys(plan.splits))
    return ImportReport(
        path=out,
        lines=plan.lines,
        placed=plan.placed,
        intrinsics=plan.content.intrinsics,
        view_counts=counts,
        coverage=plan.coverage,
        up=plan.up,
    )


@dataclass(frozen=True)
class _Plan:
    """Everything decided before the first picture is decoded."""

    views: tuple[SourceView, ...]  # with lenses of the pictures as they will be opened
    names: tuple[str, ...]
    splits: tuple[str, ...]
    upright: tuple[bool, ...]  # whether a view's picture is turned as EXIF says
    window: Window
    content: IntrinsicsFile
    placed: Placed
    coverage: tuple[tuple[str, float], ...]
    up: tuple[float, float, float]
    lines: tuple[str, ...]


def _plan(path: Path, source: Source, options: ImportOptions) -> _Plan:
    lines = [f"{path}: {source.format_name}, {len(source.views)} views", *source.notes]
    infos = [picture_info(view.picture_path) for view in source.views]
    fitted = [
        _fit_lens(view, info, source.turned_pixels)
        for view, info in zip(source.views, infos, strict=True)
    ]
    views = [view for view, _ in fitted]
    upright = [turn for _, turn in fitted]
    lines += _picture_lines(views, infos, upright, options)
    windows = [_window(view) for view in views]
    kept = _wide_enough(windows)
    if not all(kept):
        left_out = [view.name for view, keep in zip(views, kept, strict=True) if not keep]
        lines.append(
            f"{len(left_out)} views see much less than the others and are left out: "
            + ", ".join(left_out)
        )
    views = [view for view, keep in zip(views, kept, strict=True) if keep]
    upright = [turn for turn, keep in zip(upright, kept, strict=True) if keep]
    window = _common_window([window for window, keep in zip(windows, kept, strict=True) if keep])
    intrinsics = _intrinsics(window, options.size)
    lines += _window_lines(views, window, intrinsics)
    splits = [view.split for view in views]
    if not any(splits):
        splits = split_names(len(views), options.test_every)
        lines.append(
            f"every {options.test_every}th view is a test view"
            if "test" in splits
            else "all views are training views"
        )
    splits = [split or "train" for split in splits]
    counts = {split: splits.count(split) for split in dict.fromkeys(splits)}
    lines.append("views: " + ", ".join(f"{count} {split}" for split, count in counts.items()))
    training = [view.camera for view, split in zip(views, splits, strict=True) if split == "train"]
    check_cameras(path, training)
    placed = _placed(path, views, intrinsics, source, options)
    placement, near_plane = placed.placement, placed.near_plane
    up = up_direction([view.camera for view in views])
    shares = coverage([view.camera for view in views], intrinsics, placement, near_plane)
    names = _file_names(views, splits)
    titles = [f"{split}/{name}" for split, name in zip(splits, names, strict=True)]
    blind = coverage_notes(path, titles, [float(share) for share in shares])
    center = ", ".join(f"{value:.4g}" for value in placement.center)
    lines += [
        *placed.reasons,
        f"grid: centre ({center}), side {placement.scale:.4g}, near plane {near_plane:.4g}",
        f"up in the world: ({', '.join(f'{value:.3f}' for value in up)})",
        f"share of the grid that a camera sees: {shares.min():.0%} to {shares.max():.0%}, "
        f"{shares.mean():.0%} in the mean",
        *blind,
        *_inside_lines(titles, views, placed),
    ]
    return _Plan(
        views=tuple(views),
        names=tuple(names),
        splits=tuple(splits),
        upright=tuple(upright),
        window=window,
        content=IntrinsicsFile(intrinsics, placement, near_plane),
        placed=placed,
        coverage=tuple(zip(titles, map(float, shares), strict=True)),
        up=(float(up[0]), float(up[1]), float(up[2])),
        lines=tuple(lines),
    )


def _fit_lens(view: SourceView, info: PictureInfo, turned_pixels: bool) -> tuple[SourceView, bool]:
    """The view with its lens scaled to its picture, and whether EXIF turns the picture.

    Where the picture's shape matches the lens only one way round, that way is taken.
    """
    stored = (info.width, info.height)
    turned = stored[::-1] if info.sideways else stored
    choices = [(turned, True), (stored, False)] if turned_pixels else [(stored, False)]
    if not turned_pixels and info.sideways:
        choices.append((turned, True))
    for (width, height), upright in choices:
        x, y = width / view.lens.width, height / view.lens.height
        if abs(x / y - 1) < 0.02:
            return replace(view, lens=view.lens.scaled_to(width, height)), upright
    raise CaptureError(
        f"{view.picture_path}: is {info.width}×{info.height}, but its camera is for "
        f"{view.lens.width}×{view.lens.height} pixels; put the picture there that was used when "
        "the cameras were found"
    )


def _window(view: SourceView) -> Window:
    try:
        return seen_window(view.lens)
    except ValueError as error:
        raise CaptureError(f"{view.picture_path}: {error}") from error


def _wide_enough(windows: Sequence[Window]) -> list[bool]:
    """Which views do not narrow all the others."""
    sides = np.array([min(window.width, window.height) for window in windows])
    return [bool(side >= NARROWEST_SHARE * np.median(sides)) for side in sides]


def _common_window(windows: Sequence[Window]) -> Window:
    """The square that all views see, around the middle of what they see."""
    common = windows[0]
    for window in windows[1:]:
        common = common.intersection(window)
    if common.width <= 0 or common.height <= 0:
        raise CaptureError(
            "the views' pictures have no part of their cameras' field of view in common; check "
            "their principal points (cx, cy)"
        )
    return common.center_square()


def _intrinsics(window: Window, side: int) -> Intrinsics:
    focal = side / window.width
    return Intrinsics(focal, -window.left * focal, -window.top * focal, side, side)


def _placed(
    path: Path,
    views: Sequence[SourceView],
    intrinsics: Intrinsics,
    source: Source,
    options: ImportOptions,
) -> Placed:
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


def _picture_lines(
    views: Sequence[SourceView],
    infos: Sequence[PictureInfo],
    upright: Sequence[bool],
    options: ImportOptions,
) -> list[str]:
    lines = []
    oddities: dict[str, list[str]] = {}
    for view, info in zip(views, infos, strict=True):
        if info.oddity:
            oddities.setdefault(info.oddity, []).append(view.picture_path.name)
    lines += oddity_notes(oddities)
    turned = sum(info.turned and turn for info, turn in zip(infos, upright, strict=True))
    ignored = sum(info.turned for info in infos) - turned
    if turned:
        lines.append(f"{turned} pictures turned as their EXIF orientation says")
    if ignored:
        lines.append(f"{ignored} EXIF orientations ignored: the cameras are those of stored pixels")
    transparent = sum(info.transparent for info in infos)
    if transparent:
        lines.append(f"{transparent} transparent pictures put on {options.background}")
    masked = sum(view.mask_path is not None for view in views)
    if masked and options.masks:
        lines.append(f"{masked} pictures have masks: their black parts are {options.background}")
    elif masked:
        lines.append(f"{masked} masks ignored")
    return lines


def _window_lines(views: Sequence[SourceView], window: Window, intrinsics: Intrinsics) -> list[str]:
    lenses = list(dict.fromkeys(view.lens for view in views))
    lines = []
    distorted = sum(view.lens.is_distorted for view in views)
    if distorted:
        lines.append(f"{distorted} pictures undistorted")
    if len(lenses) > 1:
        lines.append(f"{len(lenses)} different cameras resampled to one")
    lens = lenses[0]
    side = window.width * lens.focal_x
    if lens.width != lens.height or abs(side / lens.width - 1) > 0.01:
        lines.append(
            f"cropped to the square that all views see whole: about {side:.0f} of "
            f"{lens.width}×{lens.height} pixels, {_kept(lens, side):.0%} of the picture"
        )
    if side < 0.95 * intrinsics.width:
        lines.append(
            f"pictures enlarged from {side:.0f} to {intrinsics.width} pixels; a smaller --size "
            "would lose nothing"
        )
    lines.append(
        f"camera: {intrinsics.width}×{intrinsics.height}, focal length {intrinsics.focal:.2f}, "
        f"principal point ({intrinsics.principal_x:.2f}, {intrinsics.principal_y:.2f})"
    )
    return lines


def _kept(lens: Lens, side: float) -> float:
    return min(1.0, side * side / (lens.width * lens.height))


def _inside_lines(names: Sequence[str], views: Sequence[SourceView], placed: Placed) -> list[str]:
    inside = [
        name
        for name, view in zip(names, views, strict=True)
        if placed.placement.contains(view.camera.position)
    ]
    if not inside:
        return []
    return [
        f"{len(inside)} cameras are inside the grid; choose a smaller side: {', '.join(inside)}"
    ]


def _file_names(views: Sequence[SourceView], splits: Sequence[str]) -> list[str]:
    """A safe file name for each view, different from all others of its split."""
    names = [re.sub(r"[^\w.-]+", "_", view.name).strip("._") or "view" for view in views]
    keys = {(split, name.lower()) for split, name in zip(splits, names, strict=True)}
    return names if len(keys) == len(names) else [f"{index:06d}" for index in range(len(names))]


def _import_picture(
    view: SourceView, out: Path, window: Window, upright: bool, options: ImportOptions
) -> None:
    picture = open_picture(view.picture_path, options.background, upright)
    if view.mask_path is not None and options.masks:
        picture = with_mask(picture, view.mask_path, options.background)
    out.parent.mkdir(parents=True, exist_ok=True)
    rectify(picture, view.lens, window, options.size).save(out)


def _check_options(options: ImportOptions) -> None:
    if not SMALLEST_SIDE <= options.size <= LARGEST_SIDE:
        raise CaptureError(
            f"size is {options.size}; choose {SMALLEST_SIDE} to {LARGEST_SIDE} pixels"
        )
    parse_color(options.background)


def _check_out(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CaptureError(f"{out}: exists already; choose another folder, or delete this one")


@contextmanager
def _folder_written_whole(out: Path) -> Iterator[Path]:
    """Yield a new folder beside `out`, which takes its place at the end or is removed."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise CaptureError(
            f"{out}: cannot be written ({error.strerror or error}); choose another place"
        ) from error
    try:
        yield folder
        folder.chmod(0o755)
        if out.is_dir():
            out.rmdir()
        folder.rename(out)
    except OSError as error:
        raise CaptureError(
            f"{out}: could not be written ({error.strerror or error}); free some space or choose "
            "another place"
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
