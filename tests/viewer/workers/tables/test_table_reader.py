"""What the window knows of a table's folder, and what a started process says."""

from dataclasses import replace
from pathlib import Path

from dvox_core.evaluation.tables.table import CellKey, Table, TablePlan
from tests.helpers.tables import half_made_table, write_table
from viewer.workers.tables.table_process import (
    TableRequest,
    failure_line,
    going_on,
)
from viewer.workers.tables.table_reader import TableReader


def test_a_half_made_table_is_read_with_pictures_progress_and_reasons(qapp, tmp_path: Path) -> None:
    folder = half_made_table(tmp_path / "table")
    reader = TableReader()
    seen = reader.read(folder.path)
    assert seen.titles == ("cube", "vase", "Mean")
    best = seen.cells["cube", "deepvoxels"]
    assert best.progress.state == "done"
    assert best.view == "000001"  # DeepVoxels' median
    assert best.scene == folder.scene_path(CellKey("cube", "deepvoxels"))
    assert best.picture is not None
    assert seen.truths["cube"].width() == 118
    assert seen.cells["cube", "nearest"].scene is None
    failed = seen.cells["cube", "tatarchenko"]
    assert (failed.progress.state, failed.problem) == ("failed", "no space is left")
    waiting = seen.cells["vase", "deepvoxels"]
    assert (waiting.progress.state, waiting.picture, waiting.view) == ("waiting", None, "")
    assert (seen.done, seen.share, seen.is_running) == (3, 0.5, False)
    assert [figure.is_best for figure in seen.rows[3].pairs[0]] == [True, True]

    again = reader.read(folder.path)  # a picture that stays is not read again
    assert again.cells["cube", "deepvoxels"].picture is best.picture
    with folder.lock():
        assert reader.read(folder.path).is_running


def test_what_is_asked_for_becomes_the_command_that_a_person_would_type(tmp_path: Path) -> None:
    request = TableRequest(
        (Path("/a/cube"), Path("/a/vase")), Path("/t"), ("nearest", "pix2pix"), "tiny",
        ("minutes", 2.0),
    )  # fmt: skip
    assert request.arguments() == [
        "table",
        "/a/cube",
        "/a/vase",
        "--out",
        "/t",
        "--preset",
        "tiny",
        "--minutes",
        "2",
        "--systems",
        "nearest",
        "pix2pix",
    ]
    plan = TablePlan(
        ("cube",), ("/a/cube",), ("pix2pix",), "tiny", 64, "paper", 40, None, 2, "validation"
    )
    assert going_on(Path("/t"), plan) == [
        "table",
        "/a/cube",
        "--out",
        "/t",
        "--preset",
        "tiny",
        "--steps",
        "40",
        "--size",
        "64",
        "--loss",
        "paper",
        "--seeds",
        "2",
        "--split",
        "validation",
        "--systems",
        "pix2pix",
    ]
    assert "--size" not in going_on(Path("/t"), replace(plan, size=None))


def test_a_process_that_ends_badly_is_told_in_its_own_line(tmp_path: Path) -> None:
    output = tmp_path / "output.txt"
    output.write_text("note: this\nerror: /a/cube: is no capture\n")
    assert failure_line(output, 2) == "/a/cube: is no capture"
    output.write_text("a table\n")
    assert failure_line(output, 2) == ""  # cells that failed say it themselves
    assert "ended with -9" in failure_line(tmp_path / "none", -9)


def test_a_table_with_several_trainings_a_cell_shows_their_mean_progress(
    qapp, tmp_path: Path
) -> None:
    folder = half_made_table(tmp_path / "table")
    table = folder.read()
    plan = replace(table.plan, seeds=2, captures=("cube",), capture_paths=("cube",))
    done = {cell.key: cell for cell in table.cells}
    cells = [done.get(key, replace(table.cells[-1], capture="cube", seed=1)) for key in plan.keys]
    cells = [
        replace(cell, system=key.system, seed=key.seed)
        for cell, key in zip(cells, plan.keys, strict=True)
    ]
    write_table(folder, Table(plan, tuple(cells)))
    cell = TableReader().read(folder.path).cells["cube", "deepvoxels"]
    assert (cell.progress.state, cell.progress.share) == ("waiting", 0.5)
