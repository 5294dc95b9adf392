"""One open scene after another, with frames for the present camera."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from dvox_core.errors import MissingIntrinsicsError
from dvox_core.geometry.cameras import Camera
from dvox_core.rendering.frame import Frame
from dvox_core.rendering.interventions import NO_INTERVENTIONS, Interventions
from dvox_core.rendering.renderer import Renderer, RendererFacts
from viewer.state.interaction import InteractionState
from viewer.state.scene_edits import SceneEdits
from viewer.state.viewer_state import ViewerState
from viewer.workers.background.freed_memory import FreedMemory
from viewer.workers.background.operation import Progress
from viewer.workers.background.torch_import import import_torch
from viewer.workers.background.warm_up import WarmUp
from viewer.workers.rendering.default_renderer import default_renderer
from viewer.workers.rendering.render_requests import RequestKind
from viewer.workers.rendering.render_thread import RenderThread
from viewer.workers.rendering.renderer_stack import RendererFactory
from viewer.workers.rendering.renderer_upgrades import RendererUpgrades, UpgradeFinder
from viewer.workers.rendering.scene_opener import (
    FailedOpening,
    OpenedScene,
    ReadScene,
    SceneOpener,
    read_scene,
)
from viewer.workers.trust.trust_finder import TrustFinder

LATE_MS = 150
"""How long a frame may take before the window says that it is waited for."""

_log = logging.getLogger(__name__)


class SceneSession(QObject):
    """Opens scenes into the viewer's state and keeps its frame up to date with its camera.

    A scene becomes the open one when its file was read and its renderer made; until then, and for
    good when either fails, the former scene stays as it is. Lives on the window's thread.

    Attributes:
        interaction: whether the user moves the scene at this moment.
        create_renderer: makes the renderers of scenes, but for the open one's first where
            `create_first` makes that.
        trust: finds out how far views can be trusted, for frames that are to tell it.
    """

    opening_started = Signal(object)  # Path
    opening_progress = Signal(float, str)  # fraction 0…1, text
    opened = Signal(object)  # Scene
    refreshed = Signal(object)  # Scene: the open one, read anew
    open_failed = Signal(object, str)  # Path, one line
    opening_cancelled = Signal(object)  # Path
    intrinsics_missing = Signal(object)  # Path: the file is fine, its intrinsics.txt is not there
    render_failed = Signal(str)  # one line, once a failure; the last good picture stays
    notice = Signal(str)  # one line: what the program chose to do differently
    busy_changed = Signal(bool)  # whether the present view is over `LATE_MS` late
    prefetched = Signal(object)  # Frame of a view asked for by `prefetch`
    unedited_frame = Signal(object)  # Frame of a view asked for by `render_unedited`
    upgrading = Signal(float, str)  # fraction 0…1, text: a faster renderer is being prepared
    upgrading_ended = Signal()
    libraries_read = Signal()  # into the system's cache, while no scene is expected
    torch_ready = Signal()  # once a scene was expected
    torch_failed = Signal(str)  # one line; opening a scene will fail likewise

    def __init__(
        self,
        state: ViewerState,
        parent: QObject | None = None,
        *,
        open_scene: ReadScene = read_scene,
        create_renderer: RendererFactory = default_renderer,
        create_first: RendererFactory | None = None,
        warm_up: Callable[[Progress], Any] | None = import_torch,
        device: str = "auto",
        precision: str = "auto",
        find_upgrades: UpgradeFinder | None = None,
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._device, self._precision = device, precision
        self.create_renderer = create_renderer
        self._generation = -1  # of the open scene
        self._refresh_generation = -1  # the open scene's own file, when it was last read anew
        self._asked = 0  # number of the newest view asked for
        self._answered = 0  # number of the newest view that came, or failed
        self._failure = ""
        self._busy = False
        self._stopped = False

        self._interventions = NO_INTERVENTIONS

        self._thread = RenderThread(create_first or create_renderer, self)
        self._thread.rendered.connect(self._on_rendered)
        self._thread.render_failed.connect(self._on_render_failed)
        self._thread.device_changed.connect(self._on_device_changed)
        self._thread.renderer_changed.connect(self._on_renderer_changed)
        self._thread.idle_rendered.connect(self._on_idle_rendered)
        self._opener = SceneOpener(
            self._thread, open_scene, device=device, precision=precision, parent=self
        )
        self._opener.progressed.connect(self._on_opening_progressed)
        self._opener.opened.connect(self._on_opened)
        self._opener.failed.connect(self._on_opening_failed)
        self._opener.cancelled.connect(self.opening_cancelled)
        self.interaction = InteractionState(state, self)
        self.interaction.interacting_changed.connect(self._thread.set_interacting)
        self._upgrades: RendererUpgrades | None = None
        if find_upgrades is not None:
            self._upgrades = RendererUpgrades(find_upgrades, self._add_renderer, self)
            self._upgrades.progressed.connect(self.upgrading)
            self._upgrades.ended.connect(self.upgrading_ended)
            self.interaction.interacting_changed.connect(self._upgrades.set_interacting)
        self._to_upgrade: RendererFacts | None = None  # of the open scene, before its first picture
        self._freed_memory = FreedMemory(self)
        self.trust = TrustFinder(state, self)
        self.trust.changed.connect(self._submit)
        self._thread.set_frame_completer(self.trust.complete)
        state.camera_changed.connect(self._submit)
        state.extras_changed.connect(self._submit)

        self._late = QTimer(self, singleShot=True, interval=LATE_MS)
        self._late.timeout.connect(lambda: self._set_busy(True))
        self._warm_up = WarmUp(warm_up, self)
        self._warm_up.read_ahead.connect(self.libraries_read)
        self._warm_up.ready.connect(self.torch_ready)
        self._warm_up.failed.connect(self.torch_failed)

    @property
    def device(self) -> str:
        """Where scenes are rendered, as it was asked for."""
        return self._device

    @property
    def is_waiting(self) -> bool:
        """Whether the full frame of the present view is still to come."""
        return self._answered != self._asked

    @property
    def busy(self) -> bool:
        """Whether the present view is late."""
        return self._busy

    @property
    def opening(self) -> Path | None:
        """The file that is being opened."""
        return None if self._is_refreshing else self._opener.path

    def expect_scene(self) -> None:
        """One will be opened soon: load meanwhile what rendering needs."""
        self._warm_up.begin()

    def open(self, path: Path, intrinsics: Path | None = None) -> None:
        """Open `path` in place of the open scene; one that is being opened is given up."""
        if self._stopped:
            return
        self.expect_scene()
        self._opener.open(path, intrinsics)
        self.opening_started.emit(path)

    def refresh(self) -> None:
        """Read the open scene's file anew and keep the present view; only a failure is reported.

        Does nothing while a file is being opened. A failure is reported; the scene stays as it was.
        """
        scene = self._state.scene
        if self._stopped or self._opener.path or scene is None or scene.path is None:
            return
        self._opener.open(scene.path)
        self._refresh_generation = self._opener.generation

    def cancel_opening(self) -> None:
        """Give up what is being opened; the open scene stays."""
        self._opener.cancel()

    def set_frame_preparer(self, prepare: Callable[[Frame], object]) -> None:
        """Call `prepare` with each frame, off the window's thread, before the window has it."""
        self._thread.set_frame_preparer(prepare)

    @property
    def is_upgrading(self) -> bool:
        """Whether a faster renderer is being prepared, or soon will be."""
        return self._upgrades is not None and self._upgrades.running

    def prefetch(self, cameras: Sequence[Camera]) -> None:
        """Render these views of the open scene while nothing else is to be done.

        They take the place of those asked for before, and come by `prefetched`.
        """
        if self._generation >= 0 and not self._stopped:
            self._thread.prefetch(
                self._generation, cameras, self._state.extras, self._interventions
            )

    def follow(self, edits: SceneEdits) -> None:
        """Render the open scene under these from now on."""
        edits.interventions_changed.connect(self.set_interventions)
        edits.unedited_wanted.connect(self.render_unedited)
        self.unedited_frame.connect(edits.set_unedited)

    def render_unedited(self, camera: Camera) -> None:
        """Render this view without edits of the grid while nothing else is to be done.

        It comes by `unedited_frame`, before the views that are prefetched.
        """
        if self._generation >= 0 and not self._stopped:
            unedited = replace(self._interventions, edits=())
            self._thread.submit_comparison(self._generation, camera, self._state.extras, unedited)

    @property
    def interventions(self) -> Interventions:
        """What the open scene's views are rendered under."""
        return self._interventions

    def set_interventions(self, interventions: Interventions) -> None:
        """Render the open scene under `interventions` from now on; another scene begins without."""
        if interventions != self._interventions:
            self._interventions = interventions
            self.prefetch(())
            self._submit()

    def close_scene(self) -> None:
        """Close the open scene; what is being opened is given up."""
        self._generation = -1
        self._forget_views()
        self._give_up_upgrade()
        self._opener.close_scene()
        self._state.set_scene(None)
        if not self._stopped:
            self._freed_memory.give_back_soon()

    def stop(self) -> None:
        """Send nothing more, and wait until every thread has ended."""
        if self._stopped:
            return
        self._stopped = True
        self._late.stop()
        self.interaction.stop()
        self._freed_memory.stop()
        self.trust.stop()
        if self._upgrades is not None:
            self._upgrades.stop()
        self._opener.abandon()
        self._thread.stop()
        self._opener.stop()
        self._warm_up.stop()

    # Opening

    @property
    def _is_refreshing(self) -> bool:
        return self._opener.generation == self._refresh_generation

    def _on_opening_progressed(self, fraction: float, text: str) -> None:
        if not self._is_refreshing:
            self.opening_progress.emit(fraction, text)

    def _on_opened(self, opened: OpenedScene) -> None:
        former, scene = self._state.scene, opened.scene
        is_refresh = opened.generation == self._refresh_generation
        self._generation = -1
        self._forget_views()
        self._give_up_upgrade()
        if is_refresh and former is not None and former.config == scene.config:
            self._state.refresh_scene(scene)
        else:
            self._state.set_scene(scene)
        self._state.set_renderer(opened.facts)
        # Once, however many of its facts changed: a first view is not to wait for a useless one.
        self._generation = opened.generation
        # One that is still being trained comes anew too soon for that to pay.
        self._to_upgrade = None if is_refresh else opened.facts
        self._submit()
        (self.refreshed if is_refresh else self.opened).emit(scene)

    def _on_opening_failed(self, failure: FailedOpening) -> None:
        if isinstance(failure.error, MissingIntrinsicsError):
            self.intrinsics_missing.emit(failure.path)
        else:
            self.open_failed.emit(failure.path, failure.line)

    # Frames

    def _submit(self, *_: object) -> None:
        camera = self._state.camera
        if camera is None or self._generation < 0 or self._stopped:
            return
        self._asked += 1
        self._thread.submit(
            self._generation, self._asked, camera, self._state.extras, self._interventions
        )
        if not self._busy and not self._late.isActive():
            self._late.start()

    def _on_rendered(self, generation: int, number: int, frame: Frame) -> None:
        if generation != self._generation:
            return
        self._failure = ""
        if not frame.draft:
            self._answer(number)
        self._state.set_frame(frame)
        self._warm_up.prepare_warp()
        self._begin_upgrade()

    def _on_render_failed(self, generation: int, number: int, line: str) -> None:
        if generation != self._generation:
            return
        self._answer(number)
        if line != self._failure:  # not once a mouse event
            self._failure = line
            self.render_failed.emit(line)

    def _on_device_changed(self, generation: int, facts: RendererFacts, line: str) -> None:
        if generation == self._generation:
            self._state.set_renderer(facts)
            self.notice.emit(line)

    # Faster renderers, and prefetched views

    def _begin_upgrade(self) -> None:
        """After a scene's first picture, which nothing is to hold up."""
        facts, self._to_upgrade = self._to_upgrade, None
        scene = self._state.scene
        if facts is not None and scene is not None and self._upgrades is not None:
            self._upgrades.begin(scene, self._generation, facts, self._precision)

    def _give_up_upgrade(self) -> None:
        self._interventions = NO_INTERVENTIONS
        self._to_upgrade = None
        if self._upgrades is not None:
            self._upgrades.cancel()

    def _add_renderer(self, generation: int, renderer: Renderer, quick: bool) -> None:
        self._thread.add_renderer(generation, renderer, quick=quick)

    def _on_renderer_changed(
        self, generation: int, facts: RendererFacts, quick: RendererFacts | None
    ) -> None:
        if generation == self._generation:
            _log.info("rendering by %s; by %s while the camera moves", facts, quick or "the same")
            self._state.set_renderer(facts)

    def _on_idle_rendered(self, generation: int, kind: RequestKind, frame: Frame) -> None:
        if generation != self._generation:
            return
        match kind:
            case RequestKind.COMPARISON:
                self.unedited_frame.emit(frame)
            case RequestKind.PREFETCH if frame.interventions == self._interventions:
                self.prefetched.emit(frame)

    def _answer(self, number: int) -> None:
        self._answered = number
        if not self.is_waiting:
            self._late.stop()
            self._set_busy(False)
        elif not self._busy:
            self._late.start()  # a newer view is on its way, and may take its time again

    def _forget_views(self) -> None:
        self._answered = self._asked
        self._failure = ""
        self._late.stop()
        self._set_busy(False)

    def _set_busy(self, busy: bool) -> None:
        if busy != self._busy:
            self._busy = busy
            self.busy_changed.emit(busy)
