"""Two real captures, read in place where they are."""

from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.feature import SIFT, match_descriptors

from dvox_core.data.capture import Capture, View
from dvox_core.data.importing import ImportOptions, ImportReport, import_capture
from dvox_core.data.loading import load_capture
from dvox_core.data.placement import coverage, place_grid

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"

needs_data = pytest.mark.skipif(
    not (DATA / "fox" / "transforms.json").is_file(),
    reason="the development captures (fox, lego256) are not beside the project",
)


@pytest.fixture(scope="module")
def fox(tmp_path_factory: pytest.TempPathFactory) -> tuple[ImportReport, Capture]:
    report = import_capture(
        DATA / "fox", tmp_path_factory.mktemp("fox") / "out", ImportOptions(size=192)
    )
    return report, load_capture(report.path)


def epipolar_distances(capture: Capture, first: View, second: View, turn: np.ndarray) -> np.ndarray:
    """Pixels between matched features and their epipolar lines; `turn` is put on the poses."""
    camera = capture.intrinsics
    matrix = np.array(
        [[camera.focal, 0, camera.principal_x], [0, camera.focal, camera.principal_y], [0, 0, 1]]
    )
    keypoints, descriptors = [], []
    for view in (first, second):
        sift = SIFT()
        sift.detect_and_extract(np.asarray(Image.open(view.picture_path).convert("L")) / 255)
        keypoints.append(np.c_[sift.keypoints[:, ::-1] + 0.5, np.ones(len(sift.keypoints))])
        descriptors.append(sift.descriptors)
    matches = match_descriptors(*descriptors, max_ratio=0.7)
    assert len(matches) > 20
    poses = [view.camera.camera_to_world @ turn for view in (first, second)]
    relative = np.linalg.inv(poses[1]) @ poses[0]
    x, y, z = relative[:3, 3]
    essential = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]]) @ relative[:3, :3]
    fundamental = np.linalg.inv(matrix).T @ essential @ np.linalg.inv(matrix)
    lines = keypoints[0][matches[:, 0]] @ fundamental.T
    products = (lines * keypoints[1][matches[:, 1]]).sum(axis=1)
    return np.abs(products) / np.linalg.norm(lines[:, :2], axis=1)


@needs_data
def test_the_fox_has_fifty_views_of_sixty_seven_frames(fox: tuple[ImportReport, Capture]) -> None:
    report, capture = fox
    assert len(capture.views) == 50
    assert any(line.startswith("17 frames have no picture") for line in report.messages)
    assert any(line == "50 pictures undistorted" for line in report.messages)
    assert capture.notes == ()
    assert min(share for _, share in report.coverage) > 0.5
    assert report.up[2] > 0.95


@needs_data
def test_the_foxs_features_lie_on_their_epipolar_lines(fox: tuple[ImportReport, Capture]) -> None:
    _, capture = fox
    views = {view.name: view for view in capture.views}
    opengl = np.diag([1.0, -1.0, -1.0, 1.0])
    for one, other in (("0001", "0004"), ("0007", "0012"), ("0018", "0025")):
        pair = (views[one], views[other])
        ours = np.median(epipolar_distances(capture, *pair, np.eye(4)))
        turned = np.median(epipolar_distances(capture, *pair, opengl))
        assert ours < 0.6
        assert turned > 2 * ours


@needs_data
def test_lego_opens_and_importing_it_again_changes_no_pixel(tmp_path: Path) -> None:
    source = load_capture(DATA / "lego256")
    assert [len(source.split(name)) for name in ("train", "test")] == [64, 10]
    report = import_capture(DATA / "lego256", tmp_path / "out")
    again = load_capture(report.path)
    assert astuple(again.intrinsics) == pytest.approx(astuple(source.intrinsics))
    assert again.placement == source.placement
    assert again.near_plane == source.near_plane
    for before, after in zip(source.views, again.views, strict=True):
        assert after.name == before.name
        assert after.camera == before.camera
        np.testing.assert_array_equal(
            np.asarray(Image.open(after.picture_path)),
            np.asarray(Image.open(before.picture_path).convert("RGB")),
        )


@needs_data
def test_the_grid_found_for_lego_is_about_the_one_chosen_by_hand() -> None:
    capture = load_capture(DATA / "lego256")
    cameras = [view.camera for view in capture.views]
    placed = place_grid(cameras, capture.intrinsics, np.zeros((0, 3)))
    np.testing.assert_allclose(placed.placement.center, capture.placement.center, atol=0.01)
    assert placed.placement.scale == pytest.approx(capture.placement.scale, rel=0.1)
    shares = coverage(cameras, capture.intrinsics, placed.placement, placed.near_plane)
    assert shares.min() > 0.75
