"""A contact sheet: what the best systems paint of one view of each capture, beside the truth."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from dvox_core.atomic_files import atomic_file
from dvox_core.baselines.systems import SYSTEMS
from dvox_core.evaluation.tables.folder import CellScores, TableFolder, ViewScore
from dvox_core.evaluation.tables.formats import DIGITS
from dvox_core.evaluation.tables.table import CellKey, Table, TableError, rounded

OURS = "deepvoxels"
OTHERS = 3
"""Systems beside ours: the best by their mean PSNR."""

DETAIL = 4
"""The enlarged square is one of so many along a side."""

SHOWN_SIDE = 236
"""Pixels that a picture is enlarged to at least, by a whole factor."""

GAP, LINE = 16, 24
HEADING_SIZE, FONT_SIZE = 20, 17
BACKGROUND, INK, QUIET, FRAME = (255, 255, 255), (30, 30, 34), (112, 112, 120), (214, 40, 40)

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Tile:
    """One picture of a row.

    Attributes:
        picture: [S, S, 3]; None where the system has none.
        score: of that view; None for the truth.
    """

    title: str
    picture: Picture | None
    score: ViewScore | None


def write_sheets(folder: TableFolder, table: Table, view: str | None = None) -> None:
    """Write a sheet for each capture that has pictures, and one of all.

    Args:
        view: its name; by default the one whose PSNR is the median of DeepVoxels'.

    Raises:
        TableError: no capture has that view.
        UserError: a picture cannot be read, or a sheet not be written.
    """
    systems = shown_systems(table)
    rows = []
    for capture in table.plan.captures:
        tiles = _tiles(folder, table, capture, systems, view)
        if tiles:
            row = draw_row(capture, tiles)
            _save(_stacked([draw_titles(tiles), row]), folder.sheet_of(capture))
            rows.append((tiles, row))
    if rows:
        titles = draw_titles(rows[0][0])
        _save(_stacked([titles, *(row for _, row in rows)]), folder.sheet_path)
    elif view is not None:
        raise TableError(f"no capture has pictures of a view “{view}”; leave out --view")


def shown_systems(table: Table) -> tuple[str, ...]:
    """DeepVoxels, and the three best others by their mean PSNR over what is known."""

    def mean(system: str) -> float:
        scores = [table.score(system, capture, "psnr") for capture in table.plan.captures]
        known = [score.value for score in scores if score is not None]
        return statistics.fmean(known) if known else -np.inf

    others = sorted((name for name in table.plan.systems if name != OURS), key=mean, reverse=True)
    ours = (OURS,) if OURS in table.plan.systems else ()
    return (*ours, *others[:OTHERS])


def place_of_detail(one: Picture, other: Picture) -> tuple[int, int]:
    """Row and column of the square, a quarter of the side, in which two pictures differ most."""
    side = one.shape[0] // DETAIL
    difference = np.abs(one.astype(float) - other.astype(float)).sum(axis=2)
    sums = np.pad(difference.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    squares = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    row, column = np.unravel_index(int(squares.argmax()), squares.shape)
    return int(row), int(column)


def draw_titles(tiles: Sequence[Tile]) -> Image.Image:
    """The line above all rows: whose pictures stand in a column."""
    step = _shown_side(tiles) + GAP
    image = Image.new("RGB", (step * len(tiles) + GAP, GAP + LINE), BACKGROUND)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(HEADING_SIZE)
    for index, tile in enumerate(tiles):
        draw.text((GAP + index * step, GAP), tile.title, INK, font)
    return image


def draw_row(capture: str, tiles: Sequence[Tile]) -> Image.Image:
    """A capture's row: pictures, and below each its detail with the scores beside that."""
    painted = [tile.picture for tile in tiles if tile.picture is not None]
    side, shown = painted[0].shape[0], _shown_side(tiles)
    factor, detail = shown // side, side // DETAIL * 2 * (shown // side)
    step, top = shown + GAP, LINE + GAP
    image = Image.new("RGB", (step * len(tiles) + GAP, top + shown + detail + 2 * GAP), BACKGROUND)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(FONT_SIZE)
    draw.text((GAP, GAP // 2), capture, QUIET, font)
    compared = painted[1:3] if len(painted) > 2 else painted[:2]
    place = place_of_detail(compared[0], compared[-1])
    for index, tile in enumerate(tiles):
        x = GAP + index * step
        if tile.picture is not None:
            _paste(image, tile.picture, (x, top), factor, place)
        beside = (x + detail + GAP // 2, top + shown + GAP // 2)
        if tile.picture is None:
            beside = (x, top)
        draw.multiline_text(beside, _score_text(tile), INK, font, spacing=LINE - FONT_SIZE)
    return image


def _shown_side(tiles: Sequence[Tile]) -> int:
    """Pixels that each picture takes a side."""
    side = next(int(tile.picture.shape[0]) for tile in tiles if tile.picture is not None)
    return side * max(1, -(-SHOWN_SIDE // side))


def _tiles(
    folder: TableFolder, table: Table, capture: str, systems: Sequence[str], view: str | None
) -> list[Tile]:
    """Truth and systems; none where no system has pictures of the view."""
    scores = {
        system: folder.scores(CellKey(capture, system))
        for system in systems
        if table.cell(CellKey(capture, system)).state == "done"
    }
    known = [found for found in scores.values() if found is not None]
    name = view or (_view_to_show(folder, known[0]) if known else None)
    if name is None or not folder.truth_path(capture, name).is_file():
        return []
    tiles = [Tile("Truth", _read(folder.truth_path(capture, name)), None)]
    for system in systems:
        path = folder.picture_path(CellKey(capture, system), name)
        found = scores.get(system)
        is_there = found is not None and path.is_file()
        score = None
        if is_there and found is not None:
            score = next((one for one in found.views if one.name == name), None)
        tiles.append(Tile(SYSTEMS[system].title, _read(path) if is_there else None, score))
    return tiles if any(tile.picture is not None for tile in tiles[1:]) else []


def _view_to_show(folder: TableFolder, scores: CellScores) -> str | None:
    """The view with the median PSNR among those whose pictures are kept."""
    kept = tuple(
        view for view in scores.views if folder.picture_path(scores.cell.key, view.name).is_file()
    )
    return CellScores(scores.cell, kept).median_view if kept else None


def _paste(
    image: Image.Image, picture: Picture, at: tuple[int, int], factor: int, place: tuple[int, int]
) -> None:
    """The picture enlarged, a frame round the detail, and the detail below it."""
    side = picture.shape[0]
    cut, (row, column) = side // DETAIL, place
    whole = Image.fromarray(picture)
    large = whole.resize((side * factor, side * factor), Image.Resampling.BICUBIC)
    square = whole.crop((column, row, column + cut, row + cut))
    square = square.resize((cut * 2 * factor, cut * 2 * factor), Image.Resampling.BICUBIC)
    x, y = at
    image.paste(large, at)
    below = (x, y + side * factor + GAP // 2)
    image.paste(square, below)
    draw = ImageDraw.Draw(image)
    corner = (x + column * factor, y + row * factor)
    for (left, top), size in ((corner, cut * factor), (below, cut * 2 * factor)):
        draw.rectangle((left, top, left + size - 1, top + size - 1), outline=FRAME)


def _score_text(tile: Tile) -> str:
    """PSNR over SSIM; in letters that Pillow's own font has."""
    if tile.score is None:
        return "" if tile.picture is not None else "not there yet"
    psnr = tile.score.psnr
    first = "equal" if psnr is None else f"{rounded(psnr, DIGITS['psnr'])} dB"
    return f"{first}\nSSIM {rounded(tile.score.ssim, DIGITS['ssim'])}"


def _stacked(rows: Sequence[Image.Image]) -> Image.Image:
    width = max(row.width for row in rows)
    sheet = Image.new("RGB", (width, sum(row.height for row in rows)), BACKGROUND)
    top = 0
    for row in rows:
        sheet.paste(row, (0, top))
        top += row.height
    return sheet


def _read(path: Path) -> Picture:
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"))
    except OSError as error:
        raise TableError(f"{path}: cannot be read; delete the cell's score to redo it") from error


def _save(image: Image.Image, path: Path) -> None:
    with atomic_file(path) as temporary:
        image.save(temporary, optimize=True)
