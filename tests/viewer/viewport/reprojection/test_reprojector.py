"""Reprojection in the viewport: what is shown while the network works, and what never is."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from dvox_core.rendering.frame import without_border
from dvox_core.rendering.scores import psnr
from tests.helpers.fakes import fake_frame
from tests.helpers.viewports import seen, turned
from viewer.settings import Settings
from viewer.state.viewer_state import DisplayMode
from viewer.viewport.canvas.content import CanvasContent
from viewer.viewport.canvas.letterbox import canvas_point
from viewer.viewport.navigation.camera_motion import OrbitPose, dolly
from viewer.viewport.overlays.hud import HudFacts, hud_lines, plain_text
from viewer.viewport.reprojection import reprojector as reprojector_module
from viewer.viewport.reprojection.reprojector import (
    MAX_DEGREES,
    ReprojectionFacts,
    followed_degrees,
    seen_direction,
)
from viewer.widgets.images import frame_image


def true_picture(viewport, camera) -> np.ndarray:
    """The network's own picture of a view, as large as it is shown."""
    frame = fake_frame(viewport.state.scene, camera)
    image = frame_image(frame)
    shape = seen(viewport).shape
    large = image.scaled(
        shape[1],
        shape[0],
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    ).convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(large.constBits(), np.uint8).reshape(large.height(), -1)
    return rows[:, : 3 * large.width()].reshape(shape).copy()


def test_the_picture_follows_the_mouse_before_the_network_does(viewport):
    camera = turned(viewport, 6)
    painted = []
    viewport.view_painted.connect(painted.append)
    before = seen(viewport)
    viewport.state.set_camera(camera)
    followed = seen(viewport)
    assert painted[-1] == camera
    truth = true_picture(viewport, camera)
    assert psnr(followed, truth) > psnr(before, truth) + 3


def test_the_true_picture_takes_the_place_of_the_warped_one(qtbot, viewport):
    camera = turned(viewport, 6)
    viewport.state.set_camera(camera)
    with qtbot.waitSignal(viewport.picture_shown):
        viewport.gate.set()
        qtbot.waitUntil(lambda: viewport.state.frame.camera == camera)
    assert psnr(seen(viewport), true_picture(viewport, camera)) > 38


def test_a_true_picture_fades_in_without_a_jump(qtbot, viewport):
    viewport.themes.set_motion(True)
    camera = turned(viewport, 9)
    viewport.state.set_camera(camera)
    truth = true_picture(viewport, camera)
    scores = [psnr(seen(viewport), truth)]
    viewport.canvas.painted.connect(lambda: scores.append(viewport.reprojector.shown().opacity))
    viewport.gate.set()
    qtbot.waitUntil(lambda: viewport.reprojector.shown().warp is None)
    opacities = [share for share in scores[1:] if 0 < share < 1]
    assert opacities == sorted(opacities)
    qtbot.waitUntil(lambda: psnr(seen(viewport), truth) > 38)


def test_a_frame_that_comes_while_the_camera_moves_waits_for_the_next_view(
    qtbot, viewport, monkeypatch
):
    viewport.themes.set_motion(True)
    reprojector, scene = viewport.reprojector, viewport.state.scene
    viewport.state.set_camera(turned(viewport, 9))
    told = []
    reprojector.changed.connect(lambda: told.append(reprojector.frame))
    frame = fake_frame(scene, turned(viewport, 8))
    monkeypatch.setattr(reprojector_module, "MOVING_S", 0.0)  # the hand rests
    reprojector.keep(frame)
    assert len(told) == 1
    monkeypatch.setattr(reprojector_module, "MOVING_S", 1e6)  # it moves
    reprojector.keep(fake_frame(scene, turned(viewport, 7)))
    assert len(told) == 1
    qtbot.waitUntil(lambda: len(told) > 1)  # a step of the fade, where no view comes
    count = len(told)
    viewport.state.set_camera(turned(viewport, 9.5))
    assert len(told) > count


def test_a_movement_in_mid_fade_makes_no_jump(qtbot, viewport, monkeypatch):
    monkeypatch.setattr(reprojector_module, "FADE_S", 10.0)  # whatever the machine does meanwhile
    viewport.themes.set_motion(True)
    reprojector = viewport.reprojector
    viewport.state.set_camera(turned(viewport, 9))
    viewport.gate.set()
    qtbot.waitUntil(lambda: 0 < reprojector._opacity < 1)
    viewport.gate.clear()
    opacity, exact = reprojector._opacity, reprojector._exact
    viewport.state.set_camera(turned(viewport, 9.2))
    assert reprojector._shares[exact] == pytest.approx(opacity, abs=0.1)
    assert sum(reprojector._shares.values()) == pytest.approx(1, abs=0.05)


