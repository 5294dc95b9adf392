"""Finds the object in a field of it and its surroundings: what stands before floor and walls.

Places that the training views see are taken from the field's depths. What lies in a plane that
bounds all of them (a floor, a wall) is the object's support; of the rest, the connected part
nearest to where the cameras look is the object's surface. Its inside is what few views see through:
a field's surfaces are leaky, and where little light falls they have holes.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from dvox_core.data.object_folder import box_around
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.grid import GridPlacement
from dvox_core.radiance_field.field import Background, RadianceField
from dvox_core.radiance_field.rendering import FieldRenderer
from dvox_core.radiance_field.support_planes import CLEARANCE, SupportPlane, support_planes
from dvox_core.radiance_field.views import FieldViews, lens_of, pooled_intrinsics

Points = NDArray[np.float64]
Voxels = NDArray[np.bool_]

SEEN_SIDE = 64
"""Of the depth maps that places are taken from."""

MOST_VIEWS = 48

FEWEST_POINTS = 60

EMPTY = 10.0
"""Raw density of what is solid in the indicator, and, negative, of what is empty."""

FEWEST_SIGHTS = 2
"""Of a voxel, for it to be of a surface."""

SOLID, FAINT = 0.1, 0.02
"""Opacity around a voxel, below which it counts for nothing where supports are looked for, and
where the object is: floors are solid, and mist before one would bring it nearer; but where an
object is dark, or of one colour, its surface is faint (with 0.04 part of a white vase is lost)."""

MOST_OF_SURFACE = 0.5
"""Share of the views that see through a voxel of the object's surface, at most: handles and rods
are too thin to have an inside."""

MOST_OF_GAPS = 0.6
"""The same of a gap of a voxel between what is the object's, which is closed."""

RIM = 2
"""Voxels around what is the object's, in which the field itself tells where its outline is."""

FOOT_REACH = 3.0
"""Voxels above a support from which an object's surface is taken to go on down to it."""

REACH = 12
"""Voxels around the object's surface in which its inside is looked for."""

MOST_SEEN_THROUGH = 0.35
"""Share of the views that see through a voxel of the object, at most, where nothing hides what is
beside the object. Where cameras are all around, the object hides it from half of them: so the limit
is that share of the largest one nearby, down to `LEAST_LIMIT`."""

LEAST_LIMIT = 0.2
NEARBY = 5
"""Voxels to either side."""

TOLERANCE = 0.5
"""Voxels that a view must see farther than a voxel to see through it."""

FEWEST_VIEWS = 3
SMOOTHING = 0.8
"""Voxels, by which the shares are smoothed."""

NOTHING_FOUND = (
    "nothing was found in the box: place it around the object (centre and side), or give "
    "the pictures masks"
)


@dataclass(frozen=True, eq=False)
class FoundObject:
    """An object, and what its field says of it.

    Attributes:
        indicator: a field of the object's shape alone, filled: the opacity of its pictures is the
            share of each pixel that the object covers.
        points: [N, 3] of the object's surface.
        box: the cube around them, with a margin.
        planes: supports that were found.
    """

    indicator: RadianceField
    points: Points
    box: GridPlacement
    planes: tuple[SupportPlane, ...]

    def within(self, box: GridPlacement) -> "FoundObject":
        """The same, of what lies in a box alone."""
        low, high = box.corners.min(axis=0), box.corners.max(axis=0)
        places = voxel_places(self.indicator)
        inside = ((places >= low) & (places <= high)).all(axis=-1)
        density = np.where(inside, self.indicator.density, -EMPTY).astype(np.float32)
        return replace(self, indicator=replace(self.indicator, density=density))


@dataclass(frozen=True, eq=False)
class DepthMap:
    """Where a view's rays end in a field's cube.

    Attributes:
        camera: the view's.
        depth: [64, 64] along the optical axis, world units; infinite where nothing is.
        shown: [64, 64]: whether the view's picture shows anything there.
    """

    camera: Camera
    depth: NDArray[np.float64]
    shown: Voxels


