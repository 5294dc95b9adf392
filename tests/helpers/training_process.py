"""Training processes of the regression trainer that start in a moment: forks of one server.

The server imports torch once; a real training process takes seconds to.
"""

import multiprocessing
from multiprocessing import forkserver
from pathlib import Path

import torch

from dvox_core.training.run import recorder
from dvox_core.training.run.launch import train_run
from dvox_core.training.run.run_directory import RunDirectory
from dvox_core.training.run.stop_request import StopRequest, stop_on_signals
from tests.helpers.captures import cube_capture
from tests.helpers.trainers import RegressionTrainer


def train(path: Path, capture_folder: Path) -> None:
    """Train as `dvox_core.training.run.process` does, with the trainer of the tests."""
    torch.set_num_threads(1)
    recorder.STATUS_SECONDS = 0.1
    stop = StopRequest()

    def make(*arguments) -> RegressionTrainer:
        return RegressionTrainer(*arguments, step_seconds=0.005)

    with stop_on_signals(stop):
        capture = cube_capture(capture_folder, train=4, test=1)
        train_run(RunDirectory(path), capture, stop=stop, make_trainer=make)


class Forked:
    """Looks like a `subprocess.Popen`."""

    def __init__(self, process) -> None:
        self._process = process
        self.pid = process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        self._process.join(0)
        return self._process.exitcode

    def kill(self) -> None:
        """End it without a word."""
        self._process.kill()
        self._process.join()


class Starter:
    """Stands in for `start_training`; ends what it started."""

    def __init__(self, folder: Path) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._folder = folder
        self.started: list[Forked] = []

    def __call__(self, path: Path) -> Forked:
        capture = self._folder / f"capture-{len(self.started)}"
        process = self._context.Process(target=train, args=(path, capture))
        process.start()
        self.started.append(Forked(process))
        return self.started[-1]

    def stop(self) -> None:
        """Kill what still runs."""
        for process in self.started:
            if process.poll() is None:
                process.kill()


def start_server() -> None:
    """Start the server now, so that it does not count as what a test leaves running."""
    forkserver.set_forkserver_preload([__name__, "torch._dynamo"])
    forkserver.ensure_running()


def stop_server() -> None:
    """End the server."""
    forkserver._forkserver._stop()
