"""Makes the program's own renderer of a scene, where nobody asks for another."""

from typing import Any

from dvox_core.model.scene import Scene
from dvox_core.rendering.renderer import Renderer


def default_renderer(scene: Scene, device: Any, precision: Any) -> Renderer:
    """The program's own renderer; slow to make, and it imports torch."""
    from dvox_core.rendering.create import create_renderer

    return create_renderer(scene, device=device, precision=precision)
