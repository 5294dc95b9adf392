"""Tables of systems and captures: means, the best, rounding, and every format."""

import csv
import io
import json
import math
from dataclasses import replace

import pytest

from dvox_core.baselines.systems import SYSTEMS, find_system
from dvox_core.errors import UserError
from dvox_core.evaluation.tables.formats import (
    CSV_COLUMNS,
    as_csv,
    as_latex,
    as_markdown,
    as_text,
    table_rows,
)
from dvox_core.evaluation.tables.table import Cell, Table, TableError, TablePlan, rounded

CAPTURES = ("vase", "pedestal", "chair", "cube")
PAPER = {  # Table 1 of the paper
    "nearest": ((23.26, 0.92), (21.49, 0.87), (20.69, 0.94), (18.32, 0.83)),
    "tatarchenko": ((22.28, 0.91), (23.25, 0.89), (20.22, 0.95), (19.12, 0.84)),
    "worrall": ((23.41, 0.92), (22.70, 0.89), (19.52, 0.94), (19.23, 0.85)),
    "pix2pix": ((26.36, 0.95), (25.41, 0.91), (23.04, 0.96), (19.69, 0.86)),
    "deepvoxels": ((27.99, 0.96), (32.35, 0.97), (33.45, 0.99), (28.42, 0.97)),
}
PAPER_MEANS = {
    "nearest": (20.94, 0.89),
    "tatarchenko": (21.22, 0.90),
    "worrall": (21.22, 0.90),
    "pix2pix": (23.63, 0.92),
    "deepvoxels": (30.55, 0.97),
}


def plan(captures=CAPTURES, systems=tuple(PAPER), seeds=1) -> TablePlan:
    paths = tuple(f"captures/{name}" for name in captures)
    return TablePlan(captures, paths, systems, "small", 128, "cpu", 3000, None, seeds, "test")


def done(capture: str, system: str, psnr: float, ssim: float, seed: int = 0, **more) -> Cell:
    return Cell(capture, system, seed, "done", psnr, ssim, 24, 10, 3000, 5.0, "cpu", **more)


@pytest.fixture
def paper() -> Table:
    cells = [
        done(capture, system, *score)
        for system, scores in PAPER.items()
        for capture, score in zip(CAPTURES, scores, strict=True)
    ]
    return Table(plan(), tuple(cells))


def test_the_papers_cells_give_the_papers_means(paper: Table) -> None:
    for system, (psnr, ssim) in PAPER_MEANS.items():
        assert paper.mean(system, "psnr").value == pytest.approx(psnr, abs=0.006)
        assert paper.mean(system, "ssim").value == pytest.approx(ssim, abs=0.006)


def test_deepvoxels_is_best_in_every_column_of_the_paper(paper: Table) -> None:
    rows = {row.title: row.pairs for row in table_rows(paper)}
    best = rows.pop("DeepVoxels")
    assert len(best) == 5
    assert all(figure.is_best for pair in best for figure in pair)
    assert not any(figure.is_best for pairs in rows.values() for pair in pairs for figure in pair)
    assert "| DeepVoxels | **27.99** / **0.960** |" in as_markdown(paper)
    assert "**30.55** / **0.973** |" in as_markdown(paper)


def test_figures_that_show_alike_are_all_the_best() -> None:
    cells = (done("a", "worrall", 20.004, 0.9), done("a", "pix2pix", 19.996, 0.95))
    table = Table(plan(("a",), ("worrall", "pix2pix")), cells)
    (first,), (second,) = (row.pairs for row in table_rows(table))
    assert [first[0].text, second[0].text] == ["20.00", "20.00"]
    assert first[0].is_best
    assert second[0].is_best
    assert [first[1].is_best, second[1].is_best] == [False, True]


def test_halves_are_rounded_up() -> None:
    assert rounded(0.125, 2) == "0.13"
    assert rounded(2.675, 2) == "2.68"  # binary 2.675 is below the half; what is written is not
    assert rounded(-0.005, 2) == "-0.01"
    assert rounded(float("inf"), 2) == "∞"


def test_a_failed_cell_has_its_reason_below_and_takes_the_mean_with_it() -> None:
    failed = Cell("b", "pix2pix", state="failed", message="out of memory")
    table = Table(plan(("a", "b"), ("pix2pix",)), (done("a", "pix2pix", 20.0, 0.9), failed))
    text = as_markdown(table)
    assert "| Pix2Pix | **20.00** / **0.900** | – / – | – / – |" in text
    assert "Pix2Pix on b: out of memory" in text
    assert table.mean("pix2pix", "psnr") is None


