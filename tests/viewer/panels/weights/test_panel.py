"""The weights panel: its maps, its cursor that is the picture's, and what it costs."""

import csv
import io

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent, QFocusEvent, QGuiApplication
from PySide6.QtTest import QTest

from dvox_core.inspection.maps import entropy_bits
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.interventions import (
    ArgMax,
    AsTrained,
    FrontMost,
    Temperature,
    Uniform,
)
from tests.helpers.fakes import fake_frame, fake_scene
from tests.helpers.scenes import orbit_cameras
from tests.helpers.signals import EventCounter
from viewer.panels.weights.maps import (
    WeightsMode,
    entry_depth,
    map_entry,
    picture_pixel,
    weight_map,
)
from viewer.state.selection import Pixel
from viewer.state.viewer_state import DisplayMode
from viewer.theme import ThemeChoice
from viewer.widgets.map_view import MapView
from viewer.widgets.scale_bar import title_of

SCENE = fake_scene()
FRUSTUM = SCENE.frustum


def frame_with(visibility) -> Frame:
    frame = fake_frame(SCENE, SCENE.start_camera, Extra.ENTROPY | Extra.OUTSIDE)
    object.__setattr__(frame, "visibility", visibility)
    return frame


@pytest.fixture(scope="module")
def weights():
    """[32, 64, 64]: random, each ray summing to 1."""
    values = np.random.default_rng(0).random((32, 64, 64)).astype(np.float32) ** 4
    return values / values.sum(axis=0)


def test_plots_have_the_colours_of_the_theme_before_there_is_a_map(
    window, scene_file, renderers, qtbot
):
    window.themes.set_choice(ThemeChoice.LIGHT)
    with qtbot.waitSignal(window.viewport.picture_shown):
        window.files.open(scene_file)
    renderers.newest.gate.clear()  # so that no weights come
    window.docks.show_panel("weights")
    panel = window.docks.panels["weights"]
    qtbot.waitUntil(lambda: panel.live and panel.map.view is not None)
    assert panel.shown is None
    assert panel.map.theme is panel.scale.theme is window.themes.theme
    renderers.newest.gate.set()


@pytest.fixture
def panel(open_window, qtbot):
    open_window.docks.show_panel("weights")
    panel = open_window.docks.panels["weights"]
    qtbot.waitUntil(lambda: panel.live and panel.shown is not None)
    return panel


def values(frame, mode, plane=0, line=0):
    return weight_map(frame, FRUSTUM, mode, plane, line).values


def test_maps_are_what_they_are_called(weights):
    frame = frame_with(weights)
    assert (values(frame, WeightsMode.PLANE, plane=7) == weights[7]).all()
    assert (values(frame, WeightsMode.HIGHEST) == weights.max(axis=0)).all()
    likely = 2.0 + 0.125 * weights.argmax(axis=0)
    np.testing.assert_allclose(values(frame, WeightsMode.MOST_LIKELY), likely, atol=1e-5)
    assert (values(frame, WeightsMode.ENTROPY) == frame.entropy).all()
    assert (values(frame, WeightsMode.OUTSIDE) == frame.outside_share).all()
    expected = values(frame, WeightsMode.EXPECTED)
    known = np.isfinite(expected)
    assert (expected[known] == frame.depth[known]).all()
    assert (known == np.isfinite(frame.contribution_depth)).mean() > 0.99
    assert entropy_bits(weights).shape == (64, 64)


def test_cuts_and_projections_show_depth_from_the_near_plane_outwards(weights):
    frame = frame_with(weights)
    # Near is at the bottom of what is seen from above, and at the left of what is seen aside.
    for column, plane in ((3, 0), (40, 31), (63, 12)):
        row_cut = values(frame, WeightsMode.ROW_CUT, line=20)
        assert row_cut[31 - plane, column] == weights[plane, 20, column]
        column_cut = values(frame, WeightsMode.COLUMN_CUT, line=column)
        assert column_cut[20, plane] == weights[plane, 20, column]
        above = values(frame, WeightsMode.ABOVE)
        assert above[31 - plane, column] == pytest.approx(weights[plane, :, column].mean())
        side = values(frame, WeightsMode.SIDE)
        assert side[20, plane] == pytest.approx(weights[plane, 20].mean())
    assert values(frame, WeightsMode.ABOVE_HIGHEST).max() == weights.max()
    assert values(frame, WeightsMode.SIDE_HIGHEST).shape == (64, 32)


