"""The guided recipe on a small capture of a coloured cube."""

import io

import pytest
import torch

from dvox_core.data.capture import Capture
from dvox_core.model.config import ModelConfig
from dvox_core.training.config import TrainingConfig
from dvox_core.training.guided.schedule import NETWORKS
from dvox_core.training.guided.trainer import GuidedTrainer
from dvox_core.training.trainers.create import create_trainer
from tests.helpers.captures import cube_capture

CPU = torch.device("cpu")
MODEL = ModelConfig(image_size=128, grid_size=16, features=14, base_channels=8)
GUIDED = TrainingConfig(
    recipe="guided",
    adversarial=False,
    dropout=0.0,
    learning_rate=1e-3,
    grid_learning_rate=0.15,
    targets_per_step=1,
    ema_decay=0.9,
    schedule="cosine",
    trained_levels=2,
    color_start=True,
    field_side=32,
    field_steps=40,
    occlusion_steps=4,
    field_views=3,
    seed=3,
)


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Capture:
    return cube_capture(tmp_path_factory.mktemp("cube"), train=8, test=2)


def trainer_for(capture: Capture) -> GuidedTrainer:
    trainer = create_trainer(capture, MODEL, GUIDED, CPU)
    assert isinstance(trainer, GuidedTrainer)
    return trainer


def train(trainer: GuidedTrainer, until: int) -> list[str]:
    """The stages of the steps."""
    return [
        trainer.step(trainer.step_number / 1000).stage for _ in range(until - trainer.step_number)
    ]


@pytest.mark.parametrize("stopped_at", [5, 40, 42, 44, 49])
def test_a_resumed_training_goes_on_exactly_in_every_stage(
    capture: Capture, stopped_at: int
) -> None:
    through = trainer_for(capture)
    train(through, stopped_at)
    file = io.BytesIO()
    torch.save(through.state(), file)
    file.seek(0)
    resumed = trainer_for(capture)
    resumed.load_state(torch.load(file, weights_only=True))
    assert resumed.step_number == stopped_at
    expected = train(through, 52)
    assert train(resumed, 52) == expected
    assert expected[-1] == NETWORKS
    weights, others = resumed.scene().weights.load(""), through.scene().weights.load("")
    torch.testing.assert_close(weights, others, rtol=1e-5, atol=1e-6)
