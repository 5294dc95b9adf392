"""A table's folder: where things lie, how far cells are, and what is refused."""

import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from dvox_core.evaluation.tables.folder import TableFolder
from dvox_core.evaluation.tables.table import Cell, CellKey, Table, TableError, TablePlan
from dvox_core.training.run.status import Status

KEY = CellKey("vase", "pix2pix", 1)
PLAN = TablePlan(
    ("vase",), ("captures/vase",), ("nearest", "pix2pix"), "tiny", 128, "cpu", 40, None, 2, "test"
)


@pytest.fixture
def folder(tmp_path: Path) -> TableFolder:
    folder = TableFolder(tmp_path / "table")
    with folder.lock():
        cells = tuple(Cell(*asdict(key).values()) for key in PLAN.keys)
        folder.table_path.write_text(json.dumps(Table(PLAN, cells).to_json()))
    return folder


def test_a_table_is_read_as_it_was_written_and_says_where_its_parts_lie(folder) -> None:
    table = folder.read()
    assert table.plan == PLAN
    assert [str(cell.key) for cell in table.cells] == [
        "vase/nearest/0",
        "vase/pix2pix/0",
        "vase/pix2pix/1",
    ]
    assert folder.scene_path(KEY) == folder.path / "runs/vase/pix2pix-seed1/scene.dvox"
    assert folder.picture_path(KEY, "000003") == (
        folder.path / "pictures/vase/pix2pix-seed1/000003.png"
    )
    assert folder.scores(KEY) is None


def test_progress_follows_the_runs(folder) -> None:
    table = folder.read()
    run = folder.run(KEY)
    run.write_config({})
    run.write_status(Status("stopped", step=10, steps=40, psnr=17.5))
    progress = folder.progress(table)
    assert progress[KEY].state == "waiting"
    assert progress[KEY].share == 0.25
    assert progress[KEY].psnr == 17.5
    with run.lock():
        run.write_status(Status("training", step=30, steps=40))
        assert folder.progress(table)[KEY].state == "training"
    run.write_status(Status("finished", step=40, steps=40))
    assert folder.progress(table)[KEY].state == "waiting"
    with folder.lock():
        assert folder.progress(table)[KEY].state == "scoring"
    cells = tuple(
        replace(cell, state="done", psnr=20.0, steps=40) if cell.key == KEY else cell
        for cell in table.cells
    )
    done = folder.progress(replace(table, cells=cells))[KEY]
    assert (done.state, done.share, done.psnr) == ("done", 1.0, 20.0)


def test_scores_are_read_view_by_view(folder) -> None:
    path = folder.score_path(KEY)
    path.parent.mkdir(parents=True)
    views = [{"name": f"{i}", "psnr": psnr, "ssim": 0.5} for i, psnr in enumerate((9, 7, None, 8))]
    cell = Cell("vase", "pix2pix", 1, "done", 8.0, 0.5)
    path.write_text(json.dumps({"cell": asdict(cell), "views": views, "split": "test"}))
    scores = folder.scores(KEY)
    assert scores.cell == cell
    assert scores.views[2].psnr is None
    assert scores.median_view == "3"
    path.write_text('{"views": []}')
    with pytest.raises(TableError, match=r"pix2pix-seed1.json: is broken .*delete it"):
        folder.scores(KEY)


def test_one_process_at_a_time_makes_a_table_and_can_be_asked_to_stop(folder) -> None:
    assert not folder.is_running()
    with folder.lock():
        assert folder.is_running()
        with pytest.raises(TableError, match="another process is making this table"):
            TableFolder(folder.path).lock().__enter__()
        assert not folder.is_asked_to_stop
        folder.ask_to_stop()
        assert folder.is_asked_to_stop
    with folder.lock():
        assert not folder.is_asked_to_stop


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"format": 2}, "newer version"),
        ({"cells": 3}, "is no table"),
        ({"plan": {**PLAN.to_json(), "captures": ["../vase"]}}, "is no capture's name"),
        ({"plan": {**PLAN.to_json(), "systems": ["nerf"]}}, "is no system"),
    ],
)
def test_a_broken_table_is_refused_in_one_line(folder, change, problem) -> None:
    content = json.loads(folder.table_path.read_text())
    folder.table_path.write_text(json.dumps({**content, **change}))
    with pytest.raises(TableError, match=problem) as error:
        folder.read()
    assert "\n" not in str(error.value)


def test_no_table_is_said_with_the_folder(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"holds no table \(no table.json\)"):
        TableFolder(tmp_path).read()


def test_a_window_can_read_tables_without_torch() -> None:
    code = (
        "import sys, dvox_core.evaluation.tables.folder, dvox_core.evaluation.tables.formats; "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
