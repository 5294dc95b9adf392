"""Views that are rendered at rest, so that the next move finds true frames."""

import numpy as np
import pytest

from tests.helpers.fakes import fake_scene
from tests.helpers.viewports import turned
from viewer.viewport.navigation.camera_motion import OrbitPose
from viewer.viewport.reprojection.prefetch import BATCH, MAX_VIEWS, STEP, views_around


def test_views_around_come_nearest_first_and_close_the_ring():
    scene = fake_scene()
    view = OrbitPose(scene.start_camera, scene.pivot)
    cameras = list(views_around(view, scene.up_axis))
    angles = [camera.angle_to(view.camera) for camera in cameras]
    assert max(angles[:2]) == pytest.approx(np.degrees(STEP) * np.sin(np.radians(60)), rel=0.2)
    assert max(angles) > 150
    assert np.mean(angles[:8]) < np.mean(angles[8:40]) < np.mean(angles)
    distances = [np.linalg.norm(camera.position - scene.pivot) for camera in cameras]
    assert np.allclose(distances, distances[0])
    assert len(set(cameras)) == len(cameras) <= MAX_VIEWS


def test_at_rest_views_around_are_rendered_and_the_picture_stays(qtbot, viewport):
    frames = []
    viewport.session.prefetched.connect(frames.append)
    shown = []
    viewport.state.frame_changed.connect(shown.append)
    viewport.gate.set()
    qtbot.waitUntil(lambda: len(frames) >= 2 * BATCH)
    assert not shown, "they are not what the state shows"
    assert viewport.reprojector.shown().warp is None
    assert len(viewport.reprojector.cache) >= 2 * BATCH
    viewport.state.set_camera(turned(viewport, 8))
    assert viewport.reprojector.facts.degrees < 6, "a true frame is near"


def test_a_movement_takes_the_wanted_views_back(qtbot, viewport):
    asked = []
    viewport.reprojector.prefetcher.wanted.connect(asked.append)
    qtbot.waitUntil(lambda: bool(asked))
    assert len(asked[0]) > 4
    viewport.state.set_camera(turned(viewport, 3))
    assert asked[-1] == ()


def test_wanted_views_come_before_those_around(qtbot, viewport):
    asked = []
    viewport.reprojector.prefetcher.wanted.connect(asked.append)
    path = [turned(viewport, degrees) for degrees in (100, 101, 102)]
    viewport.set_wanted_views(path)
    qtbot.waitUntil(lambda: bool(asked and asked[-1]))
    assert list(asked[-1][:3]) == path


def test_switched_off_no_view_is_prefetched(qtbot, viewport):
    asked = []
    viewport.set_reprojects(False)
    viewport.reprojector.prefetcher.wanted.connect(asked.append)
    viewport.state.set_camera(turned(viewport, 3))
    viewport.gate.set()
    qtbot.wait(500)
    assert not any(asked)


def test_training_has_the_processor_at_rest(qtbot, open_window, monkeypatch):
    ahead = open_window.viewport.reprojector.prefetcher
    asked = []
    ahead.wanted.connect(asked.append)
    training = type(open_window.training)
    monkeypatch.setattr(training, "is_alive", property(lambda _: True))
    open_window.training.changed.emit()
    open_window.views.step(1)
    qtbot.wait(600)
    assert not any(asked)
    monkeypatch.setattr(training, "is_alive", property(lambda _: False))
    open_window.training.changed.emit()
    qtbot.waitUntil(lambda: any(asked))