@pytest.mark.parametrize("mode", WeightsMode)
def test_an_entry_and_its_pixel_are_the_same_place(mode):
    entry = (12.0, 25.0)
    u, v = picture_pixel(mode, *entry, 33, 128)
    column, row = map_entry(mode, u, v, 128)
    assert column in (None, entry[0])
    assert row in (None, entry[1])
    assert (column is None) + (row is None) <= 1


def test_entries_of_cuts_have_a_metric_depth():
    assert entry_depth(WeightsMode.COLUMN_CUT, 0, 5, FRUSTUM) == pytest.approx(2.0)
    assert entry_depth(WeightsMode.ROW_CUT, 0, 31, FRUSTUM) == pytest.approx(2.0)
    assert entry_depth(WeightsMode.ROW_CUT, 0, 0, FRUSTUM) == pytest.approx(5.875)
    assert entry_depth(WeightsMode.PLANE, 0, 0, FRUSTUM) is None


def test_a_frame_without_what_a_map_needs_gives_none():
    frame = fake_frame(SCENE, SCENE.start_camera)
    for mode in WeightsMode:
        if mode is not WeightsMode.EXPECTED:  # that is on every frame
            assert weight_map(frame, FRUSTUM, mode, 0, 0) is None


def test_scales_hold_all_weights_and_name_a_unit_once(weights):
    frame = frame_with(weights)
    modes = (WeightsMode.HIGHEST, WeightsMode.PLANE)
    highest, plane = (weight_map(frame, FRUSTUM, mode, 0, 0).legend for mode in modes)
    assert (highest.low, highest.high >= weights.max()) == (0.0, True)
    assert title_of(plane) == "Weight of the plane"
    assert title_of(highest) == "Maximum along the rays (weight)"


# The panel


def test_a_new_frame_lays_nothing_out_anew(open_window, panel, qtbot):
    qtbot.waitUntil(panel.map.ready)
    qtbot.wait(50)  # what showing it brought about
    watcher = EventCounter(QEvent.Type.Resize)
    panel.map.installEventFilter(watcher)
    count = panel.refresh_count
    for camera in orbit_cameras(4)[1:]:
        open_window.state.set_camera(camera)
        qtbot.waitUntil(lambda: not open_window.session.is_waiting)
    qtbot.waitUntil(lambda: panel.refresh_count > count)
    qtbot.wait(50)
    assert watcher.count == 0


def test_the_cursor_over_the_picture_is_the_cursor_of_the_map(open_window, panel, qtbot):
    shown = open_window.viewport.canvas.place
    place = QPoint(int(shown.x + 0.25 * shown.width), int(shown.y + 0.75 * shown.height))

    def moved():  # again and again: the screen's own mouse may send leaves in between
        QTest.mouseMove(open_window.viewport, place)
        return panel.map.cursor_at[0] is not None and open_window.selection.hovered is not None

    qtbot.waitUntil(moved)
    column, row = panel.map.cursor_at
    pixel = open_window.selection.hovered
    assert (column, row) == pytest.approx((pixel.u / 2, pixel.v / 2))  # 128 pixels, 64 rays
    assert "0.0312 weight" in panel.readout.text()  # uniform: 1 of 32


def test_the_cursor_over_the_map_is_the_cursor_over_the_picture(open_window, panel, qtbot):
    QTest.mouseMove(open_window.viewport, QPoint(1, 1))

    def place():  # asked anew: the layout may settle in between
        return panel.map.place_of(16, 48).toPoint()

    def moved():
        QTest.mouseMove(panel.map, place())
        return open_window.selection.hovered is not None

    qtbot.waitUntil(moved)
    assert open_window.selection.hovered == pytest.approx(Pixel(32, 96), abs=2)
    qtbot.mouseClick(panel.map, Qt.MouseButton.LeftButton, pos=place())
    assert len(open_window.selection.pins) == 1
    qtbot.waitUntil(lambda: len(panel.map.marks) == 1)
    qtbot.mouseClick(panel.map, Qt.MouseButton.LeftButton, pos=place())
    assert open_window.selection.pins == ()


