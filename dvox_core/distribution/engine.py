"""What runs jobs: the seam between those who have jobs and the machines that do them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Job:
    """Work for a process of its own.

    All state lies in the folders that the request names, so that any engine, twice or after a
    crash, gives the same.

    Attributes:
        name: for people; of each job another one.
        module: whose `__main__` part calls `child_process.serve_parent`.
        request: plain JSON values; paths, no contents.
    """

    name: str
    module: str
    request: Mapping[str, Any]


@dataclass(frozen=True)
class JobMessage:
    """What a job says while it works."""

    job: Job
    content: Mapping[str, Any]


@dataclass(frozen=True)
class JobEnded:
    """The end of a job; `problem` is one line, or "" where it was done."""

    job: Job
    problem: str = ""


JobEvent = JobMessage | JobEnded


class Engine(Protocol):
    """Runs jobs. Used from one thread."""

    def submit(self, job: Job) -> None:
        """Have a job done, as soon as there is room for it."""
        ...

    def events(self) -> Iterator[JobEvent]:
        """What jobs say and how they end, as it happens; ends when all submitted jobs have."""
        ...

    def stop(self) -> None:
        """End every job, done or not; returns when their processes are gone."""
        ...
