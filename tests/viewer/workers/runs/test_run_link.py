"""The link to a training run: watching a directory, starting, commands, and every way to end."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from dvox_core.training.run.commands import Command
from dvox_core.training.run.events import RolledBack, StepDone, Validated
from dvox_core.training.run.run_directory import LogWriter, RunDirectory
from dvox_core.training.run.status import Status
from tests.helpers.captures import cube_capture
from tests.helpers.runs import prepared_run, quick_run, write_long_log
from viewer.state.training_state import PlotRequest, TrainingState
from viewer.workers.runs import run_follower
from viewer.workers.runs.run_link import RunLink


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run."""
    folder = tmp_path_factory.mktemp("runs")
    return quick_run(folder / "lego", cube_capture(folder / "cube", train=4, test=1))


@pytest.fixture
def make_link(qapp):
    links = []

    def make():
        links.append(RunLink(TrainingState()))
        return links[-1]

    yield make
    for link in links:
        link.stop()


@pytest.fixture
def link(make_link):
    return make_link()


def heard(signal):
    """What a signal says, from now on."""
    calls = []
    signal.connect(lambda *arguments: calls.append(arguments))
    return calls


def state_is(link, *states):
    return lambda: link.state.status.state in states


# Watching


def test_a_run_is_watched_from_its_directory_alone(qtbot, link, run):
    link.attach(run.path)
    state = link.state
    assert state.name == "lego"
    link.request_curves(PlotRequest(smoothing=0.5))
    qtbot.waitUntil(lambda: state.curves.last_step == 30)
    assert state.status.state == "finished"
    assert state.config["preset"] == "tiny"
    assert {"generator", "l1", "psnr", "ssim"} <= set(state.curves.curves)
    assert len(state.curves.curves["l1"].raw) == 30
    assert state.curves.snapshots[-1] == 30
    assert state.picture_steps == state.volume_steps == (1, 30)
    assert state.share_read == 1.0
    texts = [line.text for line in state.lines]
    assert texts[0] == "training begins on cpu"
    assert texts[-1] == "step 30: finished (steps)"
    assert not any("generator" in text for text in texts)


def test_a_validation_view_and_the_grid_are_read_when_asked_for(qtbot, link, run):
    link.attach(run.path)
    with qtbot.waitSignal(link.state.picture_changed):
        link.request_picture(30)
    picture = link.state.picture
    assert picture.step == 30
    assert picture.truth.shape == picture.rendered.shape == (118, 118, 3)
    assert (picture.truth != picture.rendered).any()
    with qtbot.waitSignal(link.state.volumes_changed):
        link.request_volumes(1)
    assert link.state.volumes.volumes["grid_norm"].shape == (8, 8, 8)


def test_what_is_gone_is_told_in_one_line_and_the_rest_goes_on(qtbot, link, run):
    link.attach(run.path)
    with qtbot.waitSignal(link.problem) as told:
        link.request_picture(29)
    assert "step_00000029.png" in told.args[0]
    assert "\n" not in told.args[0]
    with qtbot.waitSignal(link.state.picture_changed):
        link.request_picture(1)


def test_a_folder_that_is_no_run_is_refused_in_one_line(qtbot, link, tmp_path):
    with qtbot.waitSignal(link.problem) as told:
        link.attach(tmp_path)
    assert "holds no training run" in told.args[0]
    assert link.state.path is None


def test_a_broken_configuration_is_refused_in_one_line(qtbot, link, run, tmp_path):
    (tmp_path / "config.json").write_text("{")
    with qtbot.waitSignal(link.problem) as told:
        link.attach(tmp_path)
    assert "config.json: cannot be read" in told.args[0]


def test_a_run_without_a_status_is_known_by_its_log(qtbot, link, run, tmp_path):
    (tmp_path / "config.json").write_bytes(run.config_path.read_bytes())
    (tmp_path / "log.jsonl").write_bytes(run.log_path.read_bytes())
    link.attach(tmp_path)
    qtbot.waitUntil(state_is(link, "finished"))
    assert link.state.status.step == 30
    assert link.state.status.psnr is not None


