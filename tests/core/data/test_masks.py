"""Masks beside pictures, by the names that other programs give them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dvox_core.data.lens import Lens
from dvox_core.data.masks import with_masks
from dvox_core.data.source import SourceView
from dvox_core.geometry.cameras import Camera

LENS = Lens(8, 8, 8.0, 8.0, 4.0, 4.0)


def views_in(folder: Path, *names: str) -> list[SourceView]:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        Image.new("RGB", (8, 8)).save(folder / name)
    return [SourceView(Path(name).stem, folder / name, Camera(np.eye(4)), LENS) for name in names]


@pytest.mark.parametrize(
    "mask", ["masks/a.jpg.png", "masks/a.png", "mask/a.jpg", "masks/cam/a.png"]
)
def test_a_mask_is_found_by_its_pictures_name(tmp_path: Path, mask: str) -> None:
    views = views_in(tmp_path / "images" / "cam", "a.jpg", "b.jpg")
    (tmp_path / mask).parent.mkdir(parents=True)
    Image.new("L", (8, 8)).save(tmp_path / mask)
    Image.new("L", (8, 8)).save((tmp_path / mask).with_name("other.png"))
    masked, notes = with_masks(views, [tmp_path])
    assert [view.mask_path for view in masked] == [tmp_path / mask, None]
    folder = mask.partition("/")[0]
    assert notes[0] == f"1 masks of {folder}/ are used"
    assert f"{folder}/ holds 1 pictures that look like masks and belong to no picture" in notes[1]


def test_a_mask_that_is_named_stays_and_masked_pictures_are_not_masked_again(
    tmp_path: Path,
) -> None:
    (view,) = views_in(tmp_path / "rgb", "a.png")
    (tmp_path / "masks").mkdir()
    Image.new("L", (8, 8)).save(tmp_path / "masks" / "a.png")
    named = SourceView(view.name, view.picture_path, view.camera, LENS, "", tmp_path / "own.png")
    assert with_masks([named], [tmp_path])[0] == (named,)
    (tmp_path / "photos").mkdir()
    assert with_masks([view], [tmp_path]) == ((view,), [])
