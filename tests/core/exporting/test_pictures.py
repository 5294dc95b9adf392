import numpy as np

from dvox_core.exporting.pictures import resized, surface_opacity, whole_picture, with_opacity
from dvox_core.rendering.frame import BORDER, Extra
from tests.helpers.fakes import fake_frame, fake_scene


def test_an_enlarged_picture_keeps_its_colors_and_hidden_ones_do_not_shine_through():
    rgba = np.zeros((4, 4, 4), dtype=np.uint8)
    rgba[:, :2] = (200, 100, 50, 255)
    rgba[:, 2:] = (255, 255, 255, 0)  # white, but nothing of it is seen
    assert resized(rgba, 4, "lanczos") is rgba
    for resampling in ("bicubic", "bilinear", "lanczos"):
        large = resized(rgba, 16, resampling)
        assert large.shape == (16, 16, 4)
        seen = large[..., 3] > 40
        error = np.abs(large[seen][:, :3].astype(int) - (200, 100, 50))
        assert error.max() <= 30  # Lanczos overshoots by an eighth; white would add 205
    blocks = resized(rgba, 8, "nearest")
    expected = rgba.repeat(2, axis=0).repeat(2, axis=1)
    assert np.array_equal(blocks[..., 3], expected[..., 3])
    assert np.array_equal(blocks[expected[..., 3] > 0], expected[expected[..., 3] > 0])


def test_a_picture_is_opaque_on_the_ball_and_clear_beside_it():
    scene = fake_scene()
    frame = fake_frame(scene, scene.cameras[0].camera, Extra.ENTROPY)
    opacity = surface_opacity(frame, scene.frustum)
    side = scene.config.image_size
    inner = frame.picture[BORDER:-BORDER, BORDER:-BORDER]
    assert opacity.shape == inner.shape[:2]
    ball = (inner != 245).any(axis=2)
    assert (opacity[ball] > 127).mean() > 0.97
    assert (opacity[~ball] < 128).mean() > 0.97
    assert opacity[ball].max() == 255
    assert opacity[0, 0] == 0
    whole = whole_picture(frame)
    assert whole.shape == (side, side, 4)
    clear = with_opacity(np.ascontiguousarray(whole[BORDER:-BORDER, BORDER:-BORDER]), opacity)
    assert np.array_equal(clear[..., 3], opacity)
    blind = fake_frame(fake_scene(occlusion=False), scene.cameras[0].camera)
    assert surface_opacity(blind, scene.frustum) is None
