"""The ray panel: what it plots of hovered and pinned pixels, and what it costs."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from dvox_core.geometry.cameras import look_at
from dvox_core.inspection.grids import Grids
from dvox_core.inspection.rays import COLUMNS
from dvox_core.rendering.frame import Extra
from viewer.panels.export_row import ExportTable, write_table
from viewer.panels.ray.panel import PinTable, statistics_texts
from viewer.state.selection import Pixel, Voxel

NEW = (4.0, 1.0, 1.0)


@pytest.fixture
def panel(open_window, qtbot):
    dock = open_window.docks.panels["ray"].parentWidget()
    dock.raise_()
    qtbot.waitUntil(lambda: open_window.docks.panels["ray"].live)
    qtbot.waitUntil(lambda: open_window.state.frame.visibility is not None)
    return open_window.docks.panels["ray"]


def test_an_empty_panel_says_how_to_fill_it_and_its_button_does(open_window, panel, qtbot):
    assert panel.empty.isVisible()
    assert not panel.plot.isVisible()
    qtbot.mouseClick(panel.empty.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(panel.plot.isVisible)
    assert open_window.selection.pins[0].pixel == Pixel(64, 64)
    assert not panel.empty.isVisible()


def test_uniform_weights_have_the_mean_depth_and_five_bits(open_window, panel, qtbot):
    open_window.selection.pin(Pixel(64, 64))
    qtbot.waitUntil(lambda: bool(panel.rays))
    # 32 planes from 2 to 5.875, all alike: the mean is in their middle, the entropy log2(32).
    expected, entropy, most_likely, outside = (value.text() for value in panel.statistics.values)
    assert expected == "3.938"
    assert entropy == "5.00 bit"
    assert most_likely == "2.000"
    inside = panel.rays[0].table.inside.mean()
    assert outside == f"{100 * (1 - inside):.1f} %"
    assert 0 < inside < 1


def test_the_hovered_ray_comes_first_and_pins_follow_newest_first(open_window, panel, qtbot):
    selection = open_window.selection
    selection.pin(Pixel(30, 30))
    selection.pin(Pixel(40, 40))
    selection.hover(Pixel(64, 20))
    qtbot.waitUntil(lambda: len(panel.rays) == 3)
    assert [ray.slot for ray in panel.rays] == [None, 1, 0]
    assert panel.weights._title.text() == "Depth weights at (64, 20)"
    assert [row[0].isVisible() for row in panel.pins.rows] == [True, True, False, False, False]
    qtbot.waitUntil(panel.plot.ready)
    assert [label.text for _, label in panel.plot._legend.items] == ["(40, 40)", "(30, 30)"]


def test_pinned_rays_follow_the_camera(open_window, panel, qtbot):
    open_window.selection.pin(Pixel(64, 64))
    qtbot.waitUntil(lambda: bool(panel.rays))
    camera = look_at(NEW, (0.1, -0.2, 0.3), (0, 0, 1))
    open_window.state.set_camera(camera)
    qtbot.waitUntil(lambda: np.allclose(panel.rays[0].table.world[0], _first(camera), atol=0.05))


def _first(camera):
    return camera.position + 2.0 * camera.forward  # the near plane, along the optical axis


def test_of_weights_that_are_not_finite_nothing_is_told(open_window, panel, qtbot):
    open_window.selection.pin(Pixel(64, 64))
    qtbot.waitUntil(lambda: bool(panel.rays) and panel.plot.ready())
    table = panel.rays[0].table
    sure, unknown = np.zeros_like(table.weights), table.weights.copy()
    sure[5], unknown[::3] = 1.0, np.nan
    for weights, entropy in ((sure, "0.00 bit"), (unknown, "–")):
        ray = replace(panel.rays[0], table=replace(table, weights=weights))
        assert statistics_texts(ray)[1] == entropy
        panel.plot.show_rays([ray], None, panel.theme)
        assert {line.isVisible() for line in panel.plot._depths} == {entropy != "–"}
    assert statistics_texts(ray) == ("–", "–", "–", "–")


def test_a_click_on_a_sample_selects_its_voxel(open_window, panel, qtbot):
    open_window.selection.pin(Pixel(64, 64))
    qtbot.waitUntil(lambda: bool(panel.rays) and panel.plot.isVisible())
    table = panel.rays[0].table
    plane = int(np.flatnonzero(table.inside)[3])
    place = panel.plot.place_of(plane).toPoint()
    qtbot.mouseClick(panel.plot, Qt.MouseButton.LeftButton, pos=place)
    assert open_window.selection.voxel == Voxel(*table.voxels[plane])
    share = (table.voxels == table.voxels[plane]).all(axis=1).sum() / 32
    assert panel.rays[0].weight_in(open_window.selection.voxel) == pytest.approx(share)
    # In space too: the sample is where the view says that it is.
    open_window.selection.select_voxel(None)
    x, y = panel.space.projection().points(table.world)[0][plane]
    qtbot.mouseClick(panel.space, Qt.MouseButton.LeftButton, pos=QPointF(x, y).toPoint())
    assert open_window.selection.voxel is not None


def test_the_arrow_keys_step_through_the_samples(open_window, panel, qtbot):
    open_window.selection.pin(Pixel(64, 64))
    qtbot.waitUntil(lambda: bool(panel.rays) and panel.plot.isVisible())
    panel.plot.choose(16)
    QTest.keyClick(panel.plot, Qt.Key.Key_Right)
    assert panel.plot.plane == 17
    assert open_window.selection.voxel == Voxel(*panel.rays[0].table.voxels[17])
    azimuth = panel.space.orbit.azimuth
    QTest.keyClick(panel.space, Qt.Key.Key_Left)
    assert panel.space.orbit.azimuth < azimuth


def test_a_sample_outside_the_grid_selects_nothing_and_says_so(open_window, panel, qtbot):
    open_window.selection.pin(Pixel(64, 64))
    qtbot.waitUntil(lambda: bool(panel.rays))
    open_window.selection.select_voxel(Voxel(1, 1, 1))
    panel.plot.choose(0)
    assert open_window.selection.voxel is None
    assert "outside the grid" in open_window.notifications.messages[-1].text


def test_the_table_takes_a_pin_away(open_window, panel, qtbot):
    open_window.selection.pin(Pixel(30, 30))
    open_window.selection.pin(Pixel(90, 90))
    qtbot.waitUntil(lambda: len(panel.rays) == 2)
    qtbot.mouseClick(panel.pins.rows[0][2], Qt.MouseButton.LeftButton)
    assert [pin.pixel for pin in open_window.selection.pins] == [Pixel(90, 90)]
    assert isinstance(panel.pins, PinTable)


def test_a_hidden_panel_asks_for_nothing_and_computes_nothing(open_window, panel, qtbot):
    assert Extra.VISIBILITY in open_window.state.extras
    open_window.selection.pin(Pixel(64, 64))
    open_window.docks.panels["scene"].parentWidget().raise_()
    qtbot.waitUntil(lambda: not panel.live)
    assert Extra.VISIBILITY not in open_window.state.extras
    assert not open_window.selection.watched
    count = panel.refresh_count
    for step in range(3):
        with qtbot.waitSignal(open_window.state.frame_changed):
            open_window.views.step(step + 1)
    qtbot.wait(60)
    assert panel.refresh_count == count
    assert open_window.state.frame.visibility is None


def test_frames_that_come_fast_are_shown_together(open_window, panel, qtbot):
    open_window.selection.pin(Pixel(64, 64))
    qtbot.waitUntil(lambda: bool(panel.rays))
    qtbot.wait(40)
    count = panel.refresh_count
    for _ in range(10):
        open_window.state.set_frame(open_window.state.frame)
    assert panel.refresh_count == count
    qtbot.waitUntil(lambda: panel.refresh_count == count + 1)


def test_a_model_without_depth_weights_says_so(make_window, qtbot, tmp_path):
    window = make_window()
    with qtbot.waitSignal(window.viewport.picture_shown):
        window.files.open(tmp_path / "collapse.dvox")
    panel = window.docks.panels["ray"]
    panel.parentWidget().raise_()
    qtbot.waitUntil(panel.none.isVisible)
    assert not panel.empty.isVisible()
    assert not panel.through.isVisible()


def test_the_data_is_copied_as_csv(open_window, panel, qtbot):
    open_window.selection.pin(Pixel(64, 64))
    qtbot.waitUntil(lambda: bool(panel.rays))
    qtbot.mouseClick(panel.export_row.copy_data, Qt.MouseButton.LeftButton)
    rows = list(csv.DictReader(io.StringIO(QGuiApplication.clipboard().text())))
    assert len(rows) == 32
    assert set(COLUMNS) < set(rows[0])
    assert sum(float(row["weight"]) for row in rows) == pytest.approx(1)
    assert float(rows[1]["depth"]) == pytest.approx(2.125)
    qtbot.mouseClick(panel.export_row.copy_picture, Qt.MouseButton.LeftButton)
    assert not QGuiApplication.clipboard().pixmap().isNull()


def test_the_data_is_saved_where_the_user_says(open_window, panel, qtbot, tmp_path):
    open_window.selection.pin(Pixel(64, 64))
    qtbot.waitUntil(lambda: bool(panel.rays))
    path = tmp_path / "ray.csv"
    panel.export_row.save(path, panel.export_row.data())
    qtbot.waitUntil(path.exists)
    assert path.read_text() == panel.export_row.data().csv
    panel.export_row.stop()


def test_arrays_are_saved_as_npz_and_read_back(tmp_path):
    table = ExportTable("a\n1\n", {"visibility": np.arange(6.0).reshape(2, 3)})
    write_table(tmp_path / "data.npz", table)
    with np.load(tmp_path / "data.npz") as stored:
        np.testing.assert_array_equal(stored["visibility"], table.arrays["visibility"])
    write_table(tmp_path / "data.csv", table)
    assert (tmp_path / "data.csv").read_text() == table.csv


def test_the_selected_voxel_shows_its_slices_and_features(open_window, panel, qtbot, monkeypatch):
    side = open_window.state.scene.config.grid_size
    features = np.random.default_rng(0).normal(size=(8, side, side, side)).astype(np.float32)
    monkeypatch.setattr(
        "dvox_core.inspection.workbench.load_grids", lambda scene: Grids(None, features)
    )
    open_window.selection.pin(Pixel(64, 64))
    qtbot.waitUntil(lambda: bool(panel.rays))
    assert not panel.voxel.isVisible()
    table = panel.rays[0].table
    plane = int(np.flatnonzero(table.inside)[3])
    panel.plot.choose(plane)
    x, y, z = (int(value) for value in table.voxels[plane])
    qtbot.waitUntil(lambda: panel.voxel.found is not None and panel.voxel.isVisible())
    assert panel.voxel._title.text() == f"Voxel {x}, {y}, {z}"
    weight = panel.rays[0].weight_in(Voxel(x, y, z))
    assert panel.voxel._remark.text() == f"weight {weight:.3f} of this ray"
    np.testing.assert_array_equal(panel.voxel.bars.rendered, features[:, z, y, x])
    # A click into the slice across z selects another voxel of it.
    view = panel.voxel.slices[0]
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=view.point_of_voxel((2, 5, z)).toPoint())
    assert open_window.selection.voxel == Voxel(2, 5, z)
    open_window.docks.show_panel("scene")
    qtbot.waitUntil(lambda: not panel.live)
    assert not panel.voxel.inspector.running
