"""Validation of pictures that were padded."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dvox_core.data.capture import View
from dvox_core.data.pictures import load_picture
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Camera
from dvox_core.training.run.run_directory import RunDirectory
from dvox_core.training.run.validation import Validation
from tests.helpers.captures import cube_capture


def pad(view: View, columns: int) -> None:
    shown = np.full((128, 128), 255, dtype=np.uint8)
    shown[:, :columns] = 0
    folder = view.picture_path.parent.parent / "shown"
    folder.mkdir(exist_ok=True)
    Image.fromarray(shown).save(folder / f"{view.picture_path.stem}.png")


def test_padding_is_not_scored_and_a_view_of_nothing_else_is_left_out(tmp_path: Path) -> None:
    capture = cube_capture(tmp_path / "cube", train=2, test=2)
    first, second = capture.split("test")
    pad(first, 128)
    pad(second, 40)
    training = capture.split("train")
    validation = Validation.prepare((first, second), 128, "cpu", training=training)
    assert validation.views == (second,)

    class WrongAtTheLeft:
        def picture(self, camera: Camera) -> np.ndarray:
            picture = load_picture(second.picture_path, 128).copy()
            picture[:, :40] = 255 - picture[:, :40]
            picture[:, 40:] -= picture[:, 40:] // 100
            return picture

    directory = RunDirectory(tmp_path / "run")
    directory.path.mkdir()
    event = validation.run_preview(WrongAtTheLeft(), directory, 3, lambda: False)
    assert event is not None
    assert event.psnr > 40
    assert [view["name"] for view in event.views] == [second.name]

    whole = Validation.prepare((second,), 128, "cpu", training=training[:1])
    pad(second, 64)
    half = Validation.prepare((second,), 128, "cpu", training=training[:1])
    assert whole.nearest_psnr != half.nearest_psnr
    with pytest.raises(CaptureError, match="show nothing but padding"):
        Validation.prepare((first,), 128, "cpu")
