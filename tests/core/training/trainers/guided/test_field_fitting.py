"""What a guided training says of its capture at its first step."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from dvox_core.data.view_sampling import TrainingViews
from dvox_core.errors import CaptureError
from dvox_core.radiance_field.field import RadianceField
from dvox_core.radiance_field.lens_check import PrincipalPoint
from dvox_core.radiance_field.rendering import FieldRenderer
from dvox_core.radiance_field.views import FieldViews, load_field_views
from dvox_core.training.config import TrainingConfig
from dvox_core.training.trainers.guided import field_fitting
from dvox_core.training.trainers.guided.field_fitting import FieldFitting, fill_padding
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


def notes_of(views: FieldViews) -> tuple[str, ...]:
    fitting = FieldFitting(views, PLACEMENT, TRAINING, CPU)
    stored = replace(views.intrinsics, width=128, height=128, principal_x=64.0, principal_y=63.0)
    notes = fitting.notes(stored)
    fitting.close()
    return notes


def test_a_sound_capture_gets_no_note(views: FieldViews, monkeypatch: pytest.MonkeyPatch) -> None:
    lens_says(monkeypatch, PrincipalPoint((0.1, 0.0), 0.01))
    assert notes_of(views) == ()


def test_intrinsics_that_are_half_a_pixel_off_are_noted_in_pixels_of_the_stored_pictures(
    views: FieldViews, monkeypatch: pytest.MonkeyPatch
) -> None:
    lens_says(monkeypatch, PrincipalPoint((-0.25, 0.2), 1.3))
    (note,) = notes_of(views)
    assert "0.5 pixels off along x and 0.4 along y" in note
    assert "(63.5, 63.4)" in note


def test_few_views_and_a_world_behind_the_object_are_noted(
    views: FieldViews, monkeypatch: pytest.MonkeyPatch
) -> None:
    lens_says(monkeypatch, PrincipalPoint((0.0, 0.0), 0.0))
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


def test_padding_becomes_what_the_field_shows_and_nothing_else_changes(views: FieldViews) -> None:
    shown = np.ones((20, 64, 64), dtype=bool)
    shown[3, :, 40:] = False
    field = RadianceField.empty(PLACEMENT, 16, (0.0, 0.0, 1.0))
    field.density[:] = -8
    before = torch.from_numpy(views.pictures).permute(0, 3, 1, 2).contiguous()
    training = TrainingViews(before.clone(), (), torch.zeros(0))
    fill_padding(training, replace(views, shown=shown), FieldRenderer(field))
    changed = (training.pictures != before).any(dim=1)
    assert not changed[:3].any()
    assert not changed[4:].any()
    assert not changed[3, :, :40].any()
    expected = torch.tensor([0, 0, 255], dtype=torch.uint8)[:, None, None]
    assert (training.pictures[3][:, :, 40:] == expected).all()
