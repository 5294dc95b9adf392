"""Runs jobs on this machine: so many at a time, each in a process that ends with this one."""

import os
import queue
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from dvox_core.child_process import ProcessEndedError, run_in_child_process
from dvox_core.distribution.engine import Job, JobEnded, JobEvent, JobMessage
from dvox_core.errors import Cancelled, UserError

THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def count_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_threads(workers: int) -> int:
    """The cores shared out among so many workers."""
    return max(1, count_cores() // max(1, workers))


def require_cores(workers: int, threads: int) -> None:
    """Refuse more threads than cores: jobs would slow each other, and their minutes mean nothing.

    Raises:
        UserError: with what fits.
    """
    cores = count_cores()
    for name, value in (("--workers", workers), ("--threads", threads)):
        if value < 1:
            raise UserError(f"{name} {value}: write 1 or more")
    if workers * threads > cores:
        raise UserError(
            f"{workers} workers with {threads} threads each are more than the {cores} cores here; "
            f"use --workers {max(1, cores // threads)} or fewer --threads"
        )


def ended_problem(error: ProcessEndedError) -> str:
    """What there is to say of a job whose process died."""
    last = error.output.splitlines()[-1] if error.output else "it said nothing"
    return f"its process ended with {error.code} ({last[:200]}); begin again to go on"


class LocalEngine:
    """An `Engine` of so many workers, each with so many threads of the processor.

    Example: `engine = LocalEngine(2, 1); engine.submit(job); events = list(engine.events())`
    """

    def __init__(self, workers: int, threads: int) -> None:
        self._environment = dict.fromkeys(THREAD_VARIABLES, str(threads))
        self._waiting: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._events: queue.SimpleQueue[JobEvent] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._open = 0  # jobs whose end has not been told; of the user's thread
        self._workers = [threading.Thread(target=self._work, daemon=True) for _ in range(workers)]
        for worker in self._workers:
            worker.start()

    def submit(self, job: Job) -> None:
        """See `Engine`."""
        self._open += 1
        self._waiting.put(job)

    def events(self) -> Iterator[JobEvent]:
        """See `Engine`."""
        while self._open:
            event = self._events.get()
            self._open -= isinstance(event, JobEnded)
            yield event

    def stop(self) -> None:
        """See `Engine`."""
        self._stopped.set()
        for _ in self._workers:
            self._waiting.put(None)
        for worker in self._workers:
            worker.join()

    def _work(self) -> None:
        while (job := self._waiting.get()) is not None:
            self._events.put(JobEnded(job, self._problem_of(job)))

    def _problem_of(self, job: Job) -> str:
        def receive(content: Mapping[str, Any]) -> None:
            if "error" not in content:  # that is how it ends
                self._events.put(JobMessage(job, content))

        try:
            self._check_stopped()
            run_in_child_process(
                job.module, job.request, receive, self._check_stopped, 0, self._environment
            )
        except (UserError, Cancelled) as error:
            return " ".join(str(error).split()) or "was stopped"
        except ProcessEndedError as error:
            return ended_problem(error)
        except Exception as error:  # a fault of ours costs this job, not the others
            return f"{type(error).__name__}: {' '.join(str(error).split())}"
        return ""

    def _check_stopped(self) -> None:
        if self._stopped.is_set():
            raise Cancelled("was stopped")
