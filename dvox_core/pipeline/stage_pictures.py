"""Pictures of the stages: clouds, fans, slices, maxima and maps, with what their colours mean."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.cameras import Camera
from dvox_core.inspection.volume_casting import cast_volume
from dvox_core.model.scene import Scene
from dvox_core.pipeline.looks import (
    CLOUD_FLOOR,
    TOP_PERCENT,
    FeatureLook,
    cloud_of,
    cube_view,
    norms,
    rgba_bytes,
)
from dvox_core.pipeline.places import (
    CloudPlaces,
    CutPlaces,
    FanPlaces,
    FrustumCutPlaces,
    Places,
    fan_sample,
)
from dvox_core.pipeline.stage_looks import Channel, StageLook, Way
from dvox_core.pipeline.stages import Stage
from dvox_core.rendering.colormaps import DIFFERENCE, FEATURES, WEIGHTS, colorize
from dvox_core.rendering.map_scale import end_apart
from dvox_core.rendering.pictures import Legend

Array = NDArray[np.float32]

GATE_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Upper ends of a gate's colours: few, so that they stay from picture to picture."""

FAN_GROUND = 0.13
"""Light and opacity of what is in a frustum and empty."""


@dataclass(frozen=True, eq=False)
class StagePicture:
    """A stage as it is shown.

    Attributes:
        rgba: [H, W, 4] uint8; of a cloud or a fan the colours are multiplied by the opacity.
        is_opaque: whether it is a picture, and not a shape before the ground.
        places: between it and the voxels; None where it is not known where they are.
        legend: what the colours mean; None for colours of their own.
        values: [H, W], what the colours stand for; None for colours of their own, and of clouds.
    """

    rgba: NDArray[np.uint8]
    is_opaque: bool
    places: Places | None
    legend: Legend | None = None
    values: Array | None = None


@dataclass(frozen=True, eq=False)
class ShownTensor:
    """What is looked at of a stage's tensor: colours of its own, or values.

    Attributes:
        rgb: [3, …] in 0…1; None where there are values.
        values: [...]; None where there are colours.
        strength: [...] in 0…1, what stands out.
        legend: of the values.
    """

    rgb: Array | None
    values: Array | None
    strength: Array
    legend: Legend | None

    def colored(self, chosen: StageLook) -> "ShownTensor":
        """With the colour map and the span that somebody chose."""
        if self.legend is None:
            return self
        legend = self.legend
        if chosen.colormap:
            legend = replace(legend, colormap=chosen.colormap)
        if chosen.span is not None:
            low, high = chosen.span
            legend = replace(legend, low=low, high=end_apart(low, high))
        return replace(self, legend=legend)


def shown_features(
    features: Array,  # [F, …]
    look: FeatureLook,
    channel: int,
    title: str,
) -> ShownTensor:
    """Principal components, norm, or one feature."""
    strength = look.strength(features)
    if channel == Channel.COMPONENTS:
        return ShownTensor(look.rgb(features), None, strength, None)
    if channel == Channel.NORM:
        values = norms(features)
        legend = Legend(f"{title}, norm", "norm", FEATURES, 0.0, look.largest)
        return ShownTensor(None, values, strength, legend)
    number = min(channel, len(features) - 1)
    values = features[number]
    most = max(float(np.abs(values).max(initial=0.0)), 1e-6)
    legend = Legend(f"{title}, feature {number}", "", DIFFERENCE, -most, most)
    return ShownTensor(None, values, np.abs(values) / np.float32(most), legend)


def shown_gate(gate: Array, seen: Array, title: str) -> ShownTensor:
    """A gate in 0…1; what stands out is how far it opens, where the picture sees something."""
    opened = np.asarray(gate * seen, dtype=np.float32)
    widest = float(np.percentile(opened[seen > 0], TOP_PERCENT)) if seen.any() else 1.0
    top = next((step for step in GATE_STEPS if step >= widest), 1.0)
    legend = Legend(title, "share", WEIGHTS, 0.0, top)
    return ShownTensor(None, gate, np.clip(opened / np.float32(top), 0, 1), legend)


def shown_weights(weights: Array) -> ShownTensor:
    """Depth weights; what stands out is what is large among them."""
    top = max(float(weights.max(initial=0.0)), 1e-6)
    legend = Legend("Depth weights", "weight", WEIGHTS, 0.0, top)
    return ShownTensor(None, weights, weights / np.float32(top), legend)


def map_picture(shown: ShownTensor, places: Places | None) -> StagePicture:
    """A map [H, W] of features or values."""
    return _flat(shown.rgb, shown.values, shown.legend, places)


def cloud_picture(shown: ShownTensor, scene: Scene, camera: Camera, side: int) -> StagePicture:
    """A volume [G, G, G] of a grid as the cloud that it is from where a camera looks."""
    view = cube_view(camera, scene.placement, side)
    floor = CLOUD_FLOOR
    colors = _colors(shown.rgb, shown.values, shown.legend)
    if shown.legend is not None and shown.legend.colormap == WEIGHTS:
        floor = 0.05  # a gate that is hardly open is open all the same
    rgba = cast_volume(cloud_of(colors, shown.strength, floor), scene.placement, view)
    return StagePicture(rgba, False, CloudPlaces(scene, view, shown.strength), shown.legend)


