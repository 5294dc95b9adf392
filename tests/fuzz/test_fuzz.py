"""A few broken files for every reader, always the same ones, and those that once were trouble."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.fuzzing import broken_files, good_files, limited_memory, problem_of
from tests.fuzz.readers import READERS

INPUTS = 500
"""Of all readers in turn, fewer of slow ones."""

ROOT = Path(__file__).parents[2]

FINDS = Path(__file__).parent / "finds"
"""reader/number/: files that a reader once could not cope with."""


@pytest.mark.parametrize("name", READERS)
def test_every_reader_reads_its_good_files(name: str, tmp_path: Path) -> None:
    READERS[name].make(tmp_path)
    if name == "video":  # its comment holds no whole path
        return
    READERS[name].read(tmp_path)


def test_broken_files_end_in_one_line_or_are_read() -> None:
    # In a process of its own: what broken files do to decoders of other makers, and a limit of
    # memory to native code, is not to come out in another test.
    words = [sys.executable, "-m", "tests.fuzz", "--work", "--seed", "0"]
    words += ["--inputs", str(INPUTS), "--seconds", "1000000"]
    worker = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    *lines, last = worker.stdout.splitlines() or [""]
    assert (worker.returncode, last) == (0, "done"), (lines[-2:], worker.stderr[-2000:])
    bad = [read for read, ending in zip(lines[::2], lines[1::2], strict=True) if ending == "bad"]
    problems = [_problem(*read.split()) for read in bad]
    assert not problems, problems


def _problem(name: str, seed: str) -> str:
    """The same once more, for its traceback."""
    reader = READERS[name]
    with limited_memory():
        return problem_of(reader, broken_files(reader, good_files(reader), int(seed)))


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
