"""Which views of a capture are trained and validated on."""

from pathlib import Path

import pytest

from dvox_core.data.capture import Capture
from dvox_core.errors import CaptureError, UserError
from dvox_core.training.run.view_selection import (
    hold_out_validation_views,
    select_training_views,
    validation_views,
)
from tests.helpers.captures import cube_capture


def test_validation_views_are_held_out_of_training_only_where_there_are_enough(
    tmp_path: Path,
) -> None:
    own = cube_capture(tmp_path / "own", train=4, validation=2)
    assert hold_out_validation_views(own, 4)[0] == own
    many = cube_capture(tmp_path / "many", train=30)
    held, line = hold_out_validation_views(many, 4)
    assert len(held.split("train")) == 27
    assert len(held.split("validation")) == 3
    assert len(held.split("test")) == 3
    assert "27 train" in line
    few = cube_capture(tmp_path / "few", train=5)
    assert hold_out_validation_views(few, 4)[0] == few
    assert validation_views(few, 2)[0].split == "test"


def test_a_sampling_pattern_leaves_training_views_out(capture: Capture) -> None:
    assert select_training_views(capture, "all") == capture
    third = select_training_views(capture, "skip_2")
    assert [view.name for view in third.split("train")] == ["000000", "000003"]
    assert third.split("test") == capture.split("test")
    with pytest.raises(CaptureError, match="leaves 1 training view"):
        select_training_views(capture, "skip_9")
    with pytest.raises(UserError, match="write all, or skip_N"):
        select_training_views(capture, "every_2")
