"""Whether trust tells of true errors, and the command that measures it."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.cli.app import run_command_line
from dvox_core.data.loading import load_capture
from dvox_core.inspection.trust.correlation import measure_trust, rank_correlation
from dvox_core.inspection.trust.support import Photo, find_support
from dvox_core.model.scene import SceneCamera
from dvox_core.rendering.create import create_renderer
from dvox_core.rendering.trust_maps import TrustTerm
from tests.helpers.captures import cube_capture
from tests.helpers.scenes import SMALL, SMALL_COLLAPSE, random_scene

COMMANDS = {"trust": "dvox_core.cli.trust:Trust"}


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DVOX_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def capture(tmp_path):
    cube_capture(tmp_path / "cube", train=4, test=2)
    return load_capture(tmp_path / "cube", test_every=0)


def scene_of(capture, config=SMALL):
    """A scene of random weights with the capture's cameras."""
    cameras = tuple(SceneCamera(view.name, view.split, view.camera) for view in capture.views)
    return replace(
        random_scene(config),
        cameras=cameras,
        intrinsics=capture.intrinsics,
        placement=capture.placement,
        near_plane=capture.near_plane,
    )


def test_rank_correlations_are_of_ranks_where_both_are_known():
    values = np.linspace(0, 1, 50)
    assert rank_correlation(values, values**7) == pytest.approx(1)
    assert rank_correlation(values, -np.exp(values)) == pytest.approx(-1)
    holes = np.where(values > 0.5, np.nan, values)
    assert rank_correlation(holes, values) == pytest.approx(1)
    assert np.isnan(rank_correlation(values[:5], values[:5]))  # too few
    assert np.isnan(rank_correlation(np.ones(50), values))


def test_errors_where_the_fit_is_bad_are_told_by_the_fit(capture):
    """Every picture is what the scene renders, but for a part of space that no picture fits."""
    scene = scene_of(capture)
    renderer = create_renderer(scene, "cpu", "float32")
    for view in capture.views:
        picture = renderer.render(view.camera).picture.astype(int)
        middle = picture[40:90, 40:90]
        middle += np.where(middle > 127, -60, 60)
        Image.fromarray(picture.astype(np.uint8)).save(view.picture_path)
    photos = [(view.camera, view.picture_path) for view in capture.views if view.split == "train"]
    support = find_support(scene, [Photo(*photo) for photo in photos], lambda *_: None)
    done = []
    report = measure_trust(
        scene, renderer, support, capture.split("test"), lambda *told: done.append(told)
    )
    renderer.close()
    assert done == [(1, 2), (2, 2)]
    assert report.correlations[TrustTerm.FIT] > 0.3
    assert set(report.correlations) == set(TrustTerm)
    assert [view.name for view in report.views] == ["000000", "000001"]
    content = report.to_json()
    json.dumps(content, allow_nan=False)
    assert content["correlation"] == pytest.approx(report.correlations[TrustTerm.TRUST])
    assert content["of_views"] is None  # two views tell nothing
    assert set(content["terms"]) == {"inside", "certainty", "seen", "nearness", "fit"}


def test_the_command_prints_the_correlations_and_keeps_the_support(capture, tmp_path, capsys):
    write_scene(tmp_path / "cube.dvox", scene_of(capture))
    report = tmp_path / "report.json"
    command = ["trust", str(tmp_path / "cube.dvox"), str(tmp_path / "cube"), "--device", "cpu"]
    assert run_command_line([*command, "--json", str(report)], COMMANDS) == 0
    out = capsys.readouterr().out
    assert "2 of 6 views: the test views of cube" in out
    assert "the trust map" in out
    assert "the consistency probe" in out
    assert len(json.loads(report.read_text())["views"]) == 2
    (kept,) = (tmp_path / "cache").glob("trust-*.npz")
    assert run_command_line(command, COMMANDS) == 0
    assert list((tmp_path / "cache").glob("trust-*.npz")) == [kept]


def test_a_scene_that_knows_no_depth_is_refused_in_one_line(capture, tmp_path, capsys):
    write_scene(tmp_path / "cube.dvox", scene_of(capture, SMALL_COLLAPSE))
    assert run_command_line(["trust", str(tmp_path / "cube.dvox"), str(tmp_path)], COMMANDS) == 2
    assert "occlusion network" in capsys.readouterr().err
