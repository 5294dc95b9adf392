"""The rays of hovered and pinned pixels, with the newest frame's depth weights."""

from collections.abc import Sequence
from dataclasses import dataclass

from dvox_core.inspection.rays import COLUMNS, RayTable, map_pixel, ray_table
from viewer.state.selection import Pixel, Selection, Voxel
from viewer.state.viewer_state import ViewerState
from viewer.theme import Theme


@dataclass(frozen=True, eq=False)
class ShownRay:
    """A ray and the pixel that it belongs to.

    Attributes:
        table: its samples.
        pixel: of the picture, that it was asked for by.
        slot: the pin's colour; None for the pixel under the mouse.
    """

    table: RayTable
    pixel: Pixel
    slot: int | None

    def color(self, theme: Theme) -> str:
        """The pin's colour, or a neutral one under the mouse."""
        return theme.muted if self.slot is None else theme.pins[self.slot]

    @property
    def place(self) -> str:
        """The pixel as text."""
        return pixel_text(self.pixel)

    def weight_in(self, voxel: Voxel) -> float:
        """The weight of its samples that are nearest to `voxel`."""
        return float(self.table.weights[(self.table.voxels == voxel).all(axis=1)].sum())


def shown_rays(state: ViewerState, selection: Selection) -> list[ShownRay]:
    """The ray under the mouse, then the pins', newest first; none before a frame has weights."""
    scene, frame = state.scene, state.frame
    if scene is None or frame is None or frame.visibility is None:
        return []
    wanted: list[tuple[Pixel, int | None]] = []
    if selection.hovered is not None:
        wanted.append((selection.hovered, None))
    wanted += [(pin.pixel, pin.slot) for pin in reversed(selection.pins)]
    rays = []
    for pixel, slot in wanted:
        u, v = map_pixel(scene, *pixel)
        table = ray_table(scene, frame.camera, frame.visibility[:, v, u], u, v)
        rays.append(ShownRay(table, pixel, slot))
    return rays


def pixel_text(pixel: Pixel) -> str:
    """E.g. "(412, 230)", column and row."""
    return f"({pixel.u:.0f}, {pixel.v:.0f})"


def rays_csv(rays: Sequence[ShownRay]) -> str:
    """All samples of rays as CSV: the picture's pixel, the map's pixel, then `COLUMNS`."""
    lines = [",".join(("picture_u", "picture_v", "map_u", "map_v", *COLUMNS))]
    for ray in rays:
        place = (ray.pixel.u, ray.pixel.v, ray.table.u, ray.table.v)
        for row in ray.table.rows():
            lines.append(",".join(f"{value:.9g}" for value in (*place, *row)))
    return "\n".join(lines) + "\n"
