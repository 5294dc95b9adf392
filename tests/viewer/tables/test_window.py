"""The window that compares systems, as a person uses it."""

import sys

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from tests.helpers.tables import half_made_table
from viewer.tables.cell_card import CellCard
from viewer.tables.window import TableWindow
from viewer.theme import ThemeManager
from viewer.workers.rendering.scene_opener import read_scene
from viewer.workers.tables import table_process


@pytest.fixture
def table(tmp_path):
    return half_made_table(tmp_path / "table")


def test_cells_show_scores_open_their_scene_and_turn_together(qtbot, make_window, table) -> None:
    window = make_window(open_scene=read_scene)
    window.menus.trigger("compare_systems")
    tables = window.tables.window
    qtbot.waitExposed(tables)
    assert "trains several systems" in tables.empty._label.text()
    window.tables.open(table.path)
    qtbot.waitUntil(lambda: tables.stack.currentWidget() is tables.grid)
    cards = tables.grid.cards
    assert cards["cube", "deepvoxels"].caption() == "23.00 / 0.800"
    assert "no space is left" in cards["cube", "tatarchenko"].toolTip()
    assert not cards["cube", "tatarchenko"].isEnabled()
    assert cards["vase", "pix2pix"].accessibleName() == "Pix2Pix on vase: Waiting"
    assert tables.state_text.text() == "table: 3 of 8 cells, at rest"
    assert not tables.grid.buttons["vase"].isEnabled()
    grid_page_is_not_built_anew(tables, cards["cube", "deepvoxels"])

    # Side by side: three systems, one camera.
    tables.grid.buttons["cube"].click()
    side = tables.tiles
    qtbot.waitUntil(lambda: all(tile.picture for tile in side.tiles))
    assert len(side.tiles) == 3
    before, first = side.camera, side.tiles[0].picture
    drag(qtbot, side.tiles[1], QPoint(30, 30), QPoint(60, 30))
    assert not np.allclose(side.camera.position, before.position)
    qtbot.waitUntil(lambda: all(tile.picture is not None for tile in side.tiles))
    qtbot.waitUntil(lambda: side.tiles[0].picture is not first)
    qtbot.keyClick(tables, Qt.Key.Key_Escape)
    assert tables.stack.currentWidget() is tables.grid
    assert side.tiles == []

    # A click opens the scene, at the view that its picture shows.
    with qtbot.waitSignal(window.viewport.picture_shown):
        cards["cube", "deepvoxels"].click()
    view = next(v for v in window.state.scene.cameras if v.name == "000001")
    qtbot.waitUntil(lambda: window.state.camera == view.camera)


def grid_page_is_not_built_anew(tables: TableWindow, card: CellCard) -> None:
    tables.grid.show_table(tables.seen)
    assert tables.grid.cards["cube", "deepvoxels"] is card


def drag(qtbot, widget, start: QPoint, end: QPoint) -> None:
    button = Qt.MouseButton.LeftButton
    qtbot.mousePress(widget, button, pos=start)
    qtbot.mouseMove(widget, pos=end)
    qtbot.mouseRelease(widget, button, pos=end)


def test_a_table_is_started_watched_and_stopped(qtbot, qapp, tmp_path, monkeypatch) -> None:
    table = half_made_table(tmp_path / "table")  # what the process would make

    def spawn(arguments, out):
        assert arguments[:2] == ["table", str(tmp_path / "cube")]
        code = (
            "import sys, time\n"
            "from pathlib import Path\n"
            "from dvox_core.evaluation.tables.folder import TableFolder\n"
            "folder = TableFolder(Path(sys.argv[1]))\n"
            "with folder.lock():\n"
            "    while not folder.is_asked_to_stop: time.sleep(0.02)\n"
            "sys.exit('error: ' + 'cube: is broken')\n"
        )
        with (out / table_process.OUTPUT).open("wb") as output:
            return table_process.subprocess.Popen(
                [sys.executable, "-c", code, str(out)], stderr=output
            )

    monkeypatch.setattr(table_process, "_spawn", spawn)
    tables = TableWindow(None, ThemeManager(qapp), tmp_path, (tmp_path / "cube",))
    qtbot.addWidget(tables)
    tables.show()
    try:
        tables.new_button.click()
        form = tables.form
        assert form.folder.text() == str(tmp_path / "table-2")  # nothing lies there yet
        form.remove_button.click()
        assert not form.start_button.isEnabled()
        form.add_capture(tmp_path / "cube")
        form.folder.setText(str(table.path))
        assert "4 trainings of 10 minutes each" in form.cost.text()
        form.start_button.click()
        qtbot.waitUntil(lambda: tables.seen is not None and tables.seen.is_running)
        assert tables.run_button.text() == "Stop"
        tables.run_button.click()
        qtbot.waitUntil(lambda: tables.notice.text == "cube: is broken")
        qtbot.waitUntil(lambda: not tables.seen.is_running)
        assert tables.run_button.text() == "Go on"
    finally:
        tables.stop()


def test_a_folder_without_a_table_is_refused_in_one_line(qtbot, qapp, tmp_path) -> None:
    tables = TableWindow(None, ThemeManager(qapp), tmp_path)
    qtbot.addWidget(tables)
    tables.show()
    try:
        tables.open_table(tmp_path)
        qtbot.waitUntil(lambda: "holds no table" in tables.notice.text)
        assert tables.seen is None

        # While another one is open, that stays.
        table = half_made_table(tmp_path / "table")
        tables.open_table(table.path)
        qtbot.waitUntil(lambda: tables.seen is not None)
        tables.open_table(tmp_path)
        qtbot.waitUntil(lambda: "holds no table" in tables.notice.text)
        assert tables.seen.path == table.path
        assert tables.follower.path == table.path
    finally:
        tables.stop()
