"""Making a table: what is made again and what is not, what one failure costs, what is refused."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from dvox_core.distribution.engine import Job, JobEnded, JobEvent, JobMessage
from dvox_core.errors import UserError
from dvox_core.evaluation.tables import make
from dvox_core.evaluation.tables.cell import (
    CellWork,
    capture_digest,
    make_cell,
    run_config,
    scene_digest,
    still_rises,
)
from dvox_core.evaluation.tables.folder import TableFolder
from dvox_core.evaluation.tables.make import CellEnded, CellMoved, check_plan, make_table
from dvox_core.evaluation.tables.planning import plan_table
from dvox_core.evaluation.tables.table import Cell, CellKey, TableError, TablePlan
from dvox_core.training.picture_presets import isola_training
from dvox_core.training.run.commands import Command
from dvox_core.training.run.events import Validated
from tests.helpers.captures import cube_capture

ROOT = Path(__file__).parents[4]
SYSTEMS = ("nearest", "pix2pix", "deepvoxels")


class PretendedEngine:
    """An `Engine` that writes scores without any training.

    Attributes:
        submitted: names of the jobs.
    """

    def __init__(self, plan: TablePlan, problems: dict[str, str] | None = None) -> None:
        self.plan, self.problems = plan, problems or {}
        self.submitted: list[str] = []
        self._jobs: deque[Job] = deque()
        self.on_job: Callable[[Job], None] = lambda job: None

    def submit(self, job: Job) -> None:
        self.submitted.append(job.name)
        self._jobs.append(job)

    def events(self) -> Iterator[JobEvent]:
        while self._jobs:
            job = self._jobs.popleft()
            self.on_job(job)
            problem = self.problems.get(job.name, "")
            folder = TableFolder(Path(job.request["folder"]))
            if not problem and not folder.is_asked_to_stop:
                yield JobMessage(job, {"share": 0.5, "psnr": 12.0, "text": "a stage"})
                self._make(folder, job)
            yield JobEnded(job, problem)

    def stop(self) -> None:
        pass

    def _make(self, folder: TableFolder, job: Job) -> None:
        key = CellKey(job.request["capture"], job.request["system"], job.request["seed"])
        scene = folder.scene_path(key)
        scene.parent.mkdir(parents=True, exist_ok=True)
        scene.write_bytes(job.name.encode())
        cell = Cell(
            **asdict(key),
            state="done",
            psnr=20.0 + len(key.system),
            ssim=0.5,
            views=3,
            steps=self.plan.steps or 0,
            scene_digest="" if key.system == "nearest" else scene_digest(scene),
            capture_digest=capture_digest(make.load_capture(self.plan.path_of(key.capture))),
        )
        path = folder.score_path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"cell": asdict(cell), "views": []}))


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "cube"
    cube_capture(folder, train=6, test=2)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> TableFolder:
    return TableFolder(tmp_path / "table")


def plan_of(*captures: Path, steps: int = 40, **options) -> TablePlan:
    return plan_table(captures, SYSTEMS, preset="tiny", steps=steps, **options)


def test_the_same_call_makes_only_what_is_not_made_yet(capture, folder) -> None:
    plan = plan_of(capture)
    failing = PretendedEngine(plan, {"cube/pix2pix/0": "the disk is full"})
    events: list[make.TableEvent] = []
    table = make_table(folder, plan, failing, events.append)
    assert failing.submitted == ["cube/nearest/0", "cube/pix2pix/0", "cube/deepvoxels/0"]
    states = {cell.system: (cell.state, cell.message) for cell in table.cells}
    assert states["pix2pix"] == ("failed", "the disk is full")
    assert states["nearest"] == states["deepvoxels"] == ("done", "")
    assert CellMoved(CellKey("cube", "nearest"), 0.5, 12.0, "a stage") in events
    assert [event.cell.system for event in events if isinstance(event, CellEnded)] == [*SYSTEMS]
    assert folder.read() == table
    assert "the disk is full" in folder.markdown_path.read_text()
    assert folder.latex_path.is_file()
    assert folder.csv_path.is_file()

    again = PretendedEngine(plan)
    table = make_table(folder, plan, again)
    assert again.submitted == ["cube/pix2pix/0"]
    assert [cell.psnr for cell in table.cells] == [27.0, 27.0, 30.0]
    assert table.versions.keys() == {"dvox", "torch"}

    more = PretendedEngine(plan_of(capture, steps=80))
    make_table(folder, more.plan, more)
    assert more.submitted == ["cube/pix2pix/0", "cube/deepvoxels/0"]  # nearest needs no training


def test_what_no_longer_fits_its_scores_is_made_again(capture, folder, tmp_path) -> None:
    moved = tmp_path / "elsewhere" / "cube"
    shutil.copytree(capture, moved)
    plan = plan_of(moved)
    make_table(folder, plan, PretendedEngine(plan))
    folder.score_path(CellKey("cube", "nearest")).write_text("{")
    folder.scene_path(CellKey("cube", "pix2pix")).write_bytes(b"another scene")
    engine = PretendedEngine(plan)
    make_table(folder, plan, engine)
    assert engine.submitted == ["cube/nearest/0", "cube/pix2pix/0"]

    shutil.rmtree(moved / "test/rgb")
    shutil.copytree(capture / "train/rgb", moved / "test/rgb")
    for path in sorted((moved / "test/rgb").iterdir())[2:]:
        path.unlink()
    engine = PretendedEngine(plan)
    make_table(folder, plan, engine)
    assert len(engine.submitted) == 3


def test_a_table_that_is_asked_to_stop_leaves_the_rest_waiting(capture, folder) -> None:
    plan = plan_of(capture)
    engine = PretendedEngine(plan)
    engine.on_job = lambda job: folder.ask_to_stop() if "pix2pix" in job.name else None
    table = make_table(folder, plan, engine)
    assert [cell.state for cell in table.cells] == ["done", "waiting", "waiting"]
    table = make_table(folder, plan, PretendedEngine(plan))
    assert all(cell.state == "done" for cell in table.cells)


def test_a_folder_keeps_to_its_plan(capture, folder, tmp_path) -> None:
    plan = plan_of(capture)
    make_table(folder, plan, PretendedEngine(plan))
    for other, problem in (
        (plan_of(capture, loss="paper"), r"other loss \(cpu, not paper\)"),
        (replace(plan, systems=("nearest",)), r"other systems \(nearest pix2pix deepvoxels, not"),
        (plan_of(capture, steps=30), "a table of 40 steps a cell; give as many or more"),
        (replace(plan, steps=None, minutes=9.0), "a table of 40 steps a cell"),
    ):
        with pytest.raises(TableError, match=problem):
            make_table(folder, other, PretendedEngine(other))
    foreign = TableFolder(tmp_path / "foreign")
    foreign.path.mkdir()
    (foreign.path / "thesis.tex").write_text("")
    with pytest.raises(TableError, match="is not empty and holds no table"):
        make_table(foreign, plan, PretendedEngine(plan))
    file = TableFolder(foreign.path / "thesis.tex")
    with pytest.raises(TableError, match=r"cannot be written to|is a file"):
        make_table(file, plan, PretendedEngine(plan))


def test_captures_that_cannot_be_compared_are_named(capture, folder, tmp_path, monkeypatch) -> None:
    twin, other = tmp_path / "twin", tmp_path / "other"
    shutil.copytree(capture, twin)
    cube_capture(other, train=6, test=0)
    for plan, problem in (
        (plan_of(capture, twin), r"twin: is the same capture as .*cube; name it once"),
        (plan_of(capture, other), r"other.*: has no test views"),
        (plan_of(capture, size=256), r"pictures are 128 pixels .*table's 256; use --size 128"),
        (plan_of(capture, tmp_path / "none"), "none"),
    ):
        with pytest.raises(UserError, match=problem) as error:
            make_table(folder, plan, PretendedEngine(plan))
        assert "\n" not in str(error.value)
    assert not folder.exists  # nothing was begun
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(9, 9, 1000))
    with pytest.raises(TableError, match=r"need about 0\.\d GB, and 0\.0 GB are free"):
        make_table(folder, plan_of(capture), PretendedEngine(plan_of(capture)))


def test_cameras_on_no_sphere_are_noted(capture) -> None:
    plan = plan_of(capture)
    assert check_plan(plan)["cube"].note == ""
    loaded = make.load_capture(capture)
    far = loaded.views[0].camera.camera_to_world.copy()
    center = loaded.placement.center
    far[:3, 3] = center + 1.2 * (far[:3, 3] - center)
    camera = type(loaded.views[0].camera)(far)
    views = (replace(loaded.views[0], camera=camera), *loaded.views[1:])
    note = make.translation_note("cube", replace(loaded, views=views))
    assert "no common sphere" in note


@pytest.mark.parametrize("loss", ["cpu", "paper"])
def test_all_systems_of_a_table_have_one_loss_and_one_budget(loss) -> None:
    systems = ("tatarchenko", "worrall", "pix2pix", "deepvoxels", "deepvoxels-paper")
    plan = plan_table([Path("/vase")], systems, loss=loss, steps=70, seeds=2)
    configs = [run_config(plan, key) for key in plan.keys]
    assert {config.training.adversarial for config in configs} == {loss == "paper"}
    assert {(config.options.steps, config.options.minutes) for config in configs} == {(70, None)}
    assert [config.training.seed for config in configs] == [0, 1] * 5
    if loss == "paper":
        assert {config.training.l1_weight for config in configs} == {200.0}
        assert configs[-3].training.recipe == "paper"
    else:
        assert configs[-3].training.recipe == "guided"


@pytest.mark.parametrize("loss", ["cpu", "paper"])
def test_pix2pix_with_its_own_loss_keeps_it_in_every_table(loss) -> None:
    plan = plan_table([Path("/vase")], ("pix2pix-isola", "pix2pix"), loss=loss, steps=70)
    plain, own = (run_config(plan, key) for key in plan.keys)
    assert own.training == isola_training(own.training.steps)
    assert (own.model, own.options) == (plain.model, plain.options)


def test_a_training_still_rises_if_its_last_fifth_brought_more_than_a_tenth_of_a_db() -> None:
    scores = [Validated(step, psnr, 0.5) for step, psnr in ((40, 15.0), (80, 20.0), (100, 20.09))]
    assert still_rises(scores) is False
    assert still_rises([*scores[:2], Validated(100, 20.11, 0.5)]) is True
    assert still_rises(scores[:1]) is None
    assert still_rises([]) is None
    field = Validated(80, 10.0, 0.5, is_of_scene=False)
    assert still_rises([scores[0], field, scores[2]]) is True


def test_a_paused_training_heeds_that_its_table_is_to_stop(capture, folder) -> None:
    plan = plan_table([capture], ("pix2pix",), preset="tiny", steps=1000)
    with folder.lock():
        make.begin_table(folder, plan)
    work = CellWork(folder, plan, plan.keys[0])
    run = folder.run(work.key)

    def ask_when_paused() -> None:
        while run.read_status_file().state != "paused":
            time.sleep(0.02)
        folder.ask_to_stop()

    asking = threading.Thread(target=ask_when_paused, daemon=True)

    def tell(content) -> None:
        if not asking.is_alive():
            run.commands.send(Command("pause"))
            asking.start()

    assert make_cell(work, tell) is None
    asking.join()
    assert run.read_status().state == "stopped"
    assert run.snapshots().newest().step > 0


@pytest.mark.slow
def test_a_killed_table_goes_on_and_scores_as_one_that_was_not_disturbed(
    capture, folder, tmp_path
) -> None:
    """The table is killed in mid-training, then a cell's process; the third call ends well."""
    plan = plan_table([capture], ("nearest", "pix2pix"), preset="tiny", steps=14)
    arguments = [sys.executable, "main.py", "table", str(capture), "--out", str(folder.path)]
    arguments += ["--systems", "nearest", "pix2pix", "--preset", "tiny", "--steps", "14"]
    run = folder.run(CellKey("cube", "pix2pix"))
    for victim in ("table", "cell"):
        process = subprocess.Popen(
            [*arguments, "--threads", "1"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        before = _newest_step(run)
        while process.poll() is None and _newest_step(run) <= before:
            if run.read_status().state == "training":
                run.commands.send(Command("save"))
            time.sleep(0.05)
        job = run.read_status_file().pid
        os.kill(process.pid if victim == "table" else job, signal.SIGKILL)
        output, _ = process.communicate()
        if victim == "table":
            while run.is_running():  # the cell ends with its parent
                time.sleep(0.05)
            assert process.returncode == -signal.SIGKILL
        else:
            assert process.returncode == 2, output.decode()
            assert "its process ended with -9" in output.decode()
    assert 0 < _newest_step(run) < 14
    done = subprocess.run(
        [*arguments, "--threads", "1"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "Nearest view" in done.stdout

    alone = TableFolder(tmp_path / "alone")
    with alone.lock():
        make.begin_table(alone, plan)
    work = CellWork(alone, plan, CellKey("cube", "pix2pix"))
    undisturbed = make_cell(work, lambda told: None)
    log = alone.run(work.key).log_path.read_bytes()
    alone.score_path(work.key).unlink()
    assert make_cell(work, lambda told: None) == undisturbed  # scored again, not trained again
    assert alone.run(work.key).log_path.read_bytes() == log
    found = folder.read().cell(CellKey("cube", "pix2pix"))
    assert (found.psnr, found.ssim, found.steps) == (undisturbed.psnr, undisturbed.ssim, 14)
    assert found.parameters > 1e6
    assert folder.sheet_path.is_file()


def _newest_step(run) -> int:
    newest = run.snapshots().newest() if run.exists else None
    return 0 if newest is None else newest.step
