"""The argument --edits: renders under the interventions of an edit file."""

from pathlib import Path
from typing import TYPE_CHECKING

from dvox_core.errors import UserError

if TYPE_CHECKING:
    from dvox_core.model.scene import Scene
    from dvox_core.rendering.interventions import Interventions
    from dvox_core.rendering.renderer import Renderer


def render_under(renderer: "Renderer", edits: Path, scene: "Scene") -> "Interventions":
    """Let a renderer render under an edit file from now on.

    Raises:
        UserError: the file cannot be used, or this renderer takes no edits.
    """
    from dvox_core.inspection.edit_files import read_edits
    from dvox_core.rendering.renderer import Intervening

    interventions = read_edits(edits, scene)
    if not isinstance(renderer, Intervening):
        raise UserError(
            f"--edits {edits}: cannot be rendered this way; leave --engine ray and other systems "
            "than DeepVoxels out"
        )
    renderer.intervene(interventions)
    return interventions