def test_several_seeds_show_their_spread_and_need_all_of_them() -> None:
    seeds = plan(("a",), ("pix2pix",), seeds=2)
    cells = (done("a", "pix2pix", 20.0, 0.9), done("a", "pix2pix", 22.0, 0.9, seed=1))
    assert "21.00 ± 1.41" in as_text(Table(seeds, cells))
    waiting = (cells[0], Cell("a", "pix2pix", 1))
    assert Table(seeds, waiting).score("pix2pix", "a", "psnr") is None


def test_a_system_that_is_not_trained_has_one_seed() -> None:
    keys = plan(("a",), ("nearest", "pix2pix"), seeds=3).keys
    assert [str(key) for key in keys] == ["a/nearest/0", *(f"a/pix2pix/{k}" for k in range(3))]


def test_what_still_rises_is_marked_and_explained() -> None:
    table = Table(plan(("a",), ("pix2pix",)), (done("a", "pix2pix", 20.0, 0.9, converged=False),))
    assert "20.00†" in as_markdown(table)
    assert "† still rising" in as_markdown(table)
    assert "\\textsuperscript{\\dag}" in as_latex(table)


def test_latex_escapes_names_and_is_balanced() -> None:
    names = ("a_b", "50% & more", "{x}#$~^\\")
    cells = tuple(done(name, "pix2pix", 20.0, 0.9) for name in names)
    text = as_latex(Table(plan(names, ("pix2pix",)), cells))
    assert "a\\_b & 50\\% \\& more & \\{x\\}\\#\\$\\textasciitilde{}\\textasciicircum{}" in text
    assert text.count("\\begin{tabular}") == text.count("\\end{tabular}") == 1
    assert text.replace("\\{", "").count("{") == text.replace("\\}", "").count("}")
    rows = [line for line in text.splitlines() if line.endswith("\\\\")]
    assert {line.replace("\\&", "").count("&") for line in rows} == {4}


def test_csv_says_what_json_says(paper: Table) -> None:
    content = json.loads(json.dumps(paper.to_json()))
    lines = list(csv.DictReader(io.StringIO(as_csv(paper))))
    assert len(lines) == len(content["cells"]) == 20
    for line, cell in zip(lines, content["cells"], strict=True):
        assert {name: str(cell[name]) for name in CSV_COLUMNS} == line


def test_json_is_read_back_and_broken_or_newer_json_is_refused_in_one_line(paper: Table) -> None:
    content = json.loads(json.dumps(paper.to_json()))
    assert Table.from_json(content, "table.json") == paper
    with pytest.raises(TableError, match=r"table\.json: was made by a newer version"):
        Table.from_json({**content, "format": 2}, "table.json")
    for broken in ({}, {"format": 1}, {**content, "cells": [3]}, {**content, "plan": None}):
        with pytest.raises(TableError, match=r"table\.json: is no table"):
            Table.from_json(broken, "table.json")


def test_the_terminals_table_is_aligned(paper: Table) -> None:
    lines = as_text(paper).splitlines()[:6]
    assert len({len(line) for line in lines}) == 1
    assert lines[-1].startswith("DeepVoxels")


def test_a_misspelt_system_is_offered_its_neighbour() -> None:
    assert find_system("worrall") is SYSTEMS["worrall"]
    with pytest.raises(UserError, match=r"“worral” is no system; did you mean worrall\?"):
        find_system("worral")
    with pytest.raises(UserError, match=r"choose among nearest, tatarchenko"):
        find_system("nerf9000x")


def test_the_budget_is_said(paper: Table) -> None:
    assert "3,000 steps" in as_markdown(paper)
    minutes = replace(paper, plan=replace(paper.plan, steps=None, minutes=2.5))
    assert "2.5 minutes" in as_markdown(minutes)


def test_equal_pictures_go_through_json_as_what_every_program_reads() -> None:
    table = Table(plan(("vase",), ("nearest",)), (done("vase", "nearest", math.inf, 1.0),))
    text = json.dumps(table.to_json(), allow_nan=False)
    assert Table.from_json(json.loads(text), "table.json") == table
    assert "∞" in as_markdown(table)