def test_a_run_is_followed_as_its_log_grows_and_undone_steps_disappear(qtbot, link, run, tmp_path):
    directory = RunDirectory(tmp_path / "growing")
    directory.path.mkdir()
    directory.write_config(run.read_config())
    writer = LogWriter(directory.log_path)
    writer.write(step(1))
    link.attach(directory.path)
    link.request_curves(PlotRequest())
    qtbot.waitUntil(lambda: link.state.curves.last_step == 1)
    for number in range(2, 11):
        writer.write(step(number))
    writer.write(Validated(10, 20.0, 0.5))
    qtbot.waitUntil(lambda: link.state.curves.last_step == 10)
    assert link.state.curves.curves["psnr"].raw.values.tolist() == [20.0]
    writer.write(RolledBack(4, 10, 0.5, "the l1 loss is nan"))
    qtbot.waitUntil(lambda: link.state.curves.last_step == 4)
    assert link.state.lines[-1].is_bad
    writer.close()


def test_two_runs_are_compared(qtbot, link, run, tmp_path):
    link.attach(run.path)
    link.compare(run.path)
    link.request_curves(PlotRequest())
    qtbot.waitUntil(lambda: link.state.curves.compared_name == "lego")
    qtbot.waitUntil(lambda: "l1" in link.state.curves.compared)
    assert len(link.state.curves.compared["l1"].raw) == 30
    with qtbot.waitSignal(link.problem):
        link.compare(tmp_path)


def test_after_another_run_was_opened_nothing_of_the_former_comes(qtbot, link, run, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "config.json").write_text(json.dumps({**run.read_config(), "preset": "other"}))
    presets = heard(link.state.config_changed)
    link.attach(run.path)
    link.attach(other)
    qtbot.waitUntil(lambda: bool(presets))
    qtbot.wait(100)
    assert [config["preset"] for (config,) in presets] == ["other"]
    link.detach()
    assert link.state.path is None
    assert link.state.lines == ()


