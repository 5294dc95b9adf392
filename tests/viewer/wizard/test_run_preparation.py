"""Whether a run can be put where the plan says."""

from dataclasses import replace
from pathlib import Path

from dvox_core.data.object_folder import ObjectFolder
from dvox_core.training.run.launch import read_run_config
from dvox_core.training.run.run_directory import RunDirectory
from tests.helpers.object_folders import write_object
from viewer.wizard.plan import FoundSource, TrainingPlan
from viewer.wizard.run_preparation import (
    check_location,
    free_name,
    needed_bytes,
    prepare_run,
)


def plan_of(found_source: FoundSource, folder: Path) -> TrainingPlan:
    return TrainingPlan(folder=folder).with_source(found_source)


def test_a_location_that_is_taken_is_refused_and_another_name_proposed(found_dots, tmp_path):
    plan = plan_of(found_dots, tmp_path / "home")
    assert check_location(plan, 1000).problem == ""
    assert not (tmp_path / "home").exists()  # looking writes nothing
    (plan.base / "captures" / "dots").mkdir(parents=True)
    (plan.base / "captures" / "dots" / "file").write_text("x")
    assert "captures/dots: exists already; choose another name" in check_location(plan, 1).problem
    assert free_name(plan) == "dots-2"


def test_names_that_would_leave_the_folder_are_refused(found_dots, tmp_path):
    for name in ("", "a/b", "..", "."):
        plan = replace(plan_of(found_dots, tmp_path), name=name)
        assert "write a name without slashes" in check_location(plan, 1).problem, name


def test_larger_pictures_and_models_need_more_room(found_dots, tmp_path):
    plan = plan_of(found_dots, tmp_path)
    assert needed_bytes(plan.with_options(size=512), 1000) > needed_bytes(plan, 1000)
    assert needed_bytes(plan, 10**8) > 10**9


def test_the_masks_of_an_object_are_kept_and_used_by_the_import(found_dots, tmp_path):
    names = [view.name for view in found_dots.survey.views]
    found = write_object(tmp_path / "temporary", names)
    plan = plan_of(found_dots, tmp_path / "home").with_object(found.path)
    assert (plan.options.crop, plan.masks_object) == ("box", True)
    plan = plan.with_options(size=64, background="#102030").with_preset("tiny")
    plan = plan.with_run(device="cpu")
    told = []
    path = prepare_run(plan, lambda fraction, text: told.append((fraction, text)))
    assert read_run_config(RunDirectory(path)).capture == tmp_path / "home" / "captures" / "dots"
    kept = tmp_path / "home" / "masks" / "dots"
    assert ObjectFolder.read(kept).files == found.files
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    masking, importing, training = plan.commands()
    assert masking == ["mask", str(found_dots.given), "--out", str(kept)]
    assert importing[:2] == ["import", str(found_dots.given)]
    assert importing[importing.index("--object") + 1] == str(kept)
    assert importing[3] == training[1]
    assert plan.with_object(None).options.crop == "common"
