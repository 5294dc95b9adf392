"""`convert`: between scene files and the authors' checkpoints."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import tyro

from dvox_core.cli.arguments import Flag, OptionalPath
from dvox_core.cli.reports import complain, print_facts
from dvox_core.errors import UserError
from dvox_core.model.scene import Scene
from dvox_core.safe_names import safe_file_name, safe_file_names


@dataclass(frozen=True)
class Convert:
    """Convert an authors' checkpoint to a scene file, or a scene file to the authors' layout.

    Example: python main.py convert model.pth --intrinsics data/intrinsics.txt --poses data/pose
    --out scene.dvox

    And back: python main.py convert scene.dvox --out upstream.pth
    """

    source: tyro.conf.Positional[Path]
    """What to convert: a .dvox, an authors' checkpoint (.pth), or a training run's folder."""

    out: Path
    """The file to write; its ending decides the format: .dvox, or .pth for the authors'."""

    intrinsics: OptionalPath = None
    """intrinsics.txt of an authors' checkpoint that has none near it."""

    poses: OptionalPath = None
    """Folder of the capture's poses, kept in the scene file as its cameras."""

    half: Flag = False
    """Store float16: half the size, for shipping; a scene file of float16 stays one anyway."""

    rendering_only: Flag = False
    """Leave out the networks that only training needs."""

    force: Flag = False
    """Replace files that are there."""

    def run(self) -> int:
        """Convert, and say what was written."""
        from dvox_core.checkpoints.opening import open_scene
        from dvox_core.checkpoints.scene_file import SUFFIX, is_half, write_scene

        suffix = self.out.suffix.lower()
        if suffix not in (SUFFIX, ".pth", ".pt"):
            raise UserError(f"{self.out}: end the name in {SUFFIX}, or in .pth for the authors'")
        scene = open_scene(self.source, self.intrinsics)
        if self.poses:
            scene = self._with_cameras(scene, self.poses)
        beside = [] if suffix == SUFFIX else _files_beside(self.out.parent, scene)
        self._require_free([self.out, *beside])
        if suffix == SUFFIX:
            half = self.half or is_half(scene)
            write_scene(self.out, scene, half=half, rendering_only=self.rendering_only)
            words = f", {'half' if half else 'single'} precision, {len(scene.cameras)} cameras"
        else:
            self._write_upstream(scene)
            words = ""
        size = self.out.stat().st_size / 2**20
        facts = [("Wrote", f"{self.out} ({size:.1f} MiB{words})")]
        if beside:
            facts.append(("Beside it", f"intrinsics.txt and {len(beside) - 1} poses"))
        print_facts(facts)
        return 0

    def _require_free(self, targets: Sequence[Path]) -> None:
        there = [path for path in targets if path.exists()]
        if there and not self.force:
            raise UserError(
                f"{there[0]}: exists already; choose another --out, or replace it with --force"
            )

    def _write_upstream(self, scene: Scene) -> None:
        """An authors' checkpoint, and what their code and this program read beside one."""
        from dvox_core.checkpoints.upstream import write_upstream
        from dvox_core.data.deepvoxels_files import IntrinsicsFile, write_intrinsics, write_pose

        filled = write_upstream(self.out, scene.voxel_config, scene.weights.load(""))
        if filled:
            complain(
                f"note: the scene has no {', '.join(filled)}; filled with zeros, so that the "
                "authors' code loads the file (it renders, but cannot train on)"
            )
        intrinsics, *poses = _files_beside(self.out.parent, scene)
        content = IntrinsicsFile(scene.intrinsics, scene.placement, scene.near_plane)
        write_intrinsics(intrinsics, content)
        for path, view in zip(poses, scene.cameras, strict=True):
            write_pose(path, view.camera)

    def _with_cameras(self, scene: Scene, poses: Path) -> Scene:
        from dvox_core.checkpoints.opening import poses_are_world_to_camera, read_cameras

        flag = poses_are_world_to_camera(poses, self.source, self.intrinsics)
        return replace(scene, cameras=read_cameras(poses, "pose", flag))


def _files_beside(folder: Path, scene: Scene) -> list[Path]:
    """intrinsics.txt and a pose file a camera, where an authors' checkpoint has them."""
    paths: dict[int, Path] = {}
    for split in dict.fromkeys(view.split for view in scene.cameras):
        inner = folder if split == "pose" else folder / safe_file_name(split)
        own = [index for index, view in enumerate(scene.cameras) if view.split == split]
        names = safe_file_names([scene.cameras[index].name for index in own])
        paths |= {
            index: inner / "pose" / f"{name}.txt" for index, name in zip(own, names, strict=True)
        }
    return [folder / "intrinsics.txt", *(paths[index] for index in range(len(scene.cameras)))]
