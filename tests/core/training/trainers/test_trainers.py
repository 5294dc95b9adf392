"""Both recipes' trainers on a small capture of a coloured cube."""

import io
from dataclasses import replace

import pytest
import torch

from dvox_core.data.capture import Capture
from dvox_core.errors import CheckpointError, DeviceError
from dvox_core.geometry.resampling import camera_to_grid_transform, view_volume
from dvox_core.model.config import ModelConfig
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.model.loading import load_inpainted_grid, load_parts
from dvox_core.networks.inpainting import InpaintingNetwork
from dvox_core.training.config import TrainingConfig, TrainingConfigError
from dvox_core.training.steps import acceleration
from dvox_core.training.trainers.base_trainer import BaseTrainer
from dvox_core.training.trainers.create import create_trainer
from dvox_core.training.trainers.direct import DirectTrainer, set_to_identity
from dvox_core.training.trainers.moving_average import MovingAverage
from tests.helpers.captures import cube_capture

CPU = torch.device("cpu")
MODEL = ModelConfig(image_size=128, grid_size=8, features=4, base_channels=4)
PAPER = TrainingConfig(recipe="paper", seed=3)
DIRECT = TrainingConfig(
    recipe="direct",
    adversarial=False,
    dropout=0.0,
    targets_per_step=1,
    ema_decay=0.9,
    schedule="cosine",
    seed=3,
)
RECIPES = {
    "paper": PAPER,
    "paper in the authors' order": replace(PAPER, step="plain"),
    "direct": DIRECT,
    "direct with a plain grid": replace(DIRECT, grid_path="plain", visibility_every=2),
    "direct against the discriminator": replace(
        DIRECT, adversarial=True, gradient_weight=0.1, grid_smoothness=0.1, flips=True, dropout=1.0
    ),
}


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Capture:
    return cube_capture(tmp_path_factory.mktemp("cube"), train=5, test=1)


