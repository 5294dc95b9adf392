"""What was found of an object, in imports."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dvox_core.data.importing import ImportOptions, import_capture
from dvox_core.data.object_folder import FACTS, ObjectFolder, box_around, box_warning
from dvox_core.errors import CaptureError
from dvox_core.geometry.grid import GridPlacement
from tests.core.data.capture_makers import (
    imported,
    make_transforms,
    ring_of_cameras,
)
from tests.helpers.object_folders import POINTS, write_object

NAMES = [f"{index:04d}" for index in range(9)]


def test_an_import_with_an_object_has_its_box_its_squares_and_its_masks(tmp_path: Path) -> None:
    cameras = ring_of_cameras(9)
    source = make_transforms(tmp_path / "source", cameras)
    write_object(tmp_path / "object", NAMES)
    report, capture = imported(
        source,
        tmp_path,
        size=64,
        object=tmp_path / "object",
        crop="box",
        background="#00ff00",
        test_every=0,
    )
    np.testing.assert_allclose(capture.placement.center, (0.1, 0.0, 0.1), atol=0.02)
    assert 0.8 < capture.placement.scale < 1.0
    assert "9 pictures have masks: their black parts are #00ff00" in report.messages
    for view in capture.views:
        seen = (POINTS - view.camera.position) @ view.camera.rotation
        sides = np.abs(seen[:, :2] / seen[:, 2:]).max() * capture.intrinsics.focal
        assert 20 < sides < 33  # the square goes around the places and not around the box's corners
        pixels = np.asarray(Image.open(view.picture_path).convert("RGB"))
        assert (pixels == (0, 255, 0)).all(axis=-1).mean() > 0.3


def test_squares_follow_a_box_that_was_moved_by_hand(tmp_path: Path) -> None:
    source = make_transforms(tmp_path / "source", ring_of_cameras(9))
    write_object(tmp_path / "object", NAMES)
    _, capture = imported(
        source, tmp_path, object=tmp_path / "object", crop="box", center=(0.0, 0.1, 0.0), scale=1.2
    )
    assert (capture.placement.center, capture.placement.scale) == ((0.0, 0.1, 0.0), 1.2)
    for view in capture.views:
        middle = (np.array((0.0, 0.1, 0.0)) - view.camera.position) @ view.camera.rotation
        assert np.abs(middle[:2]).max() < 1e-6


def test_a_turned_world_has_the_box_around_the_turned_object(tmp_path: Path) -> None:
    source = make_transforms(tmp_path / "source", ring_of_cameras(9))
    write_object(tmp_path / "object", NAMES, POINTS * (1, 1, 0.3))
    report, _ = imported(source, tmp_path, object=tmp_path / "object", up=(1.0, 0.0, 0.0))
    box = report.placed.placement
    assert box.scale < 1.0
    assert box.center[2] == pytest.approx(0.1, abs=0.02)


def test_a_folder_that_is_none_or_of_other_pictures_is_told(tmp_path: Path) -> None:
    source = make_transforms(tmp_path / "source", ring_of_cameras(9))
    found = write_object(tmp_path / "object", NAMES[:8])
    with pytest.raises(CaptureError, match="has no mask for the picture 0008; find the object"):
        import_capture(source, tmp_path / "out", ImportOptions(object=found.path))
    for text, problem in (
        ("{", "cannot be read; name a folder that the command mask wrote"),
        ('{"points": [[1, 2]], "masks": {}}', "holds no places"),
        ('{"points": [[1, 2, 3]], "masks": {"a": "../a.png"}}', "names masks outside its folder"),
    ):
        (found.path / FACTS).write_text(text)
        with pytest.raises(CaptureError, match=problem):
            ObjectFolder.read(found.path)


def test_a_box_around_an_object_leaves_out_stray_places_and_cameras() -> None:
    stray = np.concatenate([POINTS, [(9.0, 9.0, 9.0)]])
    box = box_around(stray, ring_of_cameras(6))
    assert box.scale < 1.0
    near = box_around(5 * POINTS, ring_of_cameras(6, radius=1.5))
    assert not any(near.contains(camera.position) for camera in ring_of_cameras(6, radius=1.5))


def test_what_a_box_cuts_off_is_told_with_the_box_that_holds_it() -> None:
    points = np.stack(np.meshgrid(*[np.linspace(-0.5, 0.5, 11)] * 3), axis=-1).reshape(-1, 3)
    around = GridPlacement((0, 0, 0), 1.1)
    assert box_warning(points, around, around) == ""
    warning = box_warning(points, around, GridPlacement((0.3, 0, 0), 1.1))
    assert "27% of it lies outside" in warning
    assert warning.endswith("--crop box --center 0 0 0 --scale 1.1")
