"""Looks at a source's pictures before any is decoded: lenses fitted to them, and what all see."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dvox_core.data.lens import Window, seen_window
from dvox_core.data.pictures import PictureInfo, picture_info
from dvox_core.data.source import Progress, Source, SourceView
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Intrinsics

NARROWEST_SHARE = 0.6
"""A view that sees less than this share of the median width would narrow all others: left out."""


@dataclass(frozen=True)
class Survey:
    """What the heads of a source's picture files say.

    Attributes:
        views: those that can be used, with lenses of the pictures as they will be opened.
        infos: of their pictures.
        upright: whether a view's picture is turned as EXIF says.
        window: the square that all of them see, around the middle of what they see.
        narrow: names of views that see much less than the others and are left out.
    """

    views: tuple[SourceView, ...]
    infos: tuple[PictureInfo, ...]
    upright: tuple[bool, ...]
    window: Window
    narrow: tuple[str, ...]

    def intrinsics(self, side: int) -> Intrinsics:
        """The one camera of pictures of side × side pixels that show the window."""
        return intrinsics_of(self.window, side)

    def wide_intrinsics(self, side: int) -> Intrinsics:
        """As `intrinsics`, of a square as wide as the longer side of what the first view sees.

        By it a box is fitted that is not to be cut to what all pictures see whole.
        """
        seen = seen_window(self.views[0].lens)
        half = max(seen.width, seen.height) / 2
        x = (self.window.left + self.window.right) / 2
        y = (self.window.top + self.window.bottom) / 2
        return intrinsics_of(Window(x - half, y - half, x + half, y + half), side)

    @property
    def crop_side(self) -> float:
        """Side of the window in pixels of the first view's picture, roughly."""
        return self.window.width * self.views[0].lens.focal_x


def survey_source(source: Source, progress: Progress = lambda done, total, what: None) -> Survey:
    """Look at every picture's head, fit its lens to it, and find what all views see.

    Raises:
        CaptureError: a picture cannot be used, or the views see nothing in common.
    """
    infos = []
    for index, view in enumerate(source.views):
        progress(index, len(source.views), "looking at pictures")
        infos.append(picture_info(view.picture_path))
    fitted = [
        _fit_lens(view, info, source.turned_pixels)
        for view, info in zip(source.views, infos, strict=True)
    ]
    windows = [_window(view) for view, _ in fitted]
    wide = _wide_enough(windows)
    kept = [index for index, is_wide in enumerate(wide) if is_wide]
    return Survey(
        views=tuple(fitted[index][0] for index in kept),
        infos=tuple(infos[index] for index in kept),
        upright=tuple(fitted[index][1] for index in kept),
        window=_common_window([windows[index] for index in kept]),
        narrow=tuple(
            view.name for view, is_wide in zip(source.views, wide, strict=True) if not is_wide
        ),
    )


def intrinsics_of(window: Window, side: int) -> Intrinsics:
    """The camera of pictures of side × side pixels that show a window.

    A lens counts pixels from the picture's corner, `Intrinsics` from the first pixel's middle.
    """
    focal = side / window.width
    return Intrinsics(focal, -window.left * focal - 0.5, -window.top * focal - 0.5, side, side)


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
