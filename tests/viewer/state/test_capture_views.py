"""The capture's views: the nearest one, and stepping through them."""

import numpy as np

from dvox_core.geometry.cameras import Camera, look_at
from dvox_core.model.scene import SceneCamera
from tests.helpers.fakes import fake_scene
from viewer.state.capture_views import nearest_view, stepped_view, view_index


def test_of_views_turned_alike_the_one_nearer_in_space_is_nearest():
    def view(name, distance):
        return SceneCamera(name, "train", look_at((distance, 0, 0), (0, 0, 0), (0, 0, 1)))

    camera = look_at((4.9, 0, 0), (0, 0, 0), (0, 0, 1))
    assert nearest_view(camera, [view("far", 9), view("near", 5)]).name == "near"
    assert nearest_view(camera, []) is None


def test_a_camera_stands_on_the_view_that_it_equals_and_on_no_other():
    views = fake_scene(views=5).cameras
    for number, view in enumerate(views):
        plain = [index for index, other in enumerate(views) if other.camera == view.camera]
        assert view_index(view.camera, views) == plain[0] == number
    turned = views[2].camera.camera_to_world.copy()
    turned[:3, :3] = views[3].camera.rotation
    assert view_index(Camera(turned), views) is None
    assert view_index(views[0].camera, ()) is None


def test_stepping_goes_around_and_starts_at_the_nearest_view():
    views = fake_scene(views=3).cameras
    assert stepped_view(views[2].camera, views, 1) is views[0]
    assert stepped_view(views[0].camera, views, -1) is views[2]
    beside = look_at(views[1].camera.position * 1.01, (0.1, -0.2, 0.3), (0, 0, 1))
    assert stepped_view(beside, views, 1) is views[1]
    assert stepped_view(beside, (), 1) is None


def test_the_nearest_of_many_views_is_the_one_that_a_plain_search_finds():
    random = np.random.default_rng(0)

    def view(name):
        position = random.normal(size=3)
        return SceneCamera(name, "train", look_at(position, random.normal(size=3), (0, 0, 1)))

    views = tuple(view(str(number)) for number in range(200))
    for _ in range(20):
        camera = view("here").camera
        plain = min(
            views, key=lambda v: (round(camera.angle_to(v.camera), 6), camera.distance_to(v.camera))
        )
        assert nearest_view(camera, views) is plain
