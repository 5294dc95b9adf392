"""A few broken files for every reader, always the same ones, and those that once were trouble."""

from pathlib import Path

import pytest

from tests.fuzz.fuzzing import broken_files, good_files, limited_memory, problem_of
from tests.fuzz.readers import READERS

INPUTS = 40
"""For each reader, and fewer for slow ones."""

FINDS = Path(__file__).parent / "finds"
"""reader/number/: files that a reader once could not cope with."""


@pytest.mark.parametrize("name", READERS)
def test_every_reader_reads_its_good_files(name: str, tmp_path: Path) -> None:
    READERS[name].make(tmp_path)
    if name == "video":  # its comment holds no whole path
        return
    READERS[name].read(tmp_path)


@pytest.mark.parametrize("name", READERS)
def test_broken_files_end_in_one_line_or_are_read(name: str) -> None:
    reader = READERS[name]
    good = good_files(reader)
    with limited_memory():
        for seed in range(max(INPUTS // reader.every, 3)):
            assert problem_of(reader, broken_files(reader, good, seed)) == "", seed


@pytest.mark.parametrize(
    "place", sorted(FINDS.glob("*/*/")), ids=lambda path: f"{path.parent.name}-{path.name}"
)
def test_what_once_was_trouble_is_none_any_more(place: Path) -> None:
    reader = READERS[place.parent.name]
    files = {
        str(path.relative_to(place)): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file()
    }
    with limited_memory():
        assert problem_of(reader, files) == ""
