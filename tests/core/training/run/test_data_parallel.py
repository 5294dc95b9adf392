"""Several processes train one scene: equal weights, one folder, and what a lost one costs."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from dvox_core.data.loading import load_capture
from dvox_core.distribution.ranks import LostRankError
from dvox_core.errors import UserError
from dvox_core.training.config import Recipe, TrainingConfig
from dvox_core.training.run.launch import begin_run, read_run_config, train_run
from dvox_core.training.run.run_config import RunConfig, RunOptions
from dvox_core.training.run.run_directory import RunDirectory
from dvox_core.training.trainers.base_trainer import BaseTrainer
from dvox_core.training.trainers.create import create_trainer
from dvox_core.training.trainers.gradient_exchange import require_shares
from tests.helpers.captures import cube_capture
from tests.helpers.picture_scenes import CONFIGS
from tests.helpers.trainers import TINY_MODEL

ROOT = Path(__file__).parents[4]
ONE_THREAD = {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}


def prepared_run(path: Path, capture: Path) -> RunDirectory:
    training = TrainingConfig(
        recipe="tatarchenko", adversarial=False, targets_per_step=2, ema_decay=0.9, seed=3
    )
    options = RunOptions(steps=5, device="cpu", validation_minutes=60.0, snapshot_minutes=60.0)
    directory = RunDirectory(path)
    config = RunConfig(capture, CONFIGS["tatarchenko"], training, options)  # quick, without norms
    begin_run(directory, config)
    return directory


def resume_command(run: RunDirectory, steps: int) -> list[str]:
    capture = str(read_run_config(run).capture)
    words = ["train", capture, "--out", str(run.path), "--resume", "--steps", str(steps)]
    return [str(ROOT / "main.py"), *words]


def start_agent(port: int, command: list[str], output: Path) -> "subprocess.Popen[bytes]":
    """One torchrun with one process, of two."""
    words = [sys.executable, "-m", "torch.distributed.run", "--nnodes=2", "--nproc-per-node=1"]
    words += ["--rdzv-backend=c10d", f"--rdzv-endpoint=127.0.0.1:{port}", "--local-addr=127.0.0.1"]
    with output.open("wb") as stream:
        return subprocess.Popen(
            [*words, *command], cwd=ROOT, env={**os.environ, **ONE_THREAD},
            stdout=stream, stderr=stream,
        )  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition, processes: list["subprocess.Popen[bytes]"]) -> None:
    while not condition():
        assert all(process.poll() is None for process in processes), "ended too early"
        time.sleep(0.05)


@pytest.mark.slow
def test_two_processes_train_what_one_does_and_a_lost_one_costs_nothing(tmp_path: Path) -> None:
    cube_capture(tmp_path / "cube", train=6, test=1, side=64)
    together = prepared_run(tmp_path / "together", tmp_path / "cube")
    agents: list[subprocess.Popen[bytes]] = []
    try:
        port = free_port()
        command = resume_command(together, 5)
        agents = [start_agent(port, command, tmp_path / f"{n}.txt") for n in range(2)]
        codes = [agent.wait() for agent in agents]
        said = "\n".join((tmp_path / f"{number}.txt").read_text() for number in range(2))
        assert codes == [0, 0], said

        # Exactly what one process does with both targets.
        alone = RunDirectory(tmp_path / "alone")
        config = read_run_config(together)
        begin_run(alone, config)
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        train_run(alone, load_capture(config.capture))
        torch.set_num_threads(threads)
        states = [one.snapshots().newest().load()["trainer"] for one in (together, alone)]
        assert states[0]["step"] == states[1]["step"] == 5
        for part in ("model", "average"):
            torch.testing.assert_close(states[0][part], states[1][part], rtol=1e-4, atol=1e-5)

        # One of them is lost: the other ends, and what both did is there.
        port = free_port()
        command = resume_command(together, 100_000)
        agents = [start_agent(port, command, tmp_path / f"{n}.txt") for n in range(2)]
        wait_until(lambda: together.read_status().step > 8, agents)
        lost = follower_of(agents)
        os.kill(lost, signal.SIGKILL)
        assert all(agent.wait() != 0 for agent in agents)
        said = "\n".join((tmp_path / f"{number}.txt").read_text() for number in range(2))
        assert said.count("error: another process of this training has ended") == 1, said
        status = together.read_status()
        assert status.state == "failed"
        newest = together.snapshots().newest()
        assert newest.step >= status.step > 8
        resumed = create_trainer(
            load_capture(config.capture), config.model, config.training, torch.device("cpu")
        )
        resumed.load_state(newest.load()["trainer"])
        assert resumed.step_number == newest.step
    finally:
        for agent in agents:
            if agent.poll() is None:
                agent.send_signal(signal.SIGTERM)
                agent.wait()


def follower_of(agents: list["subprocess.Popen[bytes]"]) -> int:
    """The process of rank 1."""
    for agent in agents:
        children = Path(f"/proc/{agent.pid}/task/{agent.pid}/children").read_text().split()
        for child in children:
            environment = Path(f"/proc/{child}/environ").read_bytes().split(b"\0")
            if b"RANK=1" in environment:
                return int(child)
    raise AssertionError("no process of rank 1")


def test_steps_that_cannot_be_shared_are_refused_with_what_can() -> None:
    require_shares(TrainingConfig(recipe="paper", targets_per_step=2), 2)
    with pytest.raises(UserError, match=r"3 processes cannot share .*--targets 6"):
        require_shares(TrainingConfig(recipe="direct", targets_per_step=4), 3)
    for recipe in ("pix2pix", "isola"):
        with pytest.raises(UserError, match="batch norm of pix2pix; use --targets 8"):
            require_shares(TrainingConfig(recipe=recipe, targets_per_step=4), 2)
    with pytest.raises(UserError, match="recipe guided: trains in one process"):
        require_shares(TrainingConfig(recipe="guided", targets_per_step=4), 2)


class PairedRanks:
    """One of two ranks in threads of this process."""

    world = 2

    def __init__(self, rank: int, barrier: threading.Barrier, given: list) -> None:
        self.rank, self._barrier, self._given = rank, barrier, given

    def share(self, numbers: tuple[int, ...]) -> tuple[int, ...]:
        return numbers[self.rank :: self.world]

    def average(self, tensors) -> None:
        self._given[self.rank] = [tensor.clone() for tensor in tensors]
        self._barrier.wait()
        means = [(one + other) / 2 for one, other in zip(*self._given, strict=True)]
        self._barrier.wait()
        for tensor, mean in zip(tensors, means, strict=True):
            tensor.copy_(mean)


class OwnShare:
    """One of two ranks that does its share and hears of no other."""

    world = 2

    def __init__(self, rank: int) -> None:
        self.rank = rank

    def share(self, numbers: tuple[int, ...]) -> tuple[int, ...]:
        return numbers[self.rank :: self.world]

    def average(self, tensors) -> None:
        pass


@pytest.mark.parametrize("recipe", ["direct", "paper"])
def test_a_shared_step_has_the_mean_of_the_shares_gradients(tmp_path: Path, recipe: Recipe) -> None:
    capture = cube_capture(tmp_path / "cube", train=4, test=1)
    training = TrainingConfig(recipe=recipe, dropout=0.0, targets_per_step=2, seed=3)
    barrier = threading.Barrier(2)
    given: list = [None, None]
    ranks = [PairedRanks(0, barrier, given), PairedRanks(1, barrier, given)]
    trainers = [
        create_trainer(capture, TINY_MODEL, training, torch.device("cpu")) for _ in range(5)
    ]
    for trainer, group in zip(trainers, [*ranks, OwnShare(0), OwnShare(1)], strict=False):
        trainer.join(group)
    with ThreadPoolExecutor(2) as threads:
        losses = list(threads.map(lambda trainer: trainer.step(0.0), trainers[:2]))
    for trainer in trainers[2:]:
        whole = trainer.step(0.0)
    assert losses[0].l1_loss == losses[1].l1_loss == pytest.approx(whole.l1_loss, rel=1e-5)
    together, other, first, second, whole_step = map(gradients, trainers)
    assert torch.equal(together, other)
    torch.testing.assert_close(together, (first + second) / 2, rtol=1e-5, atol=1e-7)
    # In one batch float32 sums and the kinks of ReLUs make 0.01 of difference; measured.
    assert (together - whole_step).norm() < 3e-2 * whole_step.norm()
    assert (first - whole_step).norm() > 0.1 * whole_step.norm()
    states = [trainer.state() for trainer in trainers[:2]]
    torch.testing.assert_close(states[0]["model"], states[1]["model"], rtol=0, atol=0)


def gradients(trainer: BaseTrainer) -> torch.Tensor:
    values = [parameter.grad for parameter in trainer.model.parameters()]
    return torch.cat([value.flatten() for value in values if value is not None])


class TwoRanks:
    """Rank 1 of two, the other of which is at the same point, until it is lost."""

    rank, world = 1, 2

    def __init__(self) -> None:
        self.is_lost = False

    def share(self, numbers: tuple[int, ...]) -> tuple[int, ...]:
        return numbers[self.rank :: self.world]

    def average(self, tensors) -> None:
        if self.is_lost:
            raise LostRankError


def test_a_step_that_was_not_shared_leaves_the_trainer_as_it_was(tmp_path: Path) -> None:
    capture = cube_capture(tmp_path / "cube", train=4, test=1)
    training = TrainingConfig(recipe="paper", seed=1)
    trainer = create_trainer(capture, TINY_MODEL, training, torch.device("cpu"))
    assert isinstance(trainer, BaseTrainer)
    ranks = TwoRanks()
    trainer.join(ranks)  # type: ignore[arg-type]
    trainer.step(0.0)
    before, ranks.is_lost = trainer.state(), True
    with pytest.raises(LostRankError):
        trainer.step(0.0)
    after = trainer.state()
    assert after["step"] == before["step"] == 1
    torch.testing.assert_close(after["model"], before["model"], rtol=0, atol=0)
    torch.testing.assert_close(after["discriminator"], before["discriminator"], rtol=0, atol=0)
