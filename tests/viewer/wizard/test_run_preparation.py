"""Whether a run can be put where the plan says."""

import shutil
from dataclasses import replace
from pathlib import Path

from dvox_core.data.loading import load_capture
from dvox_core.training.run.launch import read_run_config
from dvox_core.training.run.run_directory import RunDirectory
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


def test_the_object_is_cut_out_in_a_process_of_its_own_before_the_run_is_made(
    found_dots, tmp_path, monkeypatch
):
    asked = []

    def run(module, request, received, poll):
        asked.append((module, request["background"]))
        assert load_capture(Path(request["fit_to"])).placement == (
            load_capture(Path(request["capture"])).placement
        )
        received({"progress": (5, 10, "finding the object")})
        poll()
        shutil.copytree(request["capture"], request["out"])

    monkeypatch.setattr("viewer.wizard.run_preparation.run_in_child_process", run)
    plan = replace(plan_of(found_dots, tmp_path / "home"), masks_object=True)
    plan = plan.with_options(size=64, background="#102030", crop="box").with_preset("tiny")
    plan = plan.with_run(device="cpu")
    told = []
    path = prepare_run(plan, lambda fraction, text: told.append((fraction, text)))
    assert asked == [("dvox_core.radiance_field.masking_process", "#102030")]
    assert read_run_config(RunDirectory(path)).capture == tmp_path / "home" / "captures" / "dots"
    assert (tmp_path / "home" / "captures" / "dots-unmasked").is_dir()
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert not plan.fit_path.exists()
    fitting, importing, masking, training = plan.commands()
    assert fitting[3] == masking[5]
    assert importing[:2] == ["import", str(found_dots.given)]
    assert masking[:2] == ["mask", importing[3]]
    assert masking[3] == training[1]
