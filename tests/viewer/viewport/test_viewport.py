"""The viewport: its picture, its overlays, and where both lie."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shiboken6
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QMainWindow, QWidget

from dvox_core.geometry.cameras import look_at
from dvox_core.rendering import colormaps
from dvox_core.rendering.frame import Extra, without_border
from dvox_core.rendering.pictures import (
    EMPTY_COLOR,
    DepthRange,
    Legend,
    Picture,
    depth_range,
    enlarge,
    start_range,
)
from tests.helpers.fakes import FakeRendererFactory, fake_frame, fake_opener, fake_scene
from viewer.state.viewer_state import DisplayMode, ViewerState
from viewer.theme import DARK, LIGHT, ThemeChoice
from viewer.viewport.canvas import create, opengl_support
from viewer.viewport.canvas.letterbox import Rectangle, canvas_point, letterbox, picture_pixel
from viewer.viewport.canvas.painter_canvas import PainterCanvas
from viewer.viewport.navigation.camera_motion import OrbitPose
from viewer.viewport.overlays.hud import HudFacts, hud_lines, plain_text
from viewer.viewport.overlays.hud_updates import RateMeter
from viewer.viewport.overlays.legend_bar import value_texts
from viewer.viewport.reprojection.mode_pictures import compose
from viewer.viewport.viewport import Viewport
from viewer.workers.rendering.scene_session import SceneSession


@pytest.fixture
def factory():
    return FakeRendererFactory()


@pytest.fixture
def make_viewport(qtbot, themes, factory):
    """A viewport in a window of its own, on the canvas that this platform gets or another."""
    made = []

    def make(canvas=None, size=(640, 480)):
        state = ViewerState()
        session = SceneSession(state, open_scene=fake_opener, create_renderer=factory, warm_up=None)
        viewport = Viewport(state, session, themes, canvas=canvas)
        viewport.state, viewport.session = state, session
        made.append(viewport)
        viewport.resize(*size)
        viewport.show()
        qtbot.waitExposed(viewport)
        return viewport

    yield make
    for renderer in factory.made:
        renderer.gate.set()
    for viewport in made:
        viewport.session.stop()
        if shiboken6.isValid(viewport):
            viewport.close()
            viewport.deleteLater()


@pytest.fixture
def viewport(make_viewport):
    return make_viewport()


def open_scene(qtbot, viewport, name="ball.pth"):
    with qtbot.waitSignal(viewport.picture_shown, timeout=5000):
        viewport.session.open(Path(name))


def overlay(viewport, name):
    return viewport.findChild(QWidget, name)


def pixel(image: QImage, x, y):
    return QColor(image.pixel(int(x), int(y))).getRgb()[:3]


# Letterboxing


@given(
    width=st.integers(1, 3000),
    height=st.integers(1, 3000),
    ratio=st.sampled_from([1.0, 1.25, 1.5, 2.0, 3.0]),
    picture=st.sampled_from([(118, 118), (502, 502), (400, 300)]),
)
def test_the_letterbox_is_whole_pixels_centred_and_of_the_pictures_shape(
    width, height, ratio, picture
):
    place = letterbox(width, height, ratio, *picture)
    for value in (place.x, place.y, place.width, place.height):
        assert value == int(value)
    device = round(width * ratio), round(height * ratio)
    assert abs(device[0] - place.width - 2 * place.x) <= 1
    assert abs(device[1] - place.height - 2 * place.y) <= 1
    if place.width > 20 and place.height > 20:
        assert place.width / place.height == pytest.approx(picture[0] / picture[1], rel=0.06)
        assert place.x >= 0
        assert place.y >= 0
        # As large as it can be: one side has no more room than its margin.
        spare_x = width * ratio - place.width - 2 * min(12, width / 10) * ratio
        spare_y = height * ratio - place.height - 2 * min(52, height / 10) * ratio
        assert min(spare_x, spare_y) < 1.5 * max(picture) / min(picture)


def test_known_letterboxes():
    assert letterbox(1040, 720, 1.0, 118, 118) == Rectangle(212, 52, 616, 616)
    assert letterbox(1040, 720, 2.0, 118, 118) == Rectangle(424, 104, 1232, 1232)
    assert letterbox(400, 1000, 1.0, 118, 118) == Rectangle(12, 312, 376, 376)


@given(st.floats(0, 127), st.floats(0, 127))
def test_pixels_and_points_are_each_others_inverse(u, v):
    shown = Rectangle(10, 20, 590, 590)
    assert np.allclose(picture_pixel(*canvas_point(u, v, shown, 128), shown, 128), (u, v))


def test_the_corner_of_the_shown_picture_is_the_corner_of_the_first_trained_pixel():
    shown = Rectangle(10, 20, 1180, 1180)
    assert picture_pixel(10, 20, shown, 128) == (4.5, 4.5)
    assert picture_pixel(1190, 1200, shown, 128) == (122.5, 122.5)
    assert canvas_point(5, 5, shown, 128) == (15, 25)  # ten screen pixels a picture pixel


# Pictures


def test_the_rgb_picture_is_the_networks_without_its_border():
    scene = fake_scene()
    frame = fake_frame(scene, scene.start_camera)
    picture = compose(frame, DisplayMode.RGB, scene.frustum, start_range(scene.frustum))
    assert np.array_equal(picture.rgba[..., :3], without_border(frame.picture))
    assert (picture.rgba[..., 3] == 255).all()
    assert picture.legend is None


def test_the_depth_picture_has_the_depths_colours_and_tells_where_nothing_is():
    scene = fake_scene()
    frame = fake_frame(scene, scene.start_camera)
    picture = compose(frame, DisplayMode.DEPTH, scene.frustum, DepthRange(3.0, 5.0))
    middle = 64 - 5
    depth = frame.depth[32, 32]
    wanted = colormaps.table("viridis")[int((depth - 3) / 2 * 256)]
    assert np.abs(picture.rgba[middle, middle, :3].astype(int) - wanted).max() <= 2
    assert tuple(picture.rgba[3, 3, :3]) == EMPTY_COLOR
    assert (picture.legend.low, picture.legend.high) == (3.0, 5.0)
    assert picture.legend.unit == "world units"


def test_rays_whose_weights_are_all_alike_count_as_empty():
    scene = fake_scene()
    frame = fake_frame(scene, scene.start_camera, Extra.ENTROPY)
    object.__setattr__(frame, "contribution_depth", np.full((64, 64), 4.0, np.float32))
    picture = compose(frame, DisplayMode.DEPTH, scene.frustum, DepthRange(3.0, 5.0))
    assert tuple(picture.rgba[3, 3, :3]) == EMPTY_COLOR
    assert tuple(picture.rgba[59, 59, :3]) != EMPTY_COLOR


def test_the_entropy_picture_spans_zero_to_all_bits():
    scene = fake_scene()
    frame = fake_frame(scene, scene.start_camera, Extra.ENTROPY)
    picture = compose(frame, DisplayMode.ENTROPY, scene.frustum, start_range(scene.frustum))
    assert (picture.legend.low, picture.legend.high) == (0.0, 5.0)  # 32 planes
    assert tuple(picture.rgba[3, 3, :3]) == tuple(colormaps.table("magma")[255])


def test_the_weight_outside_is_shown_where_a_frame_carries_it():
    scene = fake_scene()
    frame = fake_frame(scene, scene.start_camera, Extra.OUTSIDE)
    picture = compose(frame, DisplayMode.OUTSIDE, scene.frustum, start_range(scene.frustum))
    assert (picture.legend.low, picture.legend.high) == (0.0, 1.0)
    assert tuple(picture.rgba[3, 3, :3]) == tuple(colormaps.table("magma")[int(0.9 * 256)])
    assert DisplayMode.OUTSIDE.is_carried_by(frame)
    assert not DisplayMode.ENTROPY.is_carried_by(frame)


def test_a_frame_without_what_a_mode_shows_has_no_picture_in_it():
    scene = fake_scene(occlusion=False)
    frame = fake_frame(scene, scene.start_camera, Extra.ENTROPY)
    for mode in (DisplayMode.DEPTH, DisplayMode.ENTROPY, DisplayMode.OUTSIDE):
        assert compose(frame, mode, scene.frustum, start_range(scene.frustum)) is None


def test_enlarging_is_linear_between_the_rays_that_the_pixels_look_along():
    values = np.add.outer(np.arange(64.0), 100 * np.arange(64.0)).astype(np.float32)
    fine = enlarge(values, 128)
    rows = np.minimum(np.arange(5, 123) / 2, 63)
    plain = np.add.outer(rows, 100 * rows)
    assert fine.shape == (118, 118)
    assert np.allclose(fine, plain, atol=1e-2)


def test_unknown_values_do_not_mix_into_known_ones():
    values = np.full((64, 64), 2.0, np.float32)
    values[:, :32] = np.nan
    fine = enlarge(values, 256)
    known = np.isfinite(fine)
    assert np.allclose(fine[known], 2.0)
    assert 0.45 < known.mean() < 0.55


def test_colours_follow_the_plain_lookup():
    values = np.random.default_rng(1).uniform(-1, 3, (20, 20))
    fast = colormaps.colorize(values, 0.0, 2.0, "viridis")
    table = colormaps.table("viridis")
    for row in range(20):
        for column in range(20):
            entry = int(min(max(values[row, column] * 128, 0), 255))
            assert tuple(fast[row, column]) == (*table[entry], 255)
    values[3, 4] = np.nan
    assert tuple(colormaps.colorize(values, 0, 2, "viridis", (1, 2, 3))[3, 4]) == (1, 2, 3, 255)
    with pytest.raises(ValueError, match="empty"):
        colormaps.colorize(values, 1.0, 1.0, "viridis")


def test_the_depth_range_stays_while_depths_stay_inside_and_moves_when_they_leave():
    steady = DepthRange(2.0, 4.0)
    inside = np.linspace(2.1, 3.9, 500)
    assert steady.following(inside) is steady
    assert steady.following(inside * 0.9 + 0.3) is steady
    farther = steady.following(np.linspace(2.5, 6.0, 500))
    assert farther.high >= 6.0
    narrower = steady.following(np.linspace(2.9, 3.1, 500))
    assert narrower.low <= 2.9
    assert narrower.high >= 3.1
    assert narrower.high - narrower.low < 0.5
    assert steady.following(np.full(500, np.nan)) is steady


@given(st.floats(0.01, 50), st.floats(0, 20))
def test_depth_ranges_hold_the_depths_at_round_numbers(low, span):
    found = depth_range(low, low + span)
    assert 0 <= found.low <= low
    assert found.high >= low + span
    assert found.following(np.linspace(low, low + span, 100)).high == pytest.approx(found.high)


# Overlays


def test_the_legends_values_have_as_many_digits_as_tell_them_apart():
    def texts(low, high):
        return value_texts(Legend("", "", "viridis", low, high))

    assert texts(0.0, 6.0) == ("0.0", "3.0", "6.0")
    assert texts(2.1, 4.9) == ("2.10", "3.50", "4.90")
    assert texts(100.0, 300.0) == ("100", "200", "300")


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


def test_keys_and_clicks_switch_the_display_mode(qtbot, viewport):
    open_scene(qtbot, viewport)
    legend = overlay(viewport, "legend")
    assert not legend.isVisible()
    qtbot.keyClick(viewport, Qt.Key.Key_2)
    assert viewport.state.display_mode is DisplayMode.DEPTH
    assert overlay(viewport, "mode_depth").isChecked()
    qtbot.waitUntil(legend.isVisible)
    assert legend.legend.colormap == "viridis"
    qtbot.mouseClick(overlay(viewport, "mode_entropy"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: legend.legend.colormap == "magma")
    qtbot.keyClick(viewport, Qt.Key.Key_1)
    assert not legend.isVisible()
    assert overlay(viewport, "mode_rgb").isChecked()


def test_a_model_without_depth_says_so_in_depth_and_entropy(qtbot, viewport):
    open_scene(qtbot, viewport, "collapse.pth")
    message = overlay(viewport, "message")
    assert not message.isVisible()
    for key in (Qt.Key.Key_2, Qt.Key.Key_3):
        qtbot.keyClick(viewport, key)
        assert message.isVisible()
        assert "no depth" in message.text()
        assert viewport.grab_picture().isNull()
    qtbot.keyClick(viewport, Qt.Key.Key_1)
    assert not message.isVisible()
    assert not viewport.grab_picture().isNull()


def test_a_frames_hint_is_shown_and_goes_away(qtbot, viewport):
    open_scene(qtbot, viewport)
    hint = overlay(viewport, "hint")
    assert not hint.isVisible()
    scene = viewport.state.scene
    away = look_at(scene.pivot + (4, 0, 0), scene.pivot + (8, 0, 0), (0, 0, 1))
    with qtbot.waitSignal(viewport.picture_shown):
        viewport.state.set_camera(away)
    assert "looks away" in hint.text()
    assert hint.isVisible()
    with qtbot.waitSignal(viewport.picture_shown):
        viewport.state.set_camera(scene.start_camera)
    assert not hint.isVisible()


def test_the_busy_sign_shows_while_a_frame_is_late(qtbot, viewport, factory):
    open_scene(qtbot, viewport)
    busy = overlay(viewport, "busySign")
    assert not busy.isVisible()
    factory.newest.gate.clear()
    viewport.state.set_camera(look_at((1, -4, 1), (0, 0, 0), (0, 0, 1)))
    qtbot.waitUntil(busy.isVisible, timeout=2000)
    factory.newest.gate.set()
    qtbot.waitUntil(lambda: not busy.isVisible())


def test_the_picture_can_be_taken_without_border_and_overlays(qtbot, viewport):
    open_scene(qtbot, viewport)
    viewport.set_hud_visible(True)
    image = viewport.grab_picture().convertToFormat(QImage.Format.Format_RGB888)
    taken = np.frombuffer(image.constBits(), np.uint8).reshape(118, image.bytesPerLine())
    taken = taken[:, : 3 * 118].reshape(118, 118, 3)
    assert np.array_equal(taken, without_border(viewport.state.frame.picture))


def test_without_a_scene_the_viewport_says_how_to_open_one(qtbot, viewport):
    message = overlay(viewport, "message")
    assert message.isVisible()
    assert "Ctrl+O" in message.text()
    assert viewport.grab_picture().isNull()
    open_scene(qtbot, viewport)
    assert not message.isVisible()
    viewport.session.close_scene()
    assert message.isVisible()


def test_overlays_neither_touch_each_other_nor_leave_the_window(qtbot, make_viewport, factory):
    viewport = make_viewport(size=(1024, 700))
    viewport.set_hud_visible(True)
    open_scene(qtbot, viewport)
    qtbot.keyClick(viewport, Qt.Key.Key_2)
    qtbot.waitUntil(overlay(viewport, "legend").isVisible)
    factory.newest.gate.clear()
    viewport.state.set_camera(look_at((1, -4, 1), (0, 0, 0), (0, 0, 1)))
    qtbot.waitUntil(overlay(viewport, "busySign").isVisible, timeout=2000)
    names = ("modeSwitch", "busySign", "hud", "legend")
    for size in ((1024, 700), (560, 420), (1600, 1000)):
        viewport.resize(*size)
        qtbot.wait(20)
        places = [overlay(viewport, name).geometry() for name in names]
        for index, place in enumerate(places):
            assert viewport.rect().contains(place), names[index]
            for other in places[index + 1 :]:
                assert not place.intersects(other)
    factory.newest.gate.set()


def test_the_picture_lies_where_the_letterbox_says(qtbot, make_viewport):
    viewport = make_viewport(PainterCanvas(), size=(644, 484))
    viewport.set_hud_visible(False)
    open_scene(qtbot, viewport)
    ratio = viewport.devicePixelRatioF()
    image = viewport.grab().toImage()
    place = letterbox(640, 480, ratio, 118, 118)
    left, top = place.x + round(2 * ratio), place.y + round(2 * ratio)
    background = pixel(image, left - 1, top + place.height / 2)
    assert background == QColor(DARK.viewport).getRgb()[:3]
    middle = top + place.height / 2
    assert pixel(image, left, middle) == (245, 245, 245)
    assert pixel(image, left + place.width - 1, middle) == (245, 245, 245)
    assert pixel(image, left + place.width, middle) == background
    column = left + place.width / 2
    assert pixel(image, column, top) == (245, 245, 245)
    assert pixel(image, column, top - 1) == background
    assert pixel(image, column, top + place.height - 1) == (245, 245, 245)
    assert pixel(image, column, top + place.height) == background


def test_the_surroundings_follow_the_theme(qtbot, viewport, themes):
    open_scene(qtbot, viewport)
    corner = viewport.width() - 5, viewport.height() // 2
    assert pixel(viewport.grab().toImage(), *corner) == QColor(DARK.viewport).getRgb()[:3]
    themes.set_choice(ThemeChoice.LIGHT)
    qtbot.wait(30)
    assert pixel(viewport.grab().toImage(), *corner) == QColor(LIGHT.viewport).getRgb()[:3]


def test_everything_a_person_can_reach_has_a_name_and_a_tip(viewport):
    assert viewport.accessibleName()
    assert viewport.focusPolicy() == Qt.FocusPolicy.StrongFocus
    for mode in DisplayMode:
        button = overlay(viewport, f"mode_{mode.value}")
        assert button.accessibleName()
        assert button.toolTip().endswith(")")
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_keyboard_focus_is_visible(qtbot, viewport):
    open_scene(qtbot, viewport)
    viewport.activateWindow()
    qtbot.waitUntil(viewport.isActiveWindow)
    viewport.clearFocus()
    viewport.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(viewport.hasFocus)
    qtbot.wait(20)
    assert pixel(viewport.grab().toImage(), 0, 100) == QColor(DARK.accent).getRgb()[:3]


# OpenGL


needs_opengl = pytest.mark.skipif(
    not os.environ.get("DISPLAY") or os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal"),
    reason="needs a display with OpenGL: run under Xvfb",
)


def square(color):
    rgba = np.empty((64, 64, 4), np.uint8)
    rgba[...] = (*color, 255)
    rgba[:32, :32, :3] = (255, 0, 0)  # a red quarter at the upper left
    return Picture(rgba)


@pytest.fixture
def gl_canvas(qtbot):
    from viewer.viewport.canvas.gl_canvas import GLCanvas

    if QGuiApplication.platformName() != "xcb":
        pytest.skip("needs OpenGL: run under Xvfb")
    window = QMainWindow()
    made = GLCanvas()
    made.windows = [window]  # kept, as Python would delete them with their names
    problems = []
    made.failed.connect(problems.append)
    window.setCentralWidget(made)
    window.resize(300, 260)
    window.show()
    qtbot.waitExposed(window)
    yield made
    assert not problems
    for window in made.windows:
        if shiboken6.isValid(window):
            window.close()
            window.deleteLater()


def shows(canvas, color):
    """Whether the canvas paints `square(color)` exactly in its letterbox."""
    image = canvas.grabFramebuffer()
    ratio = canvas.devicePixelRatioF()
    place = letterbox(canvas.width(), canvas.height(), ratio, 64, 64)
    right, bottom = place.x + place.width - 1, place.y + place.height - 1
    surround = (1, 2, 3)
    return (
        pixel(image, place.x, place.y) == (255, 0, 0)
        and pixel(image, right, place.y) == color
        and pixel(image, place.x, bottom) == color
        and pixel(image, right, bottom) == color
        and pixel(image, place.x - 1, place.y) == surround
        and pixel(image, right + 1, place.y) == surround
        and pixel(image, right, place.y - 1) == surround
        and pixel(image, right, bottom + 1) == surround
    )


@pytest.mark.gl
@needs_opengl
def test_opengl_paints_the_picture_upright_in_its_letterbox(qtbot, gl_canvas):
    gl_canvas.set_surround(QColor(1, 2, 3))
    gl_canvas.show_picture(square((0, 200, 0)))
    with qtbot.waitSignal(gl_canvas.painted):
        gl_canvas.update()
    assert shows(gl_canvas, (0, 200, 0))
    assert gl_canvas.backend_name.startswith("OpenGL ")
    gl_canvas.show_picture(square((0, 0, 200)))
    assert shows(gl_canvas, (0, 0, 200))
    for size in ((411, 303), (200, 390)):
        gl_canvas.window().resize(*size)
        qtbot.wait(50)
        assert shows(gl_canvas, (0, 0, 200))


@pytest.fixture
def own_contexts(qapp):
    """Contexts that are not shared: moving to another window loses them."""
    sharing = Qt.ApplicationAttribute.AA_ShareOpenGLContexts
    before = QCoreApplication.testAttribute(sharing)
    QCoreApplication.setAttribute(sharing, False)
    yield
    QCoreApplication.setAttribute(sharing, before)


@pytest.mark.gl
@needs_opengl
def test_a_lost_context_is_survived_by_reparenting(qtbot, own_contexts, gl_canvas):
    gl_canvas.set_surround(QColor(1, 2, 3))
    gl_canvas.show_picture(square((0, 200, 0)))
    assert shows(gl_canvas, (0, 200, 0))
    lost = []
    for _ in range(3):
        gl_canvas.context().aboutToBeDestroyed.connect(lambda: lost.append(gl_canvas._program))
        former, window = gl_canvas.window(), QMainWindow()
        gl_canvas.windows.append(window)
        window.setCentralWidget(gl_canvas)
        window.resize(320, 240)
        window.show()
        qtbot.waitExposed(window)
        former.close()
        former.deleteLater()
        qtbot.wait(50)
        assert shows(gl_canvas, (0, 200, 0))
    # Released before this slot, which was connected later, was called.
    assert lost == [0, 0, 0], "the context was not lost, or its objects were not released"
    gl_canvas.show_picture(square((0, 0, 200)))
    assert shows(gl_canvas, (0, 0, 200))


@pytest.mark.gl
@needs_opengl
def test_opengl_objects_are_released_with_their_context(qtbot, gl_canvas):
    from OpenGL import GL

    gl_canvas.show_picture(square((0, 200, 0)))
    gl_canvas.grabFramebuffer()
    gl_canvas.makeCurrent()
    texture, program = gl_canvas._texture, gl_canvas._program
    assert GL.glIsTexture(texture)
    assert GL.glIsProgram(program)
    gl_canvas.doneCurrent()
    gl_canvas._release()
    gl_canvas.makeCurrent()
    assert not GL.glIsTexture(texture)
    assert not GL.glIsProgram(program)
    gl_canvas.initializeGL()
    gl_canvas.doneCurrent()
    gl_canvas.set_surround(QColor(1, 2, 3))
    assert shows(gl_canvas, (0, 200, 0))


@pytest.mark.gl
@needs_opengl
def test_both_canvases_show_the_same_picture(qtbot, make_viewport, monkeypatch):
    pictures = []
    for kind in ("opengl", "qpainter"):
        monkeypatch.setenv(create.CANVAS_VARIABLE, kind)
        viewport = make_viewport(size=(500, 400))
        viewport.set_hud_visible(False)
        open_scene(qtbot, viewport)
        assert viewport.backend_name.startswith({"opengl": "OpenGL", "qpainter": "QPainter"}[kind])
        image = viewport.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
        pictures.append(rows[:, : 3 * image.width()].astype(int))
    difference = np.abs(pictures[0] - pictures[1])
    assert difference.mean() < 1.0
    assert np.percentile(difference, 99) < 24


@pytest.mark.gl
@needs_opengl
def test_opengl_that_fails_at_its_first_painting_gives_way_to_qpainter(
    qtbot, make_viewport, monkeypatch
):
    from viewer.viewport.canvas import gl_canvas

    def fail():
        raise RuntimeError("shaders do not link")

    monkeypatch.setattr(gl_canvas, "_program", fail)
    monkeypatch.setenv(create.CANVAS_VARIABLE, "opengl")
    viewport = make_viewport()
    qtbot.waitUntil(lambda: viewport.backend_name.startswith("QPainter"))
    assert "OpenGL failed" in viewport.backend_name
    open_scene(qtbot, viewport)


def test_opengl_that_is_asked_for_and_not_there_gives_way_to_qpainter(
    qtbot, make_viewport, monkeypatch
):
    if QGuiApplication.platformName() != "offscreen":
        pytest.skip("this platform has OpenGL: run offscreen")
    monkeypatch.setenv(create.CANVAS_VARIABLE, "opengl")
    viewport = make_viewport()
    qtbot.waitUntil(lambda: viewport.backend_name.startswith("QPainter"))
    open_scene(qtbot, viewport)


def test_the_viewport_survives_moving_to_another_window(qtbot, viewport):
    open_scene(qtbot, viewport)
    window = QMainWindow()
    window.setCentralWidget(viewport)
    window.show()
    qtbot.waitExposed(window)
    with qtbot.waitSignal(viewport.picture_shown):
        viewport.state.set_camera(look_at((1, -4, 1), (0, 0, 0), (0, 0, 1)))
    viewport.setParent(None)
    viewport.show()
    qtbot.waitExposed(viewport)
    with qtbot.waitSignal(viewport.picture_shown):
        viewport.state.set_camera(look_at((2, -4, 1), (0, 0, 0), (0, 0, 1)))
    window.close()
    window.deleteLater()


def test_a_view_with_a_pivot_behind_the_camera_still_has_a_depth_to_pan_by():
    view = OrbitPose(look_at((0, 0, 0), (1, 0, 0), (0, 0, 1)), np.array([-3.0, 0, 0]))
    assert view.pivot_depth == 3.0


def test_deleting_the_viewport_leaves_nothing_behind(qtbot, make_viewport):
    viewport = make_viewport()
    open_scene(qtbot, viewport)
    session, state = viewport.session, viewport.state
    viewport.close()
    viewport.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    state.set_camera(look_at((1, -4, 1), (0, 0, 0), (0, 0, 1)))
    qtbot.wait(50)
    session.stop()
