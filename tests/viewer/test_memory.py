"""Memory comes back: scenes opened and closed, and a long orbit."""

import gc
import sys

import numpy as np
import pytest
import torch

from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.model.config import ModelConfig
from tests.helpers.scenes import orbit_cameras, random_scene
from viewer.state.viewer_state import ViewerState
from viewer.window.status_bar import resident_bytes
from viewer.workers.rendering.scene_session import SceneSession

MIB = 2**20

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")


@pytest.fixture
def session(qtbot):
    session = SceneSession(ViewerState(), warm_up=None)
    yield session
    session.stop()


def shown(qtbot, session, path):
    """Open a scene with the program's own renderer, and wait for its picture."""
    state = session._state
    with qtbot.waitSignal(session.opened):
        session.open(path)
    qtbot.waitUntil(lambda: state.frame is not None)
    return state


def settled_level(qtbot):
    """Bytes in use: the least of some readings, as a thread may just be giving memory back."""
    gc.collect()
    readings = []
    for _ in range(5):
        qtbot.wait(50)
        readings.append(resident_bytes())
    return min(readings)


def test_scenes_opened_and_closed_give_their_memory_back(qtbot, session, tmp_path):
    # About 12 MiB of weights: four that stayed would be seen.
    config = ModelConfig(image_size=128, grid_size=16, features=16, base_channels=16)
    path = tmp_path / "scene.dvox"
    write_scene(path, random_scene(config))
    levels = []
    for _ in range(6):
        shown(qtbot, session, path)
        session.close_scene()
        qtbot.waitUntil(lambda: session._thread._stack is None)
        levels.append(settled_level(qtbot))
    # What is loaded and cached once is there after the second.
    assert max(levels[2:]) - levels[1] < 40 * MIB, [level // MIB for level in levels]


def test_an_orbit_does_not_grow(qtbot, session, tmp_path):
    path = tmp_path / "scene.dvox"
    write_scene(path, random_scene())
    state = shown(qtbot, session, path)
    tensors, levels = [], []
    for camera in orbit_cameras(101)[1:]:
        with qtbot.waitSignal(state.frame_changed):
            state.set_camera(camera)
        if len(levels) % 20 == 0:
            gc.collect()
            tensors.append(sum(isinstance(thing, torch.Tensor) for thing in gc.get_objects()))
        levels.append(resident_bytes())
    assert max(tensors[1:]) <= tensors[1] + 8, tensors
    grown = np.mean(levels[-20:]) - np.mean(levels[20:40])
    assert grown < 20 * MIB, [level // MIB for level in levels[::20]]
