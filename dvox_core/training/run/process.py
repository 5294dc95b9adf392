"""Trains in a process of its own: started here, watched and told what to do through its directory.

Nothing but the run's directory ties the two together. So either may die, and a window that is
opened later watches a run exactly as the one that started it.
"""

import logging
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from dvox_core.errors import UserError
from dvox_core.program import module_call
from dvox_core.training.run.commands import Command
from dvox_core.training.run.events import Event
from dvox_core.training.run.run_directory import LogReader, RunDirectory
from dvox_core.training.run.status import Status

OUTPUT = "output.txt"
"""In the run's directory: what the process printed; a traceback, if anything."""


def start_training(path: Path) -> "subprocess.Popen[bytes]":
    """Start a process that trains the run in `path` (see `begin_run`), or goes on with it.

    It goes on when this process ends. Commands that are sent from now on are for it.
    """
    RunDirectory(path).commands.take()  # meant for a process that has ended
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with (path / OUTPUT).open("ab") as output:
        return subprocess.Popen(
            [*module_call(__name__), str(path)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            start_new_session=True,  # a Ctrl-C in the window's terminal is not meant for it
        )


class RunWatcher:
    """What a window needs of a run, wherever it is trained."""

    def __init__(self, path: Path) -> None:
        self.directory = RunDirectory(path)
        self._reader = LogReader(self.directory.log_path)

    def new_events(self) -> list[Event]:
        """Events since the last call; at the first, the whole log (see `counted_events`)."""
        return self._reader.new_events()

    def status(self) -> Status:
        """How the run stands now."""
        return self.directory.read_status()

    def send(self, command: Command) -> None:
        """Tell the run to do something."""
        self.directory.commands.send(command)


def main(path: Path) -> int:
    """Train in `path`; returns the exit code: 0 done or stopped, 2 bad input, 1 our fault."""
    from dvox_core import allocator
    from dvox_core.data.loading import load_capture
    from dvox_core.training.run.launch import read_run_config, record_failure, train_run
    from dvox_core.training.run.pause_for_viewer import lower_priority
    from dvox_core.training.run.stop_request import StopRequest, stop_on_signals

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    allocator.keep_freed_memory()
    lower_priority()
    directory = RunDirectory(path)
    stop = StopRequest()
    try:
        with stop_on_signals(stop):
            config = read_run_config(directory)
            try:
                capture = load_capture(config.capture)
            except UserError as error:
                with suppress(UserError, OSError):
                    record_failure(directory, error)
                raise
            train_run(directory, capture, stop=stop)
    except UserError as error:
        logging.error("%s", error)
        return 2
    except KeyboardInterrupt:
        return 0
    except Exception:
        logging.exception("the run failed")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
