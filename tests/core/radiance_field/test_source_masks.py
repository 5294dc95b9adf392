"""Masks in the pixels of a source's own pictures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dvox_core.data.formats import recognise
from dvox_core.data.object_folder import ObjectFolder
from dvox_core.data.survey import survey_source
from dvox_core.errors import CaptureError
from dvox_core.geometry.grid import GridPlacement
from dvox_core.radiance_field import source_masks
from dvox_core.radiance_field.field import RadianceField
from dvox_core.radiance_field.object_finding import FoundObject, voxel_places
from dvox_core.radiance_field.object_masks import mask_again
from dvox_core.radiance_field.source_masks import find_source_object
from tests.core.data.capture_makers import PINHOLE, make_transforms, ring_of_cameras

BENT = replace(PINHOLE, radial=(0.12, -0.05))
BALL = 0.4


def silent(done: int, total: int, what: str) -> None:
    """No progress."""


def ball(views: object, box: GridPlacement, *rest: object) -> FoundObject:
    """A ball in the middle, as if it had been found; the pictures are looked at whole."""
    assert views.shown is not None  # type: ignore[attr-defined]
    field = RadianceField.empty(GridPlacement((0, 0, 0), 1.5), 64)
    away = np.linalg.norm(voxel_places(field), axis=-1)
    field.density[:] = np.clip(600 * (BALL - away) + 4, -10, 10)
    points = BALL * np.random.default_rng(0).normal(size=(50, 3))
    return FoundObject(field, points, box, ())


def test_masks_lie_where_bent_pictures_show_the_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_masks, "look_for_object", ball)
    cameras = ring_of_cameras(6)
    path = make_transforms(tmp_path / "source", cameras, BENT)
    source = recognise(path).read(path, tmp_path, silent)
    survey = survey_source(source)
    report = find_source_object(path, source, survey, tmp_path / "object", silent)
    assert report.counts == 6
    found = ObjectFolder.read(tmp_path / "object")
    columns, rows = np.meshgrid(np.arange(BENT.width) + 0.5, np.arange(BENT.height) + 0.5)
    flat = BENT.unproject(np.stack([columns, rows], axis=-1).reshape(-1, 2))
    rays = np.concatenate([flat, np.ones((len(flat), 1))], axis=1)
    for view in survey.views:
        directions = rays @ view.camera.rotation.T
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        along = -(directions @ view.camera.position)
        away = np.linalg.norm(view.camera.position + along[:, None] * directions, axis=1)
        truth = (away < BALL).reshape(BENT.height, BENT.width)
        mask = np.asarray(Image.open(found.mask_path(view.name))) > 127
        assert mask.shape == truth.shape
        assert (mask & truth).sum() / (mask | truth).sum() > 0.93
    stricter = mask_again(found.coverage_path(survey.views[0].name), 0.9)
    assert 0 < (stricter > 127).sum() < (np.asarray(mask) > 0).sum() * 1.1

    with pytest.raises(CaptureError, match="exists already"):
        find_source_object(path, source, survey, tmp_path / "object", silent)
