"""Presets and the estimate of what they take."""

from dataclasses import replace

import pytest
import torch

from dvox_core.errors import UserError
from dvox_core.model.config import ModelConfig
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.training.config import TrainingConfig
from dvox_core.training.estimates.cost import describe_preset
from dvox_core.training.presets import PRESETS, find_preset

CPU = torch.device("cpu")


def test_a_preset_is_found_by_name_and_a_wrong_name_lists_all() -> None:
    assert find_preset("small").model.image_size == 128
    with pytest.raises(UserError, match="tiny, small, medium, paper"):
        find_preset("huge")


def test_the_papers_preset_has_the_papers_sizes() -> None:
    preset = PRESETS["paper"]
    assert preset.model == ModelConfig(512, 32, 64, 64)
    assert preset.training.recipe == "paper"
    assert (preset.training.learning_rate, preset.training.l1_weight) == (4e-4, 200.0)


def test_parameters_are_counted_as_a_scene_stores_them() -> None:
    preset = PRESETS["tiny"]
    model = DeepVoxels(preset.model)
    assert model.occlusion is not None
    parts = (model.inpainting, model.occlusion, model.rendering)
    expected = sum(parameter.numel() for part in parts for parameter in part.parameters())
    cost = describe_preset(preset.model, preset.training, CPU)
    assert cost.parameters == expected + model.grid.numel()


def test_larger_models_and_the_papers_recipe_cost_more() -> None:
    tiny, medium = PRESETS["tiny"], PRESETS["medium"]
    costs = [describe_preset(p.model, tiny.training, CPU) for p in (tiny, medium)]
    assert costs[0].memory_bytes < costs[1].memory_bytes
    assert costs[0].step_seconds < costs[1].step_seconds
    paper = replace(TrainingConfig(), recipe="paper")
    assert describe_preset(tiny.model, paper, CPU).memory_bytes > costs[0].memory_bytes
    line = costs[0].summary(1000)
    assert "million parameters" in line
    assert "GiB" in line


def test_a_seed_below_0_is_one_line():
    for seed in (-1, 2**63):
        with pytest.raises(UserError, match="seed"):
            TrainingConfig(seed=seed)
