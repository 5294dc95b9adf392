"""Captures as the wizard finds them."""

import pytest

from tests.core.data.capture_makers import make_transforms, ring_of_cameras
from tests.helpers.captures import cube_capture
from viewer.wizard.plan import FoundSource
from viewer.wizard.source_reader import find_source


def silent(fraction: float, text: str) -> None:
    """No progress."""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> None:
    """Cameras that are found are kept in a folder of the test's own."""
    monkeypatch.setenv("DVOX_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def found_cube(tmp_path) -> FoundSource:
    """A capture with a split of its own."""
    cube_capture(tmp_path / "cube", train=6, test=1)
    return find_source(tmp_path / "cube", tmp_path / "work", silent)


@pytest.fixture
def found_dots(tmp_path) -> FoundSource:
    """A transforms.json without a split; its pictures are not square."""
    folder = make_transforms(tmp_path / "dots", ring_of_cameras(12))
    return find_source(folder, tmp_path / "work", silent)
