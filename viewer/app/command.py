"""`view`: opens the window."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from dvox_core.cli.arguments import OptionalPath, OptionalText

SAMPLE_SCENE = Path(__file__).resolve().parents[2] / "assets" / "sample.dvox"


@dataclass(frozen=True)
class ViewCommand:
    """Open the window, on a scene if one is given, or on pictures to make one of.

    Example: python main.py view scene.dvox --screenshot window.png --mode depth
    """

    scene: tyro.conf.Positional[Annotated[OptionalText, tyro.conf.arg(metavar="[SCENE]")]] = None
    """A .dvox, an authors' checkpoint (.pth), a training run's folder; or photos, a video or a
    capture to train on. On another machine: ssh://[user@]host[:port]/path, or pipe:COMMAND for a
    command that runs `serve` where the scene is."""

    there: tyro.conf.Positional[Annotated[OptionalText, tyro.conf.arg(metavar="[PATH]")]] = None
    """After pipe:COMMAND, the scene's path there."""

    remote_python: str = ""
    """The Python that has this program on the other machine, as its shell writes it; else `dvox`
    of its PATH. Remembered for the host."""

    intrinsics: OptionalPath = None
    """intrinsics.txt of an authors' checkpoint that has none near it."""

    screenshot: OptionalPath = None
    """Wait for the network's picture, save the whole window there as PNG, and end."""

    pose: OptionalPath = None
    """Pose file to look from, or a picture that this program saved."""

    mode: Literal["rgb", "depth", "entropy", "outside", "trust"] = "rgb"
    """What the viewport shows."""

    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """Where to compute."""

    precision: Literal["auto", "float32", "bfloat16", "int8"] = "auto"
    """Arithmetic; auto takes bfloat16 where it is fast and this scene's picture agrees, and
    8 bits while the hand moves where that pays. int8 needs OpenVINO."""

    def run(self) -> int:
        """Open the window and return when it is closed."""
        from viewer.app.application import run_viewer
        from viewer.app.places import place_of_user

        scene = (
            None
            if self.scene is None
            else place_of_user(self.scene, self.there, self.remote_python)
        )
        return run_viewer(
            scene,
            intrinsics=self.intrinsics,
            screenshot=self.screenshot,
            pose=self.pose,
            mode=self.mode,
            device=self.device,
            precision=self.precision,
            sample=SAMPLE_SCENE if SAMPLE_SCENE.is_file() else None,
        )
