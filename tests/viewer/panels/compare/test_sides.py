"""Pictures of a comparison: what a padded photo does not show is not compared."""

import numpy as np

from dvox_core.data.true_pictures import TruePicture
from dvox_core.rendering.frame import Extra, without_border
from dvox_core.rendering.pictures import EMPTY_COLOR
from dvox_core.rendering.scores import score_against
from dvox_core.rendering.view_difference import ComparedQuantity
from tests.helpers.fakes import fake_frame, fake_scene
from viewer.panels.compare import sides
from viewer.panels.compare.sides import ComparisonInputs, compare_sides
from viewer.workers.comparison.comparison import ComparedView

SCENE = fake_scene()
FRAME = fake_frame(SCENE, SCENE.start_camera, Extra.NONE)
SIDE = len(FRAME.picture)


def compared(shown, with_lpips=False):
    """The frame against itself, a little brighter, its left half white padding."""
    photo = np.clip(FRAME.picture.astype(int) + 10, 0, 255).astype(np.uint8)
    photo[:, : SIDE // 2] = 255
    view = ComparedView("View 0", photo, None, True, None, FRAME.camera, shown)
    inputs = ComparisonInputs(ComparedQuantity.PICTURE, SCENE, FRAME, view, None, with_lpips)
    return photo, compare_sides(inputs)


def test_padding_of_a_photo_neither_scores_nor_differs(monkeypatch):
    shown = np.ones((SIDE, SIDE), dtype=bool)
    shown[:, : SIDE // 2] = False
    given = []
    monkeypatch.setattr(sides, "_lpips", lambda: lambda *pictures: given.append(pictures) or 0.5)
    photo, padded = compared(shown, with_lpips=True)
    wanted = score_against(FRAME.picture, TruePicture(photo, shown))
    assert (padded.score.psnr, padded.score.ssim) == (wanted.psnr, wanted.ssim)
    assert f"PSNR {wanted.psnr:.2f} dB" in padded.verdict
    assert padded.score.lpips == 0.5
    picture, true = given[0]
    assert (picture == true)[:, : SIDE // 2].all()
    is_empty = (padded.difference[..., :3] == EMPTY_COLOR).all(axis=-1)
    np.testing.assert_array_equal(is_empty, ~without_border(shown))
    _, whole = compared(None)
    assert whole.score.psnr < padded.score.psnr
    assert not (whole.difference[..., :3] == EMPTY_COLOR).all(axis=-1).any()


def test_a_photo_that_is_all_padding_is_said_to_show_nothing():
    _, nothing = compared(np.zeros((SIDE, SIDE), dtype=bool))
    assert nothing.score is None
    assert nothing.difference is None
    assert nothing.verdict.startswith("The photo shows nothing here")
