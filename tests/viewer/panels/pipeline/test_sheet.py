"""The sheet's layout, and the words and orders of the pipeline panel."""

import numpy as np

from dvox_core.pipeline.stages import Stage
from tests.helpers.fakes import fake_scene
from viewer.panels.pipeline.sheet import GAP_PX, MIN_TILE_PX, plan_sheet
from viewer.panels.pipeline.sources import held_out, in_order, nearest_source, observable
from viewer.panels.pipeline.tiles import shape_text, time_text
from viewer.workers.comparison.ground_truth import TrueView

SCENE = fake_scene()


def true_views(split="train"):
    return tuple(TrueView(c.name, split, c.camera, c.name) for c in SCENE.cameras)


def test_the_tiles_are_as_large_as_all_of_them_can_be():
    for width, height in ((1400, 150), (1000, 330), (1100, 800), (700, 900)):
        plan = plan_sheet(width, height)
        assert plan.rows * plan.columns == len(Stage)
        assert plan.width <= width
        assert plan.height <= height
        assert plan.side >= MIN_TILE_PX
    assert plan_sheet(1000, 330).columns == 6
    assert plan_sheet(1100, 800).columns == 4
    assert plan_sheet(1500, 140).columns == 12


def test_a_sheet_without_room_scrolls_down_and_never_across():
    for width in (240, 372, 520):
        plan = plan_sheet(width, 0)
        assert plan.width <= width + GAP_PX
        assert plan.rows * plan.columns == len(Stage)
    assert plan_sheet(372, 0).columns == 3


def test_shapes_and_times_are_short():
    assert shape_text((16, 32, 32, 32)) == "16 × 32³"
    assert shape_text((3, 128, 128)) == "3 × 128²"
    assert shape_text((32, 32, 32)) == "32³"
    assert shape_text((16, 64, 64, 64)) == "16 × 64³"
    assert shape_text((24, 64, 64)) == "24 × 64²"
    assert shape_text(()) == ""
    assert time_text(Stage.LIFTED, 12.4) == "lift · 12 ms"
    assert time_text(Stage.LIFTED, 1.24) == "lift · 1.2 ms"
    assert time_text(Stage.SOURCE, None) == ""


def test_only_training_views_are_observed_and_others_are_scored_on():
    views = (*true_views("train")[:3], *true_views("test")[:2])
    assert observable(views) == views[:3]
    assert held_out(views) == views[3:]
    unknown = true_views("")
    assert observable(unknown) == held_out(unknown) == unknown


def test_orders_of_the_views():
    views = true_views()
    assert in_order("captured", views, SCENE, frozenset()) == views
    assert in_order("spread", views, SCENE, frozenset())[:2] == (views[0], views[4])
    assert in_order("marked", views, SCENE, frozenset({6, 2})) == (views[2], views[6])
    assert in_order("marked", views, SCENE, frozenset()) == ()
    near = nearest_source(SCENE.cameras[5].camera, views)
    assert near is not None
    assert np.array_equal(near.camera.camera_to_world, SCENE.cameras[5].camera.camera_to_world)
    assert nearest_source(SCENE.cameras[5].camera, ()) is None
