"""A table as Markdown, LaTeX, CSV and text: systems as rows, captures and their mean as columns."""

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

from dvox_core.baselines.systems import SYSTEMS
from dvox_core.evaluation.tables.table import Cell, Metric, Score, Table, rounded

DIGITS: dict[Metric, int] = {"psnr": 2, "ssim": 3}
MISSING = "–"
STILL_RISING = "†"
MEAN = "Mean"

CSV_COLUMNS = (
    "capture",
    "system",
    "seed",
    "psnr",
    "ssim",
    "views",
    "parameters",
    "steps",
    "minutes",
    "device",
)


@dataclass(frozen=True)
class Figure:
    """A figure as text, and whether it is its column's best."""

    text: str
    is_best: bool


@dataclass(frozen=True)
class Row:
    """A system's title and its pairs of figures (PSNR, SSIM), column by column."""

    title: str
    pairs: tuple[tuple[Figure, Figure], ...]


def column_titles(table: Table) -> tuple[str, ...]:
    """The captures, and their mean where there are several."""
    captures = table.plan.captures
    return captures if len(captures) == 1 else (*captures, MEAN)


def table_rows(table: Table) -> tuple[Row, ...]:
    """Every system's figures; the best of a column are chosen before anything is shown."""
    systems, titles = table.plan.systems, column_titles(table)
    columns = [_column(table, title, index) for index, title in enumerate(titles)]
    return tuple(
        Row(SYSTEMS[system].title, tuple(column[number] for column in columns))
        for number, system in enumerate(systems)
    )


def transposed_rows(table: Table) -> tuple[Row, ...]:
    """Every capture's figures, and their means: the same with captures as rows."""
    rows = table_rows(table)
    return tuple(
        Row(title, tuple(row.pairs[index] for row in rows))
        for index, title in enumerate(column_titles(table))
    )


def as_markdown(table: Table, *, transpose: bool = False) -> str:
    """A table of GitHub's Markdown, with its notes below; transposed it has captures as rows."""
    titles, rows = _layout(table, transpose=transpose)
    lines = [f"| | {' | '.join(titles)} |", f"|---|{'---|' * len(titles)}"]
    for row in rows:
        pairs = [" / ".join(_bold(figure, "**", "**") for figure in pair) for pair in row.pairs]
        lines.append(f"| {row.title} | {' | '.join(pairs)} |")
    return "\n".join([*lines, "", *(f"{note}  " for note in table_notes(table)), ""])


def as_latex(table: Table, *, transpose: bool = False) -> str:
    """A tabular for `\\input`; needs the package booktabs."""
    titles, rows = _layout(table, transpose=transpose)
    lines = [
        f"\\begin{{tabular}}{{l{'c' * len(titles)}}}",
        "\\toprule",
        f" & {' & '.join(map(_escaped, titles))} \\\\",
        "\\midrule",
    ]
    for row in rows:
        pairs = [
            " / ".join(_bold(figure, "\\textbf{", "}") for figure in pair) for pair in row.pairs
        ]
        cells = " & ".join(pairs).replace("±", "$\\pm$")
        cells = cells.replace(STILL_RISING, "\\textsuperscript{\\dag}").replace("∞", "$\\infty$")
        lines.append(f"{_escaped(row.title)} & {cells} \\\\")
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}", ""])


def as_csv(table: Table) -> str:
    """A line a cell, figures in full."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    names = [item.name for item in fields(Cell)]
    for cell in table.cells:
        values = dict(zip(names, astuple(cell), strict=True))
        writer.writerow(["" if values[name] is None else values[name] for name in CSV_COLUMNS])
    return stream.getvalue()


def as_text(table: Table, *, transpose: bool = False) -> str:
    """For a terminal: aligned, the best of each capture marked by *."""
    titles, found = _layout(table, transpose=transpose)
    rows = [["", *titles]]
    for row in found:
        pairs = [" / ".join(_bold(figure, "*", "") for figure in pair) for pair in row.pairs]
        rows.append([row.title, *pairs])
    widths = [max(len(row[index]) for row in rows) for index in range(len(titles) + 1)]
    lines = [
        "  ".join(
            text.ljust(width) if index == 0 else text.rjust(width)
            for index, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join([*lines, *table_notes(table)])


def table_notes(table: Table) -> tuple[str, ...]:
    """What a reader has to know beside the figures."""
    plan = table.plan
    budget = f"{plan.steps:,} steps" if plan.steps else f"{plan.minutes:g} minutes"
    size = f" at {plan.size} × {plan.size} pixels" if plan.size else ""
    notes = [
        f"PSNR in dB / SSIM on the {plan.split} views, the 5-pixel border left out. "
        f"Every system was trained for {budget} with the sizes of “{plan.preset}”{size}; "
        "that is a budget, not convergence."
    ]
    recipes = {cell.system: cell.recipe for cell in table.cells if cell.recipe}
    notes += [
        f"{SYSTEMS[system].title} was trained by the recipe “{recipe}”."
        for system, recipe in recipes.items()
        if recipe != system
    ]
    notes += table.notes
    if any(cell.converged is False for cell in table.cells):
        notes.append(f"{STILL_RISING} still rising by more than 0.1 dB in its last fifth.")
    notes += [
        f"{SYSTEMS[cell.system].title} on {cell.capture}: {cell.message}"
        for cell in table.cells
        if cell.state == "failed"
    ]
    return tuple(notes)


def _layout(table: Table, *, transpose: bool) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """Titles of the columns, and the rows."""
    if transpose:
        systems = tuple(SYSTEMS[system].title for system in table.plan.systems)
        return systems, transposed_rows(table)
    return column_titles(table), table_rows(table)


def _column(table: Table, title: str, index: int) -> list[tuple[Figure, Figure]]:
    is_mean = index == len(table.plan.captures)
    by_metric = []
    for metric, digits in DIGITS.items():
        scores = [
            table.mean(system, metric) if is_mean else table.score(system, title, metric)
            for system in table.plan.systems
        ]
        best = table.best(scores, digits)
        by_metric.append(
            [
                Figure(_figure(score, digits, with_mark=metric == "psnr"), is_best)
                for score, is_best in zip(scores, best, strict=True)
            ]
        )
    return list(zip(*by_metric, strict=True))


def _figure(score: Score | None, digits: int, *, with_mark: bool) -> str:
    if score is None:
        return MISSING
    text = rounded(score.value, digits)
    if score.deviation is not None:
        text += f" ± {rounded(score.deviation, digits)}"
    return text + (STILL_RISING if with_mark and not score.converged else "")


def _bold(figure: Figure, before: str, after: str) -> str:
    return f"{before}{figure.text}{after}" if figure.is_best else figure.text


def _escaped(text: str) -> str:
    """Text for LaTeX."""
    specials: Sequence[tuple[str, str]] = (
        ("\\", "\\textbackslash{}"),
        *((character, f"\\{character}") for character in "&%$#_{}"),
        ("~", "\\textasciitilde{}"),
        ("^", "\\textasciicircum{}"),
    )
    table = str.maketrans(dict(specials))
    return text.translate(table)