def test_a_folder_that_disappears_is_told_once_and_may_come_back(qtbot, link, run, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("config.json", "log.jsonl", "status.json"):
        (copy / name).write_bytes((run.path / name).read_bytes())
    ended = heard(link.ended)
    link.attach(copy)
    qtbot.waitUntil(state_is(link, "finished"))
    copy.rename(tmp_path / "away")
    qtbot.waitUntil(state_is(link, "gone"))
    assert len(ended) == 1
    assert "the run's folder is gone" in ended[0][1]
    (tmp_path / "away").rename(copy)
    qtbot.waitUntil(state_is(link, "finished"))


def test_a_log_of_a_hundred_thousand_lines_is_read_while_the_window_lives(
    qtbot, link, run, tmp_path
):
    directory = RunDirectory(tmp_path / "long")
    directory.path.mkdir()
    directory.write_config(run.read_config())
    write_long_log(directory.log_path, 100_000)
    shares = heard(link.state.reading_changed)
    link.attach(directory.path)
    link.request_curves(PlotRequest(bins=300))
    qtbot.waitUntil(lambda: link.state.curves.last_step == 100_000)
    assert len(shares) > 20  # a little at a time, and told
    curve = link.state.curves.curves["generator"]
    assert len(curve.raw) <= 602
    assert len(curve.smooth) <= 602
    link.request_curves(PlotRequest(first=50_000, last=50_100, bins=300))
    qtbot.waitUntil(lambda: len(link.state.curves.curves["generator"].raw) < 110)


# A process of its own


def test_a_run_is_started_paused_killed_resumed_and_stopped(qtbot, link, starter, tmp_path):
    directory = prepared_run(tmp_path / "lego")
    ended = heard(link.ended)
    link.start(directory.path)
    qtbot.waitUntil(state_is(link, "training"))
    assert starter.started[0].pid == link.state.status.pid
    qtbot.waitUntil(lambda: link.state.status.step > 0)
    link.send(Command("pause"))
    qtbot.waitUntil(state_is(link, "paused"))
    link.send(Command("save"))
    link.send(Command("learning_rate", 0.5))
    link.send(Command("continue"))
    qtbot.waitUntil(state_is(link, "training"))
    qtbot.waitUntil(lambda: link.state.status.learning_rate_factor == 0.5)
    starter.started[0].kill()
    qtbot.waitUntil(state_is(link, "interrupted"))
    qtbot.waitUntil(lambda: len(ended) == 1)
    state, line = ended[0]
    assert state == "interrupted"
    assert "without a word" in line
    assert "Resume goes on from step" in line
    saved = link.state.status.snapshot_step
    assert saved > 0
    link.start(directory.path)
    qtbot.waitUntil(state_is(link, "training"))
    qtbot.waitUntil(
        lambda: f"training goes on from step {saved} on cpu" in [x.text for x in link.state.lines],
    )
    link.send(Command("stop"))
    qtbot.waitUntil(state_is(link, "stopped"))
    qtbot.waitUntil(lambda: len(ended) == 2)
    assert ended[1][1].startswith("lego: saved and stopped at step")


def test_a_run_outlives_the_window_and_is_found_again(qtbot, make_link, starter, tmp_path):
    directory = prepared_run(tmp_path / "lego")
    first = make_link()
    first.start(directory.path)
    qtbot.waitUntil(state_is(first, "training"))
    first.stop()
    assert starter.started[0].poll() is None
    second = make_link()
    second.attach(directory.path)
    qtbot.waitUntil(state_is(second, "training"))
    second.send(Command("stop"))
    qtbot.waitUntil(state_is(second, "stopped"))


def test_two_windows_watch_and_steer_one_run_but_only_one_trains_it(
    qtbot, make_link, starter, tmp_path
):
    directory = prepared_run(tmp_path / "lego")
    first, second = make_link(), make_link()
    first.start(directory.path)
    second.attach(directory.path)
    for link in (first, second):
        qtbot.waitUntil(state_is(link, "training"))
    with qtbot.waitSignal(second.problem) as told:
        second.start(directory.path)
    assert "is being trained already" in told.args[0]
    assert len(starter.started) == 1
    second.send(Command("pause"))
    qtbot.waitUntil(state_is(first, "paused"))
    first.send(Command("stop"))
    for link in (first, second):
        qtbot.waitUntil(state_is(link, "stopped"))


def test_a_finished_run_goes_on_with_another_end(qtbot, link, starter, tmp_path):
    directory = prepared_run(tmp_path / "lego", steps=5)
    link.start(directory.path)
    qtbot.waitUntil(state_is(link, "finished"))
    link.start(directory.path, {"steps": 12})
    qtbot.waitUntil(
        lambda: link.state.status.state == "finished" and link.state.status.step == 12,
    )
    assert directory.read_config()["run"]["steps"] == 12
    assert link.state.config["run"]["steps"] == 12


def test_what_a_process_complained_of_at_its_end_is_part_of_the_line(
    qtbot, make_link, tmp_path, run
):
    for name in ("config.json", "log.jsonl"):
        (tmp_path / name).write_bytes((run.path / name).read_bytes())
    directory = RunDirectory(tmp_path)
    directory.write_status(Status(state="training", step=7, snapshot_step=5))
    (tmp_path / "output.txt").write_text(
        "2026-01-01 10:00:00,000 INFO fine\n"
        "2026-01-01 10:00:01,000 ERROR rgb/0.png: could not be written (No space left on device)\n"
    )
    link = make_link()
    link.attach(tmp_path)
    qtbot.waitUntil(state_is(link, "interrupted"))
    status = link.state.status
    line = run_follower.end_line("lego", status)
    assert line == (
        "lego: the training process ended: rgb/0.png: could not be written "
        "(No space left on device); Resume goes on from step 5"
    )
    line = run_follower.end_line("lego", replace(status, snapshot_step=None, message=""))
    assert line.endswith("without a word at step 7; Resume begins it again")


def test_a_message_for_the_command_line_is_told_in_the_window_s_words():
    status = Status(state="failed", message="the disk is full; go on from it with --resume")
    line = run_follower.end_line("lego", status)
    assert line == "lego: the disk is full; go on from it by Resume"


def test_a_start_that_is_impossible_is_told_in_one_line(qtbot, link, monkeypatch, tmp_path):
    directory = prepared_run(tmp_path / "lego")

    def fails(path: Path) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(run_follower, "start_training", fails)
    with qtbot.waitSignal(link.problem) as told:
        link.start(directory.path)
    assert "could not be started (No space left on device)" in told.args[0]
    assert link.state.path == directory.path  # it is watched all the same


def step(number: int) -> StepDone:
    return StepDone(number, 1 / number, 0.5 / number, None, None, 1e-3, 10.0, 5.0, float(number))
