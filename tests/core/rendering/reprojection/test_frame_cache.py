"""The cache of true frames: its bound, and which frames it chooses."""

from dataclasses import replace

import numpy as np
import pytest

from dvox_core.geometry.cameras import Camera, look_at
from dvox_core.rendering.frame import Frame
from dvox_core.rendering.interventions import ArgMax, Interventions
from dvox_core.rendering.reprojection.frame_cache import (
    FILL_WEIGHT,
    FrameCache,
    frame_bytes,
    view_difference,
)

PIVOT = np.zeros(3)


def at(degrees: float, height: float = 0.0) -> Camera:
    """A camera on a circle of radius 4 around the pivot."""
    angle = np.radians(degrees)
    return look_at((4 * np.cos(angle), 4 * np.sin(angle), height), PIVOT, (0, 0, 1))


def frame(camera: Camera) -> Frame:
    maps = np.zeros((64, 64), dtype=np.float32)
    return Frame(camera, np.zeros((128, 128, 3), dtype=np.uint8), maps, maps, {})


def filled(*degrees: float) -> FrameCache:
    cache = FrameCache()
    for angle in degrees:
        cache.add(frame(at(angle)))
    return cache


def chosen(cache: FrameCache, camera: Camera) -> dict[int, float]:
    """Degrees on the circle → weight."""
    choices = cache.choose(camera, PIVOT)
    return {
        round(np.degrees(np.arctan2(*c.frame.camera.position[1::-1]))): c.weight for c in choices
    }


def test_the_view_itself_is_chosen_alone() -> None:
    assert chosen(filled(0, 10, 20), at(10)) == {10: 1.0}


def test_frames_on_both_sides_are_weighted_by_nearness() -> None:
    weights = chosen(filled(0, 10, 20, 30), at(13))
    assert list(weights) == [10, 20]
    assert weights[10] == pytest.approx(0.7, abs=0.01)
    assert sum(weights.values()) == pytest.approx(1)


def test_a_frame_on_the_same_side_does_not_take_part() -> None:
    assert list(chosen(filled(0, 10), at(13))) == [10]


def test_a_frame_from_elsewhere_only_fills_holes() -> None:
    cache = filled(10)
    cache.add(frame(at(13, height=1.0)))
    weights = [choice.weight for choice in cache.choose(at(13), PIVOT)]
    assert weights == pytest.approx([1 / (1 + FILL_WEIGHT), FILL_WEIGHT / (1 + FILL_WEIGHT)])


def test_the_frame_that_came_first_may_fill_holes_too() -> None:
    cache = FrameCache()
    cache.add(frame(at(13, height=1.0)))
    cache.add(frame(at(10)))
    weights = [choice.weight for choice in cache.choose(at(13), PIVOT)]
    assert weights == pytest.approx([1 / (1 + FILL_WEIGHT), FILL_WEIGHT / (1 + FILL_WEIGHT)])


def test_the_cache_keeps_to_its_bound_and_forgets_what_was_used_least() -> None:
    one = frame_bytes(frame(at(0)))
    cache = FrameCache(most_bytes=3 * one)
    for angle in (0, 20, 40):
        cache.add(frame(at(angle)))
    cache.choose(at(0), PIVOT)
    cache.add(frame(at(60)))
    assert len(cache) == 3
    assert cache.size == 3 * one <= cache.most_bytes
    assert cache.holds(at(0), PIVOT)
    assert not cache.holds(at(20), PIVOT)


def test_a_frame_of_the_same_camera_replaces_the_former_one() -> None:
    cache = filled(0)
    newer = frame(at(0))
    cache.add(newer)
    assert len(cache) == 1
    assert cache.size == frame_bytes(newer)
    assert cache.choose(at(0), PIVOT)[0].frame.picture is newer.picture


def test_depth_weights_are_not_kept() -> None:
    cache = FrameCache()
    heavy = frame(at(0))
    object.__setattr__(heavy, "visibility", np.zeros((64, 64, 64), dtype=np.float32))
    cache.add(heavy)
    assert cache.size < frame_bytes(heavy)
    assert cache.choose(at(0), PIVOT)[0].frame.visibility is None


def test_outdated_frames_serve_until_the_first_new_one() -> None:
    cache = filled(0, 10)
    cache.outdate()
    assert list(chosen(cache, at(1))) == [0, 10]
    assert not cache.holds(at(0), PIVOT)
    cache.add(frame(at(50)))
    assert len(cache) == 1
    assert list(chosen(cache, at(0))) == [50]


def test_a_frame_under_other_interventions_replaces_all_others() -> None:
    cache = filled(0, 10)
    changed = replace(frame(at(50)), interventions=Interventions(occlusion=ArgMax()))
    cache.add(changed)
    assert list(chosen(cache, at(0))) == [50]


def test_an_empty_cache_has_nothing_to_choose() -> None:
    cache = FrameCache()
    assert cache.choose(at(0), PIVOT) == []
    assert cache.newest is None
    assert not cache.holds(at(0), PIVOT)


def test_the_difference_of_views_counts_turning_orbiting_and_moving() -> None:
    assert view_difference(at(0), at(10), PIVOT) == pytest.approx(10)
    nearer = look_at((3, 0, 0), PIVOT, (0, 0, 1))
    assert view_difference(at(0), nearer, PIVOT) == pytest.approx(2.9, abs=0.1)
    aside = at(0).camera_to_world.copy()
    aside[:3, :3] = at(10).rotation
    assert view_difference(at(0), Camera(aside), PIVOT) == pytest.approx(10)
    assert view_difference(at(20), at(20), PIVOT) == 0


def test_one_difference_is_that_which_the_cache_finds_for_many() -> None:
    random = np.random.default_rng(0)
    pivot = np.array([0.1, -0.2, 0.3])
    cache = FrameCache()
    cameras = [look_at(4 * random.normal(size=3), pivot, (0, 0, 1)) for _ in range(10)]
    for camera in cameras:
        cache.add(frame(camera))
    for here in cameras:
        of_many = cache._differences(here, pivot)
        singly = [view_difference(here, there, pivot) for there in cameras]
        np.testing.assert_allclose(singly, of_many, atol=1e-5)