def find_object(field: RadianceField, views: FieldViews, box: GridPlacement) -> FoundObject:
    """The object that the cameras look at, by a field that has cleared up.

    Args:
        field: with surroundings, fitted to the views.
        views: the pictures; their cameras and what they show.
        box: roughly around the object: parts near its middle count most.

    Raises:
        CaptureError: nothing stands out.
    """
    solid = without_mist(field, SOLID)
    return _find(without_mist(field, FAINT), solid, solid.density > -EMPTY, views, box)


def find_roughly(field: RadianceField, views: FieldViews, box: GridPlacement) -> FoundObject:
    """As `find_object`, by a field that was hardly begun: its cube is full of mist.

    What is seen in that is taken with the surroundings' veil before it, which leaves too little
    light for mist to count.
    """
    return _find(field, field, np.zeros_like(field.density, dtype=bool), views, box)


def _find(
    clear: RadianceField,
    bounds: RadianceField,
    firm: Voxels,  # [G, G, G]
    views: FieldViews,
    box: GridPlacement,
) -> FoundObject:
    """By places seen in `clear`, before planes seen in `bounds`: fields of one cube.

    Surfaces that are firm are kept though nothing is found behind them.
    """
    seen = _look(clear, bounds, views)
    places = voxel_places(clear)
    surface = _surface(clear, seen)
    part = _part_near(surface, places, box)
    near = _above(seen.planes, places, CLEARANCE * clear.voxel_size) & _nearest_part(surface, part)
    shares = np.ones(near.shape)
    shares[near] = seen_through(places[near], seen.maps, seen.lens, TOLERANCE * clear.voxel_size)
    solid = _filled(clear, seen.planes, places, part, near, shares)
    solid |= part & near & firm & (shares < MOST_OF_SURFACE)
    solid |= ndimage.binary_closing(solid) & (shares < MOST_OF_GAPS)
    # What no view sees, below the object for instance, is solid too but not of its surface.
    points = places[part & ndimage.binary_dilation(solid)]
    feet = [plane.feet(points, FOOT_REACH * clear.voxel_size) for plane in seen.planes]
    points = np.concatenate([points, *feet])
    indicator = _indicator(clear, seen.planes, places, solid)
    return FoundObject(indicator, points, box_around(points, views.cameras), seen.planes)


@dataclass(frozen=True, eq=False)
class _Sight:
    """What views see in a field's cube.

    Attributes:
        lens: of the maps.
        maps: where rays end.
        points: [N, 3], these ends.
        planes: the supports.
    """

    lens: tuple[float, float, float]
    maps: list[DepthMap]
    points: Points
    planes: tuple[SupportPlane, ...]


def _look(clear: RadianceField, bounds: RadianceField, views: FieldViews) -> _Sight:
    """What is seen in `clear`, before planes that are seen in `bounds`."""
    lens = lens_of(pooled_intrinsics(views.intrinsics, SEEN_SIDE))
    maps = depth_maps(clear, views)
    points = seen_points(maps, lens)
    if len(points) < FEWEST_POINTS:
        raise CaptureError(NOTHING_FOUND)
    bounding = points if bounds is clear else seen_points(depth_maps(bounds, views), lens)
    return _Sight(lens, maps, points, support_planes(bounding, views.cameras, clear))


def _above(planes: Sequence[SupportPlane], places: Points, clearance: float) -> Voxels:
    """[…]: which of the places […, 3] are higher than a clearance above all planes."""
    above = np.ones(places.shape[:-1], dtype=bool)
    for plane in planes:
        above &= plane.heights(places) > clearance
    return above


def _surface(field: RadianceField, seen: _Sight) -> Voxels:
    """[G, G, G]: voxels that are seen often enough, and are not the supports'."""
    above = _above(seen.planes, seen.points, CLEARANCE * field.voxel_size)
    surface = np.asarray(_sights(field, seen.points[above]) >= FEWEST_SIGHTS)
    if not surface.any():
        raise CaptureError(NOTHING_FOUND)
    return surface


