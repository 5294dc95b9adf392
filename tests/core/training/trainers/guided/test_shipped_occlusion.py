"""The occlusion network that comes with the program."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from dvox_core.errors import CheckpointError
from dvox_core.model.config import ModelConfig
from dvox_core.networks.occlusion import OcclusionNetwork
from dvox_core.training.config import TrainingConfig
from dvox_core.training.steps.fast_views import visibility_logits
from dvox_core.training.trainers.guided.grid_from_field import OPACITIES
from dvox_core.training.trainers.guided.schedule import FIELD, OCCLUSION
from dvox_core.training.trainers.guided.shipped_occlusion import begins_shipped, load_shipped
from dvox_core.training.trainers.guided.trainer import GuidedTrainer
from tests.helpers.captures import cube_capture

CPU = torch.device("cpu")
PLANES = 128
GUIDED = TrainingConfig(
    recipe="guided",
    adversarial=False,
    dropout=0.0,
    trained_levels=2,
    field_side=32,
    field_steps=60,
    occlusion_steps=10,
    shipped_occlusion=True,
)


def shipped(features: int) -> OcclusionNetwork:
    """As it comes with the program."""
    network = OcclusionNetwork(features, PLANES).eval()
    load_shipped(network)
    return network


@torch.no_grad()
def test_it_shows_the_nearer_of_two_walls_and_the_farther_one_beside_it() -> None:
    volume = torch.zeros(1, OPACITIES, PLANES, 64, 64)
    volume[:, :, 40:43, :, :32] = 0.98
    volume[:, :, 60:63, 10:54, :56] = 0.98
    visibility = visibility_logits(shipped(16), volume).softmax(dim=1)[0]
    before, behind, beside = (32, 16), (32, 16), (32, 44)
    assert visibility[38:44, before[0], before[1]].sum() > 0.8
    assert visibility[58:65, behind[0], behind[1]].sum() < 0.15
    assert visibility[58:65, beside[0], beside[1]].sum() > 0.9
    assert visibility[38:44, beside[0], beside[1]].sum() < 0.05
    nothing = visibility[:, 32, 61]
    assert nothing[38:44].sum() + nothing[58:65].sum() < 0.3


@torch.no_grad()
def test_it_is_the_same_with_more_features_and_sees_opacities_alone() -> None:
    volume = torch.zeros(1, OPACITIES, PLANES, 64, 64)
    volume[:, :, 50:60, 20:40, 20:40] = 0.7
    one, other = shipped(16), shipped(24)
    assert not other.prep_conv.weight[:, 1 + OPACITIES :].any()
    torch.testing.assert_close(visibility_logits(one, volume), visibility_logits(other, volume))


def test_it_is_taken_where_it_is_wanted_and_knows_the_grid() -> None:
    assert begins_shipped(GUIDED, 64)
    assert not begins_shipped(GUIDED, 48)
    assert not begins_shipped(replace(GUIDED, shipped_occlusion=False), 64)


def test_a_missing_file_is_told_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="--no-shipped-occlusion"):
        load_shipped(OcclusionNetwork(16, PLANES), tmp_path / "occlusion_start.safetensors")


def test_a_training_begins_with_it_takes_a_fifth_of_the_lessons_and_resumes_exactly(
    tmp_path: Path,
) -> None:
    capture = cube_capture(tmp_path, train=8, test=2)
    model = ModelConfig(image_size=128, grid_size=64, features=14, base_channels=8)
    through = GuidedTrainer(capture, model, GUIDED, CPU)
    stages = [through.step(0.0).stage for _ in range(61)]
    assert stages == [FIELD] * 60 + [OCCLUSION]
    start = shipped(14).state_dict()
    weights = through.model.occlusion.state_dict()  # type: ignore[union-attr]
    for name, tensor in start.items():
        assert (weights[name] - tensor).abs().max() < 2e-3, name  # one gentle lesson away
    file = io.BytesIO()
    torch.save(through.state(), file)
    file.seek(0)
    resumed = GuidedTrainer(capture, model, GUIDED, CPU)
    resumed.load_state(torch.load(file, weights_only=True))
    for trainer in (through, resumed):
        assert trainer.step(0.0).stage == OCCLUSION
        assert trainer._teaching is not None
        assert trainer._teaching.is_done
    assert resumed.model.occlusion is not None
    expected = through.model.occlusion.state_dict()  # type: ignore[union-attr]
    torch.testing.assert_close(resumed.model.occlusion.state_dict(), expected, rtol=1e-5, atol=1e-6)
