"""Writes point clouds and meshes as PLY, by plyfile."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dvox_core.atomic_files import atomic_file
from dvox_core.exporting.mesh import Mesh
from dvox_core.exporting.point_cloud import PointCloud

_VERTEX = [("x", "f4"), ("y", "f4"), ("z", "f4"), ("nx", "f4"), ("ny", "f4"), ("nz", "f4")]
_COLOR = [("red", "u1"), ("green", "u1"), ("blue", "u1")]


def write_points(path: Path, cloud: PointCloud, comment: str) -> None:
    """Binary PLY: place, normal, colour, trust, and number of views of every point."""
    vertices = _vertices(
        cloud.positions, cloud.normals, cloud.colors, [("trust", "f4"), ("views", "i4")]
    )
    vertices["trust"] = cloud.trust
    vertices["views"] = cloud.views
    _write(path, {"vertex": vertices}, comment)


def write_mesh(path: Path, mesh: Mesh, comment: str) -> None:
    """Binary PLY: vertices with normal and colour, and triangles."""
    faces = np.empty(len(mesh.triangles), dtype=[("vertex_indices", "i4", (3,))])
    faces["vertex_indices"] = mesh.triangles
    vertices = _vertices(mesh.vertices, mesh.normals, mesh.colors, [])
    _write(path, {"vertex": vertices, "face": faces}, comment)


def _vertices(
    positions: NDArray[np.float32],  # [N, 3]
    normals: NDArray[np.float32],  # [N, 3]
    colors: NDArray[np.uint8],  # [N, 3]
    more: list[tuple[str, str]],
) -> NDArray[np.void]:
    vertices = np.empty(len(positions), dtype=[*_VERTEX, *_COLOR, *more])
    for column, name in enumerate("xyz"):
        vertices[name] = positions[:, column]
        vertices[f"n{name}"] = normals[:, column]
    for column, (name, _) in enumerate(_COLOR):
        vertices[name] = colors[:, column]
    return vertices


def _write(path: Path, elements: dict[str, NDArray[np.void]], comment: str) -> None:
    from plyfile import PlyData, PlyElement

    described = [PlyElement.describe(array, name) for name, array in elements.items()]
    content = PlyData(described, byte_order="<", comments=[comment])
    with atomic_file(path) as temporary, temporary.open("wb") as stream:
        content.write(stream)
