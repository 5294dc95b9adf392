"""Which views of a capture are trained and validated on."""

import pytest

from dvox_core.data.capture import Capture
from dvox_core.errors import CaptureError, UserError
from dvox_core.training.run.view_selection import select_training_views


def test_a_sampling_pattern_leaves_training_views_out(capture: Capture) -> None:
    assert select_training_views(capture, "all") == capture
    third = select_training_views(capture, "skip_2")
    assert [view.name for view in third.split("train")] == ["000000", "000003"]
    assert third.split("test") == capture.split("test")
    with pytest.raises(CaptureError, match="leaves 1 training view"):
        select_training_views(capture, "skip_9")
    with pytest.raises(UserError, match="write all, or skip_N"):
        select_training_views(capture, "every_2")
