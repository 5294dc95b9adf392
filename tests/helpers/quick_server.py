"""`quick_server.py MILLISECONDS`: serves scenes as a machine with a fast GPU does, on a slow one.

The real server with the real scene; a frame takes so many milliseconds, and is the scene's first
one, whatever the camera. For measuring what the line and the window make of it.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from dataclasses import replace

import numpy as np
from PIL import Image

from dvox_core.checkpoints.opening import open_scene
from dvox_core.remote.server import serve
from dvox_core.rendering.frame import Extra
from dvox_core.rendering.renderer import go_on

SAMPLE = Path(__file__).parents[2] / "assets/sample.dvox"


class QuickRenderer:
    """The sample's first view, at this scene's size, after a while."""

    def __init__(self, scene, device, precision):
        from dvox_core.rendering.create import create_renderer

        sample = open_scene(SAMPLE)
        renderer = create_renderer(sample, "cpu", "float32")
        extras = Extra.ENTROPY | Extra.VISIBILITY | Extra.OUTSIDE
        frame = renderer.render(sample.start_camera, extras)
        side = scene.config.image_size
        picture = np.asarray(Image.fromarray(frame.picture).resize((side, side)))
        self._frame = replace(frame, picture=picture, stages_ms={"rendering": MILLISECONDS})
        self.facts = replace(renderer.facts, device="cuda")

    def render(self, camera, extras=Extra.NONE, between_stages=go_on):
        time.sleep(MILLISECONDS / 1000)
        between_stages()
        wanted = {
            name: value if flag in extras else None
            for name, flag, value in (
                ("entropy", Extra.ENTROPY, self._frame.entropy),
                ("visibility", Extra.VISIBILITY, self._frame.visibility),
                ("outside_share", Extra.OUTSIDE, self._frame.outside_share),
            )
        }
        return replace(self._frame, camera=camera, **wanted)

    def intervene(self, interventions):
        """Changes nothing."""

    def close(self):
        """Nothing to give back."""


if __name__ == "__main__":
    MILLISECONDS = float(sys.argv[1])
    serve.program_renderer = QuickRenderer
    sys.exit(serve.serve())