def _filled(
    field: RadianceField,
    planes: Sequence[SupportPlane],
    places: Points,
    part: Voxels,
    near: Voxels,
    shares: NDArray[np.float64],
) -> Voxels:
    """[G, G, G]: what few views see through, where it hangs together with a part of the surface.

    Args:
        field: whose voxels.
        planes: supports, down to which it goes on.
        places: of the voxels.
        part: the object's surface.
        near: voxels that may be the object's.
        shares: of the views that see through each voxel; 1 where they may not.
    """
    smooth = ndimage.gaussian_filter(shares, SMOOTHING)
    nearby = ndimage.maximum_filter(np.where(near, smooth, 0.0), size=2 * NEARBY + 1)
    limit = np.clip(MOST_SEEN_THROUGH * nearby, LEAST_LIMIT, MOST_SEEN_THROUGH)
    excess = limit - smooth
    for plane in planes:
        _stand_on(plane, excess, places, field)
    solid = excess > 0
    if not solid.any():
        raise CaptureError(NOTHING_FOUND)
    return _largest_part(solid, part)


def _indicator(
    field: RadianceField, planes: Sequence[SupportPlane], places: Points, solid: Voxels
) -> RadianceField:
    """A field of what is solid alone, whose outermost voxels are the given field's own."""
    core = ndimage.binary_erosion(solid)
    rim = ndimage.binary_dilation(solid, iterations=RIM) & _above(planes, places, 0.0)
    density = np.where(core, EMPTY, np.where(rim, field.density, -EMPTY))
    rows = np.ones((*density.shape, 4), dtype=np.float32)
    rows[..., 0] = density
    return RadianceField.from_rows(field.placement, rows, Background((0.0, 0.0, 0.0)))


def without_mist(field: RadianceField, least: float) -> RadianceField:
    """A field's cube alone, and of that only what is not thinner than `least` all around.

    Surroundings may hold a veil before the cube, as thin as mist, which takes most of the light
    from a surface behind it; noise of pictures becomes specks in the cube.
    """
    around = ndimage.gaussian_filter(field.opacity(), 1.0)
    density = np.where(around >= least, field.density, -EMPTY).astype(np.float32)
    return RadianceField(field.placement, density, field.color)


def depth_maps(field: RadianceField, views: FieldViews) -> list[DepthMap]:
    """Depths of the field from at most 48 of the views, evenly spread."""
    renderer = FieldRenderer(field, os.cpu_count() or 1)
    count = len(views.cameras)
    maps = []
    for index in np.unique(np.linspace(0, count - 1, min(count, MOST_VIEWS)).round().astype(int)):
        view = renderer.render(views.cameras[index], views.intrinsics, SEEN_SIDE)
        depth = np.where(view.alpha > 0.5, view.depth, np.inf)
        whole = np.ones(depth.shape, dtype=bool)
        shown = whole if views.shown is None else _pooled(views.shown[index])
        maps.append(DepthMap(views.cameras[index], depth, shown))
    return maps


def seen_points(maps: Sequence[DepthMap], lens: tuple[float, float, float]) -> Points:
    """[N, 3]: where the views' rays end, in the world."""
    focal, middle_x, middle_y = lens
    rows, columns = np.mgrid[:SEEN_SIDE, :SEEN_SIDE].astype(float)
    rays = np.stack(
        [(columns - middle_x) / focal, (rows - middle_y) / focal, np.ones_like(rows)], axis=-1
    )
    points = []
    for view in maps:
        seen = view.shown & np.isfinite(view.depth)
        there = rays[seen] * view.depth[seen][:, None]
        points.append(there @ view.camera.rotation.T + view.camera.position)
    return np.concatenate(points)


