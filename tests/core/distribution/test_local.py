"""Jobs on this machine: their messages, ends, threads, and what stopping leaves behind."""

import os
import sys
import time
from pathlib import Path

import pytest

from dvox_core.child_process import serve_parent
from dvox_core.distribution.engine import Job, JobEnded, JobMessage
from dvox_core.distribution.local import LocalEngine, require_cores
from dvox_core.errors import UserError

OURS = "tests.core.distribution.test_local"


def job(name: str, **request) -> Job:
    return Job(name, OURS, {"do": name.split()[0], **request})


def test_one_job_that_fails_or_crashes_costs_itself_alone() -> None:
    engine = LocalEngine(workers=2, threads=1)
    try:
        jobs = [job("say", text="hello"), job("fail"), job("crash"), job("say again", text="bye")]
        for one in jobs:
            engine.submit(one)
        events = list(engine.events())
    finally:
        engine.stop()
    said = {event.job.name: event.content["text"] for event in events if type(event) is JobMessage}
    assert said == {"say": "hello", "say again": "bye"}
    ends = {event.job.name: event.problem for event in events if type(event) is JobEnded}
    assert ends["say"] == ends["say again"] == ""
    assert ends["fail"] == "a.png: is broken"
    assert "process ended with" in ends["crash"]
    assert "about to crash" in ends["crash"]


def test_a_job_gets_its_own_threads() -> None:
    engine = LocalEngine(workers=1, threads=3)
    try:
        engine.submit(job("threads"))
        first, _ = engine.events()
    finally:
        engine.stop()
    assert first.content == {"threads": "3"}


def test_stopping_ends_the_processes(tmp_path: Path) -> None:
    engine, sign = LocalEngine(workers=1, threads=1), tmp_path / "sign"
    try:
        engine.submit(job("sleep", sign=str(sign)))
        engine.submit(job("say", text="never"))
        event = next(engine.events())
    finally:
        engine.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(event.content["process"], 0)
    assert [end.problem for end in engine.events()] == ["was stopped", "was stopped"]


def test_more_threads_than_cores_are_refused_with_what_fits(monkeypatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(4)))
    require_cores(2, 2)
    with pytest.raises(UserError, match=r"3 workers with 2 threads .*4 cores.*--workers 2"):
        require_cores(3, 2)
    with pytest.raises(UserError, match=r"--workers 0: write 1 or more"):
        require_cores(0, 2)


def work(request, tell) -> None:
    if request["do"] == "say":
        tell({"text": request["text"]})
    elif request["do"] == "fail":
        raise UserError("a.png: is broken")
    elif request["do"] == "crash":
        os.write(2, b"about to crash\n")
        os._exit(9)
    elif request["do"] == "threads":
        tell({"threads": os.environ["OMP_NUM_THREADS"]})
    else:
        tell({"process": os.getpid()})
        time.sleep(100)


if __name__ == "__main__":
    sys.exit(serve_parent(work))
