"""Turning a source's world: a direction becomes +z, and nothing else changes."""

from pathlib import Path

import numpy as np
import pytest

from dvox_core.data.importing import ImportOptions, import_capture, plan_import
from dvox_core.data.loading import load_capture
from dvox_core.data.source import Source
from dvox_core.data.survey import survey_source
from dvox_core.data.transforms_json import TransformsJson
from dvox_core.data.turning import rotation_to_z, turn_source
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import look_at
from tests.core.data.capture_makers import make_layout, make_transforms, ring_of_cameras

DIRECTIONS = [(1, 0, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1), (0.3, -0.4, 0.8), (1e-9, 0, -1)]


@pytest.mark.parametrize("up", DIRECTIONS)
def test_the_direction_becomes_z_by_a_rotation(up) -> None:
    rotation = rotation_to_z(up)
    np.testing.assert_allclose(rotation @ (up / np.linalg.norm(up)), (0, 0, 1), atol=1e-8)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) > 0


@pytest.mark.parametrize("up", [(0.0, 0.0, 0.0), (np.nan, 0.0, 1.0)])
def test_what_is_no_direction_is_refused(up) -> None:
    with pytest.raises(CaptureError, match="up is"):
        rotation_to_z(up)


def test_cameras_see_the_points_where_they_saw_them(tmp_path: Path) -> None:
    found = TransformsJson().read(make_transforms(tmp_path, ring_of_cameras(4)), tmp_path, ignore)
    points = np.random.default_rng(0).normal(size=(20, 3))
    source = Source(found.format_name, found.views, points)
    turned = turn_source(source, (0.2, -0.9, 0.1))
    for before, after in zip(source.views, turned.views, strict=True):
        seen = (source.points - before.camera.position) @ before.camera.rotation
        seen_after = (turned.points - after.camera.position) @ after.camera.rotation
        np.testing.assert_allclose(seen_after, seen, atol=1e-9)


def test_a_turned_import_has_its_up_along_z(tmp_path: Path) -> None:
    source = make_transforms(tmp_path / "source", ring_of_cameras(8))
    options = ImportOptions(size=48, up=(0.0, 1.0, 0.0))
    report = import_capture(source, tmp_path / "out", options)
    assert any("world turned so that (0, 1, 0) is up" in line for line in report.messages)
    assert report.up == pytest.approx((0, -1, 0), abs=1e-6)  # z was up, and y took its place
    load_capture(report.path)


def test_cameras_that_see_nothing_are_named_and_left_out(tmp_path: Path) -> None:
    cameras = ring_of_cameras(8)
    cameras[2] = look_at((4.0, 0.0, 0.0), (8.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    source = make_layout(tmp_path / "source", cameras)
    report = import_capture(source, tmp_path / "out", ImportOptions(size=64, test_every=4))
    assert any("1 cameras see nothing of the grid and are left out: train/000002" in line
               for line in report.messages)  # fmt: skip
    assert len(report.coverage) == 7
    assert min(share for _, share in report.coverage) > 0
    assert len(load_capture(report.path).views) == 7


def test_a_plan_reads_no_picture(tmp_path: Path) -> None:
    folder = make_transforms(tmp_path, ring_of_cameras(6))
    source = TransformsJson().read(folder, tmp_path, ignore)
    survey = survey_source(source)
    for view in source.views:
        view.picture_path.unlink()
    plan = plan_import(folder, source, survey, ImportOptions(size=48))
    assert dict(plan.view_counts) == {"train": 5, "test": 1}


def ignore(done: int, total: int, what: str) -> None:
    pass
