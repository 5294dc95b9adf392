"""One open scene after another: opening in the background, and frames for the present camera."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from dvox_core.errors import MissingIntrinsicsError
from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Frame
from dvox_core.rendering.interventions import NO_INTERVENTIONS, Interventions
from dvox_core.rendering.renderer import Renderer, RendererFacts
from viewer.state.interaction import InteractionState
from viewer.state.scene_edits import SceneEdits
from viewer.state.viewer_state import ViewerState
from viewer.workers.background.operation import Operation, Progress
from viewer.workers.background.torch_import import import_torch, prepare_warp
from viewer.workers.rendering.render_thread import RenderThread, default_renderer
from viewer.workers.rendering.renderer_stack import RendererFactory
from viewer.workers.rendering.renderer_upgrades import RendererUpgrades, UpgradeFinder
from viewer.workers.rendering.scene_opener import default_opener

SceneOpener = Callable[[Path, Path | None, Progress], Scene]
"""Opens a file, with an intrinsics.txt or without; may raise `Cancelled` out of the progress."""

LATE_MS = 150
"""How long a frame may take before the window says that it is waited for."""

WARM_UP_DELAY_MS = 300
"""When torch begins to be imported: after the window has been painted."""

OPENING_SHARE = 0.7
"""Share of the progress bar that reading the file takes; preparing the renderer is the rest."""

_log = logging.getLogger(__name__)


class SceneSession(QObject):
    """Opens scenes into the viewer's state and keeps its frame up to date with its camera.

    A scene becomes the open one when its file was read and its renderer made; until then, and for
    good when either fails, the former scene stays as it is. Lives on the window's thread.

    Attributes:
        hand: whether the hand moves the scene at this moment.
        create_renderer: makes the renderers of scenes.
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
    idle_frame = Signal(object)  # Frame of a view asked for by `render_ahead`
    unedited_frame = Signal(object)  # Frame of a view asked for by `render_unedited`
    upgrading = Signal(float, str)  # fraction 0…1, text: a faster renderer is being prepared
    upgrading_ended = Signal()
    torch_ready = Signal()
    torch_failed = Signal(str)  # one line; opening a scene will fail likewise

    def __init__(
        self,
        state: ViewerState,
        parent: QObject | None = None,
        *,
        open_scene: SceneOpener = default_opener,
        create_renderer: RendererFactory = default_renderer,
        warm_up: Callable[[Progress], Any] | None = import_torch,
        device: str = "auto",
        precision: str = "auto",
        find_upgrades: UpgradeFinder | None = None,
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._open_scene = open_scene
        self._device, self._precision = device, precision
        self.create_renderer = create_renderer
        self._generation = 0  # of the newest scene asked for
        self._shown_generation = -1  # of the open scene
        self._opening: Operation | None = None
        self._opening_path: Path | None = None
        self._opening_scene: Scene | None = None  # read, and waiting for its renderer
        self._is_refresh = False  # what is being opened is the open scene's own file
        self._former: list[Operation] = []  # cancelled operations that still have to end
        self._asked = 0  # number of the newest view asked for
        self._answered = 0  # number of the newest view that came, or failed
        self._failure = ""
        self._busy = False
        self._stopped = False

        self._interventions = NO_INTERVENTIONS

        self._thread = RenderThread(create_renderer, self)
        self._thread.prepared.connect(self._show_scene)
        self._thread.prepare_failed.connect(self._report_prepare_failure)
        self._thread.rendered.connect(self._show_frame)
        self._thread.render_failed.connect(self._report_render_failure)
        self._thread.device_changed.connect(self._show_device)
        self._thread.upgraded.connect(self._show_upgrade)
        self._thread.idle_rendered.connect(self._show_idle_frame)
        self.hand = InteractionState(state, self)
        self.hand.moving_changed.connect(self._thread.set_moving)
        self._upgrades: RendererUpgrades | None = None
        if find_upgrades is not None:
            self._upgrades = RendererUpgrades(find_upgrades, self._take_renderer, self)
            self._upgrades.progressed.connect(self.upgrading)
            self._upgrades.ended.connect(self.upgrading_ended)
            self.hand.moving_changed.connect(self._upgrades.set_moving)
        self._to_upgrade: RendererFacts | None = None  # of the open scene, before its first picture
        state.camera_changed.connect(self._submit)
        state.extras_changed.connect(self._submit)

        self._late = QTimer(self, singleShot=True, interval=LATE_MS)
        self._late.timeout.connect(lambda: self._set_busy(True))
        self._warm_up: Operation | None = None
        self._warp_warm_up: Operation | None = None
        if warm_up is not None:
            self._warm_up = Operation(warm_up, "Loading torch")
            self._warm_up.succeeded.connect(lambda _: self.torch_ready.emit())
            self._warm_up.failed.connect(self.torch_failed)
            self._warp_warm_up = Operation(prepare_warp, "Preparing the warp")
            self._warm_up.succeeded.connect(self._warp_warm_up.start)
            self._warm_up_timer = QTimer(self, singleShot=True, interval=WARM_UP_DELAY_MS)
            self._warm_up_timer.timeout.connect(self._warm_up.start)
            self._warm_up_timer.start()

    @property
    def device(self) -> str:
        """Where scenes are rendered, as it was asked for."""
        return self._device

    @property
    def busy(self) -> bool:
        """Whether the present view is late."""
        return self._busy

    @property
    def opening(self) -> Path | None:
        """The file that is being opened."""
        return None if self._is_refresh else self._opening_path

    def open(self, path: Path, intrinsics: Path | None = None) -> None:
        """Open `path` in place of the open scene; one that is being opened is given up."""
        if self._stopped:
            return
        self._begin_reading(path, intrinsics, is_refresh=False)
        self.opening_started.emit(path)

    def refresh(self) -> None:
        """Read the open scene's file anew and show it as it is looked at now, without a word.

        Does nothing while a file is being opened. What fails is told; the scene stays as it was.
        """
        scene = self._state.scene
        if self._stopped or self._opening_path or scene is None or scene.path is None:
            return
        self._begin_reading(scene.path, None, is_refresh=True)

    def _begin_reading(self, path: Path, intrinsics: Path | None, *, is_refresh: bool) -> None:
        self._give_up_opening()
        self._generation += 1
        self._opening_path, self._is_refresh = path, is_refresh
        started = time.perf_counter()

        def read(progress: Progress) -> Scene:
            def share(fraction: float, text: str) -> None:
                progress(fraction * OPENING_SHARE, text)

            scene = self._open_scene(path, intrinsics, share)
            _log.info("read %s in %.2f s", path, time.perf_counter() - started)
            return scene

        operation = Operation(read, f"Opening {path.name}")
        operation.progressed.connect(self._report_progress)
        operation.succeeded.connect(self._prepare)
        operation.failed.connect(lambda line: self._report_opening_failure(operation.error, line))
        operation.cancelled.connect(lambda: self._report_cancelled(path))
        self._opening = operation
        operation.start()

    def cancel_opening(self) -> None:
        """Give up what is being opened; the open scene stays."""
        path = self._opening_path
        if path is None:
            return
        if self._opening is not None:
            self._opening.cancel()  # says so when it has ended
        elif self._thread.cancel_prepare(self._generation):
            self._end_opening()
            self.opening_cancelled.emit(path)

    def set_finisher(self, finish: Callable[[Frame], object]) -> None:
        """Call `finish` with each frame, off the window's thread, before the window has it."""
        self._thread.set_finisher(finish)

    @property
    def is_upgrading(self) -> bool:
        """Whether a faster renderer is being prepared, or soon will be."""
        return self._upgrades is not None and self._upgrades.running

    def render_ahead(self, cameras: Sequence[Camera]) -> None:
        """Render these views of the open scene while nothing else is to be done.

        They take the place of those asked for before, and come by `idle_frame`.
        """
        if self._shown_generation >= 0 and not self._stopped:
            self._thread.submit_idle(
                self._shown_generation, cameras, self._state.extras, self._interventions
            )

    def follow(self, edits: SceneEdits) -> None:
        """Render the open scene under these from now on."""
        edits.interventions_changed.connect(self.set_interventions)
        edits.unedited_wanted.connect(self.render_unedited)
        self.unedited_frame.connect(edits.take_unedited)

    def render_unedited(self, camera: Camera) -> None:
        """Render this view without edits of the grid while nothing else is to be done.

        It comes by `unedited_frame`, before the views that are rendered ahead.
        """
        if self._shown_generation >= 0 and not self._stopped:
            unedited = replace(self._interventions, edits=())
            self._thread.submit_aside(self._shown_generation, camera, self._state.extras, unedited)

    @property
    def interventions(self) -> Interventions:
        """What the open scene's views are rendered under."""
        return self._interventions

    def set_interventions(self, interventions: Interventions) -> None:
        """Render the open scene under `interventions` from now on; another scene begins without."""
        if interventions != self._interventions:
            self._interventions = interventions
            self.render_ahead(())
            self._submit()

    def close_scene(self) -> None:
        """Close the open scene; what is being opened is given up."""
        self._give_up_opening()
        self._generation += 1
        self._shown_generation = -1
        self._forget_views()
        self._give_up_upgrade()
        self._thread.close_scene(self._generation)
        self._state.set_scene(None)

    def stop(self) -> None:
        """Send nothing more, and wait until every thread has ended."""
        if self._stopped:
            return
        self._stopped = True
        self._late.stop()
        self.hand.stop()
        if self._upgrades is not None:
            self._upgrades.stop()
        operations = [*self._former, self._opening, self._warm_up, self._warp_warm_up]
        if self._warm_up is not None:
            self._warm_up_timer.stop()
        for operation in operations:
            if operation is not None:
                operation.cancel()  # all of them first, so that they end side by side
        self._thread.stop()
        for operation in operations:
            if operation is not None:
                operation.stop()
        self._end_opening()

    # Opening

    def _prepare(self, scene: Scene) -> None:
        self._opening = None
        self._opening_scene = scene
        self._report_progress(OPENING_SHARE, "Preparing the networks")
        self._thread.prepare(scene, self._generation, self._device, self._precision)

    def _report_progress(self, fraction: float, text: str) -> None:
        if not self._is_refresh:
            self.opening_progress.emit(fraction, text)

    def _show_scene(self, generation: int, facts: RendererFacts) -> None:
        scene = self._opening_scene
        if generation != self._generation or scene is None:
            return
        former, is_refresh = self._state.scene, self._is_refresh
        self._end_opening()
        self._shown_generation = -1
        self._forget_views()
        self._give_up_upgrade()
        if is_refresh and former is not None and former.config == scene.config:
            self._state.refresh_scene(scene)
        else:
            self._state.set_scene(scene)
        self._state.set_renderer(facts)
        # Once, however many of its facts changed: a first view is not to wait for a useless one.
        self._shown_generation = generation
        # One that is still being trained comes anew too soon for that to pay.
        self._to_upgrade = None if is_refresh else facts
        self._submit()
        (self.refreshed if is_refresh else self.opened).emit(scene)

    def _report_prepare_failure(self, generation: int, error: Exception, line: str) -> None:
        if generation == self._generation and self._opening_path is not None:
            self._report_opening_failure(error, line)

    def _report_opening_failure(self, error: BaseException | None, line: str) -> None:
        path = self._opening_path
        self._end_opening()
        if isinstance(error, MissingIntrinsicsError):
            self.intrinsics_missing.emit(path)
        else:
            self.open_failed.emit(path, line)

    def _report_cancelled(self, path: Path) -> None:
        self._end_opening()
        self.opening_cancelled.emit(path)

    def _give_up_opening(self) -> None:
        """Forget what is being opened without a word; its thread ends by itself."""
        if self._opening is not None:
            former = self._opening
            for signal in (former.succeeded, former.failed, former.cancelled, former.progressed):
                signal.disconnect()
            former.finished.connect(lambda: self._former.remove(former))
            self._former.append(former)
            former.cancel()
        elif self._opening_path is not None:
            self._thread.cancel_prepare(self._generation)
        self._end_opening()

    def _end_opening(self) -> None:
        self._opening = None
        self._opening_path = None
        self._opening_scene = None
        self._is_refresh = False

    # Frames

    def _submit(self, *_: object) -> None:
        camera = self._state.camera
        if camera is None or self._shown_generation < 0 or self._stopped:
            return
        self._asked += 1
        self._thread.submit(
            self._shown_generation, self._asked, camera, self._state.extras, self._interventions
        )
        if not self._busy and not self._late.isActive():
            self._late.start()

    def _show_frame(self, generation: int, number: int, frame: Frame) -> None:
        if generation != self._shown_generation:
            return
        self._failure = ""
        if not frame.draft:
            self._answer(number)
        self._state.set_frame(frame)
        self._begin_upgrade()

    def _report_render_failure(self, generation: int, number: int, line: str) -> None:
        if generation != self._shown_generation:
            return
        self._answer(number)
        if line != self._failure:  # not once a mouse event
            self._failure = line
            self.render_failed.emit(line)

    def _show_device(self, generation: int, facts: RendererFacts, line: str) -> None:
        if generation == self._shown_generation:
            self._state.set_renderer(facts)
            self.notice.emit(line)

    # Faster renderers, and views ahead

    def _begin_upgrade(self) -> None:
        """After a scene's first picture, which nothing is to hold up."""
        facts, self._to_upgrade = self._to_upgrade, None
        scene = self._state.scene
        if facts is not None and scene is not None and self._upgrades is not None:
            self._upgrades.begin(scene, self._shown_generation, facts, self._precision)

    def _give_up_upgrade(self) -> None:
        self._interventions = NO_INTERVENTIONS
        self._to_upgrade = None
        if self._upgrades is not None:
            self._upgrades.cancel()

    def _take_renderer(self, generation: int, renderer: Renderer, quick: bool) -> None:
        self._thread.take_renderer(generation, renderer, quick=quick)

    def _show_upgrade(
        self, generation: int, facts: RendererFacts, quick: RendererFacts | None
    ) -> None:
        if generation == self._shown_generation:
            _log.info("rendering by %s; by %s while the hand moves", facts, quick or "the same")
            self._state.set_renderer(facts)

    def _show_idle_frame(self, generation: int, frame: Frame) -> None:
        if generation != self._shown_generation:
            return
        if frame.interventions == self._interventions:
            self.idle_frame.emit(frame)
        elif not frame.interventions.edits:
            self.unedited_frame.emit(frame)

    def _answer(self, number: int) -> None:
        self._answered = number
        if self._answered == self._asked:
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
