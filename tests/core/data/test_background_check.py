"""Whether pictures show an object before one colour or before a scene."""

from pathlib import Path

import numpy as np
from PIL import Image

from dvox_core.data.background_check import background_differs
from dvox_core.data.formats import recognise
from dvox_core.data.survey import Survey, survey_source
from tests.helpers.captures import cube_capture
from tests.helpers.room import room_capture


def survey(path: Path) -> Survey:
    return survey_source(recognise(path).read(path, path, lambda *_: None))


def test_a_room_differs_and_one_colour_does_not(tmp_path: Path) -> None:
    room_capture(tmp_path / "room", views=6)
    cube_capture(tmp_path / "cube", train=6, test=1)
    assert background_differs(survey(tmp_path / "room"))
    assert not background_differs(survey(tmp_path / "cube"))


def test_pictures_with_masks_or_transparency_have_no_background(tmp_path: Path) -> None:
    room_capture(tmp_path / "masked", views=6)
    for picture in (tmp_path / "masked" / "train" / "rgb").iterdir():
        mask = tmp_path / "masked" / "train" / "masks" / picture.name
        mask.parent.mkdir(exist_ok=True)
        Image.new("L", (64, 64), 255).save(mask)
    assert not background_differs(survey(tmp_path / "masked"))
    room_capture(tmp_path / "clear", views=6)
    for picture in (tmp_path / "clear" / "train" / "rgb").iterdir():
        rgb = np.asarray(Image.open(picture))
        alpha = np.full((64, 64, 1), 255, dtype=np.uint8)
        Image.fromarray(np.concatenate([rgb, alpha], axis=2)).save(picture)
    assert not background_differs(survey(tmp_path / "clear"))
