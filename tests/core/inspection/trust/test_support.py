"""What the training views know of the voxels."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from dvox_core.data.box_crop import shown_path
from dvox_core.data.true_pictures import TruePicture
from dvox_core.errors import Cancelled, UserError
from dvox_core.inspection.trust.support import (
    MAX_PHOTOS,
    Photo,
    find_support,
    ray_errors,
    ray_means,
    training_cameras,
    training_photos,
)
from dvox_core.inspection.voxel_visibility import capture_visibility
from dvox_core.model.scene import SceneCamera
from dvox_core.rendering.frame import Extra
from dvox_core.rendering.fused.convolutions import Target
from dvox_core.rendering.torch_renderer import TorchRenderer
from tests.helpers.scenes import SMALL, SMALL_COLLAPSE, orbit_cameras, random_scene

SIDE = SMALL.grid_size


def silent(share, text):
    """Progress that nobody looks at."""


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DVOX_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def scene():
    return random_scene()


@pytest.fixture
def photos(scene, tmp_path):
    """True pictures of the scene's views: what it renders, brighter by 0, 20 and 40."""
    renderer = TorchRenderer(scene, Target(torch.device("cpu"), torch.float32))
    made = []
    (tmp_path / "rgb").mkdir()
    for number, view in enumerate(scene.cameras):
        picture = renderer.render(view.camera).picture
        brighter = np.clip(picture.astype(int) + 20 * number, 0, 255).astype(np.uint8)
        Image.fromarray(brighter).save(tmp_path / "rgb" / f"{number}.png")
        made.append(Photo(view.camera, tmp_path / "rgb" / f"{number}.png"))
    return made


def test_each_view_sees_what_the_visibility_carried_back_says(scene):
    support = find_support(scene, [], silent)
    cameras = [view.camera for view in scene.cameras]
    seen = capture_visibility(scene, cameras, silent)
    assert support.views == len(cameras)
    assert (support.view_counts(SIDE**3) == seen.view_counts.ravel()).all()
    assert support.residual is None
    voxels = np.array([0, 7, 8, SIDE**3 // 2, SIDE**3 - 1])
    one_by_one = [np.unpackbits(bits, count=SIDE**3)[voxels] for bits in support.seen_bits]
    assert (support.seen(voxels) == np.array(one_by_one)).all()


def test_residuals_are_the_errors_of_the_pictures_that_show_a_voxel(scene, photos):
    support = find_support(scene, photos, silent)
    assert support.residual is not None
    known = support.residual[np.isfinite(support.residual)]
    assert 0 < np.isfinite(support.residual).mean() <= 1
    assert known.min() >= 0
    assert known.max() <= 40 / 255 + 1e-3
    alone = find_support(scene, photos[1:2], silent).residual
    renderer = TorchRenderer(scene, Target(torch.device("cpu"), torch.float32))
    frame = renderer.render(photos[1].camera, Extra.VISIBILITY)
    errors = ray_errors(frame.picture, TruePicture(np.asarray(Image.open(photos[1].path))))
    reached = alone[np.isfinite(alone)]
    low, high = np.nanmin(errors) - 1e-5, np.nanmax(errors) + 1e-5
    assert ((reached >= low) & (reached <= high)).all()


def test_it_is_computed_once_and_anew_for_other_weights_or_pictures(scene, photos):
    told = []
    first = find_support(scene, photos, lambda share, text: told.append(share))
    assert told == sorted(told)
    assert told[-1] == 1.0
    told.clear()
    again = find_support(scene, photos, lambda share, text: told.append(share))
    assert not told
    assert (again.seen_bits == first.seen_bits).all()
    np.testing.assert_array_equal(again.residual, first.residual)
    find_support(random_scene(seed=1), photos, lambda share, text: told.append(share))
    assert told
    told.clear()
    Image.new("RGB", (128, 128)).save(photos[0].path)
    find_support(scene, photos, lambda share, text: told.append(share))
    assert told


def test_a_cancelled_search_keeps_nothing(scene):
    def cancel(share, text):
        if "view 2" in text:
            raise Cancelled

    with pytest.raises(Cancelled):
        find_support(scene, [], cancel)
    told = []
    find_support(scene, [], lambda share, text: told.append(share))
    assert told


def test_only_training_views_count_where_the_split_is_known(scene, tmp_path):
    cameras = orbit_cameras(60)
    views = [
        SceneCamera(str(number), "train" if number % 6 else "test", camera)
        for number, camera in enumerate(cameras)
    ]
    split = replace(scene, cameras=tuple(views))
    assert len(training_cameras(split)) == 50
    assert len(training_cameras(scene)) == 3
    photos = [Photo(camera, tmp_path / f"{number}.png") for number, camera in enumerate(cameras)]
    found = training_photos(split, photos)
    assert len(found) == MAX_PHOTOS
    assert not {photo.path for photo in found} & {photos[number].path for number in range(0, 60, 6)}
    assert training_photos(split, [Photo(orbit_cameras(1, 3.0)[0], tmp_path / "x.png")]) == []
    assert training_photos(split, []) == []


def test_errors_are_means_of_the_pixels_nearest_to_a_ray():
    values = np.zeros((118, 118), dtype=np.float32)
    values[0, 0] = 1.0  # pixel 5 of 128: nearest to ray 2, with pixels 4 and 5 but for the border
    means = ray_means(values)
    assert means.shape == (64, 64)
    assert np.isnan(means[0, 0])
    assert means[2, 2] == pytest.approx(1 / np.isin(np.rint(np.arange(5, 123) / 2), 2).sum() ** 2)
    assert np.nansum(means) == means[2, 2]
    picture = np.zeros((128, 128, 3), dtype=np.uint8)
    truth = np.full_like(picture, 51)
    errors = ray_errors(picture, TruePicture(truth))
    assert errors[np.isfinite(errors)] == pytest.approx(0.2)
    truth[:, :64], shown = 255, np.ones((128, 128), dtype=bool)
    shown[:, :64] = False
    padded = ray_errors(picture, TruePicture(truth, shown))
    assert np.isnan(padded[:, :31]).all()
    np.testing.assert_array_equal(padded[:, 33:], errors[:, 33:])


def test_padding_leaves_no_residual(scene, photos):
    """White padding of a picture that was looked at before changes what is known."""
    seen = find_support(scene, photos[:1], silent).residual
    shown = np.zeros((128, 128), dtype=np.uint8)
    path = shown_path(photos[0].path)
    path.parent.mkdir()
    Image.fromarray(shown).save(path)
    assert np.isfinite(seen).any()
    assert np.isnan(find_support(scene, photos[:1], silent).residual).all()


def test_what_cannot_be_told_is_said_in_one_line(scene):
    with pytest.raises(UserError, match="--poses"):
        find_support(replace(scene, cameras=()), [], silent)
    with pytest.raises(UserError, match="occlusion network"):
        find_support(random_scene(SMALL_COLLAPSE), [], silent)
