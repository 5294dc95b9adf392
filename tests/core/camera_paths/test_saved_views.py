"""Saved views in their file beside the scene."""

import json

import numpy as np
import pytest

from dvox_core.camera_paths.saved_views import (
    SavedView,
    read_views,
    views_file_beside,
    write_views,
)
from dvox_core.errors import UserError
from dvox_core.geometry.cameras import look_at

VIEWS = (
    SavedView(
        "Front", look_at((1, 2, 3), (0, 0, 0), (0, 0, 1)), np.array([0.1, 0.2, 0.3]), "depth"
    ),
    SavedView("Näher", look_at((1, 2, 1), (0, 0, 0), (0, 0, 1)), np.zeros(3), "rgb", b"\x89PNG"),
)


def test_views_are_read_as_they_were_written(tmp_path):
    file = views_file_beside(tmp_path / "lego.dvox")
    assert file.name == "lego.views.json"
    assert read_views(file) == ()
    write_views(file, VIEWS)
    for view, again in zip(VIEWS, read_views(file), strict=True):
        assert (again.name, again.mode, again.thumbnail) == (view.name, view.mode, view.thumbnail)
        assert again.camera == view.camera
        np.testing.assert_array_equal(again.pivot, view.pivot)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: "{", "is not JSON"),
        (lambda content: [], "is not a file of views"),
        (lambda content: {**content, "version": 9}, "is of version 9"),
        (lambda content: {**content, "views": 3}, "no list of views"),
        (lambda content: {**content, "views": [{"name": "a"}]}, "view 1 is broken"),
        (
            lambda content: {**content, "views": [{**content["views"][0], "pivot": [1, 2]}]},
            "view 1 is broken",
        ),
        (
            lambda content: {**content, "views": [{**content["views"][1], "thumbnail_png": "?"}]},
            "view 1 is broken",
        ),
    ],
)
def test_a_broken_file_is_one_line(tmp_path, change, message):
    file = tmp_path / "lego.views.json"
    write_views(file, VIEWS)
    changed = change(json.loads(file.read_text()))
    file.write_text(changed if isinstance(changed, str) else json.dumps(changed))
    with pytest.raises(UserError, match=message) as error:
        read_views(file)
    assert "\n" not in str(error.value)
