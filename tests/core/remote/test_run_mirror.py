"""A training run on another machine: its folder is copied as it grows, commands go there."""

import json
import shutil
import threading
from pathlib import Path

import pytest

from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.errors import UserError
from dvox_core.remote.bookmarks import place_named, read_bookmark
from dvox_core.remote.link import LinkPool
from dvox_core.remote.opening import open_bookmark
from dvox_core.remote.run_mirror import RunMirror, RunMirrorThread, is_mirror, require_here
from dvox_core.training.run.commands import Command
from dvox_core.training.run.run_directory import RunDirectory
from dvox_core.training.run.status import Status
from tests.helpers.remote import SERVE
from tests.helpers.scenes import random_scene

SAMPLE_RUN = Path(__file__).parents[3] / "assets" / "sample_run"


@pytest.fixture
def links():
    pool = LinkPool()
    yield pool
    pool.close()


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run over there, and its bookmark here."""
    monkeypatch.setenv("DVOX_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "there" / "lego"
    shutil.copytree(SAMPLE_RUN, folder)
    (folder / "previews").mkdir()
    for step in (10, 20):
        (folder / f"previews/step_{step:08d}.png").write_bytes(b"png")
    RunDirectory(folder).write_status(Status("finished", step=20, host="box"))
    write_scene(folder / "scene.dvox", random_scene())
    return RunDirectory(folder)


def test_a_run_is_copied_portion_by_portion_and_told_what_to_do(run, links) -> None:
    path = place_named(f"pipe:{SERVE}", str(run.path))
    scene = open_bookmark(path, links=links)
    here = RunDirectory(path.parent)
    assert scene.path == here.scene_path
    assert is_mirror(here.path)
    assert not is_mirror(run.path)
    mirror = RunMirror(here.path, read_bookmark(path), links.links[0])
    while mirror.look():
        pass
    assert here.log_path.read_bytes() == run.log_path.read_bytes()
    assert here.read_config() == run.read_config()
    assert (here.read_status().state, here.read_status().step) == ("finished", 20)
    mirror.look()
    assert {file.name for file in here.previews.iterdir()} == {
        file.name for file in run.previews.iterdir()
    }

    with run.log_path.open("a") as log:
        log.write(json.dumps({"time": 1, "event": "noted", "step": 21, "text": "more"}) + "\n")
    mirror.look()
    assert here.log_path.read_bytes() == run.log_path.read_bytes()
    here.commands.send(Command("learning_rate", 0.5))
    mirror.look()
    assert run.commands.take() == [Command("learning_rate", 0.5)]
    run.log_path.write_text('{"time": 9, "event": "noted", "step": 0, "text": "begun anew"}\n')
    mirror.look()
    assert here.log_path.read_bytes() == run.log_path.read_bytes()
    # The scene of the copy is the one there.
    assert open_bookmark(here.scene_path, links=links).name == "random"
    with pytest.raises(UserError, match=r"lies on env; go on with it there"):
        require_here(here.path)
    require_here(run.path)


def test_a_thread_keeps_the_copy_until_it_is_stopped(run, links) -> None:
    path = place_named(f"pipe:{SERVE}", str(run.path))
    open_bookmark(path, links=links)
    said, told = [], threading.Event()

    def trouble(line: str) -> None:
        said.append(line)
        told.set()

    thread = RunMirrorThread(path.parent, trouble, links)
    try:
        run.path.rename(run.path.with_name("elsewhere"))  # gone at once
        assert told.wait(60)
        assert "not found on that machine" in said[0]
    finally:
        thread.stop()
    assert not thread.running
