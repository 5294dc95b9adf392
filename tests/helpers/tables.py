"""A table's folder half way: cells that are done, at work, waiting and failed."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
from PIL import Image

from dvox_core.baselines.systems import NEAREST
from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.evaluation.tables.folder import TableFolder
from dvox_core.evaluation.tables.table import Cell, Table, TablePlan
from tests.helpers.captures import cube_capture
from tests.helpers.scenes import random_scene

SYSTEMS = ("nearest", "tatarchenko", "pix2pix", "deepvoxels")
VIEWS = ("000000", "000001", "000002")  # those of `random_scene`


def half_made_table(path: Path) -> TableFolder:
    """Two captures: the cube is done but for Tatarchenko's, which failed; the vase waits."""
    cube_capture(path.parent / "cube", train=4, test=3)
    plan = TablePlan(
        ("cube", "vase"), (str(path.parent / "cube"), str(path.parent / "vase")), SYSTEMS,
        "tiny", 128, "cpu", 40, None, 1, "test",
    )  # fmt: skip
    folder = TableFolder(path)
    cells = []
    for number, key in enumerate(plan.keys):
        cell = Cell(key.capture, key.system)
        if key.capture == "cube" and key.system == "tatarchenko":
            cell = Cell("cube", "tatarchenko", state="failed", message="no space is left")
        elif key.capture == "cube":
            cell = Cell("cube", key.system, state="done", psnr=20.0 + number, ssim=0.8, views=3)
            _write_scores(folder, cell)
            for place, view in enumerate(VIEWS):
                for target in (folder.picture_path(key, view), folder.truth_path("cube", view)):
                    target.parent.mkdir(parents=True, exist_ok=True)
                    color = (60 * number, 80 * place, 128)
                    Image.fromarray(np.full((118, 118, 3), color, np.uint8)).save(target)
            if key.system != NEAREST:
                folder.scene_path(key).parent.mkdir(parents=True)
                write_scene(folder.scene_path(key), random_scene(seed=number))
        cells.append(cell)
    write_table(folder, Table(plan, tuple(cells)))
    return folder


def write_table(folder: TableFolder, table: Table) -> None:
    """Write table.json."""
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.table_path.write_text(json.dumps(table.to_json()))


def _write_scores(folder: TableFolder, cell: Cell) -> None:
    views = [{"name": name, "psnr": 20.0 + place, "ssim": 0.8} for place, name in enumerate(VIEWS)]
    path = folder.score_path(cell.key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cell": asdict(cell), "views": views}))
