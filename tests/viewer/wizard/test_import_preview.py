"""What an import would give, before it is made."""

from pathlib import Path

import numpy as np

from viewer.wizard.import_preview import preview_import
from viewer.wizard.plan import FoundSource, TrainingPlan


def plan_of(found_source: FoundSource, folder: Path) -> TrainingPlan:
    return TrainingPlan(folder=folder).with_source(found_source)


def test_a_preview_counts_what_the_import_counts(found_dots, tmp_path):
    look = preview_import(found_dots, plan_of(found_dots, tmp_path).options)
    assert look.plan is not None
    assert look.blind == ()
    np.testing.assert_allclose(look.shares, [share for _, share in look.plan.coverage])


def test_a_preview_of_an_impossible_box_says_why(found_dots, tmp_path):
    options = plan_of(found_dots, tmp_path).with_options(center=(50.0, 0.0, 0.0), scale=0.1).options
    look = preview_import(found_dots, options)
    assert look.plan is None
    assert "cameras see nothing of the voxel grid" in look.problem
    assert len(look.blind) == 11
