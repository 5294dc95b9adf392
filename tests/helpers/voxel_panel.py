"""Real small scenes for the voxels panel, and what its tests do with it."""

from dataclasses import replace
from functools import cache

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.helpers.scenes import SMALL, SMALL_COLLAPSE, random_scene

SIDE = SMALL.grid_size
SCENES = {}


@cache
def made_scene(config):
    """A real small scene, made once."""
    return random_scene(config)


def opener(path, intrinsics, progress):
    """Opens every path as a real small scene."""
    scene = made_scene(SMALL_COLLAPSE if "collapse" in path.name else SMALL)
    SCENES[path.name] = replace(scene, path=path, name=path.stem)
    return SCENES[path.name]


def wait_for(panel, quantity, qtbot):
    """Show a quantity and wait for its answer."""
    panel.show_quantity(quantity)
    qtbot.waitUntil(lambda: answered(panel, quantity))
    return panel.found.answer.volume


def answered(panel, quantity):
    return panel.found is not None and panel.found.answer.question.quantity is quantity


def drag(view, start, end, modifier=Qt.KeyboardModifier.NoModifier):
    """Drag in a slice from voxel to voxel."""
    QTest.mousePress(
        view, Qt.MouseButton.LeftButton, modifier, view.point_of_voxel(start).toPoint()
    )
    QTest.mouseMove(view, view.point_of_voxel(end).toPoint())
    QTest.mouseRelease(
        view, Qt.MouseButton.LeftButton, modifier, view.point_of_voxel(end).toPoint()
    )
