"""Distances in a scene, and the scale that is kept beside it."""

from dataclasses import replace

import numpy as np
import pytest

from dvox_core.errors import UserError
from dvox_core.inspection.measure import (
    SceneScale,
    read_scale,
    scale_file,
    surface_point,
    write_scale,
)
from tests.helpers.fakes import fake_frame, fake_scene

SCENE = fake_scene()


def test_the_point_of_a_pixel_projects_back_to_it_at_its_depth():
    frame = fake_frame(SCENE, SCENE.start_camera)
    flat = np.full((64, 64), 4.0, dtype=np.float32)
    frame = replace(frame, contribution_depth=flat)
    lens = SCENE.intrinsics.scaled_to(len(frame.picture))
    for u, v in ((64.0, 64.0), (20.5, 90.0)):
        point = surface_point(frame, SCENE, u, v)
        seen = frame.camera.world_to_camera @ np.append(point, 1)
        assert seen[2] == pytest.approx(4.0)
        assert seen[0] / seen[2] * lens.focal + lens.principal_x == pytest.approx(u)
        assert seen[1] / seen[2] * lens.focal + lens.principal_y == pytest.approx(v)
    # Ten pixels at depth 4 are 40 over the focal length apart.
    one, other = (surface_point(frame, SCENE, u, 64.0) for u in (50.0, 60.0))
    assert np.linalg.norm(one - other) == pytest.approx(40 / lens.focal)


def test_a_ray_that_meets_nothing_has_no_point():
    frame = fake_frame(SCENE, SCENE.start_camera)
    nothing = np.full((64, 64), np.nan, dtype=np.float32)
    assert surface_point(replace(frame, contribution_depth=nothing), SCENE, 64, 64) is None
    assert surface_point(replace(frame, contribution_depth=None), SCENE, 64, 64) is None


def test_a_scale_is_kept_beside_the_scene(tmp_path):
    path = scale_file(replace(SCENE, path=tmp_path / "robot.dvox"))
    assert path == tmp_path / "robot.scale.json"
    assert scale_file(replace(SCENE, path=None)) is None
    assert read_scale(path) is None
    write_scale(path, SceneScale("mm", 37.5))
    assert read_scale(path) == SceneScale("mm", 37.5)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"format": "dvox-scale", "version": 1, "unit": "mm", "per_world_unit": 0}',
        '{"format": "dvox-scale", "version": 1, "unit": "", "per_world_unit": 2}',
        '{"format": "dvox-scale", "version": 1, "unit": "mm", "per_world_unit": NaN}',
    ],
)
def test_a_file_that_is_none_says_what_to_do(tmp_path, content):
    (tmp_path / "a.scale.json").write_text(content)
    with pytest.raises(UserError, match=r"a\.scale\.json.*set it anew"):
        read_scale(tmp_path / "a.scale.json")