def seen_through(
    places: Points, maps: Sequence[DepthMap], lens: tuple[float, float, float], tolerance: float
) -> NDArray[np.float64]:
    """[N]: which share of the views that have a place [N, 3] before them see farther than it.

    Places that hardly a view has before it count as seen through.
    """
    focal, middle_x, middle_y = lens
    counts = np.zeros(len(places))
    through = np.zeros(len(places))
    for view in maps:
        x, y, z = ((places - view.camera.position) @ view.camera.rotation).T
        ahead = z > 1e-6
        safe = np.where(ahead, z, 1.0)
        columns = np.round(x / safe * focal + middle_x)
        rows = np.round(y / safe * focal + middle_y)
        inside = ahead & (columns >= 0) & (columns < SEEN_SIDE) & (rows >= 0) & (rows < SEEN_SIDE)
        column = np.where(inside, columns, 0).astype(int)
        row = np.where(inside, rows, 0).astype(int)
        inside &= view.shown[row, column]
        counts += inside
        through += inside & (view.depth[row, column] > z + tolerance)
    shares = np.where(counts >= FEWEST_VIEWS, through / np.maximum(counts, 1), 1.0)
    return np.asarray(shares)


def voxel_places(field: RadianceField) -> Points:
    """[G, G, G, 3]: the voxels' places in the world, axes (z, y, x)."""
    steps = (np.arange(field.side) - field.side / 2) * field.voxel_size
    z, y, x = np.meshgrid(steps, steps, steps, indexing="ij")
    return np.asarray(np.stack([x, y, z], axis=-1) + np.asarray(field.placement.center))


def _stand_on(
    plane: SupportPlane,
    excess: NDArray[np.float64],  # [G, G, G], above 0 in the object; changed
    places: Points,
    field: RadianceField,
) -> None:
    """Let an object go on down to its support: so near to it, places seen are not told apart."""
    voxel = field.voxel_size
    top = (CLEARANCE + 1) * voxel
    heights = plane.heights(places)
    gap = (heights > 0) & (heights < top)
    above = places[gap] + (top - heights[gap])[:, None] * plane.normal
    voxels = (above - np.asarray(field.placement.center)) / voxel + field.side / 2
    there = ndimage.map_coordinates(excess, voxels[:, ::-1].T, order=1, mode="nearest")
    excess[gap] = np.maximum(excess[gap], there)


def _pooled(shown: Voxels) -> Voxels:
    """[64, 64] of [H, W]: the pixel in the middle of each."""
    rows = ((np.arange(SEEN_SIDE) + 0.5) * shown.shape[0] / SEEN_SIDE).astype(int)
    columns = ((np.arange(SEEN_SIDE) + 0.5) * shown.shape[1] / SEEN_SIDE).astype(int)
    return np.asarray(shown[np.ix_(rows, columns)])


def _sights(field: RadianceField, points: Points) -> NDArray[np.int64]:
    """[G, G, G]: how many places lie in each voxel."""
    side = field.side
    offsets = (points - np.asarray(field.placement.center)) / field.voxel_size + side / 2
    numbers = np.clip(np.round(offsets).astype(int), 0, side - 1)
    sights = np.zeros((side, side, side), dtype=np.int64)
    np.add.at(sights, (numbers[:, 2], numbers[:, 1], numbers[:, 0]), 1)
    return sights


def _part_near(surface: Voxels, places: Points, box: GridPlacement) -> Voxels:
    """The connected part with most surface, where what is far from the box's middle counts less."""
    labels, count = ndimage.label(ndimage.binary_dilation(surface))
    away = np.square(places[surface] - np.asarray(box.center)).sum(axis=-1)
    weights = np.exp(-away / (0.5 * box.scale) ** 2)
    scores = np.bincount(labels[surface], weights=weights, minlength=count + 1)
    return np.asarray(surface & (labels == scores.argmax()))


def _largest_part(solid: Voxels, part: Voxels) -> Voxels:
    """The connected part of what is solid that has most of the object's surface in it."""
    labels, count = ndimage.label(solid)
    scores = np.bincount(labels[part], minlength=count + 1)
    scores[0] = 0
    return np.asarray(labels == (scores.argmax() if scores.any() else 1))


def _nearest_part(surface: Voxels, part: Voxels) -> Voxels:
    """Voxels within reach of a part that are nearer to it than to the rest of the surface."""
    distances, nearest = ndimage.distance_transform_edt(~surface, return_indices=True)
    return np.asarray(part[tuple(nearest)] & (distances <= REACH))
