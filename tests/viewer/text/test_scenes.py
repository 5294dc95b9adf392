"""Words for a scene."""

from dvox_core.model.scene import SceneCamera
from tests.helpers.fakes import fake_scene
from viewer.text.scenes import scene_title, view_counts


def test_views_are_counted_by_split():
    camera = fake_scene().start_camera
    views = [
        SceneCamera(str(i), split, camera)
        for i, split in enumerate(["train", "train", "test", "odd"])
    ]
    assert view_counts(views) == "2 training, 1 test, 1 others"
    assert view_counts(fake_scene(views=0).cameras) == "none in the file"
    assert view_counts([SceneCamera("0", "pose", camera)]) == "1"


def test_a_title_names_the_sizes():
    assert scene_title(fake_scene("lego")) == "lego — 128², grid 16³ × 8"
