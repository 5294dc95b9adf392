"""Edit files, `NAME.edits.json`: interventions kept beside a scene, never in it."""

import json
from pathlib import Path
from typing import Any

from dvox_core.atomic_files import write_text
from dvox_core.errors import UserError
from dvox_core.inspection.grid_json import grid_from_json, grid_summary, grid_to_json
from dvox_core.model.scene import Scene
from dvox_core.rendering.interventions import (
    Action,
    ArgMax,
    AsTrained,
    Box,
    FrontMost,
    GridEdit,
    Inpainting,
    Interventions,
    OcclusionOverride,
    Outside,
    Temperature,
    Uniform,
    VoxelSet,
)

FORMAT = "dvox-edits"
VERSION = 2
"""1 knows no observed grid, and is written where there is none."""

SUFFIX = ".edits.json"

_PLAIN_OVERRIDES: dict[str, type[AsTrained] | type[ArgMax] | type[Uniform]] = {
    "as trained": AsTrained,
    "arg-max": ArgMax,
    "uniform": Uniform,
}


def edit_file_beside(scene: Scene) -> Path | None:
    """Where the edits of a scene are kept by custom; None for a scene without a file."""
    return None if scene.path is None else scene.path.with_name(scene.path.stem + SUFFIX)


def write_edits(path: Path, interventions: Interventions, scene: Scene) -> None:
    """Write interventions as JSON, whole or not at all.

    Raises:
        UserError: the folder cannot be written to.
    """
    content = edits_to_json(interventions, scene)
    if interventions.grid is not None:
        content["grid"] = grid_to_json(interventions.grid)
    write_text(path, json.dumps(content, indent=1) + "\n")


def edits_to_json(interventions: Interventions, scene: Scene) -> dict[str, Any]:
    """The JSON content that `write_edits` writes, without an observed grid's numbers."""
    content = {
        "format": FORMAT,
        "version": VERSION if interventions.grid is not None else 1,
        "scene": scene.name,
        "grid_size": scene.voxel_config.grid_size,
        "occlusion": override_to_json(interventions.occlusion),
        "inpainting": interventions.inpainting.value,
        "edits": [edit_to_json(edit) for edit in interventions.edits],
    }
    if interventions.grid is not None:
        content["grid"] = grid_summary(interventions.grid)
    return content


def read_edits(path: Path, scene: Scene) -> Interventions:
    """Read interventions and check that they fit `scene`.

    Raises:
        UserError: not an edit file, of a newer version, of another grid, or with impossible
            values; the message names file, place and remedy.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError(f"{path}: not found; choose a file that ends in {SUFFIX}") from error
    except OSError as error:
        raise UserError(
            f"{path}: cannot be read ({error.strerror or error}); check its permissions"
        ) from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: is not JSON ({error}); choose an edit file") from error
    return edits_from_json(content, scene, str(path))


def edits_from_json(content: Any, scene: Scene, path: str) -> Interventions:
    """Read what `edits_to_json` gives; `path` names where it comes from in messages.

    Raises:
        UserError: as `read_edits` does.
    """
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise UserError(f"{path}: is not an edit file; choose one that ends in {SUFFIX}")
    if content.get("version") not in (1, VERSION):
        raise UserError(
            f"{path}: is of version {content.get('version')}, this program reads up to {VERSION}; "
            "update the program"
        )
    side = scene.voxel_config.grid_size
    if content.get("grid_size") != side:
        raise UserError(
            f"{path}: is for a grid of {content.get('grid_size')} voxels a side, this scene has "
            f"{side}; open the scene it was made for ({content.get('scene', 'not named')})"
        )
    place = "occlusion"
    try:
        occlusion = override_from_json(content["occlusion"])
        place = "inpainting"
        inpainting = Inpainting(content["inpainting"])
        edits = []
        place = "edits"
        for number, item in enumerate(content["edits"], 1):
            place = f"edit {number}"
            edit = edit_from_json(item)
            edit.region.mask(side)  # raises if it is not of this grid
            edits.append(edit)
        place, grid = "grid", None
        if "grid" in content:
            grid = grid_from_json(content["grid"], scene.voxel_config)
    except UserError as error:
        raise UserError(f"{path}: {place}: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise UserError(
            f"{path}: {place} is broken ({type(error).__name__}: {error}); "
            "mend it, or save the edits again"
        ) from error
    return Interventions(occlusion, tuple(edits), inpainting, grid)


def override_to_json(override: OcclusionOverride) -> dict[str, Any]:
    """What weighs the depth planes, as plain JSON values."""
    match override:
        case Temperature(value):
            return {"kind": "temperature", "value": value}
        case FrontMost(threshold):
            return {"kind": "front-most", "threshold": threshold}
    kind = next(name for name, known in _PLAIN_OVERRIDES.items() if isinstance(override, known))
    return {"kind": kind}


def override_from_json(item: dict[str, Any]) -> OcclusionOverride:
    """Read what `override_to_json` made.

    Raises:
        UserError, KeyError, TypeError, ValueError: it is broken.
    """
    kind = item["kind"]
    if kind == "temperature":
        return Temperature(float(item["value"]))
    if kind == "front-most":
        return FrontMost(float(item["threshold"]))
    if kind not in _PLAIN_OVERRIDES:
        known = ", ".join([*_PLAIN_OVERRIDES, "temperature", "front-most"])
        raise UserError(f"“{kind}” is not known; choose one of {known}")
    return _PLAIN_OVERRIDES[kind]()


def edit_to_json(edit: GridEdit) -> dict[str, Any]:
    """An edit as plain JSON values."""
    item: dict[str, Any] = {"action": edit.action.value}
    if edit.action is Action.NOISE:
        item["seed"] = edit.seed
    if isinstance(edit.region, Box):
        item["box"] = _box_to_json(edit.region)
    elif isinstance(edit.region, Outside):
        item["outside"] = _box_to_json(edit.region.box)
    else:
        item["voxels"] = list(edit.region.numbers)
    return item


def edit_from_json(item: dict[str, Any]) -> GridEdit:
    """Read what `edit_to_json` made.

    Raises:
        UserError, KeyError, TypeError, ValueError: it is broken.
    """
    region: Box | VoxelSet | Outside
    if "box" in item:
        region = _box_from_json(item["box"])
    elif "outside" in item:
        region = Outside(_box_from_json(item["outside"]))
    else:
        numbers = item["voxels"]
        if not all(type(number) is int for number in numbers):
            raise UserError("voxels must be whole numbers, (z·G + y)·G + x")
        region = VoxelSet(tuple(sorted(set(numbers))))
    seed = item.get("seed", 0)
    if type(seed) is not int or not 0 <= seed < 2**63:
        raise UserError(f"seed {seed!r}: must be a whole number, 0 or more")
    return GridEdit(region, Action(item["action"]), seed)


def _box_to_json(box: Box) -> dict[str, Any]:
    return {"lower": list(box.lower), "upper": list(box.upper)}


def _box_from_json(item: dict[str, Any]) -> Box:
    return Box(_corner(item["lower"]), _corner(item["upper"]))


def _corner(values: list[int]) -> tuple[int, int, int]:
    if not (len(values) == 3 and all(type(value) is int for value in values)):
        raise UserError("a box's corner must be three whole numbers, x, y, z")
    return (values[0], values[1], values[2])
