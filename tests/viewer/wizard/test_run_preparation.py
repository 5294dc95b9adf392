"""Whether a run can be put where the plan says."""

from dataclasses import replace
from pathlib import Path

from viewer.wizard.plan import FoundSource, TrainingPlan
from viewer.wizard.run_preparation import check_location, free_name, needed_bytes


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
