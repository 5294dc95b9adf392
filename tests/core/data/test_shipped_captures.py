"""The captures that come with the program."""

from pathlib import Path

import pytest

from dvox_core.data.loading import load_capture

CAPTURES = Path(__file__).parents[3] / "assets/captures"


@pytest.mark.parametrize("name", ["chair", "cube", "vase"])
def test_a_capture_to_compare_systems_on_is_whole_small_and_without_doubt(name: str) -> None:
    folder = CAPTURES / name
    capture = load_capture(folder)
    assert [len(capture.split(split)) for split in ("train", "test")] == [100, 24]
    assert capture.intrinsics.width == 128
    assert capture.notes == ()
    assert sum(path.stat().st_size for path in folder.rglob("*.*")) <= 2 * 2**20
