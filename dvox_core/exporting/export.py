"""Exports a scene: renders what is needed and writes it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dvox_core.atomic_files import atomic_folder
from dvox_core.errors import UserError
from dvox_core.exporting.camera_files import write_colmap, write_transforms
from dvox_core.exporting.depth_files import png_scale, write_depth_folder
from dvox_core.exporting.depth_views import (
    DepthView,
    NamedCamera,
    Progress,
    depth_view,
    render_depth_views,
)
from dvox_core.exporting.grid_files import write_grid
from dvox_core.exporting.mesh import extract_mesh, fuse_distances
from dvox_core.exporting.ply_files import write_mesh, write_points
from dvox_core.exporting.point_cloud import FusionSettings, fuse_points
from dvox_core.exporting.request import ExportRequest, check_request
from dvox_core.exporting.view_choice import named_views, spread_views
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Extra
from dvox_core.rendering.interventions import NO_INTERVENTIONS
from dvox_core.rendering.renderer import Intervening, Renderer

Fact = tuple[str, str]
"""What was written, as a label and a value for people."""


def export_scene(
    scene: Scene,
    request: ExportRequest,
    make_renderer: Callable[[], Renderer],
    progress: Progress,
) -> list[Fact]:
    """Write all that is asked for; each file is whole or absent.

    Example: `export_scene(scene, ExportRequest(points=Path("points.ply")),
    lambda: create_renderer(scene, precision="float32"), print)`

    Args:
        make_renderer: called once if something must be rendered; it is closed at the end.
        progress: told now and then; what it raises ends the export.

    Raises:
        UserError: it cannot be exported or written; one line says why.
    """
    check_request(scene, request)
    facts: list[Fact] = []
    if request.grid is not None:
        progress(0.0, "reading the voxel grid")
        facts.append(_export_grid(scene, request, request.grid))
    if request.cameras is not None:
        facts.append(_export_cameras(scene, request, request.cameras))
    if request.renders:
        progress(0.0, "preparing the renderer")
        renderer = make_renderer()
        try:
            if request.interventions != NO_INTERVENTIONS:
                if not isinstance(renderer, Intervening):
                    raise UserError(
                        "this renderer shows scenes as trained only; export without edits"
                    )
                renderer.intervene(request.interventions)
            facts += _export_rendered(scene, request, renderer, progress)
        finally:
            renderer.close()
    return facts


def _export_rendered(
    scene: Scene, request: ExportRequest, renderer: Renderer, progress: Progress
) -> Iterator[Fact]:
    views = request.views or tuple(spread_views(scene, request.view_count))
    if request.depth is not None:
        yield _export_depth(scene, request, request.depth, (views, renderer), progress)
    if request.points is None and request.mesh is None:
        return
    fusing = Stage(progress, 0.0, 0.7)
    rendered = render_depth_views(scene, renderer, views, fusing)
    voxel = scene.placement.voxel_size(scene.config.nominal_grid)
    comment = f"{scene.name}, fused from {len(rendered)} rendered views; world units"
    if request.points is not None:
        spacing = request.spacing or voxel / 4
        settings = FusionSettings(spacing, tolerance=voxel, trust=request.trust)
        cloud = fuse_points(rendered, settings, Stage(progress, 0.7, 0.85))
        write_points(request.points, cloud, comment)
        yield ("Points", f"{request.points} ({len(cloud):,} points of {len(rendered)} views)")
    if request.mesh is not None:
        volume = fuse_distances(
            rendered,
            scene.placement,
            request.resolution,
            TRUNCATION_VOXELS * voxel,
            Stage(progress, 0.85, 0.98),
        )
        progress(0.98, "finding the surface")
        mesh = extract_mesh(volume)
        write_mesh(request.mesh, mesh, comment)
        yield ("Mesh", f"{request.mesh} ({len(mesh.triangles):,} triangles)")


TRUNCATION_VOXELS = 2.0
"""How far from a view's surface its distance is told, in voxels of the scene's grid."""


@dataclass(frozen=True)
class Stage:
    """A progress of 0…1 as a stretch of a longer one."""

    whole: Progress
    start: float
    end: float

    def __call__(self, share: float, text: str) -> object:
        """Report `share` of the stretch."""
        return self.whole(self.start + share * (self.end - self.start), text)


def _export_depth(
    scene: Scene,
    request: ExportRequest,
    folder: Path,
    work: tuple[Sequence[NamedCamera], Renderer],
    progress: Progress,
) -> Fact:
    views, renderer = work

    def rendered() -> Iterator[DepthView]:
        for number, view in enumerate(views):
            progress(number / len(views), f"rendering depth {number + 1} of {len(views)}")
            yield depth_view(scene, view, renderer.render(view.camera, Extra.ENTROPY))

    with atomic_folder(folder, overwrite=request.overwrite) as made:
        count = write_depth_folder(made, scene, rendered(), request.depth_format)
    unit = "world units, NaN where there is no surface"
    if request.depth_format == "png":
        unit = f"{png_scale(scene)} a world unit, 0 where there is no surface"
    return ("Depth", f"{folder} ({count} views, {request.depth_format}; {unit})")


def _export_grid(scene: Scene, request: ExportRequest, path: Path) -> Fact:
    from dvox_core.inspection.grids import load_edited_grid  # imports torch

    grid = load_edited_grid(scene, request.interventions)
    write_grid(path, grid, scene.placement)
    return ("Grid", f"{path} ({grid.shape[1]}³ voxels of {grid.shape[0]} features)")


def _export_cameras(scene: Scene, request: ExportRequest, path: Path) -> Fact:
    views = list(request.views) if request.views is not None else named_views(scene.cameras)
    if path.suffix.lower() == ".json":
        write_transforms(path, scene, views)
        return ("Cameras", f"{path} ({len(views)}, transforms.json)")
    with atomic_folder(path, overwrite=request.overwrite) as made:
        write_colmap(made, scene, views)
    return ("Cameras", f"{path} ({len(views)}, COLMAP's text model)")
