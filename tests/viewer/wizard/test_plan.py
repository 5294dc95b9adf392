"""The wizard's plan: what follows from what was chosen, without any window."""

from dataclasses import replace
from pathlib import Path

import pytest
import tyro

from dvox_core.cli.import_capture import Import
from dvox_core.cli.train import Train
from dvox_core.data.formats import recognise
from dvox_core.data.survey import survey_source
from dvox_core.errors import UserError
from dvox_core.training.presets import PRESETS
from tests.core.data.capture_makers import make_layout, make_transforms, ring_of_cameras
from viewer.wizard.plan import FoundSource, TrainingPlan
from viewer.wizard.source_reader import find_source


def silent(fraction: float, text: str) -> None:
    """No progress."""


def plan_of(found_source: FoundSource, folder: Path) -> TrainingPlan:
    return TrainingPlan(folder=folder).with_source(found_source)


def test_a_capture_that_can_be_trained_on_is_not_imported(found_cube, tmp_path):
    plan = plan_of(found_cube, tmp_path)
    assert not plan.needs_import
    assert plan.capture_path == found_cube.path
    assert [command[0] for command in plan.commands()] == ["train"]


@pytest.mark.parametrize(
    "changes",
    [{"size": 64}, {"scale": 1.5}, {"near": 1.0}, {"center": (0.1, 0, 0)}, {"up": (0, 1, 0)}],
)
def test_a_changed_grid_or_size_needs_an_import(found_cube, tmp_path, changes):
    plan = plan_of(found_cube, tmp_path).with_options(**changes)
    assert plan.needs_import
    assert plan.capture_path == tmp_path / "captures" / "cube"
    assert [command[0] for command in plan.commands()] == ["import", "train"]


def test_another_split_of_a_layout_without_one_needs_an_import(tmp_path):
    folder = make_layout(tmp_path / "plain", ring_of_cameras(9))
    plan = plan_of(find_source(folder, tmp_path / "work", silent), tmp_path)
    assert not plan.needs_import
    assert plan.with_options(test_every=4).needs_import


def test_the_commands_make_what_the_wizard_makes(found_dots, tmp_path):
    plan = plan_of(found_dots, tmp_path).with_preset("tiny").with_run(minutes=3.5, steps=None)
    plan = plan.with_options(scale=2.25, up=(0.0, -1.0, 0.0), background="#204060", test_every=3)
    plan = plan.with_training(learning_rate=2e-4, flips=True).with_model(grid_size=24)
    importing, training = plan.commands()
    parsed_command = tyro.cli(Import, args=importing[1:])
    assert (parsed_command.source, parsed_command.out) == (found_dots.path, plan.capture_path)
    assert parsed_command.options == plan.options
    config = tyro.cli(Train, args=training[1:])._new_config()
    precision = config.training.precision  # of this machine: the wizard says “auto”
    assert replace(config, version="") == plan.run_config(precision)


def test_a_new_source_has_its_grid_fitted_and_keeps_the_rest(found_cube, found_dots, tmp_path):
    plan = plan_of(found_cube, tmp_path).with_preset("medium").with_options(center=(1.0, 2.0, 3.0))
    plan = plan.with_options(background="black").with_source(found_dots)
    assert plan.options.center is None
    assert plan.options.background == "black"
    assert plan.preset == "medium"
    assert plan.name == "dots"


def test_another_up_has_the_grid_fitted_anew(found_dots, tmp_path):
    plan = plan_of(found_dots, tmp_path).with_options(center=(1.0, 2.0, 3.0), scale=2.0)
    assert plan.with_options(up=(1.0, 0.0, 0.0)).options.center is None
    assert plan.with_options(size=256).options.center == (1.0, 2.0, 3.0)


def test_presets_bring_their_steps_unless_there_are_none(tmp_path):
    plan = TrainingPlan().with_preset("paper")
    assert plan.run.steps == PRESETS["paper"].training.steps
    assert plan.with_run(steps=None, minutes=5.0).with_preset("tiny").run.steps is None
    assert plan.is_preset
    assert not plan.with_training(seed=3).is_preset
    assert plan.with_training(seed=3).with_preset("paper").is_preset


def test_another_recipe_brings_its_own_numbers():
    plan = TrainingPlan().with_preset("small").with_training(recipe="paper")
    assert plan.training.adversarial
    assert plan.training.steps == PRESETS["small"].training.steps


def test_what_makes_no_sense_is_refused():
    with pytest.raises(UserError, match="learning_rate"):
        TrainingPlan().with_training(learning_rate=5.0)
    with pytest.raises(UserError, match="grid size 30: must be divisible by 4"):
        TrainingPlan().with_model(grid_size=30)
    with pytest.raises(UserError, match="patience"):
        TrainingPlan().with_run(patience=-1)


@pytest.mark.parametrize(
    ("given", "name"),
    [("fox/images", "fox"), ("my scene", "my-scene"), ("fox/transforms.json", "fox")],
)
def test_scenes_are_named_after_what_they_show(tmp_path, given, name):
    folder = make_transforms(tmp_path / "made", ring_of_cameras(4))
    source = recognise(folder).read(folder, tmp_path, lambda *parsed_command: None)
    path = tmp_path / given
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x") if path.suffix else path.mkdir()
    assert FoundSource(path, path, source, survey_source(source)).name == name


def test_a_system_without_voxels_brings_its_sizes_and_leaving_it_brings_the_presets_back():
    plan = TrainingPlan().with_preset("small").with_training(recipe="worrall")
    assert plan.model.kind == plan.training.recipe == "worrall"
    back = plan.with_training(recipe="direct")
    assert back.model == TrainingPlan().with_preset("small").model
