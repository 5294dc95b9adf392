"""A wizard with a capture to train on."""

import numpy as np
import pytest

from dvox_core.geometry.cameras import look_at
from tests.core.data.capture_makers import DOTS, make_colmap, ring_of_cameras
from viewer.wizard import cost_measurements
from viewer.wizard.dialog import TrainingWizard


@pytest.fixture
def wizard(qtbot, themes, tmp_path, monkeypatch):
    """A wizard with a COLMAP model: 12 cameras, one of which looks away, and points."""
    cameras = ring_of_cameras(12)
    cameras[4] = look_at((4.0, 0.0, 0.0), (9.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    cloud = np.random.default_rng(1).normal(size=(400, 3)) * 0.2 + DOTS.mean(axis=0)
    make_colmap(tmp_path / "dots", cameras, points=cloud)
    monkeypatch.setattr(cost_measurements, "measure_trainings", lambda *arguments: None)
    made = TrainingWizard(None, themes, tmp_path / "home")
    made.resize(1100, 760)
    made.show()
    qtbot.waitExposed(made)
    made.use(tmp_path / "dots")
    qtbot.waitUntil(lambda: made.state.is_current)
    yield made
    made.stop()
    made.close()
    made.deleteLater()
