"""The moments of a run: the scrubber, and the grid from three sides."""

import numpy as np
from PySide6.QtCore import QPoint, Qt

from viewer.panels.training.grid_views import brightest, cut


def panel_of(window):
    return window.docks.panels["training"]


def test_the_scrubber_goes_through_the_moments_and_plays_them(watching, qtbot):
    snapshots = panel_of(watching).snapshots
    assert snapshots.scrubber.steps == (1, 30)
    assert snapshots.scrubber.step == 30
    link = watching.training_link
    with qtbot.waitSignals([link.state.picture_changed, link.state.volumes_changed]):
        snapshots.scrubber.slider.setValue(0)
    assert link.state.picture.step == link.state.volumes.step == 1
    assert snapshots.scrubber.label.text() == "step 1"
    link.state.set_steps((1, 30, 40), link.state.volume_steps)
    assert snapshots.scrubber.step == 1  # one looks at it
    snapshots.scrubber.show_steps((1, 30))
    qtbot.mouseClick(snapshots.scrubber.play, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: snapshots.scrubber.step == 30 and not snapshots.scrubber.is_playing,
    )
    snapshots.scrubber.show_steps((1, 30, 40))
    assert snapshots.scrubber.step == 40  # the newest stays the newest


def test_cuts_through_the_grid_follow_clicks_and_keys(watching, qtbot):
    grid = panel_of(watching).snapshots.grid
    view = grid.views[0]  # along z: y down, x to the right
    side = view.width()
    pos = QPoint(round(side * 2.5 / 8), round(side * 6.5 / 8))
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=pos)
    assert grid.how.currentText() == "Cuts"
    assert grid.voxel == [4, 6, 2]
    qtbot.keyClick(grid.views[1], Qt.Key.Key_Up)  # along y: z down, x to the right
    assert grid.voxel == [3, 6, 2]
    assert grid.views[0].caption == "z = 3"
    assert grid.views[2].caption == "x = 2"


def test_flat_views_of_a_volume_are_what_they_say():
    volume = np.random.default_rng(0).random((4, 4, 4), dtype=np.float32)
    for axis in range(3):
        moved = np.moveaxis(volume, axis, 0)
        np.testing.assert_array_equal(brightest(volume, axis), np.max(list(moved), axis=0))
        np.testing.assert_array_equal(cut(volume, axis, 2), moved[2])
