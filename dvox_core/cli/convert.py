"""`convert`: between scene files and the authors' checkpoints."""

from dataclasses import dataclass, replace
from pathlib import Path

import tyro

from dvox_core.cli.arguments import Flag, OptionalPath
from dvox_core.cli.reports import complain, print_facts
from dvox_core.model.scene import Scene


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
        from dvox_core.checkpoints.converting import convert_scene
        from dvox_core.checkpoints.opening import open_scene

        scene = open_scene(self.source, self.intrinsics)
        if self.poses:
            scene = self._with_cameras(scene, self.poses)
        done = convert_scene(
            scene,
            self.out,
            half=self.half,
            rendering_only=self.rendering_only,
            overwrite=self.force,
        )
        if done.filled:
            complain(
                f"note: the scene has no {', '.join(done.filled)}; filled with zeros, so that the "
                "authors' code loads the file (it renders, but cannot train on)"
            )
        words = ""
        if not done.beside:
            precision = "half" if done.half else "single"
            words = f", {precision} precision, {len(scene.cameras)} cameras"
        size = self.out.stat().st_size / 2**20
        facts = [("Wrote", f"{self.out} ({size:.1f} MiB{words})")]
        if done.beside:
            facts.append(("Beside it", f"intrinsics.txt and {len(done.beside) - 1} poses"))
        print_facts(facts)
        return 0

    def _with_cameras(self, scene: Scene, poses: Path) -> Scene:
        from dvox_core.checkpoints.opening import poses_are_world_to_camera, read_cameras

        flag = poses_are_world_to_camera(poses, self.source, self.intrinsics)
        return replace(scene, cameras=read_cameras(poses, "pose", flag))
