"""The folder of a run: its log, its status, its lock, and what is left of a killed one."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from dvox_core.atomic_files import atomic_file
from dvox_core.data.capture import Capture
from dvox_core.training.config import TrainingConfig
from dvox_core.training.run.events import (
    Finished,
    Noted,
    Stopped,
    UnknownEvent,
    Validated,
    event_from_json,
)
from dvox_core.training.run.launch import begin_run
from dvox_core.training.run.run_config import RunConfig
from dvox_core.training.run.run_directory import (
    PORTION_BYTES,
    SILENT_SECONDS,
    LogReader,
    LogWriter,
    RunDirectory,
    RunError,
    Status,
)
from tests.helpers.quick_runs import OPTIONS, begin, train
from tests.helpers.trainers import TINY_MODEL

pytestmark = pytest.mark.usefixtures("no_validation")


def test_a_run_of_another_machine_lives_as_long_as_it_says_something(
    tmp_path: Path, capture: Capture
) -> None:
    directory = begin(tmp_path / "run", capture)
    status = Status(state="training", host="elsewhere", updated=time.time())
    directory.write_status(status)
    assert directory.read_status().state == "training"
    directory.write_status(replace(status, updated=time.time() - 2 * SILENT_SECONDS))
    assert directory.read_status().state == "interrupted"


def test_two_processes_do_not_train_one_run(tmp_path: Path, capture: Capture) -> None:
    directory = begin(tmp_path / "run", capture)
    assert not directory.is_running()
    with directory.lock():
        assert directory.is_running()
        with pytest.raises(RunError, match=r"another process .* trains this run"):
            train(RunDirectory(directory.path), capture)
    assert not directory.is_running()


def test_a_state_that_only_a_living_process_has_is_not_believed_of_a_dead_one(
    tmp_path: Path, capture: Capture
) -> None:
    directory = begin(tmp_path / "run", capture)
    directory.write_status(replace(directory.read_status_file(), state="training", pid=4))
    assert directory.read_status().state == "interrupted"
    with directory.lock():
        assert directory.read_status().state == "training"


def test_a_run_is_not_overwritten_unless_it_is_asked_for(tmp_path: Path, capture: Capture) -> None:
    directory = begin(tmp_path / "run", capture)
    config = RunConfig(Path("somewhere"), TINY_MODEL, TrainingConfig(), OPTIONS)
    with pytest.raises(RunError, match=r"holds a training run already.*--resume.*--force"):
        begin_run(directory, config)
    train(directory, capture)
    (directory.path / "notes.txt").write_text("mine")
    begin_run(directory, config, overwrite=True)
    assert directory.snapshots().newest() is None
    assert not directory.scene_path.exists()
    assert (directory.path / "notes.txt").read_text() == "mine"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").write_text("years of work")
    for overwrite in (False, True):
        with pytest.raises(RunError, match="is not empty and no training run"):
            begin_run(RunDirectory(tmp_path / "other"), config, overwrite)


def test_a_folder_whose_config_is_of_something_else_is_never_overwritten(
    tmp_path: Path, capture: Capture
) -> None:
    config = RunConfig(Path("somewhere"), TINY_MODEL, TrainingConfig(), OPTIONS)
    (tmp_path / "config.json").write_text('{"architectures": ["Somebody\'s"]}')
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "party.txt").write_text("mine")
    with pytest.raises(RunError, match="is not of a training run"):
        begin_run(RunDirectory(tmp_path), config, overwrite=True)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(RunError, match="is not of a training run"):
        begin_run(RunDirectory(tmp_path), config, overwrite=True)
    assert (tmp_path / "events" / "party.txt").read_text() == "mine"
    directory = begin(tmp_path / "run", capture)
    directory.config_path.write_text("{")  # our own, broken
    begin_run(directory, config, overwrite=True)


def test_a_log_torn_by_a_kill_is_read_and_continued(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    log = LogWriter(path)
    log.write(Finished(1, "steps"))
    log.close()
    with path.open("a") as stream:
        stream.write('{"event": "st')
    reader = LogReader(path)
    assert reader.new_events() == [Finished(1, "steps")]
    log = LogWriter(path)
    log.write(Stopped(2, "SIGINT"))
    log.close()
    assert reader.new_events() == [Stopped(2, "SIGINT")]
    assert reader.new_events() == []


def test_a_long_log_is_read_in_portions_and_a_new_one_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    writer = LogWriter(path)
    for step in range(1, 5001):
        writer.write(Noted(step, "x" * 100))
    writer.close()
    assert path.stat().st_size > 2 * PORTION_BYTES
    reader, steps = LogReader(path), []
    while events := reader.some_events():
        assert len(events) < 5000
        steps += [event.step for event in events]
    assert steps == list(range(1, 5001))
    path.unlink()
    writer = LogWriter(path)
    for step in range(6000):  # longer than the former
        writer.write(Noted(step, "y" * 100))
    writer.close()
    assert len(reader.new_events()) == 6000


def test_events_go_through_json(tmp_path: Path) -> None:
    event = Validated(3, 20.5, 0.8, ({"name": "a", "psnr": 20.5, "ssim": 0.8},), "previews/a.png")
    back = event_from_json(json.loads(json.dumps(event.to_json())))
    assert back.to_json() == json.loads(json.dumps(event.to_json()))
    assert isinstance(event_from_json({"event": "from the future", "step": 4}), UnknownEvent)
    assert isinstance(event_from_json({"event": "finished", "step": "x"}), UnknownEvent)


def test_leftovers_of_a_killed_writer_are_removed(tmp_path: Path, capture: Capture) -> None:
    directory = begin(tmp_path / "run", capture)
    with atomic_file(directory.scene_path) as temporary:
        temporary.write_bytes(b"whole")
        left = directory.path / ".scene-dvox-00000000-1-0a1b2c3d"  # by a process elsewhere
        left.mkdir()
        (left / "file.dvox").write_bytes(b"torn")
        (directory.path / ".tmpAb12Cd").write_bytes(b"safetensors was killed too")
    with directory.lock():
        assert not left.exists()
        assert not list(directory.path.glob(".tmp*"))
    assert directory.scene_path.read_bytes() == b"whole"
