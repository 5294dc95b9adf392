"""Finds a faster renderer than the one that serves already, for a caller in the background."""

from collections.abc import Callable

from dvox_core.model.scene import Scene
from dvox_core.rendering.create import Precision
from dvox_core.rendering.renderer import Renderer, RendererFacts

Progress = Callable[[float, str], None]
"""Called with a share of 0…1 and what is being done; may raise `Cancelled`."""

WORTH_IT = 1.2
"""A renderer of lower precision must be this many times as fast to be worth its loss."""


def prepare_upgrade(
    scene: Scene,
    facts: RendererFacts,
    progress: Progress,
    precision: Precision = "auto",
) -> Renderer | None:
    """The renderer that was measured to be the fastest here, or None if that one serves already.

    Slow (seconds, up to a minute), so it is called in a thread of its own. It shares nothing that
    changes with the renderer in use, which may render meanwhile.

    Args:
        scene: what to render.
        facts: of the renderer in use.
        progress: told what is done; raising `Cancelled` in it ends the work.
        precision: what the user asked for; only "auto" leaves a choice of it.

    Raises:
        Cancelled: `progress` said so.
        CheckpointError: the scene's weights cannot be used.
    """
    progress(0.0, "Looking for a faster renderer")
    return None


def prepare_quick(scene: Scene, facts: RendererFacts, progress: Progress) -> Renderer | None:
    """A renderer of lower precision to use while the hand moves, or None where none pays.

    It is at least `WORTH_IT` times as fast as the one that `facts` tells of, and within its
    precision's floor of the float32 picture. Otherwise as `prepare_upgrade`.

    Raises:
        Cancelled: `progress` said so.
        CheckpointError: the scene's weights cannot be used.
    """
    progress(0.0, "Looking for a quicker renderer")
    return None
