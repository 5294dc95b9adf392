"""Finds a faster renderer than the one that serves already, for a caller in the background.

What may render is measured once on a machine and kept; a scene is shown only in what agrees with
its own float32 picture.
"""

import logging
import math
from collections.abc import Callable, Sequence

import torch

from dvox_core import allocator
from dvox_core.model.scene import Scene
from dvox_core.rendering import create
from dvox_core.rendering.create import Precision, bfloat16_is_fast, make_renderer
from dvox_core.rendering.first_precision import keep_agreement
from dvox_core.rendering.fused import openvino_network
from dvox_core.rendering.renderer import Renderer, RendererFacts
from dvox_core.rendering.renderer_timing import Candidate, Findings, measure_candidates

Progress = Callable[[float, str], None]
"""Called with a share of 0…1 and what is being done; may raise `Cancelled`."""

WORTH_A_CHANGE = 1.25
"""A renderer must be this many times as fast to take the place of another.

OpenVINO cannot give up a thread while the hand moves, as torch does: at 1.1 it was chosen for a
model of 128 pixels, and the window's interval of 17 ms then reached 22 in one of 20.
"""

WORTH_A_LOSS = 1.2
"""One of lower precision must be this many times as fast."""

BFLOAT16 = Candidate("torch", "bfloat16")

log = logging.getLogger(__name__)


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
        precision: what the user asked for; "auto" leaves the choice between float32 and bfloat16.

    Raises:
        Cancelled: `progress` said so.
        CheckpointError: the scene's weights cannot be used.
    """
    progress(0.0, "Looking for a faster renderer")
    precisions = ["float32", "bfloat16"] if precision == "auto" else [precision]
    candidates = possible_candidates(precisions)
    return _best(scene, facts, progress, candidates, WORTH_A_CHANGE, torch.get_num_threads())


def prepare_bfloat16(scene: Scene, facts: RendererFacts, progress: Progress) -> Renderer | None:
    """torch's bfloat16 in place of float32, which serves meanwhile; None where it is no better.

    Sooner there than what `prepare_upgrade` finds among all. Otherwise as that.

    Raises:
        Cancelled: `progress` said so.
        CheckpointError: the scene's weights cannot be used.
    """
    if not bfloat16_is_fast(torch.device("cpu")):
        return None
    progress(0.0, "Comparing bfloat16 with float32")
    return _best(scene, facts, progress, [BFLOAT16], 1.0, torch.get_num_threads())


def prepare_quick(scene: Scene, facts: RendererFacts, progress: Progress) -> Renderer | None:
    """A renderer in 8 bits to use while the hand moves, or None where none pays.

    It is at least `WORTH_A_LOSS` times as fast as the one that `facts` tells of, and within its
    precision's floor of the float32 picture. Otherwise as `prepare_upgrade`.

    Raises:
        Cancelled: `progress` said so.
        CheckpointError: the scene's weights cannot be used.
    """
    progress(0.0, "Looking for a quicker renderer")
    # A thread less: while the hand moves, the window needs a core.
    threads = max(torch.get_num_threads() - 1, 1)
    candidates = possible_candidates(["int8"])
    return _best(scene, facts, progress, candidates, WORTH_A_LOSS, threads)


def possible_candidates(precisions: Sequence[str]) -> list[Candidate]:
    """What can render here on the CPU in one of these precisions."""
    backends = ["torch", "openvino"] if openvino_network.is_installed() else ["torch"]
    fast = bfloat16_is_fast(torch.device("cpu"))
    return [
        Candidate(backend, precision)
        for backend in backends
        for precision in precisions
        if (precision != "bfloat16" or fast) and (precision != "int8" or backend == "openvino")
    ]


def _best(
    scene: Scene,
    facts: RendererFacts,
    progress: Progress,
    possible: Sequence[Candidate],
    worth: float,
    threads: int,
) -> Renderer | None:
    if facts.device != "cpu" or not scene.config.has_grid:  # baselines need no quicker one
        return None
    if not openvino_network.is_installed():
        log.info("OpenVINO is not installed; rendering by torch alone")
    present = Candidate(facts.backend, facts.precision)
    candidates = [candidate for candidate in possible if candidate != present]
    if not candidates:
        return None
    findings = measure_candidates(scene, [present, *candidates], progress)
    if BFLOAT16 in findings.agreements_db:
        keep_agreement(scene, findings.agreements_db[BFLOAT16])
    chosen = _choose(scene, present, candidates, findings, worth)
    if chosen is None:
        return None
    progress(0.9, "Preparing a faster renderer")
    renderer = make_renderer(
        scene,
        torch.device("cpu"),
        chosen.precision,
        chosen.backend,
        between_steps=lambda: progress(0.9, "Preparing a faster renderer"),
        threads=threads,
    )
    allocator.give_freed_memory_back()
    return renderer


def _choose(
    scene: Scene,
    present: Candidate,
    candidates: Sequence[Candidate],
    findings: Findings,
    worth: float,
) -> Candidate | None:
    """The fastest candidate that agrees and is worth it; says why others are refused."""
    agreeing = []
    for candidate in candidates:
        floor, agreement = create.FLOORS_DB[candidate.precision], findings.agreements_db[candidate]
        if agreement >= floor:
            agreeing.append(candidate)
        else:
            log.info(
                "%s: %s is only %.0f dB from float32 on this scene, not the %.0f that it must be; "
                "refused",
                scene.name,
                candidate,
                agreement,
                floor,
            )
    times = dict(findings.frames_ms)
    if findings.agreements_db.get(present, math.inf) < create.FLOORS_DB[present.precision]:
        times[present] = math.inf  # it served because of what was found of a former file
    chosen = min(agreeing, key=times.__getitem__, default=None)
    if chosen is None or times[present] < worth * times[chosen]:
        log.info("%s: staying with %s (%.1f ms a frame)", scene.name, present, times[present])
        return None
    log.info(
        "%s: %s takes %.1f ms a frame, %s %.1f",
        scene.name,
        chosen,
        times[chosen],
        present,
        times[present],
    )
    return chosen
