"""What is drawn of the voxels: each one's colour and opacity, rays, and the figures as a table."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from dvox_core.geometry.cameras import Camera
from dvox_core.inspection.rays import map_pixel
from dvox_core.inspection.voxel_questions import Mask
from dvox_core.model.scene import Scene
from dvox_core.rendering.interventions import Box
from viewer.panels.export_row import ExportTable
from viewer.panels.voxel_answers import ColoredAnswer
from viewer.state.selection import Selection
from viewer.theme import Theme

TINT_OPACITY = 0.4
"""Least opacity of tinted and marked voxels, as a share of the strongest ones'."""


def voxel_cloud(
    found: ColoredAnswer,
    threshold: float,  # share of the range below which a voxel is not seen
    opacity: float,  # of the strongest voxels
    crop: Box,
    marked: Mask | None,
    theme: Theme,
) -> NDArray[np.float32]:
    """[G, G, G, 4] in 0…1: colours and opacities, the strongest voxels most opaque."""
    assert found.rgba is not None
    assert found.answer.volume is not None
    result: NDArray[np.float32] = found.rgba.astype(np.float32) / np.float32(255)
    above = (found.answer.volume.strength - threshold) / (1 - threshold)
    result[..., 3] = opacity * np.clip(above, 0, 1)
    for mask, color in ((found.answer.tinted, theme.red), (marked, theme.accent)):
        if mask is not None:
            ink = QColor(color)
            result[mask, :3] = (ink.redF(), ink.greenF(), ink.blueF())
            result[mask, 3] = np.maximum(result[mask, 3], TINT_OPACITY * opacity)
    result[~crop.mask(len(result)), 3] = 0
    return result


def drawn_rays(
    scene: Scene, camera: Camera, selection: Selection, theme: Theme
) -> list[tuple[NDArray[np.float64], str]]:
    """The pinned rays and the hovered one as lines [2, 3] to the last plane, with their colours."""
    wanted = [(pin.pixel, theme.pins[pin.slot]) for pin in selection.pins]
    if selection.hovered is not None:
        wanted.append((selection.hovered, theme.muted))
    if not wanted:
        return []
    frustum = scene.frustum
    directions, rays = frustum.rays(), []
    for pixel, color in wanted:
        u, v = map_pixel(scene, *pixel)
        end = camera.position + frustum.far_plane * (camera.rotation @ directions[v, u])
        rays.append((np.array([camera.position, end]), color))
    return rays


def voxel_table(found: ColoredAnswer, seen: Mask, marked: Mask | None) -> ExportTable:
    """The voxels that are seen as CSV; all of them as arrays."""
    volume = found.answer.volume
    assert volume is not None
    z, y, x = np.nonzero(seen)
    values = volume.values[z, y, x].tolist()
    rows = zip(x.tolist(), y.tolist(), z.tolist(), values, strict=True)
    lines = [f"{i},{j},{k},{value:.6g}" for i, j, k, value in rows]
    arrays: dict[str, NDArray[Any]] = {"values": volume.values, "strength": volume.strength}
    if volume.colors is not None:
        arrays["colors"] = volume.colors
    if found.answer.tinted is not None:
        arrays["tinted"] = found.answer.tinted
    if marked is not None:
        arrays["marked"] = marked
    return ExportTable("\n".join(["x,y,z,value", *lines]) + "\n", arrays)
