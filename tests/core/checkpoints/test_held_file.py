"""An opened scene is what was opened, whatever happens to its path."""

import gc
import os
import shutil
from pathlib import Path

import pytest
import torch

from dvox_core.checkpoints.held_file import HeldFile
from dvox_core.checkpoints.opening import is_replaced, open_scene
from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.checkpoints.upstream import write_upstream
from dvox_core.errors import CheckpointError
from tests.helpers.scenes import random_scene

INTRINSICS = "150.0 64.0 64.0 0.\n0 0 0\n1.0\n1.1\n128 128\n"


@pytest.fixture(params=["scene.dvox", "model.pth"])
def file(request, tmp_path):
    """A scene of each kind, and a function that writes another one in the same format."""

    def write(path, seed):
        scene = random_scene(seed=seed)
        if path.suffix == ".dvox":
            write_scene(path, scene)
        else:
            write_upstream(path, scene.config, scene.weights.load(""))

    path = tmp_path / request.param
    (tmp_path / "intrinsics.txt").write_text(INTRINSICS)
    write(path, 0)
    return path, write


def test_a_scene_that_is_replaced_stays_what_was_opened(file):
    path, write = file
    scene = open_scene(path)
    before = scene.weights.load("rendering.")
    assert not is_replaced(scene)
    write(path, 1)
    after = scene.weights.load("rendering.")
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert is_replaced(scene)
    other = open_scene(path).weights.load("rendering.")
    assert not torch.equal(
        before["rendering.hidden_conv.weight"], other["rendering.hidden_conv.weight"]
    )


def test_a_scene_that_is_deleted_is_read_on(file):
    path, _ = file
    scene = open_scene(path)
    path.unlink()
    assert scene.weights.load("rendering.")
    assert is_replaced(scene)


@pytest.mark.parametrize("length", [0, 1000])
def test_a_file_that_is_overwritten_in_place_costs_one_line(file, length):
    path, _ = file
    scene = open_scene(path)
    with path.open("r+b") as stream:
        stream.truncate(length)
    with pytest.raises(CheckpointError, match="overwritten since it was opened"):
        scene.weights.load("rendering.")
    assert is_replaced(scene)


def test_a_copy_over_an_open_scene_is_noticed(file, tmp_path):
    path, write = file
    other = tmp_path / f"other{path.suffix}"
    write(other, 1)
    scene = open_scene(path)
    status = path.stat()
    shutil.copyfile(other, path)  # into the same file, of the same length
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    with pytest.raises(CheckpointError, match="overwritten"):
        scene.weights.load("rendering.")


def test_streams_read_at_places_of_their_own(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 100)
    held = HeldFile(path)
    one, other = held.stream(), held.stream()
    one.seek(5)
    assert (one.read(3), other.read(3)) == (b"\5\6\7", b"\0\1\2")
    assert other.seek(-1, os.SEEK_END) == 25599
    assert other.read() == b"\xff"
    assert held.read(256, 2) == b"\0\1"


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_the_file_is_closed_with_its_last_reader(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"content")
    before = open_files()
    held = [HeldFile(path) for _ in range(5)]
    assert open_files() == before + 5
    del held
    gc.collect()
    assert open_files() == before
