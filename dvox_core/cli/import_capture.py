"""`import`: anybody's pictures and cameras to a capture that trains."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro
from tqdm import tqdm

from dvox_core.cli.arguments import Flag

if TYPE_CHECKING:
    from dvox_core.data.importing import ImportOptions

Point = Annotated[tuple[float, float, float] | None, tyro.conf.arg(metavar="X Y Z")]


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

    scale: float | None = None
    """Side of the whole voxel grid in world units; by default found."""

    near: float | None = None
    """Near plane of all cameras in world units; by default found."""

    test_every: int = 8
    """Every so many-th view becomes a test view where the source has no split; 0: none."""

    no_masks: Flag = False
    """Keep what the source's masks leave out."""

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
            force=self.force,
        )

    def run(self) -> int:
        """Import, and print the report."""
        from dvox_core.data.importing import import_capture

        with tqdm(disable=None, leave=False) as bar:

            def show(done: int, total: int, what: str) -> None:
                bar.set_description(what, refresh=False)
                bar.total = total
                bar.update(done - bar.n)

            report = import_capture(self.source, self.out, self.options, show)
        print("\n".join(report.messages))
        counts = ", ".join(f"{count} {split}" for split, count in report.view_counts)
        print(f"Wrote {self.out} ({counts})")
        return 0
