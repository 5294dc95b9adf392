"""What is to be exported of a scene, and all that can be checked of it first."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from dvox_core.errors import UserError
from dvox_core.exporting.depth_views import NamedCamera, require_depth
from dvox_core.exporting.grid_files import require_grid_format
from dvox_core.exporting.view_choice import DEFAULT_COUNT
from dvox_core.model.scene import Scene
from dvox_core.rendering.interventions import NO_INTERVENTIONS, Interventions

DepthFormat = Literal["png", "exr", "npz"]
DEPTH_FORMATS: tuple[DepthFormat, ...] = get_args(DepthFormat)

DEFAULT_TRUST = 0.3

_DEPTH_NAMES = {"transforms.json", "images", "depth"}
_COLMAP_NAMES = {"cameras.txt", "images.txt", "points3D.txt"}

DEFAULT_RESOLUTION = 128
RESOLUTIONS = (16, 512)
"""Fewest and most entries a side of the volume that a mesh is made of."""


@dataclass(frozen=True, eq=False)
class ExportRequest:
    """What to write of a scene; None leaves a thing out.

    Attributes:
        points, mesh: files that end in .ply.
        depth: a folder.
        grid: a file that ends in .npz, .vti or .vdb.
        cameras: a file that ends in .json, or a folder for COLMAP's text model.
        depth_format: of the maps in `depth`.
        views: what to render, or whose cameras to write; None for the scene's own: all of them
            for `cameras`, `view_count` of them, as different as can be, for the others.
        trust: points of which the network is less sure than this, 0…1, are left out.
        spacing: between points, world units; None for a quarter of a voxel.
        resolution: entries a side of the volume that the mesh is made of.
        overwrite: whether files that are there may be replaced.
        interventions: what to render the scene under.
    """

    points: Path | None = None
    depth: Path | None = None
    grid: Path | None = None
    cameras: Path | None = None
    mesh: Path | None = None
    depth_format: DepthFormat = "png"
    views: tuple[NamedCamera, ...] | None = None
    view_count: int = DEFAULT_COUNT
    trust: float = DEFAULT_TRUST
    spacing: float | None = None
    resolution: int = DEFAULT_RESOLUTION
    overwrite: bool = False
    interventions: Interventions = NO_INTERVENTIONS

    @property
    def targets(self) -> tuple[Path, ...]:
        """All that is to be written."""
        wanted = (self.points, self.depth, self.grid, self.cameras, self.mesh)
        return tuple(path for path in wanted if path is not None)

    @property
    def renders(self) -> bool:
        """Whether views must be rendered for it."""
        return any(path is not None for path in (self.points, self.depth, self.mesh))


def check_request(scene: Scene, request: ExportRequest) -> None:
    """Refuse what cannot be exported; reads and writes no file.

    Raises:
        UserError: in one line.
    """
    if not request.targets:
        raise UserError("name what to export: --points, --depth, --grid, --cameras or --mesh")
    for path in (request.points, request.mesh):
        if path is not None and path.suffix.lower() != ".ply":
            raise UserError(f"{path}: end the name in .ply")
    if request.renders:
        require_depth(scene)
    if request.depth_format not in DEPTH_FORMATS:
        raise UserError(f"depth as {request.depth_format}: choose {', '.join(DEPTH_FORMATS)}")
    if request.grid is not None:
        require_grid_format(request.grid)
        scene.voxel_config  # noqa: B018 - raises where there is no grid
    if request.cameras is not None and request.views is None and not scene.cameras:
        raise UserError(f"{scene.name}: knows no cameras; name a path or poses")
    if request.views is not None and not request.views:
        raise UserError("there is no view to export; name a path with one keyframe or more")
    _require_range("views", request.view_count, 1, 10_000)
    _require_range("trust", request.trust, 0, 1)
    _require_range("resolution", request.resolution, *RESOLUTIONS)
    if request.spacing is not None and not request.spacing > 0:
        raise UserError(f"spacing {request.spacing:g}: choose a distance above 0")
    if len(set(request.targets)) < len(request.targets):
        raise UserError(f"{request.targets[0]}: is named twice; give each thing its own file")
    for path in request.targets:
        _require_replaceable(path, request)


def _require_replaceable(path: Path, request: ExportRequest) -> None:
    """Refuse what is there, unless it may be replaced and is a file or an earlier export."""
    folder = path == request.depth or (path == request.cameras and path.suffix.lower() != ".json")
    if not path.exists() or (folder and path.is_dir() and not any(path.iterdir())):
        return
    if folder != path.is_dir():
        there, wanted = ("folder", "file") if path.is_dir() else ("file", "folder")
        raise UserError(f"{path}: is a {there}, and a {wanted} is written; choose another name")
    if not request.overwrite:
        raise UserError(f"{path}: is there already; choose another name or overwrite it (--force)")
    own = _DEPTH_NAMES if path == request.depth else _COLMAP_NAMES
    if folder and (foreign := sorted({entry.name for entry in path.iterdir()} - own)):
        raise UserError(f"{path}: holds {foreign[0]}, which is no export; choose another folder")


def _require_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise UserError(f"{name} {value:g}: choose from {low:g} to {high:g}")
