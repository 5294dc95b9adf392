"""Writes the voxel grid as NPZ, as VTI for ParaView, and as VDB for Blender."""

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dvox_core.atomic_files import atomic_file
from dvox_core.errors import UserError
from dvox_core.geometry.grid import GridPlacement
from dvox_core.inspection.features import feature_norms, features_pca

Volume = NDArray[np.float32]


def write_grid(path: Path, grid: Volume, placement: GridPlacement) -> None:
    """Write a grid [F, G, G, G], axes (z, y, x), in the format of the file's suffix.

    NPZ: `features`, `norms` [G, G, G], `colors` [3, G, G, G], and the `grid_to_world` transform.
    VTI and VDB: the norms, the colours, and in VTI every feature, placed in the world.

    Raises:
        UserError: another suffix, or the library for VDB is not installed.
    """
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise UserError(f"{path}: end the name in {', '.join(WRITERS)}")
    writer(path, grid, placement)


def require_grid_format(path: Path) -> None:
    """Refuse a name whose format cannot be written here, before anything is computed.

    Raises:
        UserError: as `write_grid`.
    """
    if path.suffix.lower() not in WRITERS:
        raise UserError(f"{path}: end the name in {', '.join(WRITERS)}")
    if path.suffix.lower() == ".vdb":
        _openvdb()


def _write_npz(path: Path, grid: Volume, placement: GridPlacement) -> None:
    with atomic_file(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(
            stream,
            features=grid,
            norms=feature_norms(grid),
            colors=features_pca(grid),
            grid_to_world=placement.grid_to_world(grid.shape[1]),
        )


def _write_vti(path: Path, grid: Volume, placement: GridPlacement) -> None:
    from pyevtk.hl import imageToVTK

    side = grid.shape[1]
    size = placement.voxel_size(side)
    origin = tuple(float(value) for value in placement.grid_to_world(side)[:3, 3])
    # VTK counts x fastest, as [z, y, x] does; pyevtk takes arrays as [x, y, z] in that order.
    columns: dict[str, Any] = {
        "feature_norm": _turned(feature_norms(grid)),
        "colors": tuple(_turned(part) for part in features_pca(grid)),
    }
    columns |= {f"feature_{index:02d}": _turned(part) for index, part in enumerate(grid)}
    with atomic_file(path) as temporary:  # pyevtk adds the suffix by itself
        imageToVTK(
            str(temporary.with_suffix("")), origin=origin, spacing=(size,) * 3, pointData=columns
        )


def _write_vdb(path: Path, grid: Volume, placement: GridPlacement) -> None:
    vdb = _openvdb()
    side = grid.shape[1]
    # OpenVDB multiplies rows by the matrix, so the translation stands in the last row.
    matrix = placement.grid_to_world(side).T.tolist()
    norms = vdb.FloatGrid()
    # A copy in C's order: OpenVDB does not look at the strides of what it reads.
    norms.copyFromArray(np.ascontiguousarray(_turned(feature_norms(grid))))
    norms.name = "density"  # what Blender shows at once
    colors = vdb.Vec3SGrid()
    colors.copyFromArray(np.ascontiguousarray(features_pca(grid).transpose(3, 2, 1, 0)))
    colors.name = "colors"
    for made in (norms, colors):
        made.transform = vdb.createLinearTransform(matrix)
        made.gridClass = "fog volume"
    with atomic_file(path) as temporary:
        vdb.write(str(temporary), grids=[norms, colors])


def _turned(volume: Volume) -> Volume:
    """[z, y, x] → [x, y, z], x counted fastest in memory."""
    return volume.transpose(2, 1, 0)


def _openvdb() -> Any:
    for name in ("openvdb", "pyopenvdb"):  # before OpenVDB 11 it had the longer name
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise UserError(
        "VDB needs OpenVDB's own Python module, which is not on PyPI: install it by conda "
        "(conda install -c conda-forge openvdb), or write .vti or .npz instead"
    )


WRITERS: Mapping[str, Callable[[Path, Volume, GridPlacement], None]] = {
    ".npz": _write_npz,
    ".vti": _write_vti,
    ".vdb": _write_vdb,
}
