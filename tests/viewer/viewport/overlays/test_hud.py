"""The HUD: what it says, and when."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from dvox_core.geometry.cameras import look_at
from tests.helpers.fakes import FakeRendererFactory, fake_frame, fake_scene
from tests.helpers.viewports import open_scene, overlay
from viewer.theme import LIGHT
from viewer.view3d import opengl_support
from viewer.viewport.overlays.hud import Hud, HudFacts, hud_lines, plain_text
from viewer.viewport.overlays.hud_updates import RateMeter


def test_a_rate_counts_a_run_and_forgets_it_at_rest():
    rate = RateMeter()
    assert rate.rate(0.0) is None
    for step in range(31):
        rate.tick(step / 30, 0.75)
    assert rate.rate(1.0) == pytest.approx(30)
    assert rate.rate(2.0) is None
    rate.tick(10.0, 0.75)
    rate.tick(10.1, 0.75)
    assert rate.rate(10.1) is None  # twice is no rate
    rate.tick(10.2, 0.75)
    assert rate.rate(10.2) == pytest.approx(10)


def test_the_hud_tells_speed_stages_device_and_distances():
    scene = fake_scene()
    frame = fake_frame(scene, scene.start_camera, milliseconds=131)
    text = plain_text(
        hud_lines(
            HudFacts(
                shown_fps=59.6,
                network_fps=7.42,
                frame=frame,
                renderer=FakeRendererFactory()(scene).facts,
                canvas="OpenGL 4.6",
                camera=scene.cameras[1].camera,
                pivot_distance=4.0,
            )
        )
    )
    for piece in ("60 fps shown", "7.4 fps network", "131 ms", "resample  13", "render 118"):
        assert piece in text
    assert "cpu · float32 · OpenGL 4.6" in text
    angle = frame.camera.angle_to(scene.cameras[1].camera)
    assert "pivot  4.000" in text
    assert f"{angle:.1f}°" in text


def test_the_figures_say_which_renderer_made_a_draft():
    scene = fake_scene()
    frame = replace(fake_frame(scene, scene.start_camera), draft=True, made_by="openvino int8")
    facts = HudFacts(frame=frame, renderer=FakeRendererFactory()(scene).facts, canvas="QPainter")
    assert "cpu · openvino int8, draft · QPainter" in plain_text(hud_lines(facts))


def test_the_hud_keeps_its_width_when_figures_change(qtbot, viewport):
    viewport.set_hud_visible(True)
    open_scene(qtbot, viewport)
    hud = overlay(viewport, "hud")
    qtbot.waitUntil(lambda: "cpu" in hud.text())
    width = hud.width()
    for x in (1.0, 2.0, 3.0):
        with qtbot.waitSignal(viewport.picture_shown):
            viewport.state.set_camera(look_at((x, -9, 1), (0, 0, 0), (0, 0, 1)))
        qtbot.wait(300)
        assert hud.width() == width


def test_h_switches_the_hud_and_says_so(qtbot, viewport):
    open_scene(qtbot, viewport)
    before = viewport.hud_visible
    with qtbot.waitSignal(viewport.hud_visible_changed) as changed:
        qtbot.keyClick(viewport, Qt.Key.Key_H)
    assert changed.args == [not before]
    assert viewport.hud_visible is not before


def test_the_hud_says_what_paints_where_there_is_no_opengl(qtbot, viewport):
    if opengl_support.opengl_problem() == "":
        pytest.skip("this machine has OpenGL")
    viewport.set_hud_visible(True)
    open_scene(qtbot, viewport)
    qtbot.waitUntil(lambda: "QPainter (no " in overlay(viewport, "hud").text())
    assert viewport.backend_name.startswith("QPainter (no ")


def test_the_hud_is_drawn_anew_only_where_it_says_something_else(qtbot):
    hud = Hud()
    qtbot.addWidget(hud)
    hud.show_facts(HudFacts(shown_fps=60.0))
    first = hud.grab().toImage()
    for _ in range(3):  # as with every view of the picture below it
        assert hud.grab().toImage() == first
    hud.show_facts(HudFacts(shown_fps=60.0))
    hud.grab()
    assert hud.kept.drawn_count == 1
    hud.show_facts(HudFacts(shown_fps=30.0))
    assert hud.grab().toImage() != first
    hud.apply_theme(LIGHT)
    hud.grab()
    assert hud.kept.drawn_count == 3


def test_a_small_viewport_has_one_line_of_figures(qtbot, viewport):
    viewport.set_hud_visible(True)
    viewport.resize(1000, 700)
    open_scene(qtbot, viewport)
    hud = overlay(viewport, "hud")
    qtbot.waitUntil(lambda: "cpu" in hud.text())
    viewport.resize(1001, 700)
    tall = hud.sizeHint().height()
    viewport.resize(600, 420)
    assert hud.sizeHint().height() < tall / 2
    assert "fps" in hud.text()
