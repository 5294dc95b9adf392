"""What a guided training says of its capture at its first step."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Intrinsics
from dvox_core.radiance_field.lens_check import PrincipalPoint
from dvox_core.radiance_field.views import FieldViews, load_field_views
from dvox_core.training.config import TrainingConfig
from dvox_core.training.trainers.guided import field_fitting
from dvox_core.training.trainers.guided.field_fitting import FieldFitting, lens_note
from tests.helpers.captures import PLACEMENT, cube_capture

CPU = torch.device("cpu")
TRAINING = TrainingConfig(recipe="guided", field_side=16, field_steps=20)


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> FieldViews:
    return load_field_views(cube_capture(tmp_path_factory.mktemp("cube"), train=20), 64)


def lens_says(monkeypatch: pytest.MonkeyPatch, found: PrincipalPoint) -> None:
    def find(*_: Any) -> PrincipalPoint:
        return found

    monkeypatch.setattr(field_fitting, "find_principal_point", find)


@pytest.fixture
def fitting(views: FieldViews) -> Iterator[FieldFitting]:
    fitting = FieldFitting(views, PLACEMENT, TRAINING, CPU)
    yield fitting
    fitting.close()


def notes_of(views: FieldViews) -> tuple[str, ...]:
    fitting = FieldFitting(views, PLACEMENT, TRAINING, CPU)
    fitting.close()
    return fitting.notes()


def stored_as(x: float, y: float) -> Intrinsics:
    return Intrinsics(150.0, x, y, 128, 128)


def test_a_sound_capture_gets_no_note(views: FieldViews) -> None:
    assert notes_of(views) == ()


def test_a_principal_point_that_gains_next_to_nothing_is_no_better(
    fitting: FieldFitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    lens_says(monkeypatch, PrincipalPoint((0.1, 0.0), 0.01))
    assert fitting.better_principal_point(stored_as(60.0, 63.0)) is None


def test_a_better_principal_point_is_told_in_pixels_of_the_stored_pictures(
    fitting: FieldFitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    lens_says(monkeypatch, PrincipalPoint((-0.25, 0.2), 1.3))  # of pictures half the size
    point = fitting.better_principal_point(stored_as(60.0, 63.0))
    assert point == pytest.approx((59.5, 63.4))


def test_the_middle_of_the_pictures_is_taken_where_the_better_point_is_as_near_as_trials_tell(
    fitting: FieldFitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    lens_says(monkeypatch, PrincipalPoint((-0.3, -0.15), 1.3))
    assert fitting.better_principal_point(stored_as(64.0, 64.0)) == (63.5, 63.5)


def test_the_note_says_what_was_stated_what_is_better_and_what_is_done() -> None:
    kept = lens_note(stored_as(64.0, 64.0), (63.5, 63.5), is_corrected=False)
    assert "(63.5, 63.5)" in kept
    assert "(64.0, 64.0)" in kept
    assert "--no-correct-lens" in lens_note(stored_as(64.0, 64.0), (63.5, 63.5), is_corrected=True)


def test_few_views_and_a_world_behind_the_object_are_noted(views: FieldViews) -> None:
    few = replace(views, pictures=views.pictures[:5], cameras=views.cameras[:5])
    (note,) = notes_of(few)
    assert note.startswith("5 training views are few")
    busy = views.pictures.copy()
    busy[:, ::2] = np.random.default_rng(0).integers(256, size=busy[:, ::2].shape)
    (note,) = notes_of(replace(views, pictures=busy))
    assert "walls of the voxel grid" in note


def test_one_view_is_refused_before_a_step(views: FieldViews) -> None:
    alone = replace(views, pictures=views.pictures[:1], cameras=views.cameras[:1])
    with pytest.raises(CaptureError, match="1 training view:"):
        FieldFitting(alone, PLACEMENT, TRAINING, CPU)
