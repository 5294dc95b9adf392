"""Renders several systems from one camera in one thread; the newest camera wins."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from dvox_core.errors import Cancelled
from dvox_core.geometry.cameras import Camera
from dvox_core.rendering.frame import Extra
from dvox_core.rendering.renderer import Renderer
from viewer.widgets.images import frame_image
from viewer.workers.background.mailbox import Mailbox
from viewer.workers.background.operation import error_line
from viewer.workers.background.torch_import import import_torch

MAX_TILES = 5


@dataclass(frozen=True)
class TileSource:
    """What a tile shows.

    Attributes:
        title: of the system.
        scene: its scene; None for the nearest view, which needs the capture alone.
        capture: the capture's folder.
        view: the name of the view to begin with; "" for the scene's own start.
        side: of the nearest view's pictures, pixels.
    """

    title: str
    scene: Path | None
    capture: Path
    view: str
    side: int


@dataclass(frozen=True, eq=False)
class TileScene:
    """What turning needs to know of a scene.

    Attributes:
        start: the camera to begin with.
        pivot: [3], what the camera turns around, world units.
        up: [3], the unit vector that stays up.
    """

    start: Camera
    pivot: NDArray[np.float64]
    up: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PreparedTile:
    """A tile's renderer, and what turning needs."""

    renderer: Renderer
    scene: TileScene


Prepare = Callable[[TileSource], PreparedTile]


@dataclass(frozen=True, eq=False)
class TileReady:
    """A tile can be turned."""

    tile: int
    scene: TileScene


@dataclass(frozen=True, eq=False)
class TilePainted:
    """A tile's picture, border cut, from a camera."""

    tile: int
    camera: Camera
    picture: QImage


@dataclass(frozen=True)
class TileFailed:
    """A tile that cannot be shown."""

    tile: int
    line: str


TileEvent = TileReady | TilePainted | TileFailed


class TileRenderer(QObject):
    """One thread that prepares a renderer for each tile and keeps all at the newest camera."""

    told = Signal(object)  # TileEvent, on the window's thread

    _reported = Signal(object)  # from the thread

    def __init__(
        self,
        sources: Sequence[TileSource],
        parent: QObject | None = None,
        *,
        prepare: Prepare | None = None,
    ) -> None:
        super().__init__(parent)
        self._sources = tuple(sources[:MAX_TILES])
        self._prepare = prepare or prepare_tile
        self._mailbox: Mailbox[Camera] = Mailbox()
        self._thread = threading.Thread(target=self._run, name="Side by side", daemon=True)
        self._reported.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._stopped = False

    def start(self) -> None:
        """Begin to prepare the tiles."""
        self._thread.start()

    def show(self, camera: Camera) -> None:
        """Render all tiles from this camera, in place of any before."""
        self._mailbox.put(camera)

    def stop(self) -> None:
        """Send nothing more, and wait until the thread has ended."""
        self._stopped = True
        self._mailbox.close()
        if self._thread.ident is not None:
            self._thread.join()

    def _deliver(self, event: TileEvent) -> None:
        if not self._stopped:
            self.told.emit(event)

    # In the thread

    def _run(self) -> None:
        tiles: dict[int, Renderer] = {}
        try:
            for number, source in enumerate(self._sources):
                if self._mailbox.closed:
                    return
                try:
                    prepared = self._prepare(source)
                except Exception as error:
                    self._fail(number, error)
                    continue
                tiles[number] = prepared.renderer
                self._reported.emit(TileReady(number, prepared.scene))
            self._keep_painting(tiles)
        finally:
            for renderer in tiles.values():
                renderer.close()

    def _keep_painting(self, tiles: dict[int, Renderer]) -> None:
        newest: Camera | None = None
        shown: dict[int, Camera | None] = dict.fromkeys(tiles)  # least recently painted first
        while not self._mailbox.closed:
            newest = self._mailbox.take_now() or newest
            behind = [number for number, camera in shown.items() if camera is not newest]
            if newest is None or not behind:
                newest = self._mailbox.take() or newest
                continue
            number = behind[0]
            shown.pop(number)
            shown[number] = newest
            try:
                frame = tiles[number].render(newest, Extra.NONE, self._require_open)
            except Cancelled:
                return
            except Exception as error:
                self._fail(number, error)
                del shown[number]
                continue
            self._reported.emit(TilePainted(number, newest, frame_image(frame)))

    def _require_open(self) -> None:
        if self._mailbox.closed:
            raise Cancelled

    def _fail(self, number: int, error: Exception) -> None:
        line = error_line(error, f"Showing {self._sources[number].title}")
        self._reported.emit(TileFailed(number, line))


def prepare_tile(source: TileSource) -> PreparedTile:
    """Open a tile's scene, or the capture for the nearest view, and make its renderer."""
    if source.scene is None:
        return _prepare_nearest(source)
    import_torch(lambda fraction, text: None)  # the window's thread is kept free meanwhile
    from dvox_core.checkpoints.opening import open_scene
    from dvox_core.rendering.create import create_renderer

    scene = open_scene(source.scene)
    cameras = {view.name: view.camera for view in scene.cameras}
    start = cameras.get(source.view, scene.start_camera)
    turning = TileScene(start, np.asarray(scene.pivot), np.asarray(scene.up_axis))
    return PreparedTile(create_renderer(scene, "auto", "auto"), turning)


def _prepare_nearest(source: TileSource) -> PreparedTile:
    from dvox_core.baselines.nearest_view import NearestViewRenderer
    from dvox_core.data.loading import load_capture

    capture = load_capture(source.capture)
    cameras = {view.name: view.camera for view in capture.views}
    views = capture.split("train")
    start = cameras.get(source.view, views[0].camera)
    up = -np.mean([view.camera.down for view in views], axis=0)
    turning = TileScene(start, np.asarray(capture.placement.center), up / np.linalg.norm(up))
    return PreparedTile(NearestViewRenderer(views, capture.placement, source.side), turning)