def test_the_map_is_reached_by_keys(open_window, panel, qtbot):
    panel.map.setFocus()
    QTest.keyClick(panel.map, Qt.Key.Key_Right)  # from the middle
    assert open_window.selection.hovered == Pixel(66, 64)
    qtbot.waitUntil(lambda: panel.map.cursor_at == (33, 32))
    QTest.keyClick(panel.map, Qt.Key.Key_Down)
    assert open_window.selection.hovered == Pixel(66, 66)
    qtbot.waitUntil(lambda: panel.map.cursor_at == (33, 33))
    QTest.keyClick(panel.map, Qt.Key.Key_Space)
    assert [pin.pixel for pin in open_window.selection.pins] == [Pixel(66, 66)]


def test_a_cut_follows_the_mouse_over_the_picture(open_window, panel, qtbot):
    panel.show_mode(WeightsMode.ROW_CUT)
    open_window.selection.hover(Pixel(64, 30))
    qtbot.waitUntil(lambda: panel.line.value == 15)
    panel.show_mode(WeightsMode.COLUMN_CUT)
    qtbot.waitUntil(lambda: panel.line.value == 32)
    assert panel._line_row.isVisible()
    assert not panel._plane_row.isVisible()


def test_frames_carry_only_what_the_shown_map_needs(open_window, panel, qtbot):
    assert Extra.VISIBILITY in open_window.state.extras
    panel.show_mode(WeightsMode.OUTSIDE)
    assert Extra.VISIBILITY not in open_window.state.extras
    assert Extra.OUTSIDE in open_window.state.extras
    qtbot.waitUntil(lambda: panel.shown.legend.title == "Weight outside the grid")
    open_window.docks.show_panel("scene")
    qtbot.waitUntil(lambda: not panel.live)
    assert open_window.state.extras == Extra.ENTROPY  # the viewport's own


def test_a_hidden_panel_computes_nothing_and_plays_nothing(open_window, panel, qtbot):
    qtbot.mouseClick(panel.play, Qt.MouseButton.LeftButton)
    plane = panel.plane.value
    qtbot.waitUntil(lambda: panel.plane.value != plane)
    open_window.docks.show_panel("scene")
    qtbot.waitUntil(lambda: not panel.live)
    assert not panel.play.isChecked()
    count, plane = panel.refresh_count, panel.plane.value
    for _ in range(3):
        with qtbot.waitSignal(open_window.state.frame_changed):
            open_window.views.step(1)
    qtbot.wait(120)
    assert (panel.refresh_count, panel.plane.value) == (count, plane)


def test_the_range_and_the_colours_can_be_chosen(open_window, panel, qtbot):
    editor = panel.editor
    assert panel.scale.legend.colormap == "magma"
    editor.fits.click()
    editor.high.setValue(0.04)
    editor.colors.choose("viridis")
    qtbot.waitUntil(lambda: panel.scale.legend.high == 0.04)
    editor.inverted.click()
    editor.logarithmic.click()
    qtbot.waitUntil(lambda: panel.scale.legend.is_logarithmic)
    assert panel.scale.legend.colormap == "viridis_r"
    editor.fits.click()
    qtbot.waitUntil(lambda: editor.high.value() == 0.05)  # 1/32 fits under it


def test_viewport_and_panel_colour_a_quantity_alike(open_window, panel, qtbot):
    viewport, state = open_window.viewport, open_window.state
    with qtbot.waitSignal(viewport.view_painted):
        state.set_display_mode(DisplayMode.DEPTH)
    panel.show_mode(WeightsMode.EXPECTED)
    qtbot.waitUntil(lambda: panel.scale.legend.title == "Expected depth")

    def shown():
        return viewport.reprojector.legend

    def alike():
        one, other = panel.scale.legend, shown()
        return (one.low, one.high, one.colormap) == (other.low, other.high, other.colormap)

    qtbot.waitUntil(alike)
    viewport.maps.show_scale()
    editor = viewport.maps.scale_popup.editor
    editor.colors.choose("cividis")
    editor.fits.click()
    editor.low.setValue(2.5)
    qtbot.waitUntil(lambda: panel.scale.legend.low == 2.5)
    qtbot.waitUntil(alike)
    assert shown().colormap == "cividis"
    viewport.maps.scale_popup.hide()
    panel.show_mode(WeightsMode.HIGHEST)  # another quantity keeps its own
    qtbot.waitUntil(lambda: panel.scale.legend.colormap == "magma")


def test_the_data_is_the_map_and_all_weights(open_window, panel, qtbot):
    qtbot.mouseClick(panel.export_row.copy_data, Qt.MouseButton.LeftButton)
    rows = list(csv.DictReader(io.StringIO(QGuiApplication.clipboard().text())))
    assert len(rows) == 64 * 64
    assert float(rows[5]["value"]) == pytest.approx(1 / 32)
    arrays = panel.export_row.data().arrays
    assert arrays["visibility"].shape == (32, 64, 64)
    assert len(arrays["plane_depths"]) == 32


