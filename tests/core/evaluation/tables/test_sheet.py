"""The contact sheet: which systems, which view, which detail, and where pictures stand."""

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest

from dvox_core.evaluation.tables.folder import TableFolder
from dvox_core.evaluation.tables.planning import plan_table
from dvox_core.evaluation.tables.sheet import (
    FRAME,
    GAP,
    LINE,
    place_of_detail,
    shown_systems,
    write_sheets,
)
from dvox_core.evaluation.tables.table import Cell, CellKey, Table, TableError

SIDE = 118
SYSTEMS = ("nearest", "tatarchenko", "worrall", "pix2pix", "deepvoxels")
PSNRS = dict(zip(SYSTEMS, (21.0, 19.0, 22.0, 23.0, 20.0), strict=True))
COLOURS = dict(
    zip(SYSTEMS, ((1, 2, 3), (9, 9, 90), (9, 90, 9), (90, 9, 9), (7, 7, 7)), strict=True)
)
VIEWS = ("low", "middle", "high")


@pytest.fixture
def folder(tmp_path: Path) -> TableFolder:
    """One capture, every system done but tatarchenko; pictures of one colour each."""
    folder = TableFolder(tmp_path)
    for system in SYSTEMS:
        key = CellKey("vase", system)
        if system == "tatarchenko":
            continue
        views = [
            {"name": name, "psnr": PSNRS[system] + shift, "ssim": 0.5}
            for name, shift in zip(VIEWS, (-1, 0, 1), strict=True)
        ]
        folder.score_path(key).parent.mkdir(parents=True, exist_ok=True)
        content = {"cell": asdict(_cell(system)), "views": views}
        folder.score_path(key).write_text(json.dumps(content))
        folder.pictures(key).mkdir(parents=True)
        for name in VIEWS:
            picture = np.full((SIDE, SIDE, 3), COLOURS[system], np.uint8)
            iio.imwrite(folder.picture_path(key, name), picture)
    folder.truth_path("vase", "x").parent.mkdir(parents=True)
    for name in VIEWS:
        iio.imwrite(folder.truth_path("vase", name), np.full((SIDE, SIDE, 3), 200, np.uint8))
    return folder


def _cell(system: str) -> Cell:
    return Cell("vase", system, 0, "done", PSNRS[system], 0.5)


@pytest.fixture
def table() -> Table:
    plan = plan_table([Path("/vase")], SYSTEMS, steps=10)
    cells = tuple(
        replace(_cell(key.system), state="failed" if key.system == "tatarchenko" else "done")
        for key in plan.keys
    )
    return Table(plan, cells)


def test_deepvoxels_stands_first_then_the_three_best_others(table) -> None:
    assert shown_systems(table) == ("deepvoxels", "pix2pix", "worrall", "nearest")


def test_the_detail_is_where_two_pictures_differ_most() -> None:
    one = np.zeros((40, 40, 3), np.uint8)
    other = one.copy()
    other[3:6, 30:33] = 50  # little
    other[21:31, 12:22] = 200  # much, as large as the detail
    assert place_of_detail(one, other) == (21, 12)


def test_pictures_stand_in_their_places_with_a_framed_detail(folder, table) -> None:
    write_sheets(folder, table)
    sheet = iio.imread(folder.sheet_path)
    assert (sheet == iio.imread(folder.sheet_of("vase"))).all()
    step, top = 2 * SIDE + GAP, 2 * (LINE + GAP)  # below the titles and the capture's name
    below = top + 2 * SIDE + GAP // 2
    for index, colour in enumerate([(200,) * 3, COLOURS["deepvoxels"], COLOURS["pix2pix"]]):
        left = GAP + index * step
        assert tuple(sheet[top + SIDE, left + SIDE]) == colour
        assert tuple(sheet[below + 58, left + 58]) == colour  # the detail
        assert tuple(sheet[below, left]) == FRAME
        beside = sheet[below : below + 2 * LINE, left + 4 * 29 + 1 : left + 2 * SIDE]
        assert (beside != 255).any() == (index > 0)  # scores; the truth has none
    assert sheet.shape[1] == 5 * step + GAP


def test_captures_stand_below_each_other_under_one_line_of_titles(folder, table) -> None:
    write_sheets(folder, table)
    one = iio.imread(folder.sheet_path)
    for kind in ("scores", "pictures"):
        shutil.copytree(folder.path / kind / "vase", folder.path / kind / "vase-2")
    plan = replace(table.plan, captures=("vase", "vase-2"), capture_paths=("/vase", "/other"))
    cells = (*table.cells, *(replace(cell, capture="vase-2") for cell in table.cells))
    write_sheets(folder, Table(plan, cells))
    both = iio.imread(folder.sheet_path)
    row = one.shape[0] - LINE - GAP
    assert both.shape == (one.shape[0] + row, *one.shape[1:])
    assert (both[: one.shape[0]] == one).all()
    unnamed = slice(LINE + GAP, row)  # of a row, below the capture's name
    assert (both[one.shape[0] :][unnamed] == one[LINE + GAP :][unnamed]).all()


def test_a_sheet_shows_the_view_that_is_asked_for_and_refuses_another(folder, table) -> None:
    folder.truth_path("vase", "high").unlink()
    write_sheets(folder, table)  # the median view is another
    with pytest.raises(TableError, match="“high”; leave out --view"):
        write_sheets(folder, table, "high")
    write_sheets(folder, table, "low")


def test_without_pictures_there_is_no_sheet(tmp_path, table) -> None:
    folder = TableFolder(tmp_path)
    write_sheets(folder, Table(table.plan, tuple(Cell("vase", name) for name in SYSTEMS)))
    assert not folder.sheet_path.exists()