def test_known_frames_on_both_sides_are_blended(qtbot, viewport):
    viewport.gate.set()
    for degrees in (10, 20):
        with qtbot.waitSignal(viewport.picture_shown):
            viewport.state.set_camera(turned(viewport, degrees))
    viewport.gate.clear()
    viewport.state.set_camera(turned(viewport, 14))
    shown = viewport.reprojector.shown()
    assert len(shown.warp.sources) >= 2
    assert shown.warp.weights[0] == pytest.approx(0.6, abs=0.05)


def test_a_view_that_is_kept_is_shown_at_once(qtbot, viewport):
    viewport.gate.set()
    with qtbot.waitSignal(viewport.picture_shown):
        viewport.state.set_camera(turned(viewport, 30))
    viewport.gate.clear()
    viewport.state.set_camera(viewport.state.scene.start_camera)
    assert viewport.reprojector.shown().warp is None
    assert psnr(seen(viewport), true_picture(viewport, viewport.state.camera)) > 38


def test_switched_off_the_newest_frame_stays_until_the_next(viewport):
    before = seen(viewport)
    painted = []
    viewport.view_painted.connect(painted.append)
    viewport.set_reprojects(False)
    viewport.state.set_camera(turned(viewport, 8))
    assert np.array_equal(seen(viewport), before)
    assert set(painted) <= {viewport.state.frame.camera}


def test_a_picture_that_is_taken_is_never_a_warped_one(viewport):
    viewport.state.set_camera(turned(viewport, 8))
    image = viewport.grab_picture()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    pixels = rows[:, : 3 * image.width()].reshape(118, 118, 3)
    assert np.array_equal(pixels, without_border(viewport.state.frame.picture))


def test_depth_and_entropy_are_warped_as_the_picture_is(viewport):
    for mode in (DisplayMode.DEPTH, DisplayMode.ENTROPY):
        viewport.state.set_display_mode(mode)
        viewport.state.set_camera(viewport.state.scene.start_camera)
        before = seen(viewport)
        viewport.state.set_camera(turned(viewport, 8))
        assert not np.array_equal(seen(viewport), before)
        assert viewport.findChild(QWidget, "legend").isVisible()


def test_a_double_click_on_a_warped_picture_takes_the_point_that_is_seen(qtbot, viewport):
    camera = turned(viewport, 15)
    viewport.state.set_camera(camera)
    scene = viewport.state.scene
    u, v = 70.0, 58.0
    x, y = canvas_point(u, v, viewport.canvas.place, 128)
    viewport.navigator.pick(x, y)
    pivot = viewport.state.pivot
    assert np.linalg.norm(pivot - scene.pivot) == pytest.approx(0.6, abs=0.02)
    direction = camera.rotation.T @ (pivot - camera.position)
    lens = scene.intrinsics.scaled_to(128)
    assert lens.focal * direction[0] / direction[2] + lens.principal_x == pytest.approx(u)
    assert lens.focal * direction[1] / direction[2] + lens.principal_y == pytest.approx(v)


def test_a_scene_that_is_closed_in_mid_warp_leaves_nothing_to_show(qtbot, viewport):
    viewport.themes.set_motion(True)
    viewport.state.set_camera(turned(viewport, 8))
    viewport.repaint()
    viewport.session.close_scene()
    assert (
        viewport.reprojector.shown() == CanvasContent() or viewport.reprojector.shown().warp is None
    )
    assert len(viewport.reprojector.cache) == 0
    viewport.repaint()
    viewport.gate.set()
    with qtbot.waitSignal(viewport.picture_shown):
        viewport.session.open(Path("other.pth"))


def test_a_resize_in_mid_warp_warps_on(qtbot, viewport):
    viewport.state.set_camera(turned(viewport, 8))
    for size in ((300, 500), (640, 360), (240, 200)):
        viewport.resize(*size)
        qtbot.wait(20)
        picture = seen(viewport)
        assert psnr(picture, true_picture(viewport, viewport.state.camera)) > 20


def test_a_viewport_that_is_deleted_in_mid_fade_leaves_no_timer(qtbot, viewport):
    viewport.themes.set_motion(True)
    viewport.state.set_camera(turned(viewport, 8))
    viewport.gate.set()
    qtbot.waitUntil(lambda: viewport.state.frame.camera == viewport.state.camera)
    viewport.close()
    viewport.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qtbot.wait(30)


