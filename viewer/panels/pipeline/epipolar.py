"""The pins' rays as the source camera sees them: epipolar lines on its picture and its features."""

from collections.abc import Sequence

import numpy as np

from dvox_core.geometry.cameras import Camera
from dvox_core.inspection.rays import map_pixel, ray_points
from dvox_core.model.scene import Scene
from dvox_core.pipeline.places import Places, RayPlaces
from viewer.panels.pixel_rays import pixel_text
from viewer.state.selection import Pin
from viewer.theme import Theme
from viewer.widgets.line_profile import LineProfile
from viewer.widgets.map_profile import RayLine

ACROSS = "depth along the pin's ray (world units)"


def epipolar_lines(
    places: Places | None,
    shape: tuple[int, int],  # of the stage's picture: rows, columns
    scene: Scene,
    camera: Camera,  # whose picture the pins are in
    pins: Sequence[Pin],
    theme: Theme,
) -> list[RayLine]:
    """The rays of pins that another camera sees; none in a picture of the pins' own camera."""
    if not isinstance(places, RayPlaces) or camera == places.camera:
        return []
    height, width = shape
    frustum = scene.frustum
    half, count = frustum.voxel_size / 2, frustum.plane_count + 1
    edges = np.linspace(frustum.near_plane - half, frustum.far_plane + half, count)
    lines = []
    for pin in pins:
        seen = places.places_of_points(ray_points(scene, camera, *map_pixel(scene, *pin.pixel)))
        name = f"ray of the pin at {pixel_text(pin.pixel)}"
        columns, rows = seen[:, 0] * width - 0.5, seen[:, 1] * height - 0.5
        profile = LineProfile(name, ACROSS, columns, rows, edges)
        title = f"Epipolar: pin at {pixel_text(pin.pixel)}"
        lines.append(RayLine(pin.slot, title, theme.pins[pin.slot], profile))
    return lines