def trainer_for(capture: Capture, training: TrainingConfig) -> BaseTrainer:
    trainer = create_trainer(capture, MODEL, training, CPU)
    assert isinstance(trainer, BaseTrainer)
    return trainer


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_resumed_trainer_goes_on_exactly(capture: Capture, recipe: str) -> None:
    training = RECIPES[recipe]
    through = trainer_for(capture, training)
    for step in range(4):
        if step == 2:
            file = io.BytesIO()
            torch.save(through.state(), file)
        expected = through.step(step / 4)
    file.seek(0)
    resumed = trainer_for(capture, replace(training, seed=training.seed))
    resumed.step(0.0)  # whatever it did before must not matter
    resumed.load_state(torch.load(file, weights_only=True))
    assert resumed.step_number == 2
    for step in (2, 3):
        metrics = resumed.step(step / 4)
    assert metrics.generator_loss == pytest.approx(expected.generator_loss, rel=1e-5)
    assert metrics.step == expected.step == 4
    weights, others = resumed.scene().weights.load(""), through.scene().weights.load("")
    torch.testing.assert_close(weights, others, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_trainers_scene_holds_what_rendering_needs(capture: Capture, recipe: str) -> None:
    trainer = trainer_for(capture, RECIPES[recipe])
    trainer.step(0.0)
    scene = trainer.scene()
    before = load_inpainted_grid(scene).clone()
    model = load_parts(scene, "occlusion.", "rendering.")
    camera = torch.from_numpy(capture.views[0].camera.camera_to_world.copy())
    with torch.inference_mode():
        picture = model.render_view(before, camera, scene.frustum, scene.placement).picture
    assert picture.shape == (3, 128, 128)
    assert torch.isfinite(picture).all()
    assert {view.split for view in scene.cameras} == {"train", "test"}
    trainer.step(0.5)
    torch.testing.assert_close(load_inpainted_grid(scene), before, rtol=0, atol=0)


def test_the_direct_recipe_learns_the_capture(capture: Capture) -> None:
    training = replace(DIRECT, grid_path="plain", learning_rate=2e-3)
    trainer = trainer_for(capture, training)
    losses = [trainer.step(0.0).l1_loss for _ in range(60)]
    assert sum(losses[-5:]) < 0.7 * sum(losses[:5])


def test_the_paper_recipe_carries_the_grid_from_step_to_step(capture: Capture) -> None:
    trainer = trainer_for(capture, PAPER)
    assert not trainer.model.grid.any()
    trainer.step(0.0)
    first = trainer.model.grid.clone()
    trainer.step(0.0)
    assert first.any()
    assert not torch.equal(first, trainer.model.grid)


def test_in_the_plain_grid_path_training_sees_the_view_volume_that_rendering_sees(
    capture: Capture,
) -> None:
    trainer = trainer_for(capture, replace(DIRECT, grid_path="plain", ema_decay=0.0))
    for _ in range(3):
        trainer.step(0.0)
    scene = trainer.scene()
    inpainted = load_inpainted_grid(scene)
    grid = scene.weights.load("grid")["grid"]
    assert (grid >= 0).all()
    torch.testing.assert_close(inpainted, grid, rtol=1e-4, atol=1e-6)
    transform = camera_to_grid_transform(
        torch.eye(4, dtype=torch.float64), scene.placement, MODEL.grid_size
    )
    assert view_volume(inpainted, scene.frustum, transform).shape[0] == MODEL.features


def test_an_identity_inpainting_network_returns_a_grid_without_negative_numbers() -> None:
    network = InpaintingNetwork(5).eval()
    set_to_identity(network)
    grid = torch.rand(1, 5, 8, 8, 8)
    torch.testing.assert_close(network(grid), grid, rtol=1e-4, atol=1e-6)


def test_a_snapshot_of_another_recipe_or_size_is_refused(capture: Capture) -> None:
    state = trainer_for(capture, DIRECT).state()
    with pytest.raises(CheckpointError, match="“direct” training"):
        trainer_for(capture, PAPER).load_state(state)
    other = DirectTrainer(capture, replace(MODEL, features=8, base_channels=4), DIRECT, CPU)
    with pytest.raises(CheckpointError, match="sizes"):
        other.load_state(state)


def test_the_schedule_and_the_scale_steer_the_learning_rate(capture: Capture) -> None:
    trainer = trainer_for(capture, DIRECT)
    assert trainer.step(0.0).learning_rate == pytest.approx(4e-4)
    assert trainer.step(0.5).learning_rate == pytest.approx(2e-4)
    trainer.scale_learning_rate(0.5)
    assert trainer.step(0.5).learning_rate == pytest.approx(1e-4)
    again = trainer_for(capture, DIRECT)
    again.load_state(trainer.state())
    assert again.step(0.5).learning_rate == pytest.approx(1e-4)
    before = again.scene().weights.load("")
    torch.testing.assert_close(trainer.step(0.5).l1_loss, again.step(1.0).l1_loss, rtol=1, atol=1)
    assert again.step(1.0).learning_rate == pytest.approx(0.0, abs=1e-9)
    assert before


def test_a_moving_average_moves_to_the_weights_and_copies_counters() -> None:
    weights = {"a": torch.zeros(3), "count": torch.tensor(1)}
    average = MovingAverage(weights, 0.5)
    weights["a"] += 1
    weights["count"] += 1
    average.update(weights, 100)
    torch.testing.assert_close(average.tensors["a"], torch.full((3,), 0.5))
    assert int(average.tensors["count"]) == 2


def test_bfloat16_is_refused_where_it_would_be_emulated(
    capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acceleration, "bfloat16_is_real", lambda device: False)
    with pytest.raises(DeviceError, match="float32"):
        trainer_for(capture, replace(DIRECT, precision="bfloat16"))


@pytest.mark.skipif(not acceleration.bfloat16_is_real(CPU), reason="no bfloat16 on this CPU")
@pytest.mark.parametrize("training", [PAPER, DIRECT], ids=["paper", "direct"])
def test_bfloat16_steps_have_about_the_same_loss(
    capture: Capture, training: TrainingConfig
) -> None:
    quiet = replace(training, dropout=0.0)
    exact = trainer_for(capture, quiet).step(0.0)
    rough = trainer_for(capture, replace(quiet, precision="bfloat16")).step(0.0)
    assert rough.l1_loss == pytest.approx(exact.l1_loss, rel=0.02)


def test_a_training_without_a_discriminator_leaves_its_losses_out(capture: Capture) -> None:
    metrics = trainer_for(capture, replace(PAPER, adversarial=False)).step(0.0)
    assert metrics.adversarial_loss is None
    assert metrics.discriminator_loss is None
    assert metrics.generator_loss == pytest.approx(200 * metrics.l1_loss, rel=1e-5)


def test_depth_collapse_models_train_too(capture: Capture) -> None:
    model = replace(MODEL, occlusion=False)
    for training in (PAPER, DIRECT):
        metrics = create_trainer(capture, model, training, CPU).step(0.0)
        assert metrics.l1_loss > 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("learning_rate", 0.0), ("ema_decay", 1.0), ("targets_per_step", 0), ("l1_weight", -1.0)],
)
def test_numbers_without_sense_are_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(TrainingConfigError, match=name):
        replace(DIRECT, **{name: value})  # type: ignore[arg-type]


def test_a_training_configuration_goes_through_json() -> None:
    assert TrainingConfig.from_json(DIRECT.to_json()) == DIRECT
    with pytest.raises(TrainingConfigError, match="novelty"):
        TrainingConfig.from_json({"novelty": 1})


def test_networks_keep_their_names_when_they_are_accelerated() -> None:
    model = DeepVoxels(MODEL)
    names = list(model.state_dict())
    acceleration.accelerate(model, CPU)
    assert sorted(model.state_dict()) == sorted(names)
