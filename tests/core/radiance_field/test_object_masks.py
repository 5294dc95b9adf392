"""Masks of an object before a room, whose true masks are known."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dvox_core.cli.app import COMMANDS, run_command_line
from dvox_core.data.loading import load_capture
from dvox_core.data.true_pictures import load_true_picture
from dvox_core.radiance_field.config import FieldStage
from dvox_core.radiance_field.object_masks import Fit, as_mask, mask_capture
from tests.helpers.room import room_capture

QUICK = Fit(
    coarse=(FieldStage(32, 150, 2048, 0.5, 0.05, 0.5, 32),),
    fine=(
        FieldStage(32, 100, 2048, 0.5, 0.05, 0.5, 32),
        FieldStage(64, 150, 2048, 0.3, 0.05, 0.2, 64),
    ),
)


def silent(done: int, total: int, what: str) -> None:
    """No progress."""


def test_an_object_is_cut_out_of_a_room_by_geometry_and_masks_can_be_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = room_capture(tmp_path / "room")
    (tmp_path / "room" / "train" / "shown").mkdir()
    shown = Image.new("L", (64, 64), 255)
    shown.paste(0, (0, 0, 64, 2))  # the uppermost rows are padding
    shown.save(tmp_path / "room" / "train" / "shown" / "000003.png")
    report = mask_capture(
        tmp_path / "room", tmp_path / "masked", silent, background="#00ff00", fit=QUICK
    )
    assert report.counts == 24
    assert report.shares[1] == pytest.approx(truth.mean(), rel=0.1)
    masked = tmp_path / "masked" / "train"
    overlaps = []
    for index, true_mask in enumerate(truth):
        mask = np.asarray(Image.open(masked / "masks" / f"{index:06d}.png")) > 127
        overlaps.append((mask & true_mask).sum() / (mask | true_mask).sum())
        picture = np.asarray(Image.open(masked / "rgb" / f"{index:06d}.png"))
        photo = np.asarray(Image.open(masked / "photos" / f"{index:06d}.png"))
        np.testing.assert_array_equal(picture[0, 0], (0, 255, 0))
        np.testing.assert_array_equal(picture[32, 32], photo[32, 32])
    assert np.mean(overlaps) >= 0.9
    kept = load_true_picture(masked / "rgb" / "000003.png", 64).shown
    assert kept is not None
    assert not kept[:2].any()
    assert kept[2:].all()
    assert load_true_picture(masked / "rgb" / "000004.png", 64).shown is None
    assert len(load_capture(tmp_path / "masked").views) == 24

    # A mask is mended by hand: everything of the first picture is kept.
    Image.new("L", (64, 64), 255).save(masked / "masks" / "000000.png")
    assert run_command_line(["mask", str(tmp_path / "masked"), "--apply"], COMMANDS) == 0
    assert "24 pictures masked" in capsys.readouterr().out
    np.testing.assert_array_equal(
        np.asarray(Image.open(masked / "rgb" / "000000.png")),
        np.asarray(Image.open(masked / "photos" / "000000.png")),
    )
    assert tuple(Image.open(masked / "rgb" / "000001.png").getpixel((0, 0))) == (255, 255, 255)


def test_specks_and_fog_are_left_out_and_pinholes_filled() -> None:
    coverage = np.zeros((40, 40), dtype=np.uint8)
    coverage[10:30, 10:30] = 255
    coverage[2:4, 2:4] = 255
    coverage[35:, :] = 40
    coverage[15, 15:18] = 0
    coverage[22:26, 22:26] = 0
    mask = as_mask(coverage)
    assert mask[20, 20] == mask[15, 16] == 255
    assert mask[23, 23] == 0
    assert mask[2, 2] == mask[37, 5] == 0
    assert as_mask(coverage, threshold=0.1)[37, 5] > 127


def test_a_speck_goes_with_its_soft_edge_and_the_object_keeps_its_own() -> None:
    coverage = np.zeros((40, 40), dtype=np.uint8)
    coverage[9:31, 9:31] = 100
    coverage[10:30, 10:30] = 255
    coverage[1:6, 1:6] = 100  # above what fades to nothing, below the threshold
    coverage[2:5, 2:5] = 255
    mask = as_mask(coverage)
    assert not mask[:7, :7].any()
    assert 0 < mask[9, 20] < 128


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--out", "x", "--threshold", "2"], "--threshold 2: choose a share between 0 and 1"),
        ([], "name a new folder with --out, or say --apply"),
        (["--apply"], "photos/000000.png: not found; mask the capture again"),
    ],
)
def test_misuse_is_one_line(tmp_path: Path, capsys, arguments, problem) -> None:
    room_capture(tmp_path / "room", views=3)
    assert run_command_line(["mask", str(tmp_path / "room"), *arguments], COMMANDS) == 2
    assert problem in capsys.readouterr().err
