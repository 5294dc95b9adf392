"""Runs jobs by Ray: on this machine or on a cluster, each in a process of its own on some node."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dvox_core.child_process import ProcessEndedError, run_in_child_process
from dvox_core.distribution.engine import Job, JobEnded, JobEvent, JobMessage
from dvox_core.distribution.local import THREAD_VARIABLES, ended_problem
from dvox_core.distribution.ray_cluster import (
    connect,
    disconnect,
    on_node,
    require_shared_folder,
)
from dvox_core.errors import UserError

POLL_SECONDS = 0.2
RETRIES = 3
"""Times that a job is begun again because its node was lost."""


class RayEngine:
    """An `Engine` on Ray: as many jobs at a time as there are cores and GPUs for.

    A job whose node is lost begins again on another one, three times; its folder says how far it
    was. One that fails by itself does not.

    Example: `engine = RayEngine(None, workers=2, threads=1); engine.submit(job)`
    """

    def __init__(self, address: str | None, workers: int, threads: int) -> None:
        """Start Ray here, or join a cluster.

        Args:
            address: of a cluster that runs, "HOST:PORT"; None starts one on this machine.
            workers: jobs at a time where it is started here; on a cluster what has room runs.
            threads: of the processor, for each job; where there are GPUs each gets one too.

        Raises:
            ClusterError: Ray is not installed or not reachable.
        """
        self._ray = connect(address, workers * threads)
        self._threads = threads
        gpus = 1 if self._ray.cluster_resources().get("GPU", 0) >= 1 else 0
        here = self._ray.get_runtime_context().get_node_id()
        self._messages = self._ray.remote(num_cpus=0)(Messages).options(
            scheduling_strategy=on_node(here)
        ).remote()  # fmt: skip
        self._run = self._ray.remote(
            num_cpus=threads, num_gpus=gpus, max_retries=RETRIES, scheduling_strategy="SPREAD"
        )(run_job)
        self._open: dict[Any, Job] = {}
        self._jobs: list[Job] = []
        self._is_stopped = False

    def require_shared_folder(self, folder: Path) -> None:
        """See `ray_cluster.require_shared_folder`."""
        require_shared_folder(self._ray, folder)

    def submit(self, job: Job) -> None:
        """See `Engine`."""
        number = len(self._jobs)
        self._jobs.append(job)
        task = self._run.remote(
            number, job.module, dict(job.request), self._threads, self._messages
        )
        self._open[task] = job

    def events(self) -> Iterator[JobEvent]:
        """See `Engine`."""
        while self._open:
            if self._is_stopped:
                open_jobs, self._open = list(self._open.values()), {}
                yield from (JobEnded(job, "was stopped") for job in open_jobs)
                return
            done, _ = self._ray.wait(list(self._open), num_returns=1, timeout=POLL_SECONDS)
            yield from self._new_messages()
            for task in done:
                job = self._open.pop(task)
                yield JobEnded(job, self._problem_of(task))

    def stop(self) -> None:
        """See `Engine`."""
        if self._is_stopped:
            return
        self._is_stopped = True
        for task in self._open:
            self._ray.cancel(task)  # interrupts it, and it ends the job's process
        if self._open:
            self._ray.wait(list(self._open), num_returns=len(self._open), timeout=10)
        disconnect(self._ray)

    def _new_messages(self) -> Iterator[JobEvent]:
        for number, content in self._ray.get(self._messages.take.remote()):
            yield JobMessage(self._jobs[number], content)

    def _problem_of(self, task: Any) -> str:
        try:
            return str(self._ray.get(task))
        except self._ray.exceptions.TaskCancelledError:
            return "was stopped"
        except self._ray.exceptions.RayError as error:
            last = " ".join(str(error).split())[:200]
            return f"its node was lost {RETRIES + 1} times ({last}); begin again to go on"


class Messages:
    """What jobs say until it is taken; an actor beside whoever submitted them."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, Mapping[str, Any]]] = []

    def put(self, number: int, content: Mapping[str, Any]) -> None:
        """Keep a message of the job of that number."""
        self._waiting.append((number, content))

    def take(self) -> list[tuple[int, Mapping[str, Any]]]:
        """All messages since the last call."""
        taken, self._waiting = self._waiting, []
        return taken


def run_job(
    number: int, module: str, request: Mapping[str, Any], threads: int, messages: Any
) -> str:
    """Run a job on this node; returns its problem, "" for none."""
    import ray

    last_put = None

    def receive(content: Mapping[str, Any]) -> None:
        nonlocal last_put
        if "error" not in content:  # that is how it ends
            last_put = messages.put.remote(number, dict(content))

    environment = dict.fromkeys(THREAD_VARIABLES, str(threads))
    try:
        run_in_child_process(module, request, receive, environment=environment)
    except UserError as error:
        return " ".join(str(error).split())
    except ProcessEndedError as error:
        return ended_problem(error)
    finally:
        if last_put is not None:
            ray.get(last_put)  # so that no message comes after the end
    return ""
