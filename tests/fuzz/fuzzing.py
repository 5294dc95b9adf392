"""Breaks a reader's files one after another and looks at how it ends."""

import itertools
import random
import resource
import shutil
import signal
import tempfile
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from dvox_core.errors import UserError
from tests.fuzz.readers import READERS, Reader

MORE_MEMORY = 3 * 2**30
"""Bytes that a reader may ask for beyond what the process has."""

LONGEST_S = 60
"""A reader that takes longer for so small a file hangs."""

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Find:
    """An input that did not end as it must.

    Attributes:
        reader: its name.
        files: all of the folder, by relative path.
        problem: how it ended instead, in a few lines.
    """

    reader: str
    files: Files
    problem: str


class TookTooLongError(Exception):
    """Raised in a reader by the alarm."""


def good_files(reader: Reader) -> dict[str, bytes]:
    """A reader's files as they should be."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        reader.make(folder)
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }


def broken_files(reader: Reader, good: Files, seed: int) -> dict[str, bytes]:
    """One file of them broken once to three times; the same for the same seed."""
    chance = random.Random(seed)
    kinds = {name: reader.kinds.get(Path(name).suffix) for name in good}
    name = chance.choice([name for name, mutations in kinds.items() if mutations])
    data = good[name]
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        mutations = kinds[name]
        assert mutations is not None
        data = chance.choice(mutations)(data, chance) if data else data
    return {**good, name: data}


def problem_of(reader: Reader, files: Files) -> str:
    """How reading went wrong; "" where it succeeded or ended in one line for the user."""
    with tempfile.TemporaryDirectory() as name, _alarm():
        folder = Path(name)
        for relative, data in files.items():
            path = folder / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                reader.read(folder)
        except UserError as error:
            text = str(error)
            if "\n" in text or not text.isprintable():
                return f"its message is not one line: {text!r}"
        except Exception:
            return traceback.format_exc(limit=-4)
    return ""


@contextmanager
def limited_memory(more: int = MORE_MEMORY) -> Iterator[None]:
    """Let the process ask for no more than so many bytes beyond what it has."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    former = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + more, former[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, former)


def keep_find(folder: Path, find: Find, name: str) -> Path:
    """Write a find's files and its problem beneath `folder`."""
    place = folder / find.reader / name
    shutil.rmtree(place, ignore_errors=True)
    for relative, data in find.files.items():
        path = place / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (place.parent / f"{name}.problem").write_text(find.problem + "\n")
    return place


def schedule(names: Sequence[str], first: int) -> Iterator[tuple[str, int]]:
    """(reader, seed) without end: readers in turn, slow ones not in every round."""
    for seed in itertools.count(first):
        turn, place = divmod(seed, len(names))
        name = names[place]
        if turn % READERS[name].every == 0:
            yield name, seed


@contextmanager
def _alarm() -> Iterator[None]:
    def ring(number: int, frame: FrameType | None) -> None:
        raise TookTooLongError(f"it took more than {LONGEST_S} s")

    former = signal.signal(signal.SIGALRM, ring)
    signal.alarm(LONGEST_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, former)
