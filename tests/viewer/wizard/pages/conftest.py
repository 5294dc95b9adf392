"""A wizard with a capture to train on."""

from dataclasses import replace

import numpy as np
import pytest

from dvox_core.geometry.cameras import look_at
from dvox_core.training.estimates.trial_steps import Measurement
from dvox_core.training.presets import PRESETS
from tests.core.data.capture_makers import DOTS, make_colmap, ring_of_cameras
from viewer.wizard import cost_measurements
from viewer.wizard.dialog import TrainingWizard
from viewer.wizard.plan import Page

MEASURED = Measurement(5_000_000, 2 << 30, 16 << 30, 0.06, "cpu", is_measured=True)


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


@pytest.fixture
def quality(wizard):
    """Its page of presets, with costs as if they were measured."""
    for index, preset in enumerate(PRESETS.values()):
        key = (preset.model, preset.training, "auto")
        wizard.state.costs.add(key, replace(MEASURED, step_seconds=0.06 * 4**index))
    paper = PRESETS["paper"]
    too_large = replace(MEASURED, problem="needs about 7.2 GiB of memory, and 2.0 GiB are free")
    wizard.state.costs.add((paper.model, paper.training, "auto"), too_large)
    wizard.go_to(Page.QUALITY)
    return wizard.page_widget(Page.QUALITY)


@pytest.fixture
def schedule(wizard, quality):
    """Its page of split and schedule."""
    wizard.go_to(Page.SCHEDULE)
    return wizard.page_widget(Page.SCHEDULE)
