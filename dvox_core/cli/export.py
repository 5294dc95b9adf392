"""`export`: a scene as point cloud, depth, grid, cameras or mesh for other programs."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro
from tqdm import tqdm

from dvox_core.cli.arguments import Flag, OptionalNumber, OptionalPath
from dvox_core.cli.reports import complain, print_facts

if TYPE_CHECKING:
    from dvox_core.exporting.depth_views import NamedCamera
    from dvox_core.exporting.request import ExportRequest
    from dvox_core.model.scene import Scene


@dataclass(frozen=True)
class Export:
    """Export a scene for other programs: points, depth, the voxel grid, cameras, a mesh.

    Points, depth and mesh are made of rendered views: those of --path or --poses, else --views of
    the scene's own cameras, as different as can be. All is in the scene's world and units.

    Examples: python main.py export scene.dvox --points points.ply --mesh mesh.ply

    python main.py export scene.dvox --depth depth --path camera_path.json --depth-format exr
    """

    scene: tyro.conf.Positional[Path]
    """A .dvox, an authors' checkpoint (.pth), or a training run's folder."""

    points: OptionalPath = None
    """A .ply: coloured points that the views agree on, with normals, trust and number of views."""

    depth: OptionalPath = None
    """A folder: metric depth and picture of each view, and a transforms.json that names both."""

    grid: OptionalPath = None
    """The voxel grid: .npz, .vti (ParaView) or .vdb (Blender; needs OpenVDB's Python module)."""

    cameras: OptionalPath = None
    """A .json (transforms.json), or a folder for COLMAP's text model: all of the scene's cameras,
    or those of --path or --poses."""

    mesh: OptionalPath = None
    """A .ply: a coloured mesh, from the views' depths by TSDF fusion."""

    path: OptionalPath = None
    """A camera path whose every frame is a view: of the window or nerfstudio, or a video."""

    poses: OptionalPath = None
    """A folder of pose files (or with a pose/ inside), or one pose file, that are the views."""

    views: Annotated[int, tyro.conf.arg(metavar="N")] = 48
    """How many of the scene's own cameras are rendered, where no others are named."""

    trust: float = 0.3
    """Points of which the network is less sure are left out: 0 keeps all, 1 none."""

    spacing: OptionalNumber = None
    """World units between points; by default a quarter of a voxel."""

    resolution: Annotated[int, tyro.conf.arg(metavar="N")] = 128
    """Entries a side of the volume that the mesh is made of: more is finer and slower."""

    depth_format: Literal["png", "exr", "npz"] = "png"
    """16-bit PNG (scaled; transforms.json says by how much), or world units as EXR or NPZ."""

    edits: OptionalPath = None
    """Edit file (NAME.edits.json) to apply to the grid and the depth weights first."""

    force: Flag = False
    """Replace files that are there, and folders of an earlier export."""

    intrinsics: OptionalPath = None
    """intrinsics.txt to use instead of the scene's own, or where a checkpoint has none near it."""

    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """Where to compute, in float32."""

    def run(self) -> int:
        """Check, render and write."""
        from dvox_core.checkpoints.opening import open_scene
        from dvox_core.exporting.export import export_scene
        from dvox_core.rendering.create import create_renderer

        scene = open_scene(self.scene, self.intrinsics)
        request = self._request(scene)
        with _Bar() as bar:
            facts = export_scene(
                scene, request, lambda: create_renderer(scene, self.device, "float32"), bar.show
            )
        print_facts(facts)
        return 0

    def _request(self, scene: "Scene") -> "ExportRequest":
        from dvox_core.exporting.request import ExportRequest
        from dvox_core.inspection.edit_files import read_edits
        from dvox_core.rendering.interventions import NO_INTERVENTIONS

        return ExportRequest(
            points=self.points,
            depth=self.depth,
            grid=self.grid,
            cameras=self.cameras,
            mesh=self.mesh,
            depth_format=self.depth_format,
            views=self._views(),
            view_count=self.views,
            trust=self.trust,
            spacing=self.spacing,
            resolution=self.resolution,
            overwrite=self.force,
            interventions=read_edits(self.edits, scene) if self.edits else NO_INTERVENTIONS,
        )

    def _views(self) -> "tuple[NamedCamera, ...] | None":
        """The views of --path or --poses; None for the scene's own."""
        from dvox_core.camera_paths.files import read_path
        from dvox_core.checkpoints.opening import poses_are_world_to_camera, read_cameras
        from dvox_core.data.deepvoxels_files import read_pose
        from dvox_core.errors import UserError
        from dvox_core.exporting.depth_views import NamedCamera
        from dvox_core.exporting.view_choice import named_views, path_views
        from dvox_core.recording.description import is_recording, read_recorded_path

        if self.path and self.poses:
            raise UserError("name views with --path or with --poses, one of the two")
        if self.path:
            found = (read_recorded_path if is_recording(self.path) else read_path)(self.path)
            for note in found.notes:
                complain(f"note: {note}")
            return tuple(path_views(found.path))
        if self.poses:
            is_file = self.poses.is_file()
            folder = self.poses.parent if is_file else self.poses
            flag = poses_are_world_to_camera(folder, self.scene, self.intrinsics)
            if is_file:
                return (NamedCamera(self.poses.stem, read_pose(self.poses, flag)),)
            return tuple(named_views(read_cameras(self.poses, "pose", flag)))
        return None


class _Bar:
    """The progress on the terminal."""

    def __init__(self) -> None:
        form = "{desc}: {percentage:3.0f}%|{bar}|"
        self._bar: Any = tqdm(total=1.0, desc="exporting", bar_format=form, disable=None)

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def show(self, share: float, text: str) -> None:
        """Show how far it is, and what is being done."""
        self._bar.set_description_str(text, refresh=False)
        self._bar.update(share - self._bar.n)
