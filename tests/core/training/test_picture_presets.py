"""Sizes of the learned baselines beside DeepVoxels'."""

from typing import get_args

import pytest
import torch

from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.model.picture_config import PictureKind
from dvox_core.model.picture_networks import create_network
from dvox_core.training.estimates.cost import describe_preset
from dvox_core.training.picture_presets import (
    isola_training,
    picture_losses,
    picture_model,
    picture_training,
)
from dvox_core.training.presets import PRESETS

KINDS = get_args(PictureKind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("preset", PRESETS)
def test_a_baseline_has_as_many_parameters_as_deepvoxels_or_slightly_more(preset, kind) -> None:
    found = PRESETS[preset]
    with torch.device("meta"):
        ours = DeepVoxels(found.model)
        theirs = create_network(picture_model(found, kind))
    voxels = sum(parameter.numel() for parameter in ours.parameters()) + ours.grid.numel()
    pictures = sum(parameter.numel() for parameter in theirs.parameters())
    assert voxels <= pictures <= 1.5 * voxels


@pytest.mark.parametrize("kind", KINDS)
def test_a_baseline_is_trained_with_the_losses_of_the_presets_deepvoxels(kind) -> None:
    small, paper = (picture_training(PRESETS[name], kind) for name in ("small", "paper"))
    assert (small.recipe, small.adversarial, small.schedule) == (kind, False, "cosine")
    assert (paper.adversarial, paper.l1_weight, paper.schedule) == (True, 200.0, "constant")
    assert paper.steps == PRESETS["paper"].training.steps


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_baseline_takes_is_estimated(kind) -> None:
    model = picture_model(PRESETS["tiny"], kind)
    costs = [
        describe_preset(model, picture_losses(kind, 10, adversarial=paper), torch.device("cpu"))
        for paper in (False, True)
    ]
    with torch.device("meta"):
        network = create_network(model)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    assert all(cost.parameters == parameters for cost in costs)
    assert all(cost.memory_bytes > 16 * parameters and cost.step_seconds > 0 for cost in costs)


def test_the_own_loss_of_pix2pix_costs_what_its_larger_discriminator_takes() -> None:
    model = picture_model(PRESETS["tiny"], "pix2pix")
    plain, own = (
        describe_preset(model, training, torch.device("cpu"))
        for training in (picture_losses("pix2pix", 10, adversarial=True), isola_training(10))
    )
    assert own.parameters == plain.parameters  # of what the scene stores
    assert own.step_seconds > 1.2 * plain.step_seconds
