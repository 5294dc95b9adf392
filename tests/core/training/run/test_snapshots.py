"""Snapshots are whole or do not count, and a full disk costs none."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import torch

from dvox_core.training.run import snapshots
from dvox_core.training.run.snapshots import SnapshotError, SnapshotFolder, name_of_not_finite


def state(value: float, size: int = 100) -> dict:
    return {"trainer": {"weights": torch.full((size,), value), "step_number": 3}, "run": {"a": 1.5}}


def test_a_snapshot_is_read_as_it_was_saved(tmp_path: Path) -> None:
    folder = SnapshotFolder(tmp_path / "snapshots")
    folder.save(3, state(7.0))
    newest = folder.newest()
    assert newest is not None
    assert newest.step == 3
    loaded = newest.load()
    torch.testing.assert_close(loaded["trainer"]["weights"], torch.full((100,), 7.0))
    assert loaded["run"] == {"a": 1.5}


def test_the_newest_ones_are_kept_even_if_their_step_is_lower(tmp_path: Path) -> None:
    folder = SnapshotFolder(tmp_path, kept=2)
    for step in (10, 20, 30, 15):
        folder.save(step, state(step))
    assert [snapshot.step for snapshot in folder.all()] == [30, 15]
    assert folder.newest().step == 15
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize("damage", ["cut", "flip", "no seal", "broken seal", "no file"])
def test_a_damaged_snapshot_is_passed_over(tmp_path: Path, damage: str) -> None:
    folder = SnapshotFolder(tmp_path)
    folder.save(1, state(1.0))
    newest = folder.save(2, state(2.0))
    content = newest.path.read_bytes()
    if damage == "cut":
        newest.path.write_bytes(content[: len(content) // 2])
    elif damage == "flip":
        middle = len(content) // 2
        newest.path.write_bytes(
            content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        )
    elif damage == "no seal":
        newest.seal_path.unlink()
    elif damage == "broken seal":
        newest.seal_path.write_text('{"bytes":')
    else:
        newest.path.unlink()
    assert folder.newest().step == 1
    assert folder.save(3, state(3.0)).serial > newest.serial - 1
    assert folder.newest().step == 3


def test_there_may_be_no_snapshot(tmp_path: Path) -> None:
    assert SnapshotFolder(tmp_path / "nothing").newest() is None


def test_a_failed_write_keeps_the_snapshots_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = SnapshotFolder(tmp_path)
    folder.save(1, state(1.0))
    folder.save(2, state(2.0))

    def fail(saved: dict, path: Path) -> None:
        path.write_bytes(b"torn")
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(snapshots, "_save", fail)
    with pytest.raises(SnapshotError, match="No space left on device") as caught:
        folder.save(3, state(3.0))
    assert "\n" not in str(caught.value)
    assert folder.newest().step == 2
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {
        "snapshot_000002_step_00000002.pt",
        "snapshot_000002_step_00000002.json",
    }


def test_older_snapshots_make_room_on_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = SnapshotFolder(tmp_path, kept=3)
    for step in (1, 2, 3):
        folder.save(step, state(step))
    real = snapshots._save

    def fits_two(saved: dict, path: Path) -> None:
        if len(folder.all()) > 1:
            raise OSError(28, os.strerror(28))
        real(saved, path)

    monkeypatch.setattr(snapshots, "_save", fits_two)
    folder.save(4, state(4.0))
    assert [snapshot.step for snapshot in folder.all()] == [3, 4]
    assert folder.newest().step == 4


def test_a_really_full_disk_gives_one_line_and_keeps_the_last_snapshot(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    if not made or made.returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        folder = SnapshotFolder(disk / "snapshots")
        folder.save(1, state(1.0, 100_000))
        with pytest.raises(SnapshotError, match="No space left on device") as caught:
            folder.save(2, state(2.0, 200_000))
        assert "\n" not in str(caught.value)
        assert folder.newest().step == 1
        assert len(list((disk / "snapshots").iterdir())) == 2
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_the_first_tensor_that_is_not_finite_is_named() -> None:
    good = {"a": [torch.ones(2), {"b": torch.tensor([1, 2])}], "c": 3}
    assert name_of_not_finite(good) == ""
    good["a"][1]["b"] = torch.tensor([1.0, torch.inf])
    assert name_of_not_finite(good) == "a.1.b"
