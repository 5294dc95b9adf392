"""Makes the program's own renderer of a scene, where nobody asks for another."""

from pathlib import Path
from typing import Any

from dvox_core.model.scene import Scene
from dvox_core.rendering.renderer import Renderer


def default_renderer(scene: Scene, device: Any, precision: Any) -> Renderer:
    """The program's own renderer; slow to make, and it imports torch."""
    from dvox_core.rendering.create import create_renderer

    return create_renderer(scene, device=device, precision=precision)


class FirstRenderers:
    """Makes renderers that are ready soonest, for scenes whose faster one is looked for afterwards.

    A file that comes again is read anew while it is trained: nothing faster is looked for then.
    """

    def __init__(self) -> None:
        self._served: set[Path] = set()

    def __call__(self, scene: Scene, device: Any, precision: Any) -> Renderer:
        """The first renderer of a scene; slow to make, and it imports torch."""
        from dvox_core.rendering.first_precision import first_precision

        first = first_precision(scene, device, precision)
        if scene.path is not None:
            if first == "float32" and scene.path in self._served:
                first = precision
            self._served.add(scene.path)
        return default_renderer(scene, device, first)
