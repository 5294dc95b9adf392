"""Several systems from one camera: the newest camera wins, and each system gets its turn."""

import threading
from pathlib import Path

import numpy as np

from dvox_core.errors import UserError
from dvox_core.geometry.cameras import Camera
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.renderer import RendererFacts
from viewer.workers.tables.tile_renderer import (
    PreparedTile,
    TileFailed,
    TilePainted,
    TileReady,
    TileRenderer,
    TileScene,
    TileSource,
    prepare_tile,
)

SOURCES = [TileSource(name, Path(f"{name}.dvox"), Path(), "", 32) for name in ("a", "broken", "b")]


def camera_at(x: float) -> Camera:
    matrix = np.eye(4)
    matrix[0, 3] = x
    return Camera(matrix)


class HeldRenderer:
    """Waits with each frame until it may go on."""

    facts = RendererFacts("test", "cpu", "float32")

    def __init__(self) -> None:
        self.began, self.may_go_on = threading.Semaphore(0), threading.Semaphore(0)
        self.closed = False

    def render(self, camera, extras=Extra.NONE, between_stages=lambda: None) -> Frame:
        self.began.release()
        self.may_go_on.acquire()
        between_stages()
        return Frame(camera, np.zeros((32, 32, 3), np.uint8), None, None, stages_ms={})

    def close(self) -> None:
        self.closed = True


def test_the_newest_camera_wins_and_every_tile_gets_its_turn(qtbot) -> None:
    renderers = {"a": HeldRenderer(), "b": HeldRenderer()}
    scene = TileScene(camera_at(0), np.zeros(3), np.array([0.0, 0.0, 1.0]))

    def prepare(source: TileSource) -> PreparedTile:
        if source.title == "broken":
            raise UserError("broken.dvox: is no scene")
        return PreparedTile(renderers[source.title], scene)

    events = []
    tiles = TileRenderer(SOURCES, prepare=prepare)
    tiles.told.connect(events.append)
    try:
        tiles.show(camera_at(1))
        tiles.start()
        renderers["a"].began.acquire()  # the first camera's first tile
        tiles.show(camera_at(2))
        tiles.show(camera_at(3))
        for name in ("a", "b", "a"):
            renderers[name].may_go_on.release()
        renderers["b"].may_go_on.release()
        qtbot.waitUntil(lambda: sum(isinstance(event, TilePainted) for event in events) == 3)
    finally:
        for renderer in renderers.values():
            renderer.may_go_on.release()
        tiles.stop()
    painted = [(e.tile, e.camera.position[0]) for e in events if isinstance(e, TilePainted)]
    assert painted == [(0, 1.0), (2, 3.0), (0, 3.0)]  # never the second; b's turn before a's next
    assert [event.tile for event in events if isinstance(event, TileReady)] == [0, 2]
    assert [event for event in events if isinstance(event, TileFailed)] == [
        TileFailed(1, "broken.dvox: is no scene")
    ]
    assert renderers["a"].closed
    assert renderers["b"].closed


def test_stopping_gives_up_the_frame_that_is_rendered(qtbot) -> None:
    renderer = HeldRenderer()
    scene = TileScene(camera_at(0), np.zeros(3), np.array([0.0, 0.0, 1.0]))
    tiles = TileRenderer(SOURCES[:1], prepare=lambda source: PreparedTile(renderer, scene))
    events = []
    tiles.told.connect(events.append)
    tiles.start()
    tiles.show(camera_at(1))
    renderer.began.acquire()
    threading.Timer(0.0, renderer.may_go_on.release).start()
    tiles.stop()
    assert renderer.closed
    assert not any(isinstance(event, TilePainted) for event in events)


def test_the_nearest_view_needs_the_capture_alone(tmp_path: Path) -> None:
    from tests.helpers.captures import cube_capture, ring_camera

    cube_capture(tmp_path / "cube", train=4, test=1)
    prepared = prepare_tile(TileSource("Nearest view", None, tmp_path / "cube", "", 64))
    frame = prepared.renderer.render(ring_camera(2, 4, 0.5))
    assert frame.picture.shape == (64, 64, 3)
    assert prepared.scene.up @ np.array([0.0, 0.0, 1.0]) > 0.99
