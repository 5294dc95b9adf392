"""The wizard's plan: what follows from what was chosen, without any window."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import tyro

from dvox_core.cli.import_capture import Import
from dvox_core.cli.train import Train
from dvox_core.data.formats import recognise
from dvox_core.data.survey import survey_source
from dvox_core.errors import UserError
from dvox_core.model.config import ModelConfig
from dvox_core.training.config import TrainingConfig
from dvox_core.training.presets import PRESETS
from tests.core.data.capture_makers import make_layout, make_transforms, ring_of_cameras
from tests.helpers.captures import cube_capture
from viewer.wizard.config_options import options_of, parsed
from viewer.wizard.import_preview import preview_import
from viewer.wizard.plan import FoundSource, TrainingPlan
from viewer.wizard.run_preparation import check_location, free_name, needed_bytes
from viewer.wizard.source_reader import find_source, load_thumbnails


def silent(fraction: float, text: str) -> None:
    """No progress."""


@pytest.fixture
def cube(tmp_path) -> FoundSource:
    """A capture with a split of its own."""
    cube_capture(tmp_path / "cube", train=6, test=1)
    return find_source(tmp_path / "cube", tmp_path / "work", silent)


@pytest.fixture
def dots(tmp_path) -> FoundSource:
    """A transforms.json without a split; its pictures are not square."""
    folder = make_transforms(tmp_path / "dots", ring_of_cameras(12))
    return find_source(folder, tmp_path / "work", silent)


def plan_of(found_source: FoundSource, folder: Path) -> TrainingPlan:
    return TrainingPlan(folder=folder).with_source(found_source)


def test_a_capture_that_can_be_trained_on_is_not_imported(cube, tmp_path):
    plan = plan_of(cube, tmp_path)
    assert not plan.needs_import
    assert plan.capture_path == cube.path
    assert [command[0] for command in plan.commands()] == ["train"]


@pytest.mark.parametrize(
    "changes",
    [{"size": 64}, {"scale": 1.5}, {"near": 1.0}, {"center": (0.1, 0, 0)}, {"up": (0, 1, 0)}],
)
def test_a_changed_grid_or_size_needs_an_import(cube, tmp_path, changes):
    plan = plan_of(cube, tmp_path).with_options(**changes)
    assert plan.needs_import
    assert plan.capture_path == tmp_path / "captures" / "cube"
    assert [command[0] for command in plan.commands()] == ["import", "train"]


def test_another_split_of_a_layout_without_one_needs_an_import(tmp_path):
    folder = make_layout(tmp_path / "plain", ring_of_cameras(9))
    plan = plan_of(find_source(folder, tmp_path / "work", silent), tmp_path)
    assert not plan.needs_import
    assert plan.with_options(test_every=4).needs_import


def test_the_commands_make_what_the_wizard_makes(dots, tmp_path):
    plan = plan_of(dots, tmp_path).with_preset("tiny").with_run(minutes=3.5, steps=None)
    plan = plan.with_options(scale=2.25, up=(0.0, -1.0, 0.0), background="#204060", test_every=3)
    plan = plan.with_training(learning_rate=2e-4, flips=True).with_model(grid_size=24)
    importing, training = plan.commands()
    told = tyro.cli(Import, args=importing[1:])
    assert (told.source, told.out) == (dots.path, plan.capture_path)
    assert told.options == plan.options
    config = tyro.cli(Train, args=training[1:])._new_config()
    precision = config.training.precision  # of this machine: the wizard says “auto”
    assert replace(config, version="") == plan.run_config(precision)


def test_a_new_source_has_its_grid_fitted_and_keeps_the_rest(cube, dots, tmp_path):
    plan = plan_of(cube, tmp_path).with_preset("medium").with_options(center=(1.0, 2.0, 3.0))
    plan = plan.with_options(background="black").with_source(dots)
    assert plan.options.center is None
    assert plan.options.background == "black"
    assert plan.preset == "medium"
    assert plan.name == "dots"


def test_another_up_has_the_grid_fitted_anew(dots, tmp_path):
    plan = plan_of(dots, tmp_path).with_options(center=(1.0, 2.0, 3.0), scale=2.0)
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
    source = recognise(folder).read(folder, tmp_path, lambda *told: None)
    path = tmp_path / given
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x") if path.suffix else path.mkdir()
    assert FoundSource(path, path, source, survey_source(source)).name == name


def test_a_look_counts_what_the_import_counts(dots, tmp_path):
    look = preview_import(dots, plan_of(dots, tmp_path).options)
    assert look.plan is not None
    assert look.blind == ()
    np.testing.assert_allclose(look.shares, [share for _, share in look.plan.coverage])


def test_a_look_at_an_impossible_box_says_why(dots, tmp_path):
    options = plan_of(dots, tmp_path).with_options(center=(50.0, 0.0, 0.0), scale=0.1).options
    look = preview_import(dots, options)
    assert look.plan is None
    assert "cameras see nothing of the voxel grid" in look.problem
    assert len(look.blind) == 11


def test_thumbnails_tell_which_pictures_are_broken(dots):
    dots.survey.views[3].picture_path.write_bytes(b"no picture")
    thumbnails = load_thumbnails(dots, silent)
    assert len(thumbnails) == 12
    broken = [thumbnail.index for thumbnail in thumbnails if thumbnail.problem]
    assert broken == [3]
    assert "save it as PNG or JPEG" in thumbnails[3].problem
    assert (thumbnails[0].image.width(), thumbnails[0].image.height()) == (80, 60)


def test_a_place_that_is_taken_is_told_and_another_name_proposed(dots, tmp_path):
    plan = plan_of(dots, tmp_path / "home")
    assert check_location(plan, 1000).problem == ""
    assert not (tmp_path / "home").exists()  # looking writes nothing
    (plan.base / "captures" / "dots").mkdir(parents=True)
    (plan.base / "captures" / "dots" / "file").write_text("x")
    assert "captures/dots: exists already; choose another name" in check_location(plan, 1).problem
    assert free_name(plan) == "dots-2"


def test_names_that_would_leave_the_folder_are_refused(dots, tmp_path):
    for name in ("", "a/b", "..", "."):
        plan = replace(plan_of(dots, tmp_path), name=name)
        assert "write a name without slashes" in check_location(plan, 1).problem, name


def test_larger_pictures_and_models_need_more_room(dots, tmp_path):
    plan = plan_of(dots, tmp_path)
    assert needed_bytes(plan.with_options(size=512), 1000) > needed_bytes(plan, 1000)
    assert needed_bytes(plan, 10**8) > 10**9


def test_every_option_of_the_dataclasses_is_offered_with_its_words():
    for configuration in (ModelConfig, TrainingConfig):
        options = options_of(configuration)
        assert [option.name for option in options] == [item.name for item in fields(configuration)]
        assert all(option.help for option in options), [o.name for o in options if not o.help]
    by_name = {option.name: option for option in options_of(TrainingConfig)}
    assert by_name["recipe"].choices == ("paper", "direct")
    assert by_name["learning_rate"].kind is float
    assert by_name["flips"].kind is bool
    assert by_name["l1_weight"].label == "L1 weight"
    assert parsed(by_name["learning_rate"], " 1e-3 ") == 1e-3
    with pytest.raises(ValueError, match="x"):
        parsed(by_name["seed"], "x")