def cut_picture(shown: ShownTensor, look: StageLook) -> StagePicture:
    """A slice of a grid's volume [G, G, G] (z, y, x), or its maxima along an axis, upright."""
    plane = min(look.plane, shown.strength.shape[0] - 1) if look.way is Way.SLICE else None
    rgb, values = _cut(shown, 2 - look.axis, plane)
    places = CutPlaces(shown.strength, look.axis, plane)
    return _flat(_upright(rgb), _upright(values), shown.legend, places)


def fan_picture(shown: ShownTensor, scene: Scene, camera: Camera, side: int) -> StagePicture:
    """A frustum's volume [D, P, P] seen from above, as wide as it is, near at the bottom."""
    shares = (np.arange(side) + 0.5) / side
    column, plane = fan_sample(scene.frustum, shares[None, :], shares[:, None])
    column = np.broadcast_to(column, (side, side))
    plane = np.broadcast_to(plane, (side, side))
    rgb, values = _cut(shown, 1, None)
    colors = _colors(rgb, values, shown.legend)
    strength = shown.strength.max(axis=1)
    inside = column >= 0
    at = plane, np.maximum(column, 0)
    seen = np.where(inside, np.sqrt(strength[at]), 0)[..., None]
    ground = FAN_GROUND * np.where(inside, 1, 0)[..., None] * (1 - seen)
    pixels = np.empty((side, side, 4), dtype=np.float32)
    pixels[..., :3] = np.moveaxis(colors[:, at[0], at[1]], 0, -1) * seen + 0.5 * ground
    pixels[..., 3:] = seen + ground
    places = FanPlaces(scene, camera, shown.strength)
    return StagePicture(np.rint(pixels * 255).astype(np.uint8), False, places, shown.legend)


def frustum_cut_picture(
    shown: ShownTensor, look: StageLook, scene: Scene, camera: Camera
) -> StagePicture:
    """A slice of a frustum's volume [D, P, P], or its maxima along an axis; far is up."""
    axis = 2 - look.axis  # columns are the last
    plane = None
    if look.way is Way.SLICE:
        plane = min(look.plane, shown.strength.shape[axis] - 1)
    rgb, values = _cut(shown, axis, plane)
    if axis != 0:
        rgb, values = _upright(rgb), _upright(values)
    places = FrustumCutPlaces(scene, camera, shown.strength, look.axis, plane)
    return _flat(rgb, values, shown.legend, places)


def volume_picture(
    stage: Stage, shown: ShownTensor, look: StageLook, scene: Scene, camera: Camera, side: int
) -> StagePicture:
    """A volume of a grid or of a frustum as it is to be looked at."""
    shown = shown.colored(look)
    if stage.kind.is_of_grid:
        if look.way is Way.CLOUD:
            return cloud_picture(shown, scene, camera, side)
        return cut_picture(shown, look)
    if look.way is Way.FAN:
        return fan_picture(shown, scene, camera, side)
    return frustum_cut_picture(shown, look, scene, camera)


def _cut(shown: ShownTensor, axis: int, plane: int | None) -> tuple[Array | None, Array | None]:
    """Colours [3, H, W] or values [H, W] of a slice, or of what stands out most along an axis."""
    if plane is not None:
        rgb = None if shown.rgb is None else np.asarray(shown.rgb.take(plane, axis=axis + 1))
        values = None if shown.values is None else np.asarray(shown.values.take(plane, axis=axis))
        return rgb, values
    place = np.expand_dims(shown.strength.argmax(axis=axis), axis)
    if shown.rgb is None:
        assert shown.values is not None
        return None, np.take_along_axis(shown.values, place, axis).squeeze(axis)
    colors = [np.take_along_axis(c, place, axis).squeeze(axis) for c in shown.rgb]
    light = np.minimum(1.0, 1.5 * shown.strength.max(axis=axis))
    return np.asarray(np.stack(colors) * light, dtype=np.float32), None


def _upright(array: Array | None) -> Array | None:
    """The second last axis goes upwards."""
    return None if array is None else array[..., ::-1, :]


def _colors(rgb: Array | None, values: Array | None, legend: Legend | None) -> Array:
    """[3, …] in 0…1."""
    if rgb is not None:
        return rgb
    assert values is not None
    assert legend is not None
    pixels = colorize(values, legend.low, legend.high, legend.colormap)
    return np.asarray(np.moveaxis(pixels[..., :3], -1, 0) / np.float32(255), dtype=np.float32)


def _flat(
    rgb: Array | None, values: Array | None, legend: Legend | None, places: Places | None
) -> StagePicture:
    if rgb is not None:
        return StagePicture(rgba_bytes(rgb), True, places)
    assert values is not None
    assert legend is not None
    pixels = colorize(values, legend.low, legend.high, legend.colormap)
    return StagePicture(pixels, True, places, legend, values)
