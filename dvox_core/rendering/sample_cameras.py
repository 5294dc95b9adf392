"""Cameras that stand for all that a scene will be seen from: to measure, compare and calibrate."""

import numpy as np

from dvox_core.geometry.cameras import Camera, look_at
from dvox_core.model.scene import Scene


def typical_cameras(scene: Scene, count: int) -> list[Camera]:
    """`count` cameras spread over the capture, or over an orbit where too few are known."""
    if len(scene.cameras) >= count:
        step = len(scene.cameras) // count
        return [view.camera for view in scene.cameras[::step][:count]]
    start = scene.start_camera.position - scene.pivot
    cameras = []
    for view in range(count):
        angle = 2 * np.pi * view / count + 0.3
        turn = np.array(
            [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
        )
        cameras.append(look_at(scene.pivot + turn @ start, scene.pivot, (0, 0, 1)))
    return cameras
