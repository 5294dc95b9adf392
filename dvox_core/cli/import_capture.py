"""`import`: anybody's pictures and cameras to a capture that trains."""

import contextlib
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro
from tqdm import tqdm

from dvox_core.cli.arguments import Flag, OptionalNumber, OptionalPath

if TYPE_CHECKING:
    from dvox_core.data.importing import ImportOptions
    from dvox_core.data.source import Progress

Point = Annotated[
    tuple[float, float, float] | None,
    tyro.conf.arg(metavar="X Y Z", help_behavior_hint=""),
    tyro.conf.DisallowNone,
]


@dataclass(frozen=True)
class Import:
    """Import pictures with cameras, or photos or a video without, as a capture to train on.

    Reads the authors' layout, transforms.json (NeRF synthetic, instant-ngp, nerfstudio), COLMAP
    models, and photos or videos (with the extra “photos”). Pictures are undistorted, cropped to
    squares and brought to one camera; every decision is printed.

    Example: python main.py import photos/transforms.json --out capture --size 256
    """

    source: tyro.conf.Positional[Path]
    """A folder, a transforms.json or a video."""

    out: Path
    """Folder to make; it must not exist yet, or be empty."""

    size: int = 256
    """Side of the imported pictures in pixels."""

    background: str = "white"
    """Colour behind transparent pixels: a name, or #rrggbb."""

    up: Point = None
    """Direction in the source's world that becomes +z; by default its axes are kept."""

    center: Point = None
    """Centre of the voxel grid in world units; by default found from points and cameras."""

    scale: OptionalNumber = None
    """Side of the whole voxel grid in world units; by default found."""

    near: OptionalNumber = None
    """Near plane of all cameras in world units; by default found."""

    test_every: int = 8
    """Every so many-th view becomes a test view where the source has no split; 0: none."""

    crop: Literal["common", "box", "fit"] = "common"
    """The square that is kept: common, what all pictures see whole; box, around the grid's box in
    each picture, padded where it leaves the picture, where the box itself may be as large as whole
    pictures show; fit, whole pictures in a padded square, for mask --fit-to."""

    object: OptionalPath = None
    """A folder that the command mask wrote for these pictures: its masks are used, and the box goes
    around the object, as do the squares with --crop box."""

    no_masks: Flag = False
    """Keep what the source's masks leave out."""

    find_again: Flag = False
    """Find the cameras of photos or of a video anew, though those found before are kept."""

    force: Flag = False
    """Import even where most cameras see nothing of the grid, or numbers are absurd."""

    @property
    def options(self) -> "ImportOptions":
        """What was asked for."""
        from dvox_core.data.importing import ImportOptions

        return ImportOptions(
            size=self.size,
            background=self.background,
            up=self.up,
            center=self.center,
            scale=self.scale,
            near=self.near,
            test_every=self.test_every,
            masks=not self.no_masks,
            crop=self.crop,
            object=self.object,
            force=self.force,
        )

    def run(self) -> int:
        """Import, and print the report."""
        from dvox_core.data.formats import recognise
        from dvox_core.data.importing import check_options, check_out, plan_import, write_capture
        from dvox_core.data.photos import find_cameras_again
        from dvox_core.data.survey import survey_source
        from dvox_core.radiance_field.box_check import with_box_doubt

        check_options(self.options)
        check_out(self.out)
        if self.find_again:
            find_cameras_again(self.source)
        with (
            ended_by_signals(),
            import_bar() as show,
            tempfile.TemporaryDirectory() as workspace,
        ):
            source = recognise(self.source).read(self.source, Path(workspace), show)
            survey = survey_source(source, show)
            plan = plan_import(self.source, source, survey, self.options)
            plan = with_box_doubt(self.source, source, survey, plan, show)
            report = write_capture(plan, self.out, show)
        print("\n".join(report.messages))
        counts = ", ".join(f"{count} {split}" for split, count in report.view_counts)
        print(f"Wrote {self.out} ({counts})")
        return 0


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """SIGTERM ends the work as Ctrl+C does: what was begun is taken away."""

    def end(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    former = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


@contextlib.contextmanager
def import_bar() -> Iterator["Progress"]:
    """Shows an import's progress, and the time that is left, on a terminal."""
    form = "{desc}: {percentage:3.0f}%|{bar}| {remaining} left"
    with tqdm(total=1, disable=None, leave=False, bar_format=form) as bar:

        def show(done: int, total: int, what: str) -> None:
            if total != bar.total or done < bar.n:  # the next of two passes
                bar.reset(total=total)
            bar.set_description_str(what, refresh=False)
            bar.update(done - bar.n)

        yield show