def test_a_map_is_square_and_knows_its_entries(qtbot, qapp):
    view = MapView("map", has_axes=True)
    qtbot.addWidget(view)
    view.resize(320, view.heightForWidth(320))
    view.show()
    qtbot.waitUntil(view.ready)
    view.show_pixels(np.zeros((64, 64, 4), np.uint8))
    assert view.area.width() == pytest.approx(view.area.height(), abs=1)
    assert view.entry_at(view.place_of(10, 20)) == pytest.approx((10, 20))
    assert np.isnan(view.value_at(0, 0))


def test_a_mouse_that_rests_leaves_the_cursor_to_the_keys(qtbot, qapp):
    view = MapView("map")
    qtbot.addWidget(view)
    view.show_pixels(np.zeros((64, 64, 4), np.uint8))
    view.show()
    qtbot.waitUntil(view.ready)
    told = []
    view.hovered.connect(told.append)
    QTest.keyClick(view, Qt.Key.Key_Right)
    under, place = view.view.viewport(), QPointF(20, 20)
    qapp.sendEvent(under, QEnterEvent(place, place, place))  # the map has come under the mouse
    qapp.sendEvent(under, QEvent(QEvent.Type.Leave))  # and has gone again
    assert told == [(33, 32)]
    qapp.sendEvent(view, QFocusEvent(QEvent.Type.FocusOut))
    assert told == [(33, 32), None]


# The occlusion override


def test_the_override_goes_to_the_renderer_and_both_panels_show_it(open_window, panel, qtbot):
    other = open_window.docks.panels["ray"].occlusion
    section = panel.occlusion
    section.kind.choose(ArgMax)
    assert open_window.edits.interventions.occlusion == ArgMax()
    assert other.kind.value is ArgMax
    qtbot.waitUntil(lambda: open_window.state.frame.interventions.occlusion == ArgMax())
    assert not section._temperature_row.isVisible()
    section.kind.choose(Temperature)
    assert section._temperature_row.isVisible()
    section.temperature.choose(-0.5)
    chosen = open_window.edits.interventions.occlusion
    assert chosen.value == pytest.approx(10**-0.5, abs=0.002)
    assert other.temperature.value == pytest.approx(section.temperature.value, abs=0.01)
    section.kind.choose(FrontMost)
    other.threshold.choose(0.2)
    assert open_window.edits.interventions.occlusion == FrontMost(0.2)
    assert section.threshold.value == pytest.approx(0.2, abs=0.001)


def test_undo_shows_the_former_override(open_window, panel):
    panel.occlusion.kind.choose(Uniform)
    assert panel.occlusion._remark.text() == "not as trained"
    open_window.edits.undo_stack.undo()
    assert panel.occlusion.kind.value is AsTrained
    assert panel.occlusion._remark.text() == ""


def test_a_renderer_that_cannot_is_named(open_window, panel, qtbot):
    panel.occlusion.kind.choose(Uniform)
    qtbot.waitUntil(lambda: open_window.state.frame.interventions.occlusion == Uniform())
    assert not panel.occlusion.note.isVisible()
    plain = fake_frame(open_window.state.scene, open_window.state.camera)
    open_window.state.set_frame(plain)  # one may be late
    open_window.state.set_frame(plain)
    assert panel.occlusion.note.isVisible()


def test_a_profile_plots_what_the_map_shows_and_points_at_the_picture(open_window, panel, qtbot):
    panel.show_mode(WeightsMode.HIGHEST)
    assert not panel.profile.plot.isVisible()
    panel.profile.direction.choose("row")
    qtbot.waitUntil(lambda: panel.profile.plot.isVisible() and panel.profile.plot.ready())
    plot = panel.profile.plot
    np.testing.assert_array_equal(plot.values[:, 0], panel.shown.values[32])
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    side = open_window.state.scene.config.image_size
    qtbot.waitUntil(lambda: open_window.selection.hovered == Pixel(33 * side / 64, 32 * side / 64))
    plot.clearFocus()
    qtbot.keyClick(panel.map, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: plot.profile.name == "row 31")
    np.testing.assert_array_equal(plot.values[:, 0], panel.shown.values[31])
