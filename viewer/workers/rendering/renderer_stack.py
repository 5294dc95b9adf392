"""The renderers of one scene: the full one, perhaps a quick one before it, and the CPU behind."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from dvox_core.errors import DeviceError
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Frame
from dvox_core.rendering.interventions import NO_INTERVENTIONS, Interventions
from dvox_core.rendering.renderer import (
    BetweenStages,
    Intervening,
    Renderer,
    RendererFacts,
    Streaming,
)
from viewer.workers.background.operation import error_line
from viewer.workers.rendering.render_requests import RenderRequest

RendererFactory = Callable[[Scene, Any, Any], Renderer]
"""Makes a renderer of a scene on a device ("auto", "cpu", …) with a precision ("auto", …)."""

SLOW_MS = 100.0
"""A full frame that takes longer is worth a quick one before it."""

_log = logging.getLogger(__name__)


@dataclass
class StackEntry:
    """A renderer, and what it renders under at present."""

    renderer: Renderer
    interventions: Interventions = field(default=NO_INTERVENTIONS)

    def render(self, request: RenderRequest, between_stages: BetweenStages) -> Frame:
        """The view that `request` asks for, with the renderer's name on it."""
        self.intervene(request.interventions)
        return self.signed(self.renderer.render(request.camera, request.extras, between_stages))

    def intervene(self, interventions: Interventions) -> None:
        """Render under these from now on, where the renderer can."""
        if isinstance(self.renderer, Intervening) and interventions != self.interventions:
            self.renderer.intervene(interventions)
            self.interventions = interventions

    def signed(self, frame: Frame) -> Frame:
        """A frame with the renderer's name on it."""
        facts = self.renderer.facts
        return replace(frame, made_by=f"{facts.backend} {facts.precision}")

    def close(self) -> None:
        """Give the renderer's memory back, even where it fails."""
        try:
            self.renderer.close()
        except Exception:
            _log.exception("giving the renderer's memory back failed")


class RendererStack:
    """Renders one scene by what is there and works. Belongs to the thread that renders.

    Attributes:
        scene: what is rendered.
        note: why the CPU renders, as a line, once it had to; else ''.
    """

    def __init__(
        self, create_renderer: RendererFactory, scene: Scene, device: str, precision: str
    ) -> None:
        """Make the full renderer; on the CPU where the device chosen by itself lacks memory.

        Raises:
            UserError, or whatever else comes of making the renderer.
        """
        self.scene, self.note = scene, ""
        self._create_renderer, self._precision = create_renderer, precision
        self._full: StackEntry | None = None
        self._quick: StackEntry | None = None
        self._full_ms = 0.0
        try:
            self._full = StackEntry(create_renderer(scene, device, precision))
        except DeviceError as error:
            if device != "auto":
                raise
            note = _fall_back(error)
        else:
            self._facts = self._full.renderer.facts
            return
        self._use_cpu(note)

    @property
    def facts(self) -> RendererFacts:
        """The full renderer, and why it is not what was asked for."""
        return replace(self._facts, note=self.note) if self.note else self._facts

    @property
    def quick_facts(self) -> RendererFacts | None:
        """The quick renderer, if there is one."""
        return self._quick.renderer.facts if self._quick else None

    @property
    def quick_pays(self) -> bool:
        """Whether a quick picture is to come before the full one."""
        return self._quick is not None and self._full_ms > SLOW_MS

    @property
    def streaming(self) -> StackEntry | None:
        """The full renderer where it is far away, so that several views are to be under way."""
        full = self._full
        return full if full is not None and isinstance(full.renderer, Streaming) else None

    def set_full(self, renderer: Renderer) -> None:
        """Render by `renderer` from now on; the former one's memory is given back."""
        former, self._full = self._full, StackEntry(renderer)
        self._facts, self._full_ms = renderer.facts, 0.0
        if former is not None:
            former.close()

    def set_quick(self, renderer: Renderer) -> None:
        """Render drafts by `renderer` from now on; the former one's memory is given back."""
        former, self._quick = self._quick, StackEntry(renderer)
        if former is not None:
            former.close()

    def quick_frame(self, request: RenderRequest, between_stages: BetweenStages) -> Frame:
        """The view by the quick renderer, marked as a draft."""
        assert self._quick is not None
        return replace(self._quick.render(request, between_stages), draft=True)

    def full_frame(self, request: RenderRequest, between_stages: BetweenStages) -> Frame:
        """The view by the full renderer; by the CPU from now on if the device fails.

        `note` and `facts` have changed then.
        """
        if self._full is None:  # an earlier fall back failed: try again
            self._use_cpu(self.note)
        assert self._full is not None
        try:
            frame = self._full.render(request, between_stages)
        except DeviceError as error:
            if self._full.renderer.facts.device == "cpu":
                raise
            note = _fall_back(error)
        else:
            self._full_ms = frame.total_ms
            return frame
        # Outside the handler: its traceback would keep the failed device's memory.
        self._use_cpu(note)
        return self._full.render(request, between_stages)

    def compressed_frame(self, request: RenderRequest, between_stages: BetweenStages) -> Frame:
        """The view as it comes soonest: compressed where the renderer is far away."""
        entry = self.streaming
        if entry is None or not isinstance(entry.renderer, Streaming):
            return self.full_frame(request, between_stages)
        entry.intervene(request.interventions)
        frame = entry.renderer.render_quickly(request.camera, request.extras, between_stages)
        return entry.signed(frame)

    def close(self) -> None:
        """Give all memory back."""
        entries = (self._full, self._quick)
        self._full = self._quick = None
        for entry in entries:
            if entry is not None:
                entry.close()

    def _use_cpu(self, note: str) -> None:
        self.close()
        self._full = StackEntry(self._create_renderer(self.scene, "cpu", self._precision))
        self._facts, self._full_ms = self._full.renderer.facts, 0.0
        self.note = note


def _fall_back(error: DeviceError) -> str:
    _log.warning("falling back to the CPU: %s", error)
    return f"{error_line(error, 'Rendering')}; using the CPU instead"
