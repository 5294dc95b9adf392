"""Files and folders that are whole or absent."""

import os
import re
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dvox_core.atomic_files import atomic_file, atomic_folder, write_text
from dvox_core.errors import UserError


@pytest.fixture
def umask():
    before = os.umask(0o027)
    yield 0o027
    os.umask(before)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_has_the_rights_that_the_umask_leaves(tmp_path, umask):
    write_text(tmp_path / "a.txt", "text")
    assert mode_of(tmp_path / "a.txt") == 0o640
    with atomic_folder(tmp_path / "folder") as folder:
        write_text(folder / "a.txt", "text")
    assert mode_of(tmp_path / "folder") == 0o750


def test_a_writer_that_puts_a_private_file_in_place_changes_no_rights(tmp_path, umask):
    with atomic_file(tmp_path / "a.txt") as path:
        private = path.with_suffix(".private")
        private.write_text("text")
        private.chmod(0o600)
        private.replace(path)
    assert mode_of(tmp_path / "a.txt") == 0o640


def test_writing_in_many_threads_leaves_the_umask_alone(tmp_path, umask):
    asked = []
    real = os.umask

    def spy(mask: int) -> int:
        asked.append(mask)
        return real(mask)

    os.umask = spy
    try:
        threads = [
            threading.Thread(target=write_text, args=(tmp_path / f"{number}.txt", "text"))
            for number in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        os.umask = real
    assert not asked
    assert {mode_of(path) for path in tmp_path.iterdir()} == {0o640}


def test_a_failure_leaves_the_former_file_and_folder_and_nothing_beside(tmp_path):
    write_text(tmp_path / "a.txt", "before")

    def fail(made: Path) -> None:
        write_text(made if made.suffix else made / "a.txt", "after")
        raise ZeroDivisionError

    for maker, name in ((atomic_file, "a.txt"), (atomic_folder, "new")):
        with pytest.raises(ZeroDivisionError), maker(tmp_path / name) as made:
            fail(made)
    assert (tmp_path / "a.txt").read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_with_something_in_it_is_replaced_only_if_asked(tmp_path):
    write_text(tmp_path / "out" / "old.txt", "old")
    with pytest.raises(UserError), atomic_folder(tmp_path / "out"):
        pass
    assert (tmp_path / "out" / "old.txt").exists()
    with atomic_folder(tmp_path / "out", overwrite=True) as folder:
        write_text(folder / "new.txt", "new")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["new.txt"]


def test_a_place_that_cannot_be_written_costs_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    for maker in (atomic_file, atomic_folder):
        with pytest.raises(UserError, match="choose another place"), maker(tmp_path / "file" / "a"):
            pass


KILLED_WHILE_WRITING = """
import os, pathlib, signal, sys
from dvox_core.atomic_files import atomic_file, atomic_folder
folder = pathlib.Path(sys.argv[1])
with atomic_folder(folder / "capture") as made, atomic_file(folder / "scene.dvox") as file:
    (made / "a.txt").write_text("half")
    file.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name == "nt", reason="asks whether a process lives")
def test_what_a_killed_process_left_is_gone_after_the_next_write(tmp_path):
    words = [sys.executable, "-c", KILLED_WHILE_WRITING, str(tmp_path)]
    subprocess.run(words, cwd=Path(__file__).parents[2], check=False)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert [name[:5] for name in left] == [".capt", ".scen"]
    own, elsewhere, foreign = (
        re.sub(r"-[0-9]+-(?=[0-9a-f]{8}$)", f"-{os.getpid()}-", left[0]),  # of a process that lives
        re.sub(r"-dvox-[0-9a-f]{8}", "-dvox-00000000", left[0]),  # of another machine
        ".scene-3f2a1b.dvox",
    )
    for name in (own, elsewhere, foreign):
        (tmp_path / name).mkdir()
    write_text(tmp_path / "a.txt", "text")
    assert {path.name for path in tmp_path.iterdir()} == {"a.txt", own, elsewhere, foreign}