def test_frames_of_another_renderer_are_replaced_by_the_next_one(qtbot, viewport):
    cache = viewport.reprojector.cache
    viewport.gate.set()
    with qtbot.waitSignal(viewport.picture_shown):
        viewport.state.set_camera(turned(viewport, 8))
    assert len(cache) == 2
    viewport.state.set_renderer(viewport.state.renderer)
    assert len(cache) == 2, "they serve until something new is there"
    with qtbot.waitSignal(viewport.picture_shown):
        viewport.state.set_camera(turned(viewport, 20))
    assert len(cache) == 1


def test_a_far_view_is_followed_less_and_less_and_never_beyond_a_bound():
    degrees = np.linspace(0, 180, 181)
    followed = np.array([followed_degrees(value) for value in degrees])
    assert np.allclose(followed[:11], degrees[:11])
    assert (np.diff(followed) > 0).sum() >= 100
    assert (np.diff(followed) >= 0).all()
    assert followed.max() <= MAX_DEGREES


def test_coming_nearer_is_followed_wholly(viewport):
    view = OrbitPose(viewport.state.camera, viewport.state.pivot)
    nearer = dolly(view, 6, 0.1, 100).camera  # to about half the distance
    viewport.state.set_camera(nearer)
    warp = viewport.reprojector.shown().warp
    assert warp.sources[0].camera == viewport.state.frame.camera, "not held back"
    assert psnr(seen(viewport), true_picture(viewport, nearer)) > 24


def test_a_picture_that_is_held_back_keeps_the_pivot_where_the_camera_has_it(viewport):
    viewport.navigator.pan_by(0.6 * viewport.canvas.place.width, 0)
    state, scene = viewport.state, viewport.state.scene
    warp = viewport.reprojector.shown().warp
    held = warp.sources[0].camera
    assert held != state.frame.camera, "farther than the picture follows wholly"
    # The former pivot, the ball's middle, is seen by both; it has moved with the hand.
    point = state.frame.camera.world_to_camera[:3, :3] @ (state.pivot - state.frame.camera.position)
    shown_at = held.position + held.rotation @ point
    assert np.allclose(
        seen_direction(state.camera, shown_at), seen_direction(state.camera, state.pivot), atol=0.02
    )
    assert scene is state.scene


def test_the_hud_says_how_old_the_frame_is_and_how_far_it_was_warped():
    facts = HudFacts(reprojection=ReprojectionFacts(0.42, 12.34, 17, 3 * 2**20))
    text = plain_text(hud_lines(facts))
    assert "frame  0.4 s old, warped  12.3°" in text
    assert "17 kept,   3.0 MiB" in text
    assert "warped" not in plain_text(hud_lines(HudFacts()))


def test_the_switch_is_an_action_and_is_remembered(qtbot, open_window, settings):
    assert open_window.viewport.reprojects
    action = open_window.menus.actions["reproject"]
    assert action.isChecked()
    action.trigger()
    assert not open_window.viewport.reprojects
    assert not action.isChecked()
    settings.save()
    assert settings.reproject is False
    action.trigger()
    assert settings.reproject


def test_the_switch_begins_as_it_was_left(make_window, settings: Settings):
    settings.reproject = False
    assert not make_window().viewport.reprojects


def test_at_rest_the_figures_are_those_of_the_true_picture(qtbot, viewport):
    viewport.themes.set_motion(True)
    viewport.set_hud_visible(True)
    viewport.state.set_camera(turned(viewport, 8))
    hud = viewport.findChild(QWidget, "hud")
    qtbot.waitUntil(lambda: "warped   8.0°" in hud.text() or "warped   7" in hud.text())
    viewport.gate.set()
    qtbot.waitUntil(lambda: "–" in hud.text() and "warped   0.0°" in hud.text())
    qtbot.waitUntil(lambda: not viewport._hud_updater._timer.isActive())
    assert "warped   0.0°" in hud.text()


def test_newer_weights_of_the_scene_replace_what_was_kept(qtbot, viewport):
    cache = viewport.reprojector.cache
    viewport.gate.set()
    with qtbot.waitSignal(viewport.picture_shown):
        viewport.state.set_camera(turned(viewport, 8))
    viewport.state.refresh_scene(viewport.state.scene)
    assert len(cache) == 2
    with qtbot.waitSignal(viewport.picture_shown):
        viewport.state.set_camera(turned(viewport, 20))
    assert len(cache) == 1
